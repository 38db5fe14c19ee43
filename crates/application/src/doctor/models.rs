//! The models: which are there, and what does not work without the others.

use std::path::PathBuf;

use super::{Finding, bytes};

/// What fetches models.
const FETCH: &str = "`cargo xtask models` in the source folder fetches them; models_dir says where \
                     they lie (docs/guide/installing.md)";

/// Why something of the models cannot be had.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// It is not there.
    Absent(String),
    /// It is there, and not as it should be.
    Damaged(String),
}

/// The models.
#[derive(Clone, Debug)]
pub struct Models {
    /// Their folder.
    pub folder: PathBuf,
    /// Its manifest.
    pub manifest: Result<(), Trouble>,
    /// Each use of a model.
    pub uses: Vec<Use>,
}

/// What a model is for.
#[derive(Clone, Debug)]
pub struct Use {
    /// The model's name.
    pub model: &'static str,
    /// For what: `voice activity`.
    pub purpose: &'static str,
    /// What does not work without it.
    pub lost: &'static str,
    /// Whether calls as they are configured cannot be placed without it.
    pub needed: bool,
    /// Its bytes, when every file has the hash of the manifest (and a library can be loaded).
    pub found: Result<u64, Trouble>,
}

/// Judges the models.
pub fn findings(facts: &Models) -> Vec<Finding> {
    let needed = facts.uses.iter().any(|it| it.needed);
    match &facts.manifest {
        Err(Trouble::Absent(_)) => {
            let found = format!("none in {}", facts.folder.display());
            let lost = "without them robots neither hear nor speak; recorded announcements and \
                        digits work";
            let advice = format!("{FETCH}; {lost}");
            vec![if needed {
                let found = format!("{found}, and [conversation] needs them");
                Finding::failed("models", found, advice)
            } else {
                Finding::warning("models", found, advice)
            }]
        }
        Err(Trouble::Damaged(problem)) => {
            vec![Finding::failed("models", problem, format!("remove the folder: {FETCH}"))]
        }
        Ok(()) => {
            let folder = Finding::ok("models", facts.folder.display().to_string());
            std::iter::once(folder).chain(facts.uses.iter().map(of_use)).collect()
        }
    }
}

fn of_use(facts: &Use) -> Finding {
    let check = "model";
    let Use { model, purpose, lost, needed, found } = facts;
    let finding = match found {
        Ok(size) => {
            Finding::ok(check, format!("{model}, {}, as the manifest has it", bytes(*size)))
        }
        Err(Trouble::Absent(problem)) if *needed => {
            Finding::failed(check, problem, format!("{FETCH}; [conversation] needs it"))
        }
        Err(Trouble::Absent(problem)) => {
            Finding::warning(check, problem, format!("{FETCH}; without it {lost}"))
        }
        Err(Trouble::Damaged(problem)) => {
            Finding::failed(check, problem, format!("{FETCH}; until then {lost}"))
        }
    };
    finding.of(*purpose)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::State;

    fn one(needed: bool, found: Result<u64, Trouble>) -> Use {
        Use {
            model: "silero-vad",
            purpose: "voice activity",
            lost: "nothing is heard",
            needed,
            found,
        }
    }

    fn facts(uses: Vec<Use>) -> Models {
        Models { folder: "models".into(), manifest: Ok(()), uses }
    }

    fn absent() -> Trouble {
        Trouble::Absent("model silero-vad is not in models/manifest.json".to_owned())
    }

    #[test]
    fn a_model_that_is_absent_is_a_warning_unless_the_conversation_needs_it() {
        let found = findings(&facts(vec![one(false, Ok(1 << 21)), one(false, Err(absent()))]));
        let states: Vec<_> = found.iter().map(|it| it.state).collect();
        assert_eq!(states, [State::Ok, State::Ok, State::Warning]);
        let advice = found[2].advice.as_deref().unwrap();
        assert!(advice.contains("cargo xtask models") && advice.contains("nothing is heard"));
        assert_eq!(findings(&facts(vec![one(true, Err(absent()))]))[1].state, State::Failed);
    }

    #[test]
    fn a_model_that_was_changed_fails_even_where_nobody_needs_it() {
        let changed = Trouble::Damaged("abc.onnx is not the file of the manifest".to_owned());
        assert_eq!(findings(&facts(vec![one(false, Err(changed))]))[1].state, State::Failed);
    }

    #[test]
    fn no_models_at_all_are_one_finding() {
        let none = |needed| Models {
            manifest: Err(Trouble::Absent("no models".to_owned())),
            ..facts(vec![one(needed, Err(absent()))])
        };
        let found = findings(&none(false));
        assert_eq!((found.len(), found[0].state), (1, State::Warning));
        assert_eq!(findings(&none(true))[0].state, State::Failed);
    }
}
