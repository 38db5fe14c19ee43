//! What is said for yes and no in Mandarin.

mod no;
mod yes;

use super::{LIKELY, Phrase, Rules, SURE};

pub(super) const RULES: Rules = Rules {
    clauses: &[yes::YES, no::NO, no::NEITHER],
    anywhere: ANYWHERE,
    fillers: FILLERS,
    turns: TURNS,
};

const ANYWHERE: &[Phrase] = &[
    ("不是我", -SURE),
    ("没有买过", -SURE),
    ("没有做过", -SURE),
    ("没买过", -SURE),
    ("没做过", -SURE),
    ("没有申请", -SURE),
    ("没申请过", -SURE),
    ("不感兴趣", -SURE),
    ("没有兴趣", -SURE),
    ("不需要", -SURE),
    ("不太方便", -LIKELY),
    ("不太行", -LIKELY),
    ("恐怕不行", -LIKELY),
    ("是我本人", SURE),
    ("没问题", SURE),
];
const FILLERS: &[&str] = &[
    "呃",
    "额",
    "哦",
    "噢",
    "啊",
    "呀",
    "哎",
    "唉",
    "那个",
    "这个",
    "那",
    "就",
    "我",
    "你好",
    "您好",
    "喂",
    "谢谢",
    "谢谢你",
    "谢谢您",
    "嗯那个",
    "其实",
    "我说",
    "麻烦",
    "请",
    "吧",
    "的",
    "了",
    "呢",
    "嘛",
    "啦",
    "哈",
    "都",
    "这边",
    "那就",
    "倒是",
    "倒",
    "也",
    "真的",
    "真",
    "现在",
    "今天",
    "目前",
    "我这边",
    "我们",
];
const TURNS: &[&str] = &["但是", "可是", "不过", "但", "只是", "然而", "等等", "等一下"];
