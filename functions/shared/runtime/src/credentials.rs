//! What an integration's secret holds.

use std::fmt;

use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

/// The credentials of one integration.
#[derive(Clone)]
pub struct Credentials {
    /// The shop's API key at EmpikPlace.
    pub empik_api_key: SecretString,
    /// The user of Thulium's REST API.
    pub thulium_user: SecretString,
    /// Its password.
    pub thulium_password: SecretString,
    /// The user that a callback must name.
    pub callback_user: SecretString,
    /// The password that a callback must name, or carry as the token in its path.
    pub callback_password: SecretString,
    /// The user and password that callbacks named before, while both are to open: optional in the
    /// secret, as `callback_user_before` (left out: the same user) and `callback_password_before`.
    pub callback_before: Option<(SecretString, SecretString)>,
}

const USER_BEFORE: &str = "callback_user_before";
const PASSWORD_BEFORE: &str = "callback_password_before";

/// A secret that cannot be used. Nothing of its content is repeated here.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// It is not JSON.
    #[error("is not JSON (line {line}, column {column})")]
    NotJson {
        /// Line, counted from 1.
        line: usize,
        /// Column, counted from 1.
        column: usize,
    },
    /// It is JSON, but not an object.
    #[error("is not a JSON object")]
    NotAnObject,
    /// Keys that are missing, empty or not texts.
    #[error("lacks {}, or holds no text there", .0.join(", "))]
    Lacks(Vec<&'static str>),
}

impl Credentials {
    /// Reads the JSON of a secret: an object with a text, not empty, for every field of this type
    /// that is not optional, under the field's name. Other keys are ignored.
    ///
    /// # Errors
    /// Names the keys that are wrong.
    pub fn parse(json: &SecretString) -> Result<Credentials, Malformed> {
        let value: Value = serde_json::from_str(json.expose_secret())
            .map_err(|error| Malformed::NotJson { line: error.line(), column: error.column() })?;
        let Value::Object(mut object) = value else {
            return Err(Malformed::NotAnObject);
        };
        let [user_before, password_before] = [USER_BEFORE, PASSWORD_BEFORE]
            .map(|key| object.remove(key).filter(|value| !value.is_null()).map(|value| (key, value)));
        let mut lacking = Vec::new();
        let mut text = |key: &'static str, value: Option<Value>| match value {
            Some(Value::String(text)) if !text.is_empty() => SecretString::from(text),
            _ => {
                lacking.push(key);
                SecretString::default()
            }
        };
        let mut take = |key: &'static str| text(key, object.remove(key));
        let mut credentials = Credentials {
            empik_api_key: take("empik_api_key"),
            thulium_user: take("thulium_user"),
            thulium_password: take("thulium_password"),
            callback_user: take("callback_user"),
            callback_password: take("callback_password"),
            callback_before: None,
        };
        if let Some((key, password)) = password_before {
            let user = match user_before {
                Some((key, user)) => text(key, Some(user)),
                None => credentials.callback_user.clone(),
            };
            credentials.callback_before = Some((user, text(key, Some(password))));
        }
        if lacking.is_empty() { Ok(credentials) } else { Err(Malformed::Lacks(lacking)) }
    }

    /// Whether the two sides would see the same credentials.
    pub(crate) fn opens_the_same(&self, other: &Credentials) -> bool {
        let sides = |c: &Credentials| {
            [&c.empik_api_key, &c.thulium_user, &c.thulium_password].map(|s| s.expose_secret().to_owned())
        };
        sides(self) == sides(other)
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credentials(***)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHOLE: &str = r#"{"empik_api_key":"k-secret","thulium_user":"u-secret","thulium_password":"p-secret",
        "callback_user":"cu-secret","callback_password":"cp-secret","note":7}"#;

    fn parse(json: &str) -> Result<Credentials, Malformed> {
        Credentials::parse(&json.into())
    }

    #[test]
    fn a_whole_secret_is_read_and_never_printed() {
        let credentials = parse(WHOLE).expect("a whole secret");
        assert_eq!(credentials.callback_password.expose_secret(), "cp-secret");
        assert_eq!(credentials.thulium_user.expose_secret(), "u-secret");
        assert!(!format!("{credentials:?} {credentials:#?}").contains("secret"));
    }

    #[test]
    fn what_is_wrong_is_named_without_its_content() {
        let error = parse(r#"{"empik_api_key":"k-secret","thulium_user":"","callback_user":5}"#);
        assert_eq!(
            error.expect_err("incomplete").to_string(),
            "lacks thulium_user, thulium_password, callback_user, callback_password, or holds no text there"
        );
        assert_eq!(parse("[]").err(), Some(Malformed::NotAnObject));
        let error = parse("{\"empik_api_key\":\"k-secret\"\n oops").expect_err("not JSON");
        assert_eq!(error.to_string(), "is not JSON (line 2, column 2)");
    }

    #[test]
    fn what_opened_before_is_optional_but_no_empty_password() {
        let with = |more: &str| parse(&WHOLE.replace("\"note\":7", more));
        let before = |more: &str| {
            let found = with(more).expect("a whole secret").callback_before;
            found.map(|(user, password)| [user, password].map(|s| s.expose_secret().to_owned()))
        };
        assert_eq!(before("\"note\":7"), None);
        assert_eq!(before("\"callback_password_before\":null"), None);
        assert_eq!(
            before("\"callback_password_before\":\"old\""),
            Some(["cu-secret", "old"].map(str::to_owned))
        );
        let both = "\"callback_user_before\":\"ou\",\"callback_password_before\":\"old\"";
        assert_eq!(before(both), Some(["ou", "old"].map(str::to_owned)));
        for empty in ["\"\"", "7", "[]"] {
            let error = with(&format!("\"callback_password_before\":{empty}")).expect_err("refused");
            assert_eq!(error, Malformed::Lacks(vec!["callback_password_before"]), "{empty}");
        }
    }

    #[test]
    fn only_what_the_sides_see_counts_as_changed() {
        let before = parse(WHOLE).expect("a whole secret");
        let callback = parse(&WHOLE.replace("cp-secret", "new")).expect("a whole secret");
        let key = parse(&WHOLE.replace("k-secret", "new")).expect("a whole secret");
        assert!(before.opens_the_same(&callback));
        assert!(!before.opens_the_same(&key));
    }
}
