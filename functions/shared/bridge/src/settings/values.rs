//! Checks of single values of the settings file.

use jiff::tz::TimeZone;
use url::Url;

use super::found::Found;
use super::schema::{Key, Kind};
use super::template::{self, Piece};
use super::{Backfill, Hours, IntegrationId};

/// What is wrong with a value, and what would be right.
pub(super) struct Fault {
    pub(super) what: String,
    pub(super) hint: Option<String>,
}

impl Fault {
    fn new(what: impl Into<String>) -> Self {
        Self { what: what.into(), hint: None }
    }

    fn hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }

    /// The value has another type than the key takes.
    pub(super) fn of_type(key: &Key, found: &Found<'_>) -> Self {
        let expected = match key.kind {
            Kind::Table(_) => "a section",
            Kind::Tables(_) => "a section that can be repeated",
            Kind::Flag => "true or false",
            Kind::Number(..) | Kind::Reference => "a whole number",
            Kind::Texts | Kind::Hours | Kind::Days => "a list of texts",
            _ => "a text in quotes",
        };
        let found = match found {
            Found::Text(_) => "a text",
            Found::Whole(_) => "a whole number",
            Found::Decimal => "a number with a decimal point",
            Found::Flag(true) => "true",
            Found::Flag(false) => "false",
            Found::Date => "a date without quotes",
            Found::List(_) => "a list",
            Found::Section(_) => "a section",
        };
        Self::new(format!("found {found}, expected {expected}")).hint(format!("such as {}", assignment(key)))
    }
}

/// The key with its example, as it is written in the file.
pub(super) fn assignment(key: &Key) -> String {
    match key.kind {
        Kind::Table(_) | Kind::Tables(_) => key.example.to_owned(),
        _ => format!("{} = {}", key.name, key.example),
    }
}

/// Checks the value of a key that is no section.
pub(super) fn check(key: &Key, value: &Found<'_>) -> Result<(), Fault> {
    match (&key.kind, value) {
        (Kind::Flag, Found::Flag(_)) => Ok(()),
        (Kind::Number(min, max), Found::Whole(number)) => match number {
            Some(number) if (min..=max).contains(&number) => Ok(()),
            _ => Err(Fault::new(format!("must be from {min} to {max}"))),
        },
        (Kind::Reference, Found::Whole(number)) => match number {
            Some(1..) => Ok(()),
            _ => Err(Fault::new("must be a positive number")),
        },
        (Kind::Texts | Kind::Hours | Kind::Days, Found::List(items)) => {
            items.iter().try_for_each(|item| match &item.value {
                Found::Text(text) => in_list(&key.kind, text),
                other => {
                    let fault = Fault::of_type(key, other);
                    Err(Fault { what: format!("in the list: {}", fault.what), ..fault })
                }
            })
        }
        (kind, Found::Text(text)) => {
            check_text(kind, text).unwrap_or_else(|| Err(Fault::of_type(key, value)))
        }
        _ => Err(Fault::of_type(key, value)),
    }
}

/// None where the key takes no text.
fn check_text(kind: &Kind, text: &str) -> Option<Result<(), Fault>> {
    Some(match kind {
        Kind::Table(_)
        | Kind::Tables(_)
        | Kind::Flag
        | Kind::Number(..)
        | Kind::Reference
        | Kind::Texts
        | Kind::Hours
        | Kind::Days => return None,
        Kind::TextOrEmpty(_) | Kind::FieldOrEmpty | Kind::Link(_) | Kind::Message(_) if text.is_empty() => {
            Ok(())
        }
        Kind::Text(max) | Kind::TextOrEmpty(max) => within(text, 1, *max),
        Kind::OneOf(words) => one_of(text, words),
        Kind::Field | Kind::FieldOrEmpty => field(text),
        Kind::IntegrationId => {
            text.parse::<IntegrationId>().map(drop).map_err(|error| Fault::new(error.to_string()))
        }
        Kind::Url => base_url(text),
        Kind::Link(name) => placeholders(text, &[name])
            .and_then(|()| http_url(&template::fill(text, &[(name, "1")])).map(drop)),
        Kind::Email => email(text),
        // Thread ids of EmpikPlace are UUIDs.
        Kind::ReplyAddress => placeholders(text, &["thread"]).and_then(|()| {
            let uuid = "00000000-0000-0000-0000-000000000000";
            email(&template::fill(text, &[("thread", uuid)]))
        }),
        // EmpikPlace takes messages of 3 to 50,000 characters.
        Kind::Message(names) => placeholders(text, names).and_then(|()| within(text, 3, 50_000)),
        Kind::Locale => locale(text),
        Kind::TimeZone => TimeZone::get(text).map(drop).map_err(|_| {
            Fault::new("is not the name of a time zone").hint(r#"use an IANA name such as "Europe/Warsaw""#)
        }),
        Kind::Backfill => text.parse::<Backfill>().map(drop).map_err(|error| Fault::new(error.to_string())),
    })
}

/// Checks one text of a list.
fn in_list(kind: &Kind, text: &str) -> Result<(), Fault> {
    let of_list = |what: &str| Fault::new(format!("in the list: {text:?} {what}"));
    match kind {
        Kind::Hours => text.parse::<Hours>().map(drop).map_err(|error| of_list(&error.to_string())),
        Kind::Days => match text.parse::<jiff::civil::Date>() {
            Ok(_) if text.len() == 10 => Ok(()),
            _ => Err(of_list("is not a day").hint(r#"such as "2026-12-31""#)),
        },
        _ => within(text, 1, 100),
    }
}

fn within(text: &str, min: usize, max: usize) -> Result<(), Fault> {
    let length = text.chars().count();
    if text.trim().is_empty() {
        Err(Fault::new("must not be blank"))
    } else if (min..=max).contains(&length) {
        Ok(())
    } else {
        Err(Fault::new(format!("has {length} characters; {min} to {max} are allowed")))
    }
}

fn one_of(text: &str, words: &[&str]) -> Result<(), Fault> {
    if words.contains(&text) {
        return Ok(());
    }
    let words: Vec<String> = words.iter().map(|word| format!("{word:?}")).collect();
    Err(Fault::new(format!("must be one of {}", words.join(", "))))
}

/// Brackets would break `custom_fields[Name]=…`, the way in which Thulium is asked for a field.
fn field(text: &str) -> Result<(), Fault> {
    within(text, 1, 100)?;
    if text.trim() != text || text.contains(|c: char| c == '[' || c == ']' || c.is_control()) {
        return Err(Fault::new("must not start or end with a blank or contain brackets"));
    }
    Ok(())
}

fn base_url(text: &str) -> Result<(), Fault> {
    let url = http_url(text)?;
    if url.query().is_some() || url.fragment().is_some() {
        return Err(Fault::new("must be a base URL, without ? and #"));
    }
    Ok(())
}

fn http_url(text: &str) -> Result<Url, Fault> {
    let url = Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    let Some(url) = url else {
        return Err(Fault::new("must be a whole URL").hint(r#"such as "https://acme.example""#));
    };
    if !url.username().is_empty() || url.password().is_some() {
        return Err(Fault::new("must not contain credentials").hint(SECRETS_GO_ELSEWHERE));
    }
    Ok(url)
}

/// Where secrets belong.
pub(super) const SECRETS_GO_ELSEWHERE: &str = "secrets go to Secrets Manager with `empikctl secrets set`";

fn placeholders(text: &str, allowed: &[&str]) -> Result<(), Fault> {
    let listed: Vec<String> = allowed.iter().map(|name| format!("{{{name}}}")).collect();
    let hint = format!("allowed here: {}", listed.join(", "));
    for piece in template::pieces(text) {
        match piece {
            Piece::Placeholder(name) if !allowed.contains(&name) => {
                return Err(Fault::new(format!("unknown placeholder {{{name}}}")).hint(hint));
            }
            Piece::Text(text) if text.contains(['{', '}']) => {
                return Err(Fault::new("has a brace that belongs to no placeholder").hint(hint));
            }
            _ => {}
        }
    }
    Ok(())
}

fn email(text: &str) -> Result<(), Fault> {
    let plausible = text.split_once('@').is_some_and(|(local, domain)| {
        let atom = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`|~".contains(c);
        let label = |part: &str| {
            !part.starts_with('-')
                && !part.ends_with('-')
                && part.chars().all(|c| c == '-' || c.is_alphanumeric())
        };
        local.len() <= 64
            && local.split('.').all(|part| !part.is_empty() && part.chars().all(atom))
            && domain.len() <= 253
            && domain.contains('.')
            && domain.split('.').all(|part| (1..=63).contains(&part.len()) && label(part))
    });
    if plausible { Ok(()) } else { Err(Fault::new("is not an e-mail address")) }
}

fn locale(text: &str) -> Result<(), Fault> {
    let (language, country) = text.split_once('_').unwrap_or((text, "PL"));
    let language = matches!(language.len(), 2 | 3) && language.bytes().all(|c| c.is_ascii_lowercase());
    let country = country.len() == 2 && country.bytes().all(|c| c.is_ascii_uppercase());
    if language && country { Ok(()) } else { Err(Fault::new("is not a locale").hint(r#"such as "pl_PL""#)) }
}
