//! Calls whose line is closed and whose last words are still read: whoever says that they want no
//! more calls, and hangs up, is to be called no more.

use std::collections::HashMap;
use std::sync::Arc;
use std::task::{Context, Poll};

use outcall_campaign::{AttemptId, PhoneNumber, UnixMillis};
use outcall_dialogue::scenario::Scenario;
use outcall_media::plane::StreamId;
use outcall_understanding::reading::Reading;

use super::call::Call;
use crate::dialogue::minds::Meaning;
use crate::dialogue::talk::Talk;

/// How long last words may take to be read and understood, in ms.
const AT_MOST_MS: i64 = 5_000;
/// Calls whose last words may be read at a time.
const LEAVING_MAX: usize = 256;

/// A call that is over.
pub(super) struct Leaving {
    attempt: AttemptId,
    number: PhoneNumber,
    talk: Talk,
    understanding: Option<Meaning<Reading>>,
    until: UnixMillis,
}

/// All of them.
#[derive(Default)]
pub(super) struct Leavings(HashMap<StreamId, Leaving>);

impl Leavings {
    /// A line was closed. `false` when there is no room for its last words.
    pub(super) fn add(&mut self, attempt: AttemptId, call: Call, now: UnixMillis) -> bool {
        if self.0.len() >= LEAVING_MAX {
            return false;
        }
        // The line's port is free from here on.
        let Call { stream, talk, number, understanding, .. } = call;
        let until = now + AT_MOST_MS;
        self.0.insert(stream.id(), Leaving { attempt, number, talk, understanding, until });
        true
    }

    /// Something was said on one of them: how to ask what it means.
    pub(super) fn said(
        &mut self,
        stream: StreamId,
        ask: impl FnOnce(&Talk) -> Option<Meaning<Reading>>,
    ) -> bool {
        let Some(leaving) = self.0.get_mut(&stream) else { return false };
        if let Some(meaning) = ask(&leaving.talk) {
            leaving.understanding = Some(meaning);
        }
        true
    }

    /// Whether one of them waits.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Those that want no more calls, and the streams of those that are to be forgotten.
    pub(super) fn go_on(
        &mut self,
        scenario: &Arc<Scenario>,
        cx: &mut Context<'_>,
        now: UnixMillis,
    ) -> (Vec<(AttemptId, PhoneNumber)>, Vec<StreamId>) {
        let (mut opted_out, mut over) = (Vec::new(), Vec::new());
        self.0.retain(|stream, leaving| {
            let reading = match &mut leaving.understanding {
                Some(pending) => match pending.as_mut().poll(cx) {
                    Poll::Ready(reading) => Some(reading),
                    Poll::Pending => None,
                },
                None => None,
            };
            if let Some(reading) = reading {
                leaving.understanding = None;
                if scenario.wants_no_more(&reading).is_some() {
                    opted_out.push((leaving.attempt, leaving.number));
                    leaving.until = now;
                }
            }
            let stays = leaving.until > now;
            if !stays {
                over.push(*stream);
            }
            stays
        });
        (opted_out, over)
    }
}
