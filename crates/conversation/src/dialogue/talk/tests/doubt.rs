//! Wishes that are asked about first.

use super::*;

#[test]
fn who_hangs_up_while_asked_whether_to_stop_is_called_no_more() {
    let mut test = Test::new();
    test.reach_question();
    test.now += 1_500;
    let acts = test.say("leave it", 700, Some(("stop", 0.5)));
    assert_eq!(says(&acts), ["No more calls?"]);
    assert!(test.talk.doubts_opt_out());
    test.end_prompt();
    test.now += 1_500;
    let acts = test.say("no", 700, None);
    assert_eq!(says(&acts), ["Will you come, Ann?"]);
    assert!(!test.talk.doubts_opt_out());
}
