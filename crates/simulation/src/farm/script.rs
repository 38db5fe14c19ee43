//! Where a callee is in its steps; pure.

use std::collections::VecDeque;

use outcall_campaign::UnixMillis;

use super::behaviour::Step;
use super::sounds::Sound;

/// What a callee does now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// This step. Ask again: the one behind it may be due as well.
    Do(Step),
    /// Nothing before this instant.
    At(UnixMillis),
    /// Nothing, unless something happens to the call.
    Nothing,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// The next step is due then.
    Due(UnixMillis),
    /// Answered; the steps go on with the ACK.
    Answering,
    /// All steps are done.
    Done,
}

/// The steps of one callee, each with the pause before it in ms.
#[derive(Clone, Debug)]
pub struct Script {
    steps: VecDeque<(u32, Step)>,
    state: State,
}

impl Script {
    /// A call that came at `now`.
    pub fn begin(steps: Vec<(u32, Step)>, now: UnixMillis) -> Self {
        let mut script = Self { steps: steps.into(), state: State::Done };
        script.wait(now, 0);
        script
    }

    /// What is to be done at `now`. A sound that is played once takes `length_ms`.
    pub fn next(&mut self, now: UnixMillis, length_ms: impl FnOnce(Sound) -> u32) -> Next {
        match self.state {
            State::Due(at) if at > now => return Next::At(at),
            State::Due(_) => {}
            State::Answering | State::Done => return Next::Nothing,
        }
        let Some((_, step)) = self.steps.pop_front() else {
            self.state = State::Done;
            return Next::Nothing;
        };
        match step {
            Step::Answer | Step::AnswerSilently => self.state = State::Answering,
            Step::Refuse { .. } | Step::HangUp => self.end(),
            Step::Play(sound) => self.wait(now, length_ms(sound)),
            Step::Ring
            | Step::EarlyMedia(_)
            | Step::ReliableEarlyMedia(_)
            | Step::AnswerTheCancel
            | Step::PlayOn(_)
            | Step::Digits(_)
            | Step::Hold(_)
            | Step::Record => self.wait(now, 0),
        }
        Next::Do(step)
    }

    /// The ACK of the answer has come.
    pub fn acknowledged(&mut self, now: UnixMillis) {
        if self.state == State::Answering {
            self.wait(now, 0);
        }
    }

    /// The callee does nothing more.
    pub fn end(&mut self) {
        self.steps.clear();
        self.state = State::Done;
    }

    fn wait(&mut self, now: UnixMillis, more_ms: u32) {
        self.state = match self.steps.front() {
            Some(&(pause_ms, _)) => State::Due(now + i64::from(pause_ms) + i64::from(more_ms)),
            None => State::Done,
        };
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const LENGTH_MS: u32 = 70;

    fn next(script: &mut Script, now_ms: i64) -> Next {
        script.next(UnixMillis(now_ms), |_| LENGTH_MS)
    }

    #[test]
    fn what_follows_an_answer_waits_for_its_ack() {
        let steps = vec![(10, Step::Ring), (20, Step::Answer), (5, Step::HangUp)];
        let mut script = Script::begin(steps, UnixMillis(100));
        assert_eq!(next(&mut script, 100), Next::At(UnixMillis(110)));
        // An ACK for nothing hurries nobody.
        script.acknowledged(UnixMillis(105));
        assert_eq!(next(&mut script, 110), Next::Do(Step::Ring));
        assert_eq!(next(&mut script, 130), Next::Do(Step::Answer));
        assert_eq!(next(&mut script, 9_000), Next::Nothing);
        script.acknowledged(UnixMillis(10_000));
        assert_eq!(next(&mut script, 10_000), Next::At(UnixMillis(10_005)));
        assert_eq!(next(&mut script, 10_005), Next::Do(Step::HangUp));
        assert_eq!(next(&mut script, 99_000), Next::Nothing);
    }

    #[test]
    fn a_machine_records_behind_its_beep() {
        let steps = vec![(0, Step::Play(Sound::Beep)), (0, Step::Record)];
        let mut script = Script::begin(steps, UnixMillis(0));
        assert_eq!(next(&mut script, 0), Next::Do(Step::Play(Sound::Beep)));
        assert_eq!(next(&mut script, 0), Next::At(UnixMillis(i64::from(LENGTH_MS))));
        assert_eq!(next(&mut script, i64::from(LENGTH_MS)), Next::Do(Step::Record));
    }

    #[test]
    fn a_callee_without_steps_does_nothing() {
        let mut script = Script::begin(Vec::new(), UnixMillis(0));
        assert_eq!(next(&mut script, i64::MAX), Next::Nothing);
    }

    fn any_step() -> impl Strategy<Value = Step> {
        prop_oneof![
            Just(Step::Ring),
            Just(Step::Answer),
            Just(Step::Record),
            Just(Step::Play(Sound::Beep)),
            Just(Step::PlayOn(Sound::Speech)),
            Just(Step::Hold(true)),
            Just(Step::HangUp),
            Just(Step::Refuse { status: 486, retry_after_s: None }),
        ]
    }

    proptest! {
        /// However late and often it is asked: every step once, in order, and none too early.
        #[test]
        fn steps_are_done_once_in_order_and_not_before_their_time(
            steps in prop::collection::vec((0..500_u32, any_step()), 0..12),
            asks in prop::collection::vec((0..300_i64, any::<bool>()), 0..200),
        ) {
            let mut script = Script::begin(steps.clone(), UnixMillis(0));
            let (mut now, mut from, mut done, mut answering) = (0, 0, 0, false);
            for (pass_ms, ack) in asks {
                now += pass_ms;
                if ack {
                    script.acknowledged(UnixMillis(now));
                    if answering {
                        (answering, from) = (false, now);
                    }
                }
                loop {
                    match next(&mut script, now) {
                        Next::Do(step) => {
                            let (pause_ms, wanted) = steps[done];
                            prop_assert_eq!(step, wanted);
                            prop_assert!(!answering && now >= from + i64::from(pause_ms));
                            done += 1;
                            answering = step == Step::Answer;
                            let plays = step == Step::Play(Sound::Beep);
                            from = now + if plays { i64::from(LENGTH_MS) } else { 0 };
                        }
                        Next::At(at) => {
                            prop_assert!(at.0 > now && !answering);
                            break;
                        }
                        Next::Nothing => break,
                    }
                }
            }
            let ends = |step: &Step| matches!(step, Step::HangUp | Step::Refuse { .. });
            let before = steps[..done].iter().rev().skip(1);
            prop_assert!(before.clone().all(|(_, step)| !ends(step)), "a step behind the end");
        }
    }
}
