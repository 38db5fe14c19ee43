//! Training an intent set: seconds, and the same from the same seed.

use ndarray::{Array2, Axis, Slice, concatenate};

use super::calibration::{Calibration, HeldOut};
use super::chance::Chance;
use super::channel::Channel;
use super::corrector::Corrector;
use super::data::{DataError, IntentSet};
use super::encoder::{Encode, EncoderError};
use super::exact::Exact;
use super::heads::{Evidence, Heads, Lesson};
use super::lexicon::Lexicon;
use super::linear::{Fit, Linear, Rows, Target, softmax};
use super::model::IntentModel;
use super::spreading::{Graph, surest};
use super::whitening::Whitening;

/// Texts that calibration looks at, at most.
const HELD_OUT_MAX: usize = 2_400;
/// Parts that examples are held out in, and the same of a few: what is learned there from all but
/// one part must be like what is learned from all of them.
const FOLDS: usize = 3;
const FOLDS_OF_FEW: usize = 8;
const FEW: usize = 300;
/// Logs that labels spread to, at most.
pub const LOGS_MAX: usize = 20_000;
/// Rounds of self-training, and the texts of each class that the first one learns.
const ROUNDS: usize = 4;
const FIRST_ROUND: usize = 20;
/// How much a text counts whose label has only spread to it, and a mistaken copy of an example.
const SPREAD_COUNTS: f32 = 0.3;
const NOISY_COUNTS: f32 = 0.5;

/// How a set is trained.
#[derive(Debug, Clone, PartialEq)]
pub struct Options {
    /// What chance follows from.
    pub seed: u64,
    /// The part of the words that is mistaken in the copy that makes training robust; 0 for none.
    pub noise: f64,
    /// What callees have said, unlabelled: which words there are, and what follows what.
    pub logs: Vec<String>,
    /// Whether labels spread to the logs, which then count as examples.
    pub self_training: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self { seed: 1, noise: 0.15, logs: Vec::new(), self_training: false }
    }
}

/// Why training failed.
#[derive(Debug, thiserror::Error)]
pub enum TrainError {
    /// The set is not fit for it.
    #[error(transparent)]
    Data(#[from] DataError),
    /// The encoder broke off.
    #[error(transparent)]
    Encoder(#[from] EncoderError),
}

/// What is learned from, with its vectors.
#[derive(Debug, Clone, Default)]
struct Lessons {
    lessons: Vec<Lesson>,
    vectors: Option<Array2<f32>>,
}

impl Lessons {
    fn encoded(
        lessons: Vec<Lesson>,
        encoder: &mut Option<&mut dyn Encode>,
    ) -> Result<Self, EncoderError> {
        let texts: Vec<&str> = lessons.iter().map(|lesson| lesson.text.as_str()).collect();
        let vectors = match encoder {
            Some(encoder) => Some(encoder.encode(&texts)?),
            None => None,
        };
        Ok(Self { lessons, vectors })
    }

    fn select(&self, which: &[usize]) -> Self {
        let lessons = which.iter().map(|&at| self.lessons[at].clone()).collect();
        let vectors = self.vectors.as_ref().map(|vectors| vectors.select(Axis(0), which));
        Self { lessons, vectors }
    }

    fn join(&mut self, other: Self) {
        self.lessons.extend(other.lessons);
        self.vectors = match (self.vectors.take(), other.vectors) {
            (Some(a), Some(b)) => {
                let joined = concatenate(Axis(0), &[a.view(), b.view()]);
                Some(joined.expect("invariant: an encoder's vectors have one width"))
            }
            (Some(_), None) | (None, Some(_) | None) => None,
        };
    }

    /// Without the lessons of some classes; the others are counted anew.
    fn without(&self, is_absent: impl Fn(usize) -> bool) -> Self {
        let class = |target: Target| match target {
            Target::Is(class) | Target::IsNot(class) => class,
        };
        let kept = (0..self.lessons.len()).filter(|&at| !is_absent(class(self.lessons[at].target)));
        let mut kept = self.select(&kept.collect::<Vec<_>>());
        let anew = |old: usize| (0..old).filter(|&class| !is_absent(class)).count();
        for lesson in &mut kept.lessons {
            lesson.target = match lesson.target {
                Target::Is(class) => Target::Is(anew(class)),
                Target::IsNot(class) => Target::IsNot(anew(class)),
            };
        }
        kept
    }

    fn evidence(&self, heads: &Heads, at: usize) -> Evidence {
        heads.evidence(&self.lessons[at].text, self.vectors.as_ref().map(|all| all.row(at)))
    }

    fn heads(&self, whitening: Option<&Whitening>, classes: usize) -> Heads {
        Heads::train(&self.lessons, self.vectors.as_ref().zip(whitening), classes)
    }

    /// Learned from what means something, once for all that is held out of it: which examples there
    /// are changes it little.
    fn whitening(&self) -> Option<Whitening> {
        let class = |lesson: &Lesson| match lesson.target {
            Target::Is(class) => Some(class),
            Target::IsNot(_) => None,
        };
        let meant = self.lessons.iter().enumerate().filter_map(|(at, it)| Some((at, class(it)?)));
        let (which, classes): (Vec<usize>, Vec<usize>) = meant.unzip();
        let vectors = self.vectors.as_ref()?.select(Axis(0), &which);
        Some(Whitening::learn(&vectors, &classes))
    }
}

/// Trains a set. Without an encoder the model goes by letters and sounds alone.
///
/// # Errors
/// When the set is not fit for it, or the encoder breaks off.
pub fn train(
    set: &IntentSet,
    mut encoder: Option<&mut dyn Encode>,
    options: &Options,
) -> Result<IntentModel, TrainError> {
    set.check()?;
    let classes = set.intents.len();
    let mut chance = Chance::new(options.seed);
    let lexicon = lexicon(set, &options.logs);
    let mut all = Lessons::encoded(said(set), &mut encoder)?;
    let names = Lessons::encoded(names(set), &mut encoder)?;
    let whitening = all.whitening();
    let calibration = calibrate(&all, &names, whitening.as_ref(), classes, &mut chance);
    all.join(names);
    let learned = match options.self_training && !options.logs.is_empty() {
        true => spread(&all, &options.logs, classes, &mut encoder)?,
        false => Lessons::default(),
    };
    if options.noise > 0.0 {
        let mut channel = Channel::new(lexicon.clone());
        let noisy = noisy(&all.lessons, &mut channel, options.noise, &mut chance);
        let noisy = Lessons::encoded(noisy, &mut encoder)?;
        all.join(noisy);
    }
    if !learned.lessons.is_empty() {
        all.join(learned);
    }
    Ok(IntentModel {
        names: set.intents.iter().map(|intent| intent.name.clone()).collect(),
        data_sha256: set.sha256(),
        encoder: encoder.map_or_else(String::new, |encoder| encoder.identity().to_owned()),
        heads: all.heads(whitening.as_ref(), classes),
        calibration,
        corrector: Corrector::new(lexicon),
        exact: Exact::of(set),
    })
}

fn lexicon(set: &IntentSet, logs: &[String]) -> Lexicon {
    let examples = set.intents.iter().flat_map(|intent| &intent.examples);
    Lexicon::of(examples.chain(logs).map(String::as_str))
}

/// Examples and negatives.
fn said(set: &IntentSet) -> Vec<Lesson> {
    let mut lessons = Vec::new();
    for (class, intent) in set.intents.iter().enumerate() {
        let lesson = |text: &String, target| Lesson { text: text.clone(), target, counts: 1.0 };
        lessons.extend(intent.examples.iter().map(|text| lesson(text, Target::Is(class))));
        lessons.extend(intent.negatives.iter().map(|text| lesson(text, Target::IsNot(class))));
    }
    lessons
}

/// The name of each intent counts as an example.
fn names(set: &IntentSet) -> Vec<Lesson> {
    let lesson = |(class, intent): (usize, &super::data::IntentData)| Lesson {
        text: intent.words(),
        target: Target::Is(class),
        counts: 1.0,
    };
    set.intents.iter().enumerate().map(lesson).collect()
}

fn noisy(lessons: &[Lesson], channel: &mut Channel, rate: f64, chance: &mut Chance) -> Vec<Lesson> {
    let mut copy = Vec::new();
    for lesson in lessons {
        let text = channel.pass(&lesson.text, rate, chance);
        if !text.is_empty() && text != lesson.text.to_lowercase() {
            copy.push(Lesson { text, counts: NOISY_COUNTS * lesson.counts, ..lesson.clone() });
        }
    }
    copy
}

/// Holds examples out, part by part, and what is learned from the others is asked about them; then
/// whole intents, whose examples are out of scope for what is learned from the others.
fn calibrate(
    all: &Lessons,
    names: &Lessons,
    whitening: Option<&Whitening>,
    classes: usize,
    chance: &mut Chance,
) -> Calibration {
    let mut order: Vec<usize> = (0..all.lessons.len()).collect();
    chance.shuffle(&mut order);
    let (folds, rounds) = match order.len() {
        0..=FEW => (FOLDS_OF_FEW, FOLDS_OF_FEW),
        count => (FOLDS, if count > HELD_OUT_MAX { 1 } else { FOLDS }),
    };
    order.truncate(HELD_OUT_MAX);
    let mut held = HeldOut::default();
    for fold in 0..rounds {
        let is_held = |place: usize| place % folds == fold;
        let learned = (0..order.len()).filter(|&place| !is_held(place));
        let mut lessons = all.select(&learned.map(|place| order[place]).collect::<Vec<_>>());
        lessons.join(names.clone());
        let heads = lessons.heads(whitening, classes);
        for (at, class) in meant(all, order.iter().enumerate(), is_held) {
            held.inside.push((all.evidence(&heads, at), class));
        }
    }
    let groups = FOLDS.min(classes / 2);
    for group in (0..groups).take(rounds).filter(|_| groups > 1) {
        let is_absent = |class: usize| class % groups == group;
        let mut lessons = all.select(&order).without(is_absent);
        lessons.join(names.without(is_absent));
        let present = classes - (0..classes).filter(|&it| is_absent(it)).count();
        let heads = lessons.heads(whitening, present);
        for (at, class) in meant(all, order.iter().enumerate(), |_| true) {
            if is_absent(class) {
                held.outside.push(all.evidence(&heads, at));
            }
        }
    }
    Calibration::fit(&held)
}

/// The lessons, of those in an order whose places are held, that mean something, and what.
fn meant<'a>(
    all: &'a Lessons,
    order: impl Iterator<Item = (usize, &'a usize)>,
    is_held: impl Fn(usize) -> bool,
) -> impl Iterator<Item = (usize, usize)> {
    order.filter(move |(place, _)| is_held(*place)).filter_map(|(_, &at)| {
        match all.lessons[at].target {
            Target::Is(class) => Some((at, class)),
            Target::IsNot(_) => None,
        }
    })
}

/// What of the logs can be learned from: their labels spread from the examples, round by round,
/// and each round learns more of the surest.
fn spread(
    all: &Lessons,
    logs: &[String],
    classes: usize,
    encoder: &mut Option<&mut dyn Encode>,
) -> Result<Lessons, EncoderError> {
    let logs = &logs[..logs.len().min(LOGS_MAX)];
    let lesson = |text: &String| Lesson { text: text.clone(), target: Target::Is(0), counts: 0.0 };
    let mut heard = Lessons::encoded(logs.iter().map(lesson).collect(), encoder)?;
    let is = |lesson: &Lesson| matches!(lesson.target, Target::Is(_));
    let meant: Vec<usize> = (0..all.lessons.len()).filter(|&at| is(&all.lessons[at])).collect();
    let examples = all.select(&meant);
    let (Some(known), Some(unknown)) = (&examples.vectors, &heard.vectors) else {
        return Ok(Lessons::default());
    };
    let joined = concatenate(Axis(0), &[known.view(), unknown.view()]);
    let joined = joined.expect("invariant: an encoder's vectors have one width");
    let graph = Graph::of(&joined);
    let mut chosen: Vec<(usize, usize)> = Vec::new();
    for round in 0..ROUNDS {
        let mut first = guesses(&examples, unknown, &chosen, classes);
        for (mut row, lesson) in first.rows_mut().into_iter().zip(&examples.lessons) {
            if let Target::Is(class) = lesson.target {
                row.fill(0.0);
                row[class] = 1.0;
            }
        }
        let labels = graph.spread(&first, known.nrows());
        let labels = labels.slice_axis(Axis(0), Slice::from(known.nrows()..)).to_owned();
        chosen = surest(&labels, FIRST_ROUND * (round + 1));
    }
    for &(text, class) in &chosen {
        heard.lessons[text].target = Target::Is(class);
        heard.lessons[text].counts = SPREAD_COUNTS;
    }
    let mut which: Vec<usize> = chosen.iter().map(|&(text, _)| text).collect();
    which.sort_unstable();
    Ok(heard.select(&which))
}

/// What a regression on the examples and on what was chosen so far takes all texts for.
fn guesses(
    examples: &Lessons,
    unknown: &Array2<f32>,
    chosen: &[(usize, usize)],
    classes: usize,
) -> Array2<f32> {
    let known = examples.vectors.clone().unwrap_or_default();
    let which: Vec<usize> = chosen.iter().map(|&(text, _)| text).collect();
    let rows = concatenate(Axis(0), &[known.view(), unknown.select(Axis(0), &which).view()]);
    let rows = rows.expect("invariant: an encoder's vectors have one width");
    let mut targets: Vec<(Target, f32)> =
        examples.lessons.iter().map(|lesson| (lesson.target, lesson.counts)).collect();
    targets.extend(chosen.iter().map(|&(_, class)| (Target::Is(class), SPREAD_COUNTS)));
    let fit = Fit { trust: 10.0, steps: 40 };
    let linear = Linear::train(&Rows::Dense(rows), &targets, classes, fit);
    let all = concatenate(Axis(0), &[known.view(), unknown.view()]);
    let all = all.expect("invariant: an encoder's vectors have one width");
    let mut guesses = linear.logits(&Rows::Dense(all));
    for mut row in guesses.rows_mut() {
        softmax(row.as_slice_mut().expect("invariant: rows of a new array are whole"));
    }
    guesses
}
