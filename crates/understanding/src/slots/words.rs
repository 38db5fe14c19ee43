//! Words kept as they were said: addresses and free text, without what leads up to them.

use std::ops::Range;

use super::token::Tokens;
use super::{Kind, Language};

const FILLERS_EN: &[&str] = &[
    "um",
    "uh",
    "er",
    "erm",
    "well",
    "so",
    "oh",
    "ah",
    "hmm",
    "okay",
    "ok",
    "yes",
    "yeah",
    "right",
    "sure",
    "like",
    "you know",
    "let me see",
    "let me think",
    "lets see",
    "i mean",
];
const FILLERS_ZH: &[&str] = &[
    "呃",
    "嗯",
    "额",
    "哦",
    "啊",
    "那个",
    "这个",
    "就是",
    "好的",
    "好",
    "是的",
    "对",
    "让我想想",
    "怎么说呢",
];
const ADDRESS_EN: &[&str] = &[
    "its",
    "it is",
    "my address is",
    "the address is",
    "address is",
    "i live at",
    "i live in",
    "i live on",
    "i am at",
    "im at",
    "we live at",
    "were at",
    "at",
    "thats",
    "that is",
    "my home address is",
    "my new address is",
    "the new address is",
    "send it to",
    "you can send it to",
    "please send it to",
];
const ADDRESS_ZH: &[&str] = &[
    "我的地址是",
    "地址是",
    "我家地址是",
    "我住在",
    "我住",
    "我家在",
    "我家住在",
    "在",
    "是",
    "就在",
    "寄到",
    "请寄到",
    "送到",
    "我在",
];

/// Where the words stand that are kept, in bytes; none when nothing is left.
pub(super) fn kept(
    text: &str,
    t: &Tokens,
    kind: &Kind,
    language: Language,
) -> Option<Range<usize>> {
    let (fillers, leads): (_, &[&str]) = match (language, kind) {
        (Language::En, Kind::Address) => (FILLERS_EN, ADDRESS_EN),
        (Language::Zh, Kind::Address) => (FILLERS_ZH, ADDRESS_ZH),
        (Language::En, _) => (FILLERS_EN, &[]),
        (Language::Zh, _) => (FILLERS_ZH, &[]),
    };
    let mut at = t.skip(0, fillers);
    while let Some(len) = t.any(at, leads) {
        at += len + t.skip(at + len, fillers);
    }
    // A text of fillers alone is what was said.
    let at = if at < t.len() { at } else { 0 };
    let start =
        if at == 0 { text.len() - text.trim_start().len() } else { t.span(at..at + 1).start };
    let end = text.trim_end().len();
    (start < end).then_some(start..end)
}
