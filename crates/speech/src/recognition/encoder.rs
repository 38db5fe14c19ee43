//! The encoder: from sound to what the decoder attends to.

use ort::session::Session;
use ort::value::{DynValue, Tensor, TensorRef};

use super::settings::WhisperSettings;
use super::{RATE_HZ, RecognitionError};

/// Samples of a position of the encoder: 20 ms.
const POSITION: usize = 320;
/// Samples that the model takes at most: 30 s.
const SOUND_MAX: usize = 30 * RATE_HZ;

/// How much silence follows the sound. The model was trained on 30 s and repeats itself when it
/// does not see where speech ends. Silence hardly depends on what was said before it: some is
/// encoded with the sound, and the keys and values of the rest lie ready in the model.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Silence {
    /// Encoded after the sound, in seconds.
    pub(super) after_s: f32,
    /// Filled up to so much at least, in seconds.
    pub(super) least_s: f32,
    /// Added from the model until so many seconds in all; 0 adds nothing.
    pub(super) until_s: i64,
}

/// Positions of the encoder in a second.
const POSITIONS_PER_S: i64 = 50;

impl Silence {
    /// The length that a sound is filled up to, in samples.
    fn length(self, sound: usize) -> usize {
        let rate = RATE_HZ as f32;
        let wanted = (sound as f32 + self.after_s * rate).max(self.least_s * rate) as usize;
        wanted.next_multiple_of(POSITION).min(SOUND_MAX)
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
        silence: Silence,
    ) -> Result<Heard, RecognitionError> {
        let mut padded = sound.to_vec();
        padded.resize(silence.length(sound.len()), 0.0);
        let audio = TensorRef::from_array_view(([1, padded.len()], &padded[..]))?;
        let until = Tensor::from_array(([1], vec![silence.until_s * POSITIONS_PER_S]))?;
        let mut outputs =
            self.session.run(ort::inputs!["audio" => audio, "silence_to" => until])?;
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
    fn a_sound_is_filled_up_in_whole_positions_and_never_beyond_what_the_model_takes() {
        let after = Silence { after_s: 2.0, least_s: 0.0, until_s: 30 };
        assert_eq!(after.length(RATE_HZ), 3 * RATE_HZ);
        assert_eq!(after.length(RATE_HZ + 1), 3 * RATE_HZ + POSITION);
        assert_eq!(after.length(29 * RATE_HZ), SOUND_MAX);
        let least = Silence { after_s: 1.0, least_s: 8.0, until_s: 0 };
        assert_eq!(
            (least.length(RATE_HZ), least.length(10 * RATE_HZ)),
            (8 * RATE_HZ, 11 * RATE_HZ)
        );
    }
}
