//! Several things in one utterance: "yes, that was me, but call me back tomorrow".

/// What parts are cut at, besides signs. Each stands between blanks.
const CUTS: &[&str] = &[" and ", " but ", " also ", " then ", " however "];
const SIGNS: &[char] = &[',', '.', ';', '!', '?', ':', '，', '。', '；', '！', '？', '、'];
/// Mandarin words that begin a part.
const BEGINNINGS: &[&str] = &["但是", "而且", "不过", "还有", "另外"];
/// Letters of a part at least: shorter ones belong to the next. Chinese needs fewer.
const LETTERS: usize = 6;
const CHARACTERS: usize = 2;
/// Parts at most; what is more is left as part of the whole.
pub const PARTS_MAX: usize = 6;

/// The parts of an utterance; none when it has only one.
pub fn parts(text: &str) -> Vec<String> {
    let mut marked = text.replace(SIGNS, "\n");
    for cut in CUTS {
        marked = marked.replace(cut, "\n");
    }
    for beginning in BEGINNINGS {
        marked = marked.replace(beginning, "\n");
    }
    let mut parts: Vec<String> = Vec::new();
    let mut short = String::new();
    for piece in marked.split('\n').map(str::trim).filter(|piece| !piece.is_empty()) {
        let piece = if short.is_empty() { piece.to_owned() } else { format!("{short} {piece}") };
        short.clear();
        if is_long(&piece) { parts.push(piece) } else { short = piece }
    }
    match parts.last_mut() {
        Some(last) if !short.is_empty() => *last = format!("{last} {short}"),
        Some(_) | None => {}
    }
    if parts.len() < 2 || parts.len() > PARTS_MAX { Vec::new() } else { parts }
}

fn is_long(piece: &str) -> bool {
    let wide = piece.chars().filter(|&c| c > '\u{2E80}').count();
    wide >= CHARACTERS || piece.chars().filter(|c| c.is_alphanumeric()).count() >= LETTERS
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_utterance_is_cut_at_conjunctions_and_signs() {
        assert_eq!(
            parts("that was me but please call me back tomorrow"),
            ["that was me", "please call me back tomorrow"]
        );
        assert_eq!(parts("我没有钱，明天再打"), ["我没有钱", "明天再打"]);
    }

    #[test]
    fn short_pieces_belong_to_the_next_and_one_piece_is_no_part() {
        assert!(parts("yes, that was me").is_empty());
        assert!(parts("hands and feet").is_empty());
        assert!(parts("").is_empty());
        assert_eq!(parts("no, I am busy, ring later"), ["no I am busy", "ring later"]);
    }

    proptest! {
        #[test]
        fn there_are_never_more_than_may_be(text in ".{0,200}") {
            prop_assert!(parts(&text).len() <= PARTS_MAX);
        }
    }
}
