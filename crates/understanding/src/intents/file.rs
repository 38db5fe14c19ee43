//! A model as bytes: `OUTINT`, a version, a header in JSON, the numbers, and the hash of it all.
//!
//! A file comes from outside: each length is checked before it is used.

use ndarray::Array2;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::calibration::Calibration;
use super::corrector::Corrector;
use super::data::{EXAMPLES_MAX, INTENTS_MAX};
use super::exact::Exact;
use super::grams::{FEATURES, Grams, View};
use super::heads::{Heads, Sense, Written};
use super::lexicon::Lexicon;
use super::linear::Linear;
use super::model::IntentModel;
use super::neighbours::Neighbours;
use super::whitening::Whitening;

const MAGIC: &[u8; 6] = b"OUTINT";
/// Of the form of the file and of the features: an older one is trained anew.
const VERSION: u16 = 3;
const HASH: usize = 32;
/// Bytes of a header at most.
const HEADER_MAX: usize = 256 << 20;
/// Numbers of a vector at most.
const WIDTH_MAX: usize = 4_096;

/// Why bytes are no model.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FileError {
    /// Something else.
    #[error("not an intent model: make one with `outcall scenario train`")]
    Other,
    /// Of another version.
    #[error("version {found} of the form, not {VERSION}: train the set anew")]
    Version {
        /// The version.
        found: u16,
    },
    /// Not what was written.
    #[error("the file was changed or is cut off: train the set anew")]
    Changed,
    /// It does not fit together.
    #[error("the file does not fit together ({problem}): train the set anew")]
    Broken {
        /// What is wrong.
        problem: String,
    },
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    names: Vec<String>,
    data_sha256: String,
    encoder: String,
    /// Numbers of a vector; 0 without an encoder.
    width: usize,
    /// Of which class the vectors are that are remembered, and how much each counts.
    memory: Vec<(usize, f32)>,
    calibration: Calibration,
    lexicon: Lexicon,
    exact: Exact,
}

impl IntentModel {
    /// The model as bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let sense = self.heads.sense.as_ref();
        let header = Header {
            names: self.names.clone(),
            data_sha256: self.data_sha256.clone(),
            encoder: self.encoder.clone(),
            width: sense.map_or(0, |sense| sense.memory.vectors.ncols()),
            memory: sense.map_or_else(Vec::new, |sense| sense.memory.labels.clone()),
            calibration: self.calibration.clone(),
            lexicon: self.corrector.lexicon().clone(),
            exact: self.exact.clone(),
        };
        let header = serde_json::to_vec(&header);
        let header = header.expect("invariant: names and finite numbers can be written as JSON");
        let mut bytes = MAGIC.to_vec();
        bytes.extend(VERSION.to_le_bytes());
        bytes.extend((header.len() as u64).to_le_bytes());
        bytes.extend(header);
        let mut put = |numbers: &mut dyn Iterator<Item = &f32>| {
            numbers.for_each(|number| bytes.extend(number.to_le_bytes()));
        };
        if let Some(sense) = sense {
            put(&mut sense.linear.weights.iter());
            put(&mut sense.memory.vectors.iter());
            put(&mut sense.memory.whitening.by.iter());
        }
        for written in [&self.heads.spelling, &self.heads.sound] {
            put(&mut written.grams.weights.iter());
            put(&mut written.linear.weights.iter());
        }
        let hash = Sha256::digest(&bytes);
        bytes.extend(hash);
        bytes
    }

    /// The model that bytes hold.
    ///
    /// # Errors
    /// When they are none, of another version, or changed since they were written.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, FileError> {
        if !bytes.starts_with(MAGIC) {
            return Err(FileError::Other);
        }
        let end = bytes.len().checked_sub(HASH).ok_or(FileError::Changed)?;
        let (body, hash) = bytes.split_at(end);
        let version = body.get(MAGIC.len()..MAGIC.len() + 2).ok_or(FileError::Changed)?;
        let found = u16::from_le_bytes([version[0], version[1]]);
        if found != VERSION {
            return Err(FileError::Version { found });
        }
        if Sha256::digest(body).as_slice() != hash {
            return Err(FileError::Changed);
        }
        parse(&body[MAGIC.len() + 2..])
    }
}

/// What fuzzing goes through: a body whose hash is right.
pub fn read_any_body(body: &[u8]) {
    if let Ok(model) = parse(body) {
        let plan = model.plan(&[("what was that and who is this", 1.0)]);
        let reading = model.read(&plan, None, &[]);
        assert!(reading.intents.len() <= model.names().len());
    }
}

fn parse(body: &[u8]) -> Result<IntentModel, FileError> {
    let mut numbers = Numbers { left: body };
    let size = numbers.take(8)?;
    let size = u64::from_le_bytes(size.try_into().map_err(|_| FileError::Changed)?);
    let size = usize::try_from(size).unwrap_or(usize::MAX);
    if size > HEADER_MAX {
        return Err(broken("a header that is too long"));
    }
    let header: Header =
        serde_json::from_slice(numbers.take(size)?).map_err(|error| broken(&error.to_string()))?;
    check(&header)?;
    let classes = header.names.len();
    let sense = match header.width {
        0 => None,
        width => Some(Sense {
            linear: Linear { weights: numbers.table(width + 1, classes)? },
            memory: {
                let vectors = numbers.table(header.memory.len(), width)?;
                let whitening = Whitening { by: numbers.table(width, width)? };
                Neighbours::new(vectors, header.memory, whitening)
            },
        }),
    };
    let mut written = |view| -> Result<Written, FileError> {
        let weights = numbers.table(1, FEATURES)?.into_raw_vec_and_offset().0;
        let linear = Linear { weights: numbers.table(FEATURES + 1, classes)? };
        Ok(Written { grams: Grams { view, weights }, linear })
    };
    let (spelling, sound) = (written(View::Spelling)?, written(View::Sound)?);
    if !numbers.left.is_empty() {
        return Err(broken("more numbers than the header tells of"));
    }
    Ok(IntentModel {
        names: header.names,
        data_sha256: header.data_sha256,
        encoder: header.encoder,
        heads: Heads { sense, spelling, sound },
        calibration: header.calibration,
        corrector: Corrector::new(header.lexicon),
        exact: header.exact,
    })
}

fn check(header: &Header) -> Result<(), FileError> {
    if !(2..=INTENTS_MAX).contains(&header.names.len()) {
        return Err(broken("the number of intents"));
    }
    if header.width > WIDTH_MAX || header.memory.len() > 4 * EXAMPLES_MAX {
        return Err(broken("the number of vectors"));
    }
    let counts = |count: f32| count > 0.0 && count <= 1.0;
    if !header.memory.iter().all(|&(class, count)| class < header.names.len() && counts(count)) {
        return Err(broken("the labels of the vectors"));
    }
    if (header.width == 0) != header.encoder.is_empty() || !header.calibration.is_sound() {
        return Err(broken("the calibration"));
    }
    if !header.exact.is_sound(header.names.len()) {
        return Err(broken("the examples"));
    }
    if !header.lexicon.is_sound() {
        return Err(broken("the words"));
    }
    Ok(())
}

struct Numbers<'a> {
    left: &'a [u8],
}

impl<'a> Numbers<'a> {
    fn take(&mut self, size: usize) -> Result<&'a [u8], FileError> {
        let (taken, left) = self.left.split_at_checked(size).ok_or(FileError::Changed)?;
        self.left = left;
        Ok(taken)
    }

    /// A table of finite numbers.
    fn table(&mut self, rows: usize, columns: usize) -> Result<Array2<f32>, FileError> {
        let size = rows.checked_mul(columns).and_then(|count| count.checked_mul(4));
        let bytes = self.take(size.ok_or_else(|| broken("the size of a table"))?)?;
        let numbers: Vec<f32> =
            bytes.as_chunks::<4>().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect();
        if !numbers.iter().all(|number| number.is_finite()) {
            return Err(broken("a number that is none"));
        }
        Array2::from_shape_vec((rows, columns), numbers).map_err(|error| broken(&error.to_string()))
    }
}

fn broken(problem: &str) -> FileError {
    FileError::Broken { problem: problem.to_owned() }
}
