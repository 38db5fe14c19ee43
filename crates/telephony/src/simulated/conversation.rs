//! Simulated conversations: they last as long as the attempt's script says, and end as it says.

use std::collections::HashSet;
use std::sync::Arc;

use outcall_campaign::attempt::ConversationEnd;
use outcall_campaign::{AttemptId, PhoneNumber, UnixMillis};

use super::script::{Callee, Fate, Script};
use super::world::World;
use crate::agenda::Agenda;
use crate::carrier::{ConversationEvent, Conversations};

/// Conversations with simulated callees: the far end that [`super::SimulatedCarrier`] connects to.
pub struct SimulatedConversations {
    world: Arc<World>,
    open: HashSet<AttemptId>,
    agenda: Agenda<(AttemptId, ConversationEnd)>,
}

impl SimulatedConversations {
    /// No conversations yet. The world must be the carrier's.
    pub fn new(world: Arc<World>) -> Self {
        Self { world, open: HashSet::new(), agenda: Agenda::default() }
    }
}

impl Conversations for SimulatedConversations {
    fn begin(&mut self, attempt: AttemptId, number: PhoneNumber, now: UnixMillis) {
        let script = Script::draw(&self.world, attempt, number, now);
        let end = match script.fate {
            Fate::Answered(Callee::Stays(end)) => end,
            // Hangs up in the middle: the carrier says so; the talk itself has no end of its own.
            Fate::Answered(Callee::HangsUp) => return,
            // The draw by the hour of the answer may differ from the one by the hour of the order.
            Fate::Busy
            | Fate::NoAnswer
            | Fate::Rejected
            | Fate::Unallocated
            | Fate::Congestion
            | Fate::Failed
            | Fate::Silent
            | Fate::AnswersTheCancel => ConversationEnd::Completed,
        };
        self.open.insert(attempt);
        self.agenda.put(now + script.talk_ms, (attempt, end));
    }

    fn abort(&mut self, attempt: AttemptId) {
        self.open.remove(&attempt);
    }

    fn poll(
        &mut self,
        now: UnixMillis,
        events: &mut Vec<(AttemptId, ConversationEvent)>,
    ) -> Option<UnixMillis> {
        while let Some((attempt, end)) = self.agenda.take_due(now) {
            if self.open.remove(&attempt) {
                events.push((attempt, ConversationEvent::Ended(end)));
            }
        }
        self.agenda.next_at()
    }
}

#[cfg(test)]
mod tests {
    use outcall_campaign::{CampaignId, ContactId};

    use super::*;

    #[test]
    fn a_conversation_ends_once_and_an_aborted_one_never() {
        let world = World { forced_by_digits: true, ..World::default() };
        let mut conversations = SimulatedConversations::new(Arc::new(world));
        let number = PhoneNumber::from_digits(12_025_550_150).unwrap();
        let attempt = |contact| AttemptId {
            campaign: CampaignId(1),
            contact: ContactId(contact),
            attempt_no: 1,
        };
        conversations.begin(attempt(1), number, UnixMillis(0));
        conversations.begin(attempt(2), number, UnixMillis(0));
        conversations.abort(attempt(2));
        let mut ended = Vec::new();
        assert_eq!(conversations.poll(UnixMillis(i64::MAX), &mut ended), None);
        let completed = ConversationEvent::Ended(ConversationEnd::Completed);
        assert_eq!(ended, [(attempt(1), completed)]);
    }
}
