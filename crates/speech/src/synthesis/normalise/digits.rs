//! Numbers that are read digit by digit: telephone numbers, accounts, codes, and letters among
//! digits.

use crate::synthesis::pattern::{Found, Pattern};

/// Nouns after which a number is one of a list, not an amount.
const CUES: &str = "account|acct|card|confirmation|reference|ref|member|membership|tracking|\
    serial|routing|code|passcode|pin|zip|extension|ending in|ends in|digits|phone|telephone|cell|\
    mobile|fax";
/// Nouns that need "number" or a sign after them: "order 500 boxes" is an amount.
const WEAK_CUES: &str = "order|ticket|case|claim|invoice|policy|customer|flight|loan|file|id|\
    contract|booking|reservation|license|licence|number|no\\.?|#";

/// The rules.
#[derive(Debug)]
pub(super) struct Digits {
    phone: Pattern,
    foreign: Pattern,
    extension: Pattern,
    cue: Pattern,
    weak_cue: Pattern,
    long: Pattern,
    zero: Pattern,
    code: Pattern,
    zip: Pattern,
    short: Pattern,
    vanity: Pattern,
    star: Pattern,
    pound: Pattern,
}

impl Digits {
    pub(super) fn new() -> Self {
        let number = concat!(
            r"(\d{2,}(?:[ -]\d{2,})+|\d{3,})(?![\w%]|[.,:/]\d|\s?(?:dollars|percent|people|miles",
            r"|points|days|times|months|years|hours|minutes)\b)",
        );
        let weak_joint =
            r"\s(?:number|no\.?|id|code)(?:\s(?:is|was))?[:\s]{1,2}#?|:\s?#?|\s#|\s(?:is|was)\s";
        let joint = r"(?:\s(?:number|numbers|code|id|no\.?))?(?:\s(?:is|was))?[:\s]{1,2}#?";
        Self {
            phone: Pattern::fixed(concat!(
                r"(?<![\w.$£€+-])(?:(\+?1)[\s.-]?)?(?:\((\d{3})\)\s?|(\d{3})[\s.-]?)",
                r"(\d{3})[\s.-]?(\d{4})(?![\w%-]|[.,]\d)",
            )),
            foreign: Pattern::fixed(r"(?<!\w)\+(\d[\d .()-]{5,18}\d)(?![\w-])"),
            extension: Pattern::fixed(r"(?i)\b(?:ext|extn|x)(?:\.\s?|\s)(\d{1,6})(?!\w)"),
            cue: Pattern::fixed(&format!(r"(?i)\b((?:{CUES}){joint}){number}")),
            weak_cue: Pattern::fixed(&format!(
                r"(?i)(?<!\w)((?:{WEAK_CUES})(?:{weak_joint})|(?:number|no\.)\s|#){number}"
            )),
            long: Pattern::fixed(r"(?<![\w.,$£€¥#/-])\d{7,}(?![\w%]|[.,:/-]\d)"),
            zero: Pattern::fixed(r"(?<![\w.,:/$£€+-])0\d+(?![\w%]|[.,:/-]\d)"),
            short: Pattern::fixed(
                r"(?i)\b((?:call|dial|text)\s)(\d{3}|\d{5,6})(?![\w%-]|[.,:/]\d|\s[a-z]+s\b)",
            ),
            vanity: Pattern::fixed(r"(?<![\w-])1-(8\d\d)-(?=[A-Z])"),
            star: Pattern::fixed(r"(?<!\S)\*(?=\d|[\s,.!?]|$)"),
            pound: Pattern::fixed(r"(?<!\S)#(?=[\s,.!?]|$)"),
            zip: Pattern::fixed(r"(, [A-Z]{2},? )(\d{5}(?:-\d{4})?)(?![\d-])"),
            code: Pattern::fixed(concat!(
                r"(?<![\w@.$£€/-])(?=[A-Z\d-]*\d)(?=[A-Z\d-]*[A-Z])(?![A-Z\d-]*[A-Z]{4})",
                r"[A-Z\d]+(?:-[A-Z\d]+)*(?![\w@/-])",
            )),
        }
    }

    pub(super) fn apply(&self, text: &str) -> String {
        let text = self.zip.rewrite(text, cued);
        let text = self.star.rewrite(&text, |_| "star ".to_owned());
        let text = self.pound.rewrite(&text, |_| "pound ".to_owned());
        let text = self.short.rewrite(&text, cued);
        let text = self.vanity.rewrite(&text, |found| format!("1, {}, ", single(found.group(1))));
        let text = self.phone.rewrite(&text, phone);
        let text =
            self.foreign.rewrite(&text, |found| format!("plus {}", as_written(found.group(1))));
        let text =
            self.extension.rewrite(&text, |found| format!("extension {}", single(found.group(1))));
        let text = self.cue.rewrite(&text, cued);
        let text = self.weak_cue.rewrite(&text, cued);
        let text = self.long.rewrite(&text, long);
        let text = self.zero.rewrite(&text, |found| single(found.whole()));
        self.code.rewrite(&text, code)
    }
}

fn phone(found: &Found<'_>) -> String {
    let groups = [1, 2, 3, 4, 5].map(|group| found.group(group).trim_start_matches('+'));
    let groups = groups.iter().filter(|group| !group.is_empty()).map(|group| single(group));
    groups.collect::<Vec<_>>().join(", ")
}

/// "A lease that ends in 2027" ends in a year, "a card that ends in 2027" does not.
fn cued(found: &Found<'_>) -> String {
    let is_ending = found.group(1).to_lowercase().starts_with("end");
    let is_year = found.group(2).parse().is_ok_and(|year: u32| (1900..2100).contains(&year));
    let before = found.before().to_lowercase();
    let is_card = ["card", "account", "acct", "number", "phone", "line"]
        .iter()
        .any(|noun| before.contains(noun));
    if is_ending && is_year && !is_card {
        return found.whole().to_owned();
    }
    format!("{}{}", found.group(1), as_written(found.group(2)))
}

/// A round number of a million and more is an amount.
fn long(found: &Found<'_>) -> String {
    let digits = found.whole();
    if digits.ends_with("00000") { digits.to_owned() } else { grouped(digits) }
}

/// Letters and digits of a code; a short one ("B12", "A380") stays.
fn code(found: &Found<'_>) -> String {
    let code = found.whole();
    if code.chars().filter(char::is_ascii_alphanumeric).count() < 5 {
        return code.to_owned();
    }
    let parts: Vec<String> = code.split('-').map(single).collect();
    parts.join(", ")
}

/// In the groups in which it is written; in groups of its length where it is in one piece.
fn as_written(number: &str) -> String {
    let groups: Vec<&str> =
        number.split(|c: char| !c.is_ascii_digit()).filter(|group| !group.is_empty()).collect();
    match groups.as_slice() {
        [one] => grouped(one),
        groups => groups.iter().map(|group| single(group)).collect::<Vec<_>>().join(", "),
    }
}

/// In groups of three or four digits, with a short pause between them.
fn grouped(digits: &str) -> String {
    let sizes: &[usize] = match digits.len() {
        0..=5 => &[5],
        7 => &[3, 4],
        10 => &[3, 3, 4],
        11 => &[1, 3, 3, 4],
        length if length % 4 == 0 => &[4],
        _ => &[3],
    };
    let (mut rest, mut groups) = (digits, Vec::new());
    for size in sizes.iter().chain(std::iter::repeat(&sizes[sizes.len() - 1])) {
        if rest.is_empty() {
            break;
        }
        let (group, after) = rest.split_at((*size).min(rest.len()));
        groups.push(single(group));
        rest = after;
    }
    groups.join(", ")
}

/// Signs one by one. "A" is marked as a letter: it would be read as the article.
fn single(signs: &str) -> String {
    let sign = |c: char| if c == 'A' { "[A](/ˈA/)".to_owned() } else { c.to_string() };
    signs.chars().map(sign).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_lists_are_read_digit_by_digit_and_amounts_are_not() {
        let digits = Digits::new();
        let cases = [
            ("415-555-0132", "4 1 5, 5 5 5, 0 1 3 2"),
            ("+1 (415) 555-0132.", "1, 4 1 5, 5 5 5, 0 1 3 2."),
            ("at 415.555.0132,", "at 4 1 5, 5 5 5, 0 1 3 2,"),
            ("1-800-555-0199", "1, 8 0 0, 5 5 5, 0 1 9 9"),
            ("4155550132", "4 1 5, 5 5 5, 0 1 3 2"),
            ("+44 20 7946 0958", "plus 4 4, 2 0, 7 9 4 6, 0 9 5 8"),
            ("ext. 12", "extension 1 2"),
            ("card ending in 1234", "card ending in 1 2 3 4"),
            ("your code is 482113", "your code is 4 8 2, 1 1 3"),
            ("Account number: 12345678.", "Account number: 1 2 3 4, 5 6 7 8."),
            ("order number 4471 is", "order number 4 4 7 1 is"),
            ("order 500 boxes", "order 500 boxes"),
            ("a lease that ends in 2027", "a lease that ends in 2027"),
            ("Austin, TX 78701", "Austin, TX 7 8 7 0 1"),
            ("press *9 or #, please", "press star 9 or pound , please"),
            ("Call 911 or text 72345", "Call 9 1 1 or text 7 2 3 4 5"),
            ("we call 300 customers", "we call 300 customers"),
            ("1-800-FLOWERS", "1, 8 0 0, FLOWERS"),
            ("case #20417", "case #2 0 4 1 7"),
            ("zip code 94107-1234", "zip code 9 4 1 0 7, 1 2 3 4"),
            ("123456789", "1 2 3, 4 5 6, 7 8 9"),
            ("5000000 people", "5000000 people"),
            ("agent 007", "agent 0 0 7"),
            ("room 204 and 12", "room 204 and 12"),
            ("code AB12CD34", "code [A](/ˈA/) B 1 2 C D 3 4"),
            ("flight UA1234", "flight U [A](/ˈA/) 1 2 3 4"),
            ("COVID19, B12 and A380", "COVID19, B12 and A380"),
            ("0.5 and 10:05", "0.5 and 10:05"),
            ("$4155550132", "$4155550132"),
        ];
        for (text, wanted) in cases {
            assert_eq!(digits.apply(text), wanted, "{text}");
        }
    }
}
