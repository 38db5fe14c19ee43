//! From a text to a condition.

use outcall_understanding::slots::Value;

use super::{Comparison, Expression, Operand};

/// The longest condition, in bytes.
const LENGTH_MAX: usize = 512;

/// How deep brackets and `not` may nest.
const DEPTH_MAX: usize = 16;

/// Reads a condition. The error says what to do.
pub(crate) fn parse(text: &str) -> Result<Expression, String> {
    let mut parser = Parser::new(text)?;
    let expression = parser.any(0)?;
    parser.end()?;
    Ok(expression)
}

/// Reads a name or a value.
pub(crate) fn parse_operand(text: &str) -> Result<Operand, String> {
    let mut parser = Parser::new(text)?;
    let operand = parser.operand()?;
    parser.end()?;
    Ok(operand)
}

#[derive(Clone, Debug, PartialEq)]
enum Token {
    Word(String),
    Text(String),
    Number(f64),
    Open,
    Close,
    Compare(Comparison),
}

struct Parser {
    tokens: std::iter::Peekable<std::vec::IntoIter<Token>>,
}

impl Parser {
    fn new(text: &str) -> Result<Self, String> {
        if text.len() > LENGTH_MAX {
            return Err(format!("a condition has at most {LENGTH_MAX} bytes: use a branch more"));
        }
        Ok(Self { tokens: tokens(text)?.into_iter().peekable() })
    }

    fn word(&mut self, word: &str) -> bool {
        self.tokens.next_if(|token| matches!(token, Token::Word(found) if found == word)).is_some()
    }

    fn any(&mut self, depth: usize) -> Result<Expression, String> {
        let mut left = self.all(depth)?;
        while self.word("or") {
            left = Expression::Or(Box::new(left), Box::new(self.all(depth)?));
        }
        Ok(left)
    }

    fn all(&mut self, depth: usize) -> Result<Expression, String> {
        let mut left = self.one(depth)?;
        while self.word("and") {
            left = Expression::And(Box::new(left), Box::new(self.one(depth)?));
        }
        Ok(left)
    }

    fn one(&mut self, depth: usize) -> Result<Expression, String> {
        if depth > DEPTH_MAX {
            return Err(format!("nested deeper than {DEPTH_MAX} brackets: use a branch more"));
        }
        if self.word("not") {
            return Ok(Expression::Not(Box::new(self.one(depth + 1)?)));
        }
        if self.tokens.next_if_eq(&Token::Open).is_some() {
            let inner = self.any(depth + 1)?;
            return match self.tokens.next() {
                Some(Token::Close) => Ok(inner),
                _ => Err("a bracket is not closed: add ')'".to_owned()),
            };
        }
        if self.word("has") {
            return match self.tokens.next() {
                Some(Token::Word(name)) => Ok(Expression::Has(name)),
                _ => Err("'has' needs a name, as in 'has day'".to_owned()),
            };
        }
        let left = self.operand()?;
        match self.tokens.next_if(|token| matches!(token, Token::Compare(_))) {
            Some(Token::Compare(how)) => Ok(Expression::Compare(left, how, self.operand()?)),
            _ => Ok(Expression::Truth(left)),
        }
    }

    fn operand(&mut self) -> Result<Operand, String> {
        match self.tokens.next() {
            Some(Token::Text(text)) => Ok(Operand::Literal(Value::Text(text))),
            Some(Token::Number(number)) => Ok(Operand::Literal(Value::Number(number))),
            Some(Token::Word(word)) => match word.as_str() {
                "true" | "yes" => Ok(Operand::Literal(Value::YesNo(true))),
                "false" | "no" => Ok(Operand::Literal(Value::YesNo(false))),
                "and" | "or" | "not" | "has" => {
                    Err(format!("'{word}' stands where a name or a value is expected"))
                }
                _ => Ok(Operand::Name(word)),
            },
            Some(Token::Open | Token::Close | Token::Compare(_)) | None => {
                Err("a name or a value is expected: amount, 100, \"text\", yes".to_owned())
            }
        }
    }

    fn end(&mut self) -> Result<(), String> {
        match self.tokens.next() {
            None => Ok(()),
            Some(_) => {
                Err("more follows than one condition: join them by 'and' or 'or'".to_owned())
            }
        }
    }
}

fn tokens(text: &str) -> Result<Vec<Token>, String> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let (token, length) = match first {
            '(' => (Token::Open, 1),
            ')' => (Token::Close, 1),
            '"' | '\'' => quoted(rest, first)?,
            '=' | '!' | '<' | '>' => comparison(rest)?,
            '-' | '0'..='9' => number(rest)?,
            _ if first.is_alphabetic() => {
                let part = |c: char| !(c.is_alphanumeric() || matches!(c, '_' | '-' | '.'));
                let length = rest.find(part).unwrap_or(rest.len());
                (Token::Word(rest[..length].to_owned()), length)
            }
            _ => return Err(format!("'{first}' has no meaning in a condition: remove it")),
        };
        tokens.push(token);
        rest = rest[length..].trim_start();
    }
    Ok(tokens)
}

fn quoted(rest: &str, quote: char) -> Result<(Token, usize), String> {
    match rest[1..].find(quote) {
        Some(end) => Ok((Token::Text(rest[1..=end].to_owned()), end + 2)),
        None => Err(format!("a text is not closed: add {quote}")),
    }
}

fn comparison(rest: &str) -> Result<(Token, usize), String> {
    let found = match rest.as_bytes() {
        [b'=', b'=', ..] => (Comparison::Equal, 2),
        [b'!', b'=', ..] => (Comparison::Unequal, 2),
        [b'<', b'=', ..] => (Comparison::AtMost, 2),
        [b'>', b'=', ..] => (Comparison::AtLeast, 2),
        [b'<', ..] => (Comparison::Less, 1),
        [b'>', ..] => (Comparison::More, 1),
        _ => return Err("write ==, !=, <, <=, > or >=".to_owned()),
    };
    Ok((Token::Compare(found.0), found.1))
}

fn number(rest: &str) -> Result<(Token, usize), String> {
    let end = rest[1..].find(|c: char| !c.is_ascii_digit() && c != '.');
    let length = end.map_or(rest.len(), |end| end + 1);
    let text = &rest[..length];
    match text.parse() {
        Ok(number) => Ok((Token::Number(number), length)),
        Err(_) => Err(format!("'{text}' is not a number: write 100 or 0.5")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::values::Values;

    fn holds(text: &str) -> bool {
        let values = Values::from([
            ("amount".to_owned(), Value::Text("120.5".to_owned())),
            ("due".to_owned(), Value::Number(99.0)),
            ("coming".to_owned(), Value::YesNo(false)),
            ("city".to_owned(), Value::Text("Leeds".to_owned())),
        ]);
        parse(text).unwrap().holds(&values)
    }

    #[test]
    fn conditions_follow_the_usual_order_of_not_and_or() {
        assert!(holds("amount > due and city == 'Leeds'"));
        assert!(holds("not coming and has coming"));
        assert!(holds("due < 1 and due < 2 or amount >= 120.5"));
        assert!(!holds("due < 1 and (due < 2 or amount >= 120.5)"));
        assert!(!holds("unknown == unknown"), "what is not there equals nothing");
        assert!(holds("coming == no"));
    }

    #[test]
    fn what_is_no_condition_is_refused_with_advice() {
        for (text, advice) in [
            ("amount >", "a name or a value"),
            ("(amount", "add ')'"),
            ("amount = 1", "write =="),
            ("amount 1", "join them"),
            ("\"open", "not closed"),
            ("a + b", "'+' has no meaning"),
        ] {
            let error = parse(text).unwrap_err();
            assert!(error.contains(advice), "{text}: {error}");
        }
        assert!(parse(&"not ".repeat(100)).unwrap_err().contains("deeper"));
        assert!(parse(&"(".repeat(400)).unwrap_err().contains("deeper"));
    }
}
