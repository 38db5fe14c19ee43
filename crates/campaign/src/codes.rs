//! Enums whose values have stable codes in storage, files and reports.

/// Declares an enum with `ALL`, `code()`, `Display`, `FromStr` and serde by the same codes.
macro_rules! coded_enum {
    (
        $(#[$enum_doc:meta])* $vis:vis enum $name:ident, $unknown:ident = $what:literal {
            $($(#[$doc:meta])* $variant:ident = $code:literal,)*
        }
    ) => {
        $(#[$enum_doc])*
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash,
            serde::Serialize, serde::Deserialize,
        )]
        $vis enum $name { $($(#[$doc])* #[serde(rename = $code)] $variant,)* }

        impl $name {
            /// Every value, in the order of reports.
            $vis const ALL: &[Self] = &[$(Self::$variant,)*];

            /// The stable code, as stored and written.
            $vis fn code(self) -> &'static str {
                match self { $(Self::$variant => $code,)* }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.code())
            }
        }

        impl std::str::FromStr for $name {
            type Err = $unknown;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                match text {
                    $($code => Ok(Self::$variant),)*
                    _ => Err($unknown(text.to_owned())),
                }
            }
        }

        #[doc = concat!("A text that is no code of a ", $what, ".")]
        #[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
        #[error(
            "'{0}' is not a {what}: write one of {codes}",
            what = $what,
            codes = [$($code),*].join(", ")
        )]
        $vis struct $unknown($vis String);
    };
}

#[cfg(test)]
mod tests {
    coded_enum! {
        /// For the test.
        enum Signal, UnknownSignal = "signal" {
            /// One.
            Red = "red",
            /// Another.
            DarkGreen = "dark_green",
        }
    }

    #[test]
    fn every_code_reads_back_from_text_and_from_json() {
        for &signal in Signal::ALL {
            assert_eq!(signal.code().parse(), Ok(signal));
            let json = format!("\"{signal}\"");
            assert_eq!(serde_json::to_string(&signal).unwrap(), json);
            assert_eq!(serde_json::from_str::<Signal>(&json).unwrap(), signal);
        }
    }

    #[test]
    fn an_unknown_code_is_refused_with_the_known_ones() {
        let problem = "blue".parse::<Signal>().unwrap_err().to_string();
        assert_eq!(problem, "'blue' is not a signal: write one of red, dark_green");
    }
}
