//! Addresses of mail and of pages: "anna at example dot com".

use crate::synthesis::pattern::{Found, Pattern};

/// The rules.
#[derive(Debug)]
pub(super) struct Internet {
    mail: Pattern,
    page: Pattern,
}

impl Internet {
    pub(super) fn new() -> Self {
        Self {
            mail: Pattern::fixed(
                r"(?<![\w.+-])([A-Za-z0-9_.+-]+)@([A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+)",
            ),
            page: Pattern::fixed(concat!(
                r"(?i)(?<![\w@.])(?:(?:https?://|(?=www\.))((?:[a-z0-9-]+\.)+[a-z]{2,})",
                r"|((?:[a-z0-9-]+\.)+(?:com|org|net|edu|gov|io|info|biz|ai)))",
                r"(?![\w@-])(/[\w/-]*)?",
            )),
        }
    }

    pub(super) fn apply(&self, text: &str) -> String {
        let text = self.mail.rewrite(text, |found| {
            format!("{} at {}", spoken(found.group(1)), spoken(found.group(2)))
        });
        self.page.rewrite(&text, page)
    }
}

fn page(found: &Found<'_>) -> String {
    let host = format!("{}{}", found.group(1), found.group(2));
    let host = match host.strip_prefix("www.") {
        Some(rest) => format!("W W W dot {}", spoken(rest)),
        None => spoken(&host),
    };
    match found.group(3).trim_end_matches('/') {
        "" => host,
        path => format!("{host} {}", spoken(path)),
    }
}

/// Marks as words, and digits apart from letters.
fn spoken(address: &str) -> String {
    let mut out = String::new();
    let mut last = ' ';
    for c in address.chars() {
        let word = match c {
            '.' => " dot ",
            '_' => " underscore ",
            '-' => " dash ",
            '+' => " plus ",
            '/' => " slash ",
            _ => "",
        };
        if word.is_empty() {
            let turns = last.is_ascii_digit() != c.is_ascii_digit() && last.is_alphanumeric();
            out.extend(turns.then_some(' '));
            out.push(c);
        } else {
            out.push_str(word);
        }
        last = c;
    }
    out.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_with_their_marks() {
        let internet = Internet::new();
        let cases = [
            ("Write to anna.lee@example.com.", "Write to anna dot lee at example dot com."),
            ("j_smith42@my-bank.co.uk", "j underscore smith 42 at my dash bank dot co dot uk"),
            ("Go to www.example.com/pay now", "Go to W W W dot example dot com slash pay now"),
            ("See https://example.org/.", "See example dot org."),
            ("At example.com, please", "At example dot com, please"),
            ("The end.Next one", "The end.Next one"),
        ];
        for (text, wanted) in cases {
            assert_eq!(internet.apply(text), wanted);
        }
    }
}
