//! Rust source taken apart into code and comments, so that a rule about one is not misled by the
//! other, or by a string that quotes it.

/// The code and the comments of a source. Both have the source's characters at the source's lines
/// and columns, and blanks where something else stands. The insides of strings are in neither.
pub(super) struct Layers {
    pub(super) code: String,
    pub(super) comments: String,
}

/// Takes the source apart. It follows Rust's lexical rules for comments (nested ones too), strings
/// (raw, byte and C ones too), characters and lifetimes.
pub(super) fn split(source: &str) -> Layers {
    let mut splitter = Splitter {
        source: source.chars().collect(),
        at: 0,
        layers: Layers { code: String::new(), comments: String::new() },
    };
    while let Some(c) = splitter.peek(0) {
        match (c, splitter.peek(1)) {
            ('/', Some('/')) => splitter.line_comment(),
            ('/', Some('*')) => splitter.block_comment(),
            ('"', _) => splitter.string(),
            ('r', Some('"' | '#')) if splitter.starts_raw_string() => splitter.raw_string(),
            ('\'', Some('\\')) => splitter.character(),
            ('\'', Some(_)) if splitter.peek(2) == Some('\'') => splitter.character(),
            _ => splitter.put(Layer::Code),
        }
    }
    splitter.layers
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Layer {
    Code,
    Comments,
    Neither,
}

struct Splitter {
    source: Vec<char>,
    at: usize,
    layers: Layers,
}

impl Splitter {
    fn peek(&self, ahead: usize) -> Option<char> {
        self.source.get(self.at + ahead).copied()
    }

    /// Moves one character into a layer; line ends go into both.
    fn put(&mut self, layer: Layer) {
        let Some(c) = self.peek(0) else { return };
        self.at += 1;
        let shown = |own: Layer| if c == '\n' || layer == own { c } else { ' ' };
        self.layers.code.push(shown(Layer::Code));
        self.layers.comments.push(shown(Layer::Comments));
    }

    fn line_comment(&mut self) {
        while self.peek(0).is_some_and(|c| c != '\n') {
            self.put(Layer::Comments);
        }
    }

    fn block_comment(&mut self) {
        let mut depth = 0;
        loop {
            match (self.peek(0), self.peek(1)) {
                (Some('/'), Some('*')) => depth += 1,
                (Some('*'), Some('/')) => depth -= 1,
                (Some(_), _) => {
                    self.put(Layer::Comments);
                    continue;
                }
                (None, _) => return,
            }
            self.put(Layer::Comments);
            self.put(Layer::Comments);
            if depth == 0 {
                return;
            }
        }
    }

    fn string(&mut self) {
        self.put(Layer::Code);
        while let Some(c) = self.peek(0) {
            match c {
                '"' => return self.put(Layer::Code),
                '\\' => {
                    self.put(Layer::Neither);
                    self.put(Layer::Neither);
                }
                _ => self.put(Layer::Neither),
            }
        }
    }

    /// Whether the `r` here opens a raw string: it begins a word (or follows the `b` or `c` that
    /// does), and its hashes are followed by a quote.
    fn starts_raw_string(&self) -> bool {
        let before = |back: usize| self.at.checked_sub(back).and_then(|at| self.source.get(at));
        let in_word = |c: Option<&char>| c.is_some_and(|c| c.is_alphanumeric() || *c == '_');
        let begins = match before(1) {
            Some('b' | 'c') => !in_word(before(2)),
            c => !in_word(c),
        };
        begins && self.peek(1 + self.hashes(1)) == Some('"')
    }

    fn hashes(&self, from: usize) -> usize {
        self.source.iter().skip(self.at + from).take_while(|c| **c == '#').count()
    }

    fn raw_string(&mut self) {
        let hashes = self.hashes(1);
        for _ in 0..hashes + 2 {
            self.put(Layer::Code);
        }
        while let Some(c) = self.peek(0) {
            let closes = c == '"' && self.hashes(1) >= hashes;
            self.put(if closes { Layer::Code } else { Layer::Neither });
            if closes {
                for _ in 0..hashes {
                    self.put(Layer::Code);
                }
                return;
            }
        }
    }

    fn character(&mut self) {
        self.put(Layer::Code);
        let escaped = self.peek(0) == Some('\\');
        self.put(Layer::Neither);
        if escaped {
            self.put(Layer::Neither);
        }
        while self.peek(0).is_some_and(|c| c != '\'' && c != '\n') {
            self.put(Layer::Neither);
        }
        self.put(Layer::Code);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(source: &str) -> String {
        split(source).code
    }

    #[test]
    fn comments_are_taken_out_of_the_code_at_their_place() {
        let layers = split("a(); // one\nb(/* two /* deep */ */);\n");
        assert_eq!(layers.code, "a();       \nb(                    );\n");
        assert_eq!(layers.comments, "     // one\n  /* two /* deep */ */  \n");
    }

    #[test]
    fn the_insides_of_strings_are_blank() {
        assert_eq!(code(r#"f("a // b", 'x')"#), r#"f("      ", ' ')"#);
        assert_eq!(code(r#"f("a\"b", c)"#), r#"f("    ", c)"#);
        assert_eq!(code(r###"f(r#"a"b"#, c)"###), r###"f(r#"   "#, c)"###);
        assert_eq!(code(r###"f(br"a\", c)"###), r###"f(br"  ", c)"###);
    }

    #[test]
    fn a_lifetime_and_a_raw_name_open_nothing() {
        for source in ["fn f<'a>(x: &'a str) {}", "r#type; var\"\"", "'outer: loop {}"] {
            assert_eq!(code(source), source);
        }
    }

    #[test]
    fn a_quote_in_a_character_opens_nothing() {
        assert_eq!(code(r"f('\'', '\u{41}', '/')"), r"f('  ', '      ', ' ')");
        assert_eq!(code("f('\"') // c"), "f(' ')     ");
    }

    #[test]
    fn what_is_never_closed_ends_with_the_source() {
        for source in ["/* a", "\"a", "r#\"a", "'\\", "f(\"\\"] {
            assert_eq!(code(source).chars().count(), source.chars().count(), "{source}");
        }
    }
}
