//! Any text as a trunk's address: what is read can be written and read again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use outcall_telephony::sip::address::{Network, TrunkAddress};

fuzz_target!(|text: &str| {
    // Seed files end with a line end, as every text file here.
    let text = text.trim_end_matches('\n');
    if let Ok(address) = text.parse::<TrunkAddress>() {
        assert_eq!(address.to_string().parse(), Ok(address.clone()), "{address}");
    }
    if let Ok(network) = text.parse::<Network>() {
        assert_eq!(network.to_string().parse(), Ok(network.clone()), "{network}");
    }
});
