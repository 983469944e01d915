//! The language of a run.

use std::ffi::OsString;
use std::future::Future;

use clap::ValueEnum;

/// A language that people are spoken to in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Language {
    /// English.
    En,
    /// Polish.
    Pl,
}

impl Language {
    /// The language that the environment asks for: that of the first of `LC_ALL`, `LC_MESSAGES` and
    /// `LANG` that is set; English where it is another one.
    pub(crate) fn of(variable: impl Fn(&str) -> Option<String>) -> Language {
        let mut set = ["LC_ALL", "LC_MESSAGES", "LANG"].into_iter().filter_map(variable);
        match set.find(|value| !value.is_empty()) {
            Some(value) if value == "pl" || value.starts_with("pl_") || value.starts_with("pl.") => {
                Language::Pl
            }
            _ => Language::En,
        }
    }

    /// The language that a command line names, which is not read yet and may be wrong.
    pub(crate) fn given(arguments: &[OsString]) -> Option<Language> {
        let words: Vec<&str> = arguments.iter().filter_map(|argument| argument.to_str()).collect();
        let beside = words.windows(2).find_map(|pair| (pair[0] == "--language").then_some(pair[1]));
        let behind = words.iter().find_map(|word| word.strip_prefix("--language="));
        Language::from_str(beside.or(behind)?, true).ok()
    }

    /// The language of this run.
    pub(crate) fn now() -> Language {
        LANGUAGE.try_with(|language| *language).unwrap_or(Language::En)
    }
}

tokio::task_local! {
    static LANGUAGE: Language;
}

/// Does some work in a language.
pub(crate) async fn speaking<T>(language: Language, work: impl Future<Output = T>) -> T {
    LANGUAGE.scope(language, work).await
}

/// The same for work that waits for nothing.
pub(crate) fn speaking_now<T>(language: Language, work: impl FnOnce() -> T) -> T {
    LANGUAGE.sync_scope(language, work)
}

/// A text in the language of this run: the first in English, the second in Polish.
macro_rules! say {
    ($en:literal, $pl:literal $(,)?) => {
        match $crate::words::Language::now() {
            $crate::words::Language::En => format!($en),
            $crate::words::Language::Pl => format!($pl),
        }
    };
}
pub(crate) use say;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_variable_that_is_set_decides() {
        let of = |set: &[(&str, &str)]| {
            Language::of(|name| {
                set.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
            })
        };
        assert_eq!(of(&[("LANG", "pl_PL.UTF-8")]), Language::Pl);
        assert_eq!(of(&[("LANG", "pl_PL.UTF-8"), ("LC_ALL", "C.UTF-8")]), Language::En);
        assert_eq!(of(&[("LANG", "pl"), ("LC_ALL", "")]), Language::Pl);
        assert_eq!(of(&[("LANG", "plt_MG")]), Language::En);
        assert_eq!(of(&[]), Language::En);
    }
}
