//! The end of the carrier: whoever is on a line hears a BYE, and calls that came in are written
//! down.

use std::time::Duration;

use outcall_sip::CallKey;

use super::SipCarrier;
use crate::sip::call::Progress;
use crate::sip::causes::CancelledBy;
use crate::sip::lines::LineId;

/// How often to look whether the calls have ended, in ms.
const STEP_MS: i64 = 10;

/// How long their ends are waited for, in ms.
const DRAIN_MS: i64 = 4_000;

impl SipCarrier {
    /// Takes no further calls, and releases those that are alive. Blocks until they have ended or
    /// the time is up; at once when there are none.
    pub(super) fn drain(&mut self) {
        self.inbound.close();
        self.waiting.clear();
        let began = self.polled_at;
        for key in self.living() {
            self.end_call(key, CancelledBy::Owner, began);
        }
        // There is no clock here: what the steps take is near enough.
        for step in 1..=DRAIN_MS / STEP_MS {
            if self.calls.is_empty() {
                return;
            }
            std::thread::sleep(Duration::from_millis(STEP_MS.unsigned_abs()));
            let now = began + step * STEP_MS;
            self.hear_lines(now);
            self.hear_agent(now);
            self.end_talked(now);
            self.pass_due(now);
        }
        self.write_down_rest();
    }

    fn living(&self) -> Vec<CallKey> {
        let living = self.calls.iter().filter(|(_, call)| call.progress != Progress::Closing);
        living.map(|(&key, _)| key).collect()
    }

    /// The calls that came in and whose peers did not confirm the end in time.
    fn write_down_rest(&mut self) {
        for call in std::mem::take(&mut self.calls).into_values() {
            if let LineId::Incoming(_) = call.line {
                self.traces.call_over(&call, true);
                self.inbound.ended(&call);
            }
        }
    }
}
