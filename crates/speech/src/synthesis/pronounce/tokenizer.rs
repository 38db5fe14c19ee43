//! Words and marks of a text, by spaCy's rules for English: special cases (contractions, "Mr.",
//! "10am"), then marks are peeled off both ends of each piece between spaces, then the rest is
//! split inside, and last pieces that spell a special case are joined again.

use std::collections::HashMap;

use crate::synthesis::pattern::Pattern;

const PUNCTUATION: &str = "…,:;!?¿¡()[]{}<>_#*&。？！，、；：～·";
const QUOTES: &str = "'\"”“`‘´’‚,„»«「」『』（）〔〕【】《》〈〉";
const ICONS: &str = "™®©°§¶†‡•";
const LOWER: &str = "a-zß-öø-ÿ";
const UPPER: &str = "A-ZÀ-ÖØ-Þ";
const LETTER: &str = r"[^\W\d_]";
const CURRENCIES: &str = r"\$|£|€|¥|฿|US\$|C\$|A\$|₽|₹|₩|₪|₺|₴|₦|₫|₱|₲|₵|₸|₼|₾|₿";
const UNITS: &str = "km|km²|km³|m|m²|m³|dm|dm²|dm³|cm|cm²|cm³|mm|mm²|mm³|ha|µm|nm|yd|in|ft|kg|g|mg|\
    µg|t|lb|oz|m/s|km/h|kmh|mph|hPa|Pa|mbar|mb|MB|kb|KB|gb|GB|tb|TB|T|G|M|K|%";
const ADDRESS: &str = concat!(
    r"(?i)^(?:(?:https?|ftp)://|www\.)\S+$|^[\w.+-]+@[\w-]+(?:\.[\w-]+)+$",
    r"|^(?:[\w-]+\.)+(?:com|org|net|edu|gov|io|co|uk|de|fr|info|biz|us|ca|au|tv|me|ly|ai)",
    r"(?:/\S*)?$",
);

/// Special cases: how a text is split.
pub(super) type Exceptions = HashMap<String, Vec<String>>;

/// The tokenizer.
#[derive(Debug)]
pub(super) struct Tokenizer {
    special: Exceptions,
    prefix: Pattern,
    suffix: Pattern,
    infix: Pattern,
    address: Pattern,
}

impl Tokenizer {
    pub(super) fn new(special: Exceptions) -> Self {
        Self {
            special,
            prefix: Pattern::fixed(&prefixes()),
            suffix: Pattern::fixed(&suffixes()),
            infix: Pattern::fixed(&infixes()),
            address: Pattern::fixed(ADDRESS),
        }
    }

    /// The tokens of a text, each with whether white space follows.
    pub(super) fn tokens(&self, text: &str) -> Vec<(String, bool)> {
        let mut out = Vec::new();
        for piece in text.split_whitespace() {
            let tokens = self.split(piece);
            let last = tokens.len().saturating_sub(1);
            out.extend(tokens.into_iter().enumerate().map(|(i, token)| (token, i == last)));
        }
        if let Some(last) = out.last_mut() {
            last.1 = text.ends_with(char::is_whitespace);
        }
        out
    }

    fn split(&self, piece: &str) -> Vec<String> {
        if let Some(tokens) = self.special.get(piece) {
            return tokens.clone();
        }
        let (before, inner, after) = self.peel(piece);
        let mut tokens = before;
        if let Some(special) = self.special.get(inner) {
            tokens.extend(special.iter().cloned());
        } else if self.address.first(inner).is_some() {
            tokens.push(inner.to_owned());
        } else {
            self.split_inside(inner, &mut tokens);
        }
        tokens.extend(after.into_iter().rev());
        if tokens.len() > 1 { self.rejoined(&tokens) } else { tokens }
    }

    /// Marks before a piece, what is left of it, and marks after it, the outermost first.
    fn peel<'t>(&self, piece: &'t str) -> (Vec<String>, &'t str, Vec<String>) {
        let (mut before, mut after, mut rest) = (Vec::new(), Vec::new(), piece);
        while !rest.is_empty() && !self.special.contains_key(rest) {
            let prefix = self.prefix.first(rest).map_or(0, |(_, end)| end);
            if prefix > 0 && self.special.contains_key(&rest[prefix..]) {
                before.push(rest[..prefix].to_owned());
                rest = &rest[prefix..];
                break;
            }
            let found = self.suffix.first(&rest[prefix..]);
            let suffix = found.map_or(0, |(start, end)| end - start);
            let end = rest.len() - suffix;
            if suffix > 0 && self.special.contains_key(&rest[..end]) {
                after.push(rest[end..].to_owned());
                rest = &rest[..end];
                break;
            }
            if prefix == 0 && suffix == 0 {
                break;
            }
            if prefix > 0 {
                before.push(rest[..prefix].to_owned());
            }
            if suffix > 0 {
                after.push(rest[end..].to_owned());
            }
            rest = &rest[prefix..end];
        }
        (before, rest, after)
    }

    fn split_inside(&self, inner: &str, tokens: &mut Vec<String>) {
        let mut from = 0;
        for (start, end) in self.infix.spans(inner) {
            if start == 0 || start == end {
                continue;
            }
            if start > from {
                tokens.push(inner[from..start].to_owned());
            }
            tokens.push(inner[start..end].to_owned());
            from = end;
        }
        if from < inner.len() {
            tokens.push(inner[from..].to_owned());
        }
    }

    /// "Sept" and "." become "Sept." again.
    fn rejoined(&self, tokens: &[String]) -> Vec<String> {
        let (mut out, mut at) = (Vec::new(), 0);
        while at < tokens.len() {
            let special = |count: usize| {
                let joined = tokens.get(at..at + count)?.concat();
                self.special.get(&joined).map(|tokens| (count, tokens))
            };
            match special(3).or_else(|| special(2)) {
                Some((count, joined)) => {
                    out.extend(joined.iter().cloned());
                    at += count;
                }
                None => {
                    out.push(tokens[at].clone());
                    at += 1;
                }
            }
        }
        out
    }
}

fn escaped(marks: &str) -> String {
    fancy_regex::escape(marks).into_owned()
}

/// Each mark as an alternative.
fn each(marks: &str) -> String {
    marks.chars().map(|mark| escaped(&mark.to_string())).collect::<Vec<_>>().join("|")
}

fn prefixes() -> String {
    let (marks, quotes, icons) = (each(PUNCTUATION), each(QUOTES), each(ICONS));
    format!(r"^(?:§|%|=|—|–|\+(?![0-9])|…|……|{marks}|\.\.+|…|{quotes}|{CURRENCIES}|{icons})")
}

fn suffixes() -> String {
    let (marks, quotes, icons) = (each(PUNCTUATION), each(QUOTES), each(ICONS));
    let class = format!("{}{}", escaped(PUNCTUATION), escaped(QUOTES));
    [
        format!(r"(?:…|……|{marks}|\.\.+|…|{quotes}|{icons}|'s|'S|’s|’S|—|–"),
        r"|(?<=[0-9])\+|(?<=°[FfCcKk])\.".to_owned(),
        format!("|(?<=[0-9])(?:{CURRENCIES})|(?<=[0-9])(?:{UNITS})"),
        format!(r"|(?<=[0-9{LOWER}%²\-\+{class}])\.|(?<=[{UPPER}][{UPPER}])\.)$"),
    ]
    .concat()
}

fn infixes() -> String {
    let (icons, quotes) = (each(ICONS), escaped(QUOTES));
    [
        format!(r"\.\.+|…|(?:{icons})|(?<=[0-9])[+\-\*^](?=[0-9\-])"),
        format!(r"|(?<=[{LOWER}{quotes}])\.(?=[{UPPER}{quotes}])|(?<={LETTER}),(?={LETTER})"),
        format!(r"|(?<=[^\W_])(?:-|–|—|--|---|——|~)(?={LETTER})"),
        format!(r"|(?<=[^\W_])[:<>=/](?={LETTER})"),
    ]
    .concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_peeled_off_and_words_split_inside() {
        let special = [("don't", vec!["do", "n't"]), ("Sept.", vec!["Sept."])];
        let special = special
            .into_iter()
            .map(|(text, parts)| (text.to_owned(), parts.into_iter().map(str::to_owned).collect()))
            .collect();
        let tokenizer = Tokenizer::new(special);
        let tokens = |text: &str| -> Vec<String> {
            tokenizer.tokens(text).into_iter().map(|(token, _)| token).collect()
        };
        let cases = [
            ("(don't!)", vec!["(", "do", "n't", "!", ")"]),
            ("$5.50, please.", vec!["$", "5.50", ",", "please", "."]),
            ("well-known", vec!["well", "-", "known"]),
            ("in Sept.", vec!["in", "Sept."]),
            ("anna@example.com", vec!["anna@example.com"]),
            ("Ann's 50%", vec!["Ann", "'s", "50", "%"]),
        ];
        for (text, wanted) in cases {
            assert_eq!(tokens(text), wanted, "{text}");
        }
        assert_eq!(
            tokenizer.tokens("a b. ")[1..],
            [("b".to_owned(), false), (".".to_owned(), true)]
        );
    }
}
