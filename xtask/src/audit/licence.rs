//! SPDX licence expressions (SPDX specification 2.3, annex D): is one met by what is allowed?

use std::fmt;

/// Whether the licences for which `allowed` holds are enough for the expression: `OR` needs one
/// side, `AND` needs both and binds tighter. `A WITH exception` is met by `A`, because an exception
/// only grants more. The old form `A/B` means `A OR B`.
pub(super) fn is_met(expression: &str, allowed: &dyn Fn(&str) -> bool) -> Result<bool, Malformed> {
    let words = words(expression);
    let mut parser = Parser { words: &words, allowed };
    let met = parser.any().and_then(|met| match parser.words {
        [] => Ok(met),
        [word, ..] => Err(format!("'{word}' is not expected there")),
    });
    met.map_err(|problem| Malformed { expression: expression.to_owned(), problem })
}

/// A text that is no licence expression.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Malformed {
    expression: String,
    problem: String,
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "licence '{}' is no SPDX expression: {}", self.expression, self.problem)
    }
}

fn words(expression: &str) -> Vec<String> {
    let spaced = expression.replace('(', " ( ").replace(')', " ) ").replace('/', " OR ");
    spaced.split_whitespace().map(str::to_owned).collect()
}

struct Parser<'a> {
    words: &'a [String],
    allowed: &'a dyn Fn(&str) -> bool,
}

impl Parser<'_> {
    fn any(&mut self) -> Result<bool, String> {
        let mut met = self.all()?;
        while self.take("OR") {
            // Not `||` with the call on its right: the words must be read either way.
            met |= self.all()?;
        }
        Ok(met)
    }

    fn all(&mut self) -> Result<bool, String> {
        let mut met = self.one()?;
        while self.take("AND") {
            met &= self.one()?;
        }
        Ok(met)
    }

    fn one(&mut self) -> Result<bool, String> {
        if self.take("(") {
            let met = self.any()?;
            return if self.take(")") { Ok(met) } else { Err("a ')' is missing".to_owned()) };
        }
        let licence = self.name()?;
        let met = (self.allowed)(&licence);
        if self.take("WITH") {
            self.name()?;
        }
        Ok(met)
    }

    fn take(&mut self, word: &str) -> bool {
        let found = self.words.first().is_some_and(|first| first == word);
        if found {
            self.words = &self.words[1..];
        }
        found
    }

    fn name(&mut self) -> Result<String, String> {
        let Some((first, rest)) = self.words.split_first() else {
            return Err("a licence is missing at its end".to_owned());
        };
        if ["OR", "AND", "WITH", "(", ")"].contains(&first.as_str()) {
            return Err(format!("a licence is missing before '{first}'"));
        }
        self.words = rest;
        Ok(first.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn met(expression: &str) -> bool {
        is_met(expression, &|id| ["MIT", "Apache-2.0", "BSD-3-Clause"].contains(&id))
            .unwrap_or_else(|error| panic!("{error}"))
    }

    #[test]
    fn one_side_of_or_is_enough_and_both_sides_of_and_are_needed() {
        assert!(met("GPL-2.0-only OR MIT"));
        assert!(met("MIT OR GPL-2.0-only"));
        assert!(met("MIT AND Apache-2.0"));
        assert!(!met("MIT AND GPL-2.0-only"));
        assert!(!met("GPL-2.0-only AND MIT"));
        assert!(!met("GPL-2.0-only OR AGPL-3.0-only"));
    }

    #[test]
    fn and_binds_tighter_than_or_unless_brackets_say_otherwise() {
        assert!(met("MIT OR GPL-2.0-only AND AGPL-3.0-only"));
        assert!(!met("(MIT OR GPL-2.0-only) AND AGPL-3.0-only"));
        assert!(met("((MIT OR GPL-2.0-only) AND (AGPL-3.0-only OR BSD-3-Clause))"));
    }

    #[test]
    fn an_exception_only_grants_more() {
        assert!(met("Apache-2.0 WITH LLVM-exception OR GPL-2.0-only"));
        assert!(!met("GPL-2.0-only WITH Classpath-exception-2.0"));
    }

    #[test]
    fn the_old_slash_means_or() {
        assert!(met("MIT/GPL-2.0"));
        assert!(met("GPL-2.0 / MIT"));
    }

    #[test]
    fn a_licence_is_not_met_by_another_with_the_same_beginning() {
        assert!(!met("MIT-advertising"));
        assert!(!met("Apache-2"));
    }

    #[test]
    fn what_is_no_expression_is_refused_with_its_place() {
        for expression in ["", "MIT OR", "OR MIT", "(MIT", "MIT)", "MIT Apache-2.0", "MIT WITH"] {
            let result = is_met(expression, &|_| true);
            let error = result.expect_err(expression).to_string();
            assert!(error.contains(&format!("'{expression}'")), "{error}");
        }
    }
}
