//! A robot with a trunk, driven as the engine does.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use outcall_campaign::attempt::EndCause;
use outcall_campaign::{AttemptId, CampaignId, ContactId, PhoneNumber, UnixMillis};
use outcall_conversation::announcement::Script;
use outcall_conversation::{
    AnnouncementSettings, Announcements, Hearing, HearingSettings, PromptSettings, Prompts,
};
use outcall_inference::runtime::Runtime;
use outcall_inference::store::{ModelStore, StoreError};
use outcall_media::plane::MediaSettings;
use outcall_speech::recognition::{ENGLISH, Mode, Recogniser};
use outcall_telephony::sip::settings::TrunkSettings;
use outcall_telephony::sip::{SipCarrier, SipSettings};
use outcall_telephony::{CallOrder, Carrier, Conversations, Signal};
use serde_json::Value;
use tempfile::TempDir;

/// The models, where they are.
pub(crate) struct Models {
    folder: PathBuf,
    kept: TempDir,
    recogniser: RefCell<Recogniser>,
}

impl Models {
    /// The models; none, with a line that says so, where they are absent.
    pub(crate) fn find() -> Option<Self> {
        let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models");
        let folder = std::env::var_os("OUTCALL_MODELS_DIR").map_or_else(beside, PathBuf::from);
        let store = match ModelStore::open(&folder) {
            Ok(store) => store,
            Err(StoreError::Absent { .. }) => {
                println!("not tested: the models are absent (`cargo xtask models` fetches them)");
                return None;
            }
            Err(error) => panic!("{error}"),
        };
        let runtime = Runtime::load(&store).expect("the runtime");
        let recogniser = Recogniser::load(&runtime, &store, ENGLISH, "en").expect("a model");
        let kept = tempfile::tempdir().expect("a folder");
        Some(Self { folder, kept, recogniser: RefCell::new(recogniser) })
    }

    pub(crate) fn prompts(&self) -> Prompts {
        // Unoptimised, and beside other tests: nobody waits on a phone for these phrases.
        let settings = PromptSettings { phrase_within_ms: 120_000, ..PromptSettings::default() };
        Prompts::new(&self.folder, self.kept.path(), settings)
    }

    /// A text in the robot's voice, 8 kHz.
    pub(crate) fn sound(&self, text: &str) -> Vec<i16> {
        self.prompts().clip(text).expect("the voice says it").samples().to_vec()
    }

    /// What is said in a recording.
    pub(crate) fn transcript(&self, samples: &[i16]) -> String {
        self.recogniser.borrow_mut().recognise(samples, &Mode::Free).expect("it runs").text
    }
}

#[expect(clippy::disallowed_methods, reason = "these tests run on real sockets in real time")]
fn now() -> UnixMillis {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970");
    UnixMillis(i64::try_from(since.as_millis()).expect("before the end of time"))
}

pub(crate) struct Robot {
    carrier: SipCarrier,
    announcements: Announcements,
    /// What the carrier said of the end of the last call.
    pub(crate) ended_as: Option<EndCause>,
}

impl Robot {
    pub(crate) fn start(models: &Models, at: SocketAddr, says: &AnnouncementSettings) -> Self {
        let udp = Some("127.0.0.1:0".parse().expect("an address"));
        let mut settings = SipSettings { udp, t1_ms: 100, ..SipSettings::default() };
        let mut trunk = TrunkSettings::new("trunk".to_owned(), format!("sip:{at}"));
        trunk.options_every_s = 0;
        trunk.ramp_s = 0;
        settings.trunks.push(trunk);
        let ports = 20_000..=29_999;
        let media = MediaSettings { shards: 1, ports, ..MediaSettings::default() };
        let script = Script::load("test", says, &mut models.prompts()).expect("it is right");
        let hearing = HearingSettings::default();
        let hearing = Hearing::start(&models.folder, &hearing).expect("the models");
        let parts = SipCarrier::start(settings, media, Arc::new(|_| {}), now()).expect("a trunk");
        let (carrier, announcements) =
            Announcements::new(parts, script, BTreeMap::new(), Some(Arc::new(hearing)));
        Self { carrier, announcements, ended_as: None }
    }

    /// Calls a number that ends with these digits, until the conversation is over or a time has
    /// passed; then hangs up, and gives the report.
    pub(crate) fn call(&mut self, digits: u64, at_most: Duration) -> Value {
        let attempt = AttemptId { campaign: CampaignId(1), contact: ContactId(1), attempt_no: 1 };
        let number = PhoneNumber::from_digits(12_025_550_100 + digits).expect("a number");
        let started = now();
        let send_by = started + 5_000;
        let order = CallOrder { attempt, number, caller_id: None, ring_ms: 5_000, send_by };
        self.carrier.place(order, started);
        let give_up = started + i64::try_from(at_most.as_millis()).expect("not for ever");
        let (mut events, mut ended) = (Vec::new(), Vec::new());
        let mut hung_up = false;
        loop {
            let time = now();
            self.carrier.poll(time, &mut events);
            for event in events.drain(..) {
                match event.signal {
                    Signal::Answered => self.announcements.begin(attempt, number, time),
                    Signal::Released(cause) => {
                        self.ended_as = Some(cause);
                        self.announcements.abort(attempt);
                        let report = self.carrier.take_report(attempt).expect("a report");
                        return serde_json::from_str(&report).expect("JSON");
                    }
                    Signal::Ringing | Signal::EarlyMedia => {}
                }
            }
            self.announcements.poll(time, &mut ended);
            if !hung_up && (!ended.is_empty() || time >= give_up) {
                hung_up = true;
                self.carrier.hang_up(attempt, time);
            }
            assert!(time < give_up + 10_000, "the call does not end");
            std::thread::sleep(Duration::from_millis(2));
        }
    }
}
