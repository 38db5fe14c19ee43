//! A text that was not rendered before, as calls hear it.

use std::sync::Arc;
use std::task::{Context, Wake, Waker};
use std::thread::Thread;

use outcall_conversation::prompts::{Phrases, Sound};

use crate::robot::Models;

/// Some 40 s: the whole takes much longer than the first phrase.
const LONG: &str = "Good morning, this is Clara from the clinic of Doctor Brown. Your appointment \
    is on Monday at nine. Please bring the letter that we have sent you, and come a quarter of an \
    hour earlier, so that we can take your data. There is a car park behind the house. If you \
    come by bus, get off at the town hall, and walk along the river for five minutes. The \
    entrance is on the left. If you cannot come, please call us, so that somebody else can have \
    your place. We are there from Monday to Friday between eight and five. Thank you very much, \
    and have a pleasant day.";

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

fn all_of(phrases: &Phrases, cx: &mut Context<'_>) -> usize {
    loop {
        phrases.advance(cx);
        match phrases.count() {
            Some(count) => return count,
            None => std::thread::park(),
        }
    }
}

#[test]
fn a_new_text_is_heard_phrase_by_phrase_until_it_is_whole_and_whole_ever_after() {
    let Some(models) = Models::find() else { return };
    let waker = Waker::from(Arc::new(Unpark(std::thread::current())));
    let mut cx = Context::from_waker(&waker);
    let mut prompts = models.prompts();
    let speech = prompts.speech(LONG).expect("it can be said");
    let first = speech.start(&mut cx).expect("there is room");
    let Sound::Phrases(phrases) = first else { panic!("nobody has rendered it: {first:?}") };
    let count = all_of(&phrases, &mut cx);
    assert!(count >= 8, "{count} phrases");
    let clips: Vec<_> =
        (0..count).map(|number| phrases.get(number).expect("it is there")).collect();
    let said_ms: u64 = clips.iter().map(|clip| clip.duration_ms()).sum();
    assert_eq!(phrases.get(count).map(|clip| clip.duration_ms()), None);
    // Asked before, but behind them.
    let whole = loop {
        match speech.start(&mut cx).expect("there is room") {
            Sound::Whole(clip) => break clip,
            Sound::Phrases(again) => {
                assert!(Arc::ptr_eq(&again, &phrases), "calls share them");
                std::thread::park();
            }
        }
    };
    let whole_ms = whole.duration_ms();
    let differ_ms = whole_ms.abs_diff(said_ms);
    assert!(differ_ms < whole_ms / 6, "{whole_ms} ms whole, {said_ms} ms in phrases");
    let again = models.prompts().speech(LONG).expect("it is kept").start(&mut cx);
    let Ok(Sound::Whole(kept)) = again else { panic!("it was kept: {again:?}") };
    assert!(kept.duration_ms().abs_diff(whole_ms) < 100);
    let error = prompts.speech(" ").expect_err("there is nothing to say").to_string();
    assert!(error.contains("nothing to say in ' '"), "{error}");
}
