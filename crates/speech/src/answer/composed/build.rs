//! Cases built from a corpus and scripts.

use super::super::Class;
use super::mixing::{Tape, misheard};
use super::{Case, Clip, Corpus, Half, Mix, Transcript, scripts};
use crate::chance::Chance;
use crate::tones::synthesis::Sound;
use crate::tones::{Tone, ToneKind};

/// From a sentence's end to its transcript, ms.
const RECOGNITION_MS: u64 = 600;

/// Made cases of one half: the same for the same corpus and seed.
pub fn compose(corpus: &Corpus, half: Half, mix: Mix, seed: u64) -> Vec<Case> {
    let mut studio = Studio { corpus, half, chance: Chance::new(seed) };
    let counts = [
        (Class::Human, mix.people),
        (Class::Voicemail, mix.voicemails),
        (Class::Ivr, mix.ivrs),
        (Class::Screening, mix.screenings),
        (Class::Announcement, mix.announcements),
        (Class::Silence, mix.silences),
        (Class::Fax, mix.faxes),
    ];
    let each = counts.iter().flat_map(|(class, count)| (0..*count).map(|index| (*class, index)));
    each.map(|(class, index)| studio.case(class, index)).collect()
}

/// Made beeps after a sentence of any clip, for the tone detector alone: 400 to 2,100 Hz, 70 ms to
/// 1.5 s, -30 to -6 dBFS; half of them with noise 20 dB below the beep.
pub fn beeps(corpus: &Corpus, half: Half, count: usize, seed: u64) -> Vec<Case> {
    let mut studio = Studio { corpus, half, chance: Chance::new(seed) };
    (0..count).map(|index| studio.beep_case(index)).collect()
}

struct Studio<'a> {
    corpus: &'a Corpus,
    half: Half,
    chance: Chance,
}

/// A case under construction.
struct Draft {
    tape: Tape,
    transcripts: Vec<Transcript>,
    start_ms: Option<u64>,
    beep: Option<Tone>,
    level_dbfs: f32,
}

impl<'a> Studio<'a> {
    fn case(&mut self, class: Class, index: usize) -> Case {
        let mut draft = Draft {
            tape: Tape::default(),
            transcripts: Vec::new(),
            start_ms: None,
            beep: None,
            level_dbfs: self.chance.between(-30.0, -18.0),
        };
        let detail = match class {
            Class::Silence => self.silence(&mut draft),
            Class::Fax => self.fax(&mut draft),
            Class::Human => self.person(&mut draft),
            Class::Announcement => self.announcement(&mut draft),
            Class::Voicemail | Class::Ivr | Class::Screening => self.machine(&mut draft, class),
        };
        let snr_db = [None, Some(20.0), Some(10.0)].get(index % 3).copied().flatten();
        self.finish(draft, class, snr_db, format!("{class:?} {index}: {detail}"))
    }

    fn finish(&mut self, draft: Draft, truth: Class, snr_db: Option<f32>, name: String) -> Case {
        let Draft { mut tape, transcripts, start_ms, beep, level_dbfs } = draft;
        // Not even a silent line is digital zero.
        let noise_dbfs = snr_db.map_or(-65.0, |snr_db| level_dbfs - snr_db);
        tape.noise(noise_dbfs, &mut self.chance);
        Case { name, truth, audio: tape.samples(), transcripts, start_ms, beep, snr_db }
    }

    fn silence(&mut self, draft: &mut Draft) -> String {
        draft.tape.silence(8_000);
        "nobody".to_owned()
    }

    fn fax(&mut self, draft: &mut Draft) -> String {
        draft.tape.silence(self.chance.whole(200, 1_800));
        draft.start_ms = Some(draft.tape.length_ms());
        let level = self.chance.between(-26.0, -12.0);
        let answers = self.chance.happens(0.5);
        let sound = Sound::default();
        draft.tape.add(&if answers {
            sound.tones(&[2_100.0], 3_000, level)
        } else {
            sound.pulses(&[1_100.0], 500, 3_000, 3, level)
        });
        draft.tape.silence(2_000);
        if answers { "answers" } else { "calls" }.to_owned()
    }

    fn announcement(&mut self, draft: &mut Draft) -> String {
        draft.tape.silence(self.chance.whole(100, 800));
        let level = self.chance.between(-28.0, -14.0);
        let dice = self.chance.unit();
        if dice < 0.2 {
            draft.start_ms = Some(draft.tape.length_ms());
            let (hz, on_ms) =
                if dice < 0.1 { (&[480.0, 620.0][..], 500) } else { (&[425.0][..], 250) };
            draft.tape.add(&Sound::default().pulses(hz, on_ms, on_ms, 8, level));
            return "busy".to_owned();
        }
        if dice < 0.7 {
            draft.start_ms = Some(draft.tape.length_ms());
            draft.tape.add(&Sound::default().sit(level).silence(250));
        }
        let detail = self.script(draft, Class::Announcement);
        draft.tape.silence(3_000);
        detail
    }

    fn person(&mut self, draft: &mut Draft) -> String {
        let late = self.chance.happens(0.15);
        draft.tape.silence(self.chance.whole(100, if late { 3_000 } else { 900 }));
        let detail = self.script(draft, Class::Human);
        draft.tape.silence(self.chance.whole(1_500, 3_500));
        if self.chance.happens(0.4) {
            self.sentence(draft, "hello");
            draft.tape.silence(1_500);
        }
        detail
    }

    fn machine(&mut self, draft: &mut Draft, class: Class) -> String {
        draft.tape.silence(self.chance.whole(100, 1_200));
        let detail = self.script(draft, class);
        if class == Class::Voicemail && self.chance.happens(0.9) {
            draft.tape.silence(self.chance.whole(200, 1_500));
            self.beep(draft);
        }
        draft.tape.silence(3_500);
        detail
    }

    /// One of the class's scripts, sentence by sentence.
    fn script(&mut self, draft: &mut Draft, class: Class) -> String {
        let scripts = scripts::of(class, self.half);
        // Most people say a word or two.
        let is_brief = class == Class::Human && self.chance.happens(0.5);
        let brief = |script: &&'static [&'static str]| script.join(" ").split(' ').count() <= 2;
        let scripts: Vec<_> =
            scripts.into_iter().filter(|script| !is_brief || brief(script)).collect();
        let script = self.chance.pick(&scripts).copied().unwrap_or_default();
        for (index, sentence) in script.iter().enumerate() {
            if index > 0 {
                draft.tape.silence(self.chance.whole(200, 800));
            }
            self.sentence(draft, sentence);
        }
        script.join(" / ")
    }

    fn sentence(&mut self, draft: &mut Draft, sentence: &str) {
        let clip = match sentence.strip_prefix('@') {
            Some(name) => self.corpus.named(name),
            None => self.voice(sentence),
        };
        let Some(clip) = clip else { return };
        let own = clip.text.as_deref().filter(|_| sentence.starts_with('@'));
        draft.start_ms.get_or_insert(draft.tape.length_ms());
        draft.tape.speech(&clip.samples, draft.level_dbfs);
        let text = misheard(own.unwrap_or(sentence), &mut self.chance);
        let at_ms = draft.tape.length_ms() + RECOGNITION_MS;
        draft.transcripts.push(Transcript { at_ms, text });
    }

    /// A clip about as long as a sentence takes: of twelve, the nearest; of one word, half the time
    /// a digit by another speaker.
    fn voice(&mut self, sentence: &str) -> Option<&'a Clip> {
        let words = sentence.split_whitespace().count() as u64;
        let pace_ms = self.chance.whole(230, 340);
        let wanted_ms = 150 + words * pace_ms;
        let wants_digit = words <= 2 && self.chance.happens(0.5);
        let half = self.half;
        let fits = |clip: &&Clip| clip.half == half && clip.is_digit == wants_digit;
        let fits = |clip: &&Clip| fits(clip) && clip.length_ms() >= 150 && !is_sound(&clip.name);
        let clips: Vec<&'a Clip> = self.corpus.clips.iter().filter(fits).collect();
        let drawn: Vec<&'a Clip> =
            (0..12).filter_map(|_| self.chance.pick(&clips).copied()).collect();
        drawn.into_iter().min_by_key(|clip| clip.length_ms().abs_diff(wanted_ms))
    }

    fn beep(&mut self, draft: &mut Draft) {
        let frequency_hz = self.chance.between(400.0, 2_100.0);
        let ms = self.chance.whole(70, 1_500);
        let level_dbfs = self.chance.between(-30.0, -6.0);
        let start_ms = draft.tape.length_ms();
        draft.tape.add(&Sound::default().tones(&[frequency_hz], ms, level_dbfs));
        let end_ms = start_ms + ms;
        draft.beep =
            Some(Tone { kind: ToneKind::Beep, start_ms, end_ms, frequency_hz, level_dbfs });
    }

    fn beep_case(&mut self, index: usize) -> Case {
        let level_dbfs = self.chance.between(-30.0, -18.0);
        let mut draft = Draft {
            tape: Tape::default(),
            transcripts: Vec::new(),
            start_ms: None,
            beep: None,
            level_dbfs,
        };
        self.sentence(&mut draft, "please leave a message after the tone");
        draft.tape.silence(self.chance.whole(200, 1_500));
        self.beep(&mut draft);
        draft.tape.silence(1_500);
        let snr_db = (index % 2 == 1).then_some(20.0);
        draft.level_dbfs = draft.beep.map_or(level_dbfs, |beep| beep.level_dbfs);
        self.finish(draft, Class::Voicemail, snr_db, format!("beep {index}"))
    }
}

/// Prompts that are tones or other sounds, and no speech.
fn is_sound(name: &str) -> bool {
    name.contains("beep")
        || name.contains("tone")
        || name.contains("monkeys")
        || name == "spy-jingle"
}
