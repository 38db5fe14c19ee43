//! From text to phonemes: tokens, their parts of speech, the dictionaries with their rules, and a
//! network for words that no dictionary holds.

mod lexicon;
mod oov;
mod stress;
mod subtokens;
mod tagger;
mod token;
mod tokenizer;

use std::sync::Arc;

use outcall_inference::runtime::Runtime;
use outcall_inference::store::ModelStore;

use lexicon::{Context, Lexicon};
use oov::UnknownWords;
use subtokens::Word;
use tagger::Tagger;
use token::{Token, joined_text, merged, merged_read};
use tokenizer::Tokenizer;

use super::pattern::Pattern;
use super::{SynthesisError, json, json_gz};

/// `[text](/phonemes/)`: how a word is read, given by whoever wrote it.
pub(super) const LINK: &str = r"\[([^\]]+)\]\(([^\)]*)\)";
const UNKNOWN_PARTS: &str = r"[^\W\d_]+(?:['’][^\W\d_]+)*|\d+(?:[,.]\d+)*|[^\w\s]+";
/// Marks that are not said within a word.
const SILENT: &str = "',-._‘’/";
/// Marks that end a clause.
const STOPS: &str = ";:,.!?—…";

/// A word or a mark, and how it is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Spoken {
    /// As it is written.
    pub(super) text: String,
    /// Signs of the model's alphabet.
    pub(super) phonemes: String,
    /// White space follows.
    pub(super) is_spaced: bool,
}

/// What does not change: shared among voices.
#[derive(Debug)]
struct Tables {
    tokenizer: Tokenizer,
    tagger: Tagger,
    lexicon: Lexicon,
    links: Pattern,
    parts: Pattern,
    unknown_parts: Pattern,
}

/// Reads text.
#[derive(Debug)]
pub(super) struct Pronouncer {
    tables: Arc<Tables>,
    unknown: UnknownWords,
}

impl Pronouncer {
    pub(super) fn load(runtime: &Runtime, store: &ModelStore) -> Result<Self, SynthesisError> {
        let gold = json_gz(store, "lexicon_us_gold.json.gz")?;
        let silver = json_gz(store, "lexicon_us_silver.json.gz")?;
        let tables = Tables {
            tokenizer: Tokenizer::new(json(store, "tokenizer_exceptions.json")?),
            tagger: json_gz(store, "tagger.json.gz")?,
            lexicon: Lexicon::new(gold, silver),
            links: Pattern::fixed(LINK),
            parts: subtokens::parts(),
            unknown_parts: Pattern::fixed(UNKNOWN_PARTS),
        };
        let unknown = UnknownWords::load(runtime, store)?;
        Ok(Self { tables: Arc::new(tables), unknown })
    }

    /// Another one with the same dictionaries, for another thread.
    pub(super) fn sharing(
        &self,
        runtime: &Runtime,
        store: &ModelStore,
    ) -> Result<Self, SynthesisError> {
        let unknown = UnknownWords::load(runtime, store)?;
        Ok(Self { tables: Arc::clone(&self.tables), unknown })
    }

    /// A dictionary holds the word, with or without its first letter as a capital.
    pub(super) fn knows(&self, word: &str) -> bool {
        self.tables.lexicon.knows(word)
    }

    /// A dictionary holds the word exactly so.
    pub(super) fn holds(&self, word: &str) -> bool {
        self.tables.lexicon.holds(word)
    }

    /// The words of a normalised sentence and how they are read.
    pub(super) fn read(&mut self, text: &str) -> Result<Vec<Spoken>, SynthesisError> {
        let tables = Arc::clone(&self.tables);
        let mut words = subtokens::words(&tables.parts, &tables.tokens(text));
        let mut context = Context::default();
        for word in words.iter_mut().rev() {
            context = match word {
                Word::One(token) => self.read_one(&tables, token, context)?,
                Word::Several(tokens) => self.read_several(&tables, tokens, context)?,
            };
        }
        Ok(words.into_iter().map(spoken).collect())
    }

    fn read_one(
        &mut self,
        tables: &Tables,
        token: &mut Token,
        context: Context,
    ) -> Result<Context, SynthesisError> {
        if token.phonemes.is_none() {
            token.phonemes = tables.lexicon.read(token, context);
        }
        if token.phonemes.is_none() {
            token.phonemes = Some(self.read_unknown(tables, &token.text)?);
        }
        Ok(before(context, token.phonemes.as_deref().unwrap_or_default(), token))
    }

    /// Reads the longest runs that the lexicon knows, from the end; all of it as unknown where one
    /// part is.
    fn read_several(
        &mut self,
        tables: &Tables,
        tokens: &mut [Token],
        mut context: Context,
    ) -> Result<Context, SynthesisError> {
        let (mut left, mut right) = (0, tokens.len());
        while left < right {
            let run = &tokens[left..right];
            let whole = (!run.iter().any(Token::is_settled)).then(|| merged(run));
            let read = whole.and_then(|whole| {
                let phonemes = tables.lexicon.read(&whole, context)?;
                Some((phonemes, whole))
            });
            if let Some((phonemes, whole)) = read {
                context = before(context, &phonemes, &whole);
                tokens[left..right].iter_mut().for_each(|token| {
                    token.phonemes = Some(String::new());
                });
                tokens[left].phonemes = Some(phonemes);
                (left, right) = (0, left);
            } else if left + 1 < right {
                left += 1;
            } else {
                right -= 1;
                left = 0;
                let token = &mut tokens[right];
                if token.phonemes.is_none() && !is_silent(&token.text) {
                    let all = self.read_unknown(tables, &joined_text(tokens))?;
                    tokens.iter_mut().for_each(|token| token.phonemes = Some(String::new()));
                    tokens[0].phonemes = Some(all);
                    return Ok(context);
                }
                token.phonemes.get_or_insert_default();
            }
        }
        settle_stress(tokens);
        Ok(context)
    }

    /// Letters go to the network, digits to the rules for numbers, other signs have names.
    fn read_unknown(&mut self, tables: &Tables, text: &str) -> Result<String, SynthesisError> {
        let mut read = Vec::new();
        for piece in tables.unknown_parts.pieces(text) {
            let first = piece.chars().next().unwrap_or_default();
            let phonemes = if first.is_ascii_digit() {
                tables.lexicon.number(piece, None, false)
            } else if first.is_alphabetic() {
                self.unknown.read(piece)?
            } else {
                Some(piece.chars().map(name_of_sign).collect())
            };
            read.extend(phonemes.filter(|phonemes| !phonemes.is_empty()));
        }
        Ok(read.join(" "))
    }
}

/// Reads any bytes as each of the tables, and uses what is one; for fuzzing.
pub(super) fn read_table(bytes: &[u8]) {
    let words = ["Ann's", "don't", "e.g.", "1995", "x", "ran."].map(str::to_owned);
    if let Ok(tagger) = serde_json::from_slice::<Tagger>(bytes) {
        assert_eq!(tagger.tags(&words).len(), words.len());
    }
    if let Ok(special) = serde_json::from_slice::<tokenizer::Exceptions>(bytes) {
        Tokenizer::new(special).tokens("Ann's e.g. don't (10am), O'Brien: $5/kg.");
    }
    if let Ok(gold) = serde_json::from_slice::<lexicon::Dictionary>(bytes) {
        let lexicon = Lexicon::new(gold, lexicon::Dictionary::default());
        for word in &words {
            lexicon.knows(word);
            let token = Token { text: word.clone(), ..Token::default() };
            lexicon.read(&token, Context::default());
        }
    }
}

impl Tables {
    /// All words of the text are tagged together; a word whose reading is given is a noun.
    fn tokens(&self, text: &str) -> Vec<Token> {
        let (mut tokens, mut from) = (Vec::new(), 0);
        for link in self.links.matches(text) {
            let start = link.before().len();
            tokens.extend(self.plain_tokens(&text[from..start]));
            from = start + link.whole().len();
            let given = link.group(2);
            let inner = given.strip_prefix('/').filter(|inner| inner.ends_with('/'));
            let spaced = link.after().starts_with(char::is_whitespace);
            tokens.push(Token {
                phonemes: inner.map(|inner| inner.trim_end_matches('/').to_owned()),
                ..Token::new(link.group(1), "NN", spaced)
            });
        }
        tokens.extend(self.plain_tokens(&text[from..]));
        let words: Vec<String> = tokens.iter().map(|token| token.text.clone()).collect();
        for (token, tag) in tokens.iter_mut().zip(self.tagger.tags(&words)) {
            if token.phonemes.is_none() {
                token.tag = tag;
            }
        }
        tokens
    }

    fn plain_tokens(&self, text: &str) -> Vec<Token> {
        let tokens = self.tokenizer.tokens(text).into_iter();
        tokens.map(|(word, spaced)| Token::new(&word, "", spaced)).collect()
    }
}

/// What stands before a word that is read sees of it.
fn before(context: Context, phonemes: &str, token: &Token) -> Context {
    let is_stop = |c: char| STOPS.contains(c);
    let first =
        phonemes.chars().find(|&c| stress::is_vowel(c) || stress::is_consonant(c) || is_stop(c));
    let vowel = match first {
        None => context.vowel,
        Some(c) if is_stop(c) => None,
        Some(c) => Some(stress::is_vowel(c)),
    };
    let is_to_next = match token.text.as_str() {
        "to" | "To" => true,
        "TO" => ["TO", "IN"].contains(&token.tag),
        _ => false,
    };
    Context { vowel, is_to_next }
}

/// Parts that are read apart keep their stress; of a compound half of them lose it, the lightest
/// first.
fn settle_stress(tokens: &mut [Token]) {
    let text = joined_text(tokens);
    let kind = |c: char| match c {
        c if c.is_alphabetic() => 0,
        c if c.is_ascii_digit() => 1,
        _ => 2,
    };
    let mut kinds = text.chars().filter(|&c| !SILENT.contains(c)).map(kind);
    let first = kinds.next();
    let is_mixed = first.is_some_and(|first| kinds.any(|kind| kind != first));
    let apart = is_mixed || text.contains([' ', '/']);
    let last = tokens.len() - 1;
    for (index, token) in tokens.iter_mut().enumerate() {
        if token.phonemes.is_none() {
            let is_stop = token.text.chars().count() == 1 && STOPS.contains(&token.text);
            if index == last && is_stop {
                token.phonemes = Some(token.text.clone());
            } else if is_silent(&token.text) {
                token.phonemes = Some(String::new());
            }
        } else if index > 0 {
            token.apart = apart;
        }
    }
    if !apart {
        lower_stress(tokens);
    }
}

fn lower_stress(tokens: &mut [Token]) {
    let read = |token: &Token| token.phonemes.clone().filter(|phonemes| !phonemes.is_empty());
    let weigh = |(index, token): (usize, &Token)| {
        let phonemes = read(token)?;
        Some((phonemes.contains(stress::PRIMARY), stress::weight(&phonemes), index))
    };
    let mut parts: Vec<(bool, usize, usize)> =
        tokens.iter().enumerate().filter_map(weigh).collect();
    let lowered = if parts.len() == 2 && tokens[parts[0].2].text.chars().count() == 1 {
        vec![parts[1].2]
    } else {
        let stressed = parts.iter().filter(|part| part.0).count();
        if parts.len() < 2 || stressed <= parts.len().div_ceil(2) {
            return;
        }
        parts.sort_unstable();
        parts.truncate(parts.len() / 2);
        parts.iter().map(|part| part.2).collect()
    };
    for index in lowered {
        let token = &mut tokens[index];
        token.phonemes = token.phonemes.as_deref().map(|it| stress::apply(it, Some(-0.5)));
    }
}

fn is_silent(text: &str) -> bool {
    text.chars().all(|c| SILENT.contains(c))
}

fn name_of_sign(sign: char) -> &'static str {
    match sign {
        '/' => "slˈæʃ",
        '=' => "ˈikwᵊlz",
        '+' => "plˈʌs",
        '&' => "ænd",
        '@' => "æt",
        '%' => "pəɹsˈɛnt",
        '#' => "hˈæʃ",
        '*' => "ˈæstəɹˌɪsk",
        '~' => "tˈɪldə",
        '^' => "kˈɛɹət",
        '<' => "lˈɛs ðən",
        '>' => "ɡɹˈATəɹ ðən",
        '—' => "—",
        _ => "",
    }
}

fn spoken(word: Word) -> Spoken {
    let token = match word {
        Word::One(token) => token,
        Word::Several(tokens) => merged_read(&tokens),
    };
    let phonemes = token.phonemes.unwrap_or_default().replace('ɾ', "T").replace('ʔ', "t");
    Spoken { text: token.text, phonemes, is_spaced: token.spaced }
}

/// The phonemes of words in a row, with a space where the text has one.
pub(super) fn joined(words: &[Spoken]) -> String {
    let mut phonemes = String::new();
    for word in words {
        phonemes.push_str(&word.phonemes);
        if word.is_spaced {
            phonemes.push(' ');
        }
    }
    phonemes.trim().to_owned()
}
