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
}

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
    /// under the field's name. Other keys are ignored.
    ///
    /// # Errors
    /// Names the keys that are wrong.
    pub fn parse(json: &SecretString) -> Result<Credentials, Malformed> {
        let value: Value = serde_json::from_str(json.expose_secret())
            .map_err(|error| Malformed::NotJson { line: error.line(), column: error.column() })?;
        let Value::Object(mut object) = value else {
            return Err(Malformed::NotAnObject);
        };
        let mut lacking = Vec::new();
        let mut take = |key: &'static str| match object.remove(key) {
            Some(Value::String(text)) if !text.is_empty() => SecretString::from(text),
            _ => {
                lacking.push(key);
                SecretString::default()
            }
        };
        let credentials = Credentials {
            empik_api_key: take("empik_api_key"),
            thulium_user: take("thulium_user"),
            thulium_password: take("thulium_password"),
            callback_user: take("callback_user"),
            callback_password: take("callback_password"),
        };
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
    fn only_what_the_sides_see_counts_as_changed() {
        let before = parse(WHOLE).expect("a whole secret");
        let callback = parse(&WHOLE.replace("cp-secret", "new")).expect("a whole secret");
        let key = parse(&WHOLE.replace("k-secret", "new")).expect("a whole secret");
        assert!(before.opens_the_same(&callback));
        assert!(!before.opens_the_same(&key));
    }
}
