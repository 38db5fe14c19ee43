//! One sound of a robot, played as one clip or as several that come one after the other.

use std::collections::VecDeque;
use std::sync::Arc;

use outcall_media::clip::Clip;
use outcall_media::playback::{PlaybackEnd, PlaybackId};

use crate::prompts::{Phrases, Sound};

/// Clips that wait in the stream at most: more of them come when these have been heard.
const WAITING_MAX: usize = 4;

/// How a sound has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct End {
    /// How much of it was heard.
    pub(crate) played_ms: u64,
    pub(crate) how: PlaybackEnd,
}

/// A sound that is being played.
#[derive(Debug)]
pub(crate) struct Playing {
    /// Its name, of this call alone: a stream's own names are those of clips.
    pub(crate) name: PlaybackId,
    clips: Clips,
    /// How many went into the stream.
    given: usize,
    /// Those of them that have not ended.
    waiting: VecDeque<PlaybackId>,
    played_ms: u64,
}

#[derive(Debug)]
enum Clips {
    One(Arc<Clip>),
    /// As they are rendered.
    Phrases(Arc<Phrases>),
    /// It cannot be said.
    None,
}

impl Clips {
    fn get(&self, number: usize) -> Option<Arc<Clip>> {
        match self {
            Self::One(clip) => Some(Arc::clone(clip)).filter(|_| number == 0),
            Self::Phrases(phrases) => phrases.get(number),
            Self::None => None,
        }
    }

    fn count(&self) -> Option<usize> {
        match self {
            Self::One(_) => Some(1),
            Self::Phrases(phrases) => phrases.count(),
            Self::None => Some(0),
        }
    }
}

impl Playing {
    /// A sound under a name; none where it cannot be said, which ends at once.
    pub(crate) fn new(name: PlaybackId, sound: Option<Sound>) -> Self {
        let clips = match sound {
            Some(Sound::Whole(clip)) => Clips::One(clip),
            Some(Sound::Phrases(phrases)) => Clips::Phrases(phrases),
            None => Clips::None,
        };
        Self { name, clips, given: 0, waiting: VecDeque::new(), played_ms: 0 }
    }

    /// The phrases, while more of them may come.
    pub(crate) fn phrases(&self) -> Option<&Phrases> {
        match &self.clips {
            Clips::Phrases(phrases) => Some(phrases.as_ref()).filter(|it| it.count().is_none()),
            Clips::One(_) | Clips::None => None,
        }
    }

    /// Whether nothing of it can be heard, now or later.
    pub(crate) fn is_empty(&self) -> bool {
        self.waiting.is_empty() && self.clips.count() == Some(self.given)
    }

    /// Whether more of it may come.
    pub(crate) fn is_open(&self) -> bool {
        self.phrases().is_some()
    }

    /// Gives what there is to the stream, as far as there is room. The end, when nothing is left to
    /// be heard.
    pub(crate) fn give(&mut self, mut play: impl FnMut(Arc<Clip>) -> PlaybackId) -> Option<End> {
        while self.waiting.len() < WAITING_MAX
            && let Some(clip) = self.clips.get(self.given)
        {
            self.given += 1;
            self.waiting.push_back(play(clip));
        }
        let over = self.waiting.is_empty() && self.clips.count() == Some(self.given);
        over.then_some(End { played_ms: self.played_ms, how: PlaybackEnd::Finished })
    }

    /// A clip has ended. The end, when it was stopped; for its own end [`Playing::give`] tells.
    pub(crate) fn ended(
        &mut self,
        playback: PlaybackId,
        played_ms: u64,
        how: PlaybackEnd,
    ) -> Option<End> {
        let place = self.waiting.iter().position(|it| *it == playback)?;
        self.waiting.remove(place);
        self.played_ms += played_ms;
        let stopped = how == PlaybackEnd::Stopped;
        stopped.then_some(End { played_ms: self.played_ms, how })
    }

    /// Whether a clip is one of its.
    pub(crate) fn holds(&self, playback: PlaybackId) -> bool {
        self.waiting.contains(&playback)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAME: PlaybackId = PlaybackId(1);

    fn finished(played_ms: u64) -> Option<End> {
        Some(End { played_ms, how: PlaybackEnd::Finished })
    }

    /// Gives what there is; the stream's names count on from those before.
    fn give(playing: &mut Playing, given: &mut u64) -> Option<End> {
        playing.give(|_| {
            *given += 1;
            PlaybackId(100 + *given)
        })
    }

    #[test]
    fn a_whole_sound_ends_with_its_clip_and_is_accounted_for() {
        let clip = Arc::new(Clip::silence(300));
        let mut playing = Playing::new(NAME, Some(Sound::Whole(clip)));
        let mut given = 0;
        assert_eq!(give(&mut playing, &mut given), None);
        assert!(playing.holds(PlaybackId(101)) && playing.phrases().is_none());
        assert_eq!(playing.ended(PlaybackId(7), 300, PlaybackEnd::Finished), None, "another's");
        assert_eq!(playing.ended(PlaybackId(101), 300, PlaybackEnd::Finished), None);
        assert_eq!(give(&mut playing, &mut given), finished(300));
        assert_eq!(given, 1, "it is played once");
    }

    #[test]
    fn phrases_are_given_as_they_come_a_gap_is_no_end_and_the_last_one_is() {
        let phrases = Phrases::made(&[100, 200]);
        let mut playing = Playing::new(NAME, Some(Sound::Phrases(Arc::clone(&phrases))));
        let mut given = 0;
        assert_eq!(give(&mut playing, &mut given), None);
        assert_eq!(playing.ended(PlaybackId(101), 100, PlaybackEnd::Finished), None);
        assert_eq!(playing.ended(PlaybackId(102), 200, PlaybackEnd::Finished), None);
        assert_eq!(give(&mut playing, &mut given), None, "more will come: the line waits");
        for _ in 0..6 {
            phrases.add(50);
        }
        assert_eq!((give(&mut playing, &mut given), given), (None, 6), "no more than wait at once");
        phrases.end();
        for clip in 103..=106 {
            assert_eq!(playing.ended(PlaybackId(clip), 50, PlaybackEnd::Finished), None);
        }
        assert_eq!(give(&mut playing, &mut given), None);
        for clip in 107..=108 {
            assert_eq!(playing.ended(PlaybackId(clip), 50, PlaybackEnd::Finished), None);
        }
        assert_eq!(give(&mut playing, &mut given), finished(600));
    }

    #[test]
    fn what_is_stopped_ends_there_and_what_cannot_be_said_at_once() {
        let phrases = Phrases::made(&[100, 200]);
        let mut playing = Playing::new(NAME, Some(Sound::Phrases(phrases)));
        give(&mut playing, &mut 0);
        playing.ended(PlaybackId(101), 100, PlaybackEnd::Finished);
        let end = playing.ended(PlaybackId(102), 40, PlaybackEnd::Stopped);
        assert_eq!(end, Some(End { played_ms: 140, how: PlaybackEnd::Stopped }));
        assert_eq!(Playing::new(NAME, None).give(|_| PlaybackId(9)), finished(0));
    }
}
