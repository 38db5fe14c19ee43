//! The encoder: from sound to what the decoder attends to.

use ort::session::Session;
use ort::value::{DynValue, TensorRef};

use super::settings::WhisperSettings;
use super::{RATE_HZ, RecognitionError};

/// Samples of a position of the encoder: 20 ms.
const POSITION: usize = 320;

/// How much silence follows the sound. The model was trained on 30 s; less is cheaper, and too
/// little makes it loop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Padding {
    /// Enough for most.
    Short,
    /// Enough for nearly all.
    Long,
}

impl Padding {
    /// The length that a sound is filled up to, in samples.
    fn length(self, sound: usize) -> usize {
        let (after_s, least_s) = match self {
            Self::Short => (1.0, 4.0),
            Self::Long => (1.0, 8.0),
        };
        let rate = RATE_HZ as f32;
        let wanted = (sound as f32 + after_s * rate).max(least_s * rate) as usize;
        wanted.next_multiple_of(POSITION)
    }
}

/// What the decoder attends to: keys and values of each layer.
#[derive(Debug)]
pub(super) struct Heard {
    /// By the names of the decoder's inputs.
    pub(super) cross: Vec<(String, DynValue)>,
}

/// The encoder, for one thread.
#[derive(Debug)]
pub(super) struct Encoder {
    session: Session,
    names: Vec<String>,
}

impl Encoder {
    pub(super) fn new(session: Session, settings: &WhisperSettings) -> Self {
        let of_layer = |layer| [format!("cross_k_{layer}"), format!("cross_v_{layer}")];
        let names = (0..settings.decoder_layers).flat_map(of_layer).collect();
        Self { session, names }
    }

    /// Encodes a sound of 16 kHz.
    pub(super) fn run(
        &mut self,
        sound: &[f32],
        padding: Padding,
    ) -> Result<Heard, RecognitionError> {
        let mut padded = sound.to_vec();
        padded.resize(padding.length(sound.len()), 0.0);
        let audio = TensorRef::from_array_view(([1, padded.len()], &padded[..]))?;
        let mut outputs = self.session.run(ort::inputs!["audio" => audio])?;
        let take = |name: &String| {
            let value = outputs.remove(name).ok_or_else(|| RecognitionError::Model {
                file: "encoder.onnx",
                problem: format!("no output {name}"),
            })?;
            Ok((name.clone(), value))
        };
        let cross = self.names.iter().map(take).collect::<Result<_, RecognitionError>>()?;
        Ok(Heard { cross })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_sounds_get_the_least_and_long_ones_a_second_more() {
        let seconds = |padding: Padding, sound_s: usize| {
            padding.length(sound_s * RATE_HZ) as f32 / RATE_HZ as f32
        };
        assert_eq!((seconds(Padding::Short, 1), seconds(Padding::Long, 1)), (4.0, 8.0));
        assert_eq!((seconds(Padding::Short, 10), seconds(Padding::Long, 10)), (11.0, 11.0));
        assert_eq!(Padding::Short.length(16_001 * 10) % POSITION, 0);
    }
}
