//! Stress marks in a string of phonemes.

/// The mark of primary stress.
pub(super) const PRIMARY: char = 'ˈ';
/// The mark of secondary stress.
pub(super) const SECONDARY: char = 'ˌ';

/// A vowel of the model's alphabet.
pub(super) fn is_vowel(phoneme: char) -> bool {
    "AIOQWYaiuæɑɒɔəɛɜɪʊʌᵻ".contains(phoneme)
}

/// A consonant of the model's alphabet.
pub(super) fn is_consonant(phoneme: char) -> bool {
    "bdfhjklmnpstvwzðŋɡɹɾʃʒʤʧθ".contains(phoneme)
}

/// How heavy a word is: two for a diphthong, one for any other sign.
pub(super) fn weight(phonemes: &str) -> usize {
    phonemes.chars().map(|c| if "AIOQWYʤʧ".contains(c) { 2 } else { 1 }).sum()
}

/// Raises or lowers the stress of a word: -2 takes all marks away, -1 lowers the primary one, -0.5
/// does so if there is one, 0, 0.5 and 1 add a secondary one where there is none, 1 and 2 raise it.
pub(super) fn apply(phonemes: &str, stress: Option<f32>) -> String {
    let Some(stress) = stress else { return phonemes.to_owned() };
    let (primary, secondary) = (phonemes.contains(PRIMARY), phonemes.contains(SECONDARY));
    let lower = || phonemes.replace(SECONDARY, "").replace(PRIMARY, "ˌ");
    if stress < -1.0 {
        phonemes.replace([PRIMARY, SECONDARY], "")
    } else if stress == -1.0 || ([0.0, -0.5].contains(&stress) && primary) {
        lower()
    } else if [0.0, 0.5, 1.0].contains(&stress) && !primary && !secondary {
        marked(phonemes, SECONDARY)
    } else if stress >= 1.0 && !primary && secondary {
        phonemes.replace(SECONDARY, "ˈ")
    } else if stress > 1.0 && !primary && !secondary {
        marked(phonemes, PRIMARY)
    } else {
        phonemes.to_owned()
    }
}

/// Puts a mark before the first vowel, if there is one.
fn marked(phonemes: &str, mark: char) -> String {
    match phonemes.find(is_vowel) {
        Some(at) => format!("{}{mark}{}", &phonemes[..at], &phonemes[at..]),
        None => phonemes.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stress_is_taken_lowered_added_and_raised() {
        let cases = [
            ("həlˈO", Some(-2.0), "həlO"),
            ("ˌIdˈi", Some(-1.0), "Idˌi"),
            ("həlˈO", Some(-0.5), "həlˌO"),
            ("ðə", Some(0.5), "ðˌə"),
            ("ðə", Some(2.0), "ðˈə"),
            ("ˌænd", Some(1.0), "ˈænd"),
            ("həlˈO", Some(2.0), "həlˈO"),
            ("s", Some(1.0), "s"),
            ("ðə", None, "ðə"),
        ];
        for (phonemes, stress, wanted) in cases {
            assert_eq!(apply(phonemes, stress), wanted, "{phonemes} {stress:?}");
        }
    }
}
