//! Numbers said digit by digit.

use super::{Recogniser, RecognitionError, Transcript, encoder};

pub(super) fn recognise(
    recogniser: &mut Recogniser,
    sound: &[f32],
    _count: Option<u32>,
) -> Result<Transcript, RecognitionError> {
    let decoding = recogniser.decode(sound, encoder::Padding::Long)?;
    Ok(recogniser.transcript(&decoding))
}
