//! Replies to half of what was said.

use super::*;

/// "No." is answered, and then it was not all.
fn answered_too_soon() -> Test {
    let mut test = Test::new();
    test.reach_question();
    test.now += 1_500;
    let acts = test.say("No.", 700, None);
    assert_eq!(says(&acts), ["Goodbye."]);
    assert_eq!(settled(&acts), Some(ConversationEnd::Completed));
    test.now += 600;
    test
}

#[test]
fn a_reply_to_half_of_what_was_said_is_taken_back() {
    let mut test = answered_too_soon();
    let acts = test.utter("Not on that day. Another time?", 2_000, Some(("later", 0.9)), true);
    assert_eq!(says(&acts), ["When then?"]);
    assert!(acts.contains(&Act::Stop), "{acts:?}");
    assert_eq!(settled(&acts), Some(ConversationEnd::Incomplete), "until it is settled anew");
    let record = test.talk.record();
    assert_eq!((record.outcome.as_deref(), record.node.as_str()), (None, "when"));
    let callee: Vec<(&str, bool)> = record
        .turns
        .iter()
        .filter(|turn| turn.who == Speaker::Callee)
        .map(|turn| (turn.text.as_str(), turn.taken_back))
        .collect();
    assert_eq!(callee, [("No.", true), ("Not on that day. Another time?", false)]);
    let heard = |event: &&Event| matches!(event, Event::Heard(_));
    assert_eq!(record.events.iter().filter(heard).count(), 1, "as if the first were not");
    assert_eq!(test.talk.due(), None, "the question is being said");
}

#[test]
fn a_reply_stands_when_what_is_added_changes_nothing() {
    let mut test = answered_too_soon();
    for text in ["No, thanks.", "Penguin on a ladder."] {
        let acts = test.utter(text, 2_000, None, true);
        assert!(says(&acts).is_empty() && !acts.contains(&Act::Stop), "{acts:?}");
    }
    assert_eq!(test.talk.record().outcome.as_deref(), Some("stays"));
}

#[test]
fn what_is_done_elsewhere_and_a_wish_for_no_more_calls_are_not_taken_back() {
    let mut test = Test::new();
    test.reach_question();
    test.now += 1_500;
    let acts = test.say("Yes.", 700, None);
    assert!(acts.iter().any(|act| matches!(act, Act::Request(_))), "{acts:?}");
    test.now += 600;
    test.utter("Yes, another time.", 2_000, Some(("later", 0.9)), true);
    assert_eq!(test.talk.record().node, "book");

    let mut test = Test::new();
    test.reach_question();
    test.now += 1_500;
    let acts = test.say("Stop calling.", 700, Some(("stop", 0.9)));
    assert_eq!(settled(&acts), Some(ConversationEnd::OptedOut));
    test.now += 600;
    let acts = test.utter("Stop calling at another time.", 2_000, Some(("later", 0.9)), true);
    assert_eq!(settled(&acts), None);
    assert_eq!(test.talk.record().outcome.as_deref(), Some("stopped"));
}
