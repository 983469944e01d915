//! The environment variables, and the AWS clients that are built from them.

use std::fmt;

use aws_types::SdkConfig;
use ledger::DynamoLedger;
use wire::Reach;

use crate::secrets::SecretsManager;

const INTEGRATIONS_TABLE: &str = "INTEGRATIONS_TABLE";
const CONVERSATIONS_TABLE: &str = "CONVERSATIONS_TABLE";
const SECRETS_PREFIX: &str = "SECRETS_PREFIX";
const ALLOW_HTTP: &str = "ALLOW_HTTP";

/// What the environment says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Environment {
    /// `INTEGRATIONS_TABLE`: name of the table of integrations.
    pub integrations_table: String,
    /// `CONVERSATIONS_TABLE`: name of the table of conversations.
    pub conversations_table: String,
    /// `SECRETS_PREFIX`: the id of a secret is this and the integration's id.
    pub secrets_prefix: String,
    /// `ALLOW_HTTP`: with the value `1` any address may be called, otherwise only public https ones.
    pub reach: Reach,
}

/// Variables that are needed and not set, or empty.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct EnvironmentError {
    /// Their names.
    pub missing: Vec<&'static str>,
}

impl fmt::Display for EnvironmentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (verb, noun) = if self.missing.len() == 1 { ("is", "variable") } else { ("are", "variables") };
        write!(f, "the environment {noun} {} {verb} not set or empty", self.missing.join(", "))
    }
}

impl Environment {
    /// Reads the process's environment.
    ///
    /// # Errors
    /// Names every variable that is missing or empty.
    pub fn from_env() -> Result<Environment, EnvironmentError> {
        Environment::read(|name| std::env::var(name).ok())
    }

    /// Reads the variables that `lookup` returns.
    ///
    /// # Errors
    /// Names every variable that is missing or empty.
    pub fn read(lookup: impl Fn(&str) -> Option<String>) -> Result<Environment, EnvironmentError> {
        let mut missing = Vec::new();
        let mut needed = |name: &'static str| match lookup(name).map(|value| value.trim().to_owned()) {
            Some(value) if !value.is_empty() => value,
            _ => {
                missing.push(name);
                String::new()
            }
        };
        let environment = Environment {
            integrations_table: needed(INTEGRATIONS_TABLE),
            conversations_table: needed(CONVERSATIONS_TABLE),
            secrets_prefix: needed(SECRETS_PREFIX),
            reach: match lookup(ALLOW_HTTP).as_deref().map(str::trim) {
                Some("1") => Reach::Anywhere,
                _ => Reach::Public,
            },
        };
        if missing.is_empty() { Ok(environment) } else { Err(EnvironmentError { missing }) }
    }

    /// The two tables.
    pub fn ledger(&self, aws: &SdkConfig) -> DynamoLedger {
        let client = aws_sdk_dynamodb::Client::new(aws);
        DynamoLedger::new(client, self.integrations_table.clone(), self.conversations_table.clone())
    }

    /// The secrets in Secrets Manager.
    pub fn secrets(&self, aws: &SdkConfig) -> SecretsManager {
        SecretsManager::new(aws_sdk_secretsmanager::Client::new(aws), self.secrets_prefix.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &[(&str, &str)]) -> Result<Environment, EnvironmentError> {
        Environment::read(|name| {
            variables.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
        })
    }

    const ALL: [(&str, &str); 3] = [
        (INTEGRATIONS_TABLE, "integrations"),
        (CONVERSATIONS_TABLE, "conversations"),
        (SECRETS_PREFIX, "p/"),
    ];

    #[test]
    fn everything_that_is_missing_is_named_at_once() {
        let error = read(&[(CONVERSATIONS_TABLE, "c"), (SECRETS_PREFIX, "  ")]).expect_err("incomplete");
        assert_eq!(
            error.to_string(),
            "the environment variables INTEGRATIONS_TABLE, SECRETS_PREFIX are not set or empty"
        );
        let error = read(&ALL[1..]).expect_err("incomplete");
        assert_eq!(error.to_string(), "the environment variable INTEGRATIONS_TABLE is not set or empty");
    }

    #[test]
    fn only_the_figure_one_lifts_the_guard() {
        for (value, reach) in
            [("1", Reach::Anywhere), ("0", Reach::Public), ("true", Reach::Public), ("", Reach::Public)]
        {
            let mut variables = ALL.to_vec();
            variables.push((ALLOW_HTTP, value));
            assert_eq!(read(&variables).map(|e| e.reach), Ok(reach), "{value}");
        }
        assert_eq!(read(&ALL).map(|e| e.reach), Ok(Reach::Public));
    }
}
