//! Words of a call to AWS that failed, and of what such a call lacks.

use bridge::failure::{Failure, Outcome};

use super::say;

pub(crate) fn no_region() -> String {
    say!(
        "no AWS region is set; set AWS_REGION, or a region in the profile that AWS_PROFILE names",
        "nie ustawiono regionu AWS; ustaw AWS_REGION albo region w profilu, który wskazuje AWS_PROFILE"
    )
}

pub(crate) fn no_credentials() -> String {
    say!(
        "no AWS credentials could be found; set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
        "nie znaleziono danych logowania AWS; ustaw AWS_PROFILE albo AWS_ACCESS_KEY_ID i \
         AWS_SECRET_ACCESS_KEY"
    )
}

/// What a call was about.
pub(crate) enum Place<'a> {
    Table {
        name: &'a str,
        region: &'a str,
    },
    Secret {
        name: &'a str,
        region: &'a str,
    },
    /// A log group.
    Logs {
        name: &'a str,
        region: &'a str,
    },
    /// A secret in a local file.
    File {
        name: &'a str,
    },
}

/// Whether what was read is of no use, rather than not to be had.
pub(crate) fn is_unreadable(failure: &Failure) -> bool {
    failure.outcome == Outcome::Undecodable && failure.detail.is_some()
}

pub(crate) fn unreadable_item(failure: &Failure) -> String {
    match failure.codes.first() {
        Some(attribute) => say!(
            "its attribute {attribute} is missing or malformed",
            "jego atrybut {attribute} jest pusty lub błędny"
        ),
        None => say!(
            "it was written by a newer version of the bridge; use an empikctl as new as that",
            "zapisała go nowsza wersja mostu; użyj równie nowego empikctl"
        ),
    }
}

/// What went wrong with a call, and what to do.
pub(crate) fn failure(failure: &Failure, place: &Place<'_>) -> String {
    if is_unreadable(failure)
        && let Place::Table { name, region } = place
    {
        let reason = unreadable_item(failure);
        return say!(
            "an item of the table {name} in {region} cannot be used: {reason}",
            "nie da się użyć wpisu (tabela {name} w {region}): {reason}"
        );
    }
    if let Place::File { name } = place {
        let unusable = say!("the file cannot be used", "pliku nie da się użyć");
        let detail = failure.detail.unwrap_or(&unusable);
        return say!("the secret {name}: {detail}", "sekret {name}: {detail}");
    }
    let refusal = Refusal {
        operation: failure.operation,
        status: failure.status(),
        code: failure.codes.first().map(String::as_str).unwrap_or_default(),
        request: failure.request_id.as_deref(),
    };
    refused(&refusal, place)
}

/// A call to AWS that had no answer, or another one than it should.
pub(crate) struct Refusal<'a> {
    pub(crate) operation: &'a str,
    /// `None`: no answer.
    pub(crate) status: Option<u16>,
    pub(crate) code: &'a str,
    pub(crate) request: Option<&'a str>,
}

/// The same for a call of which no more is known.
pub(crate) fn refused(refusal: &Refusal<'_>, place: &Place<'_>) -> String {
    let (service, what, missing) = match place {
        Place::Table { name, region } => (
            "DynamoDB",
            say!("the table {name} in {region}", "tabela {name} w {region}"),
            say!(
                "; Terraform makes it in AWS, empikctl tables create on a local endpoint",
                "; w AWS tworzy ją Terraform, na lokalnym adresie empikctl tables create"
            ),
        ),
        Place::Secret { name, region } => (
            "Secrets Manager",
            say!("the secret {name} in {region}", "sekret {name} w {region}"),
            String::new(),
        ),
        Place::Logs { name, region } => (
            "CloudWatch Logs",
            say!("the log group {name} in {region}", "grupa dzienników {name} w {region}"),
            say!(
                "; terraform output next names those of a deployment",
                "; grupy wdrożenia podaje terraform output next"
            ),
        ),
        Place::File { name } => return say!("the secret {name}", "sekret {name}"),
    };
    let Refusal { operation, status, code, request } = refusal;
    let request = request.map(|id| say!(" (request {id})", " (żądanie {id})")).unwrap_or_default();
    match (*status, *code) {
        (None, _) => say!(
            "{service} could not be reached, or gave no answer in time ({operation}); check the network, \
             AWS_REGION and AWS_ENDPOINT_URL, then run the command again",
            "{service} jest nieosiągalny albo nie odpowiedział na czas ({operation}); sprawdź sieć, \
             AWS_REGION i AWS_ENDPOINT_URL, potem uruchom polecenie ponownie"
        ),
        (Some(403), "AccessDeniedException") => {
            say!(
                "this AWS identity lacks the right {operation} on {what}{request}",
                "tej tożsamości AWS brakuje prawa {operation} ({what}){request}"
            )
        }
        (Some(403), "DecryptionFailure") => {
            say!(
                "the KMS key of {what} cannot be used by this AWS identity{request}",
                "ta tożsamość AWS nie może użyć klucza KMS ({what}){request}"
            )
        }
        (Some(403), _) => say!(
            "{service} refused the AWS credentials{request}; renew them, and check AWS_PROFILE and AWS_REGION",
            "{service} odrzuca dane logowania AWS{request}; odnów je, sprawdź też AWS_PROFILE i AWS_REGION"
        ),
        (Some(404), _) => {
            let what = what.trim_start_matches("the ");
            say!("there is no {what}{missing}", "nie istnieje {what}{missing}")
        }
        (Some(429), _) => say!(
            "{service} is being throttled{request}; run the command again in a moment",
            "{service} ogranicza zapytania{request}; uruchom polecenie ponownie za chwilę"
        ),
        (Some(400), "InvalidRequestException") if matches!(place, Place::Secret { .. }) => say!(
            "{what} is marked for deletion{request}; restore it (aws secretsmanager restore-secret) first",
            "{what}: oznaczony do usunięcia{request}; najpierw przywróć go (aws secretsmanager restore-secret)"
        ),
        (Some(status), _) => {
            let code = if code.is_empty() { String::new() } else { format!(" {code}") };
            say!(
                "{service} answered {operation} on {what} with {status}{code}{request}",
                "{service} odpowiada na {operation} ({what}): {status}{code}{request}"
            )
        }
    }
}
