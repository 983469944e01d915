//! Turns the SDK's errors into the bridge's failures.

use std::error::Error;
use std::io::ErrorKind;

use aws_sdk_dynamodb::config::http::HttpResponse;
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::operation::RequestId;
use bridge::failure::{Class, Effect, Failure, Outcome, Side};

/// A call that failed, as observed.
pub(crate) fn failure<E>(
    operation: &'static str,
    effect: Effect,
    error: &SdkError<E, HttpResponse>,
) -> Failure
where
    E: ProvideErrorMetadata + Error + 'static,
{
    let (outcome, detail) = observed(error);
    let mut failure = Failure::new(Side::Ledger, operation, effect, outcome);
    failure.detail = detail;
    failure.naming(error.code().map(str::to_owned), error.request_id().map(str::to_owned))
}

/// An item that this version cannot read; only a person can help, whatever the call was.
pub(crate) fn unreadable(operation: &'static str, detail: &'static str) -> Failure {
    let mut failure =
        Failure::new(Side::Ledger, operation, Effect::Read, Outcome::Undecodable).because(detail);
    failure.class = Class::Permanent;
    failure
}

/// A request that makes no sense, refused before it is sent.
pub(crate) fn senseless(operation: &'static str, detail: &'static str) -> Failure {
    let outcome = Outcome::Refused { status: 400, retry_after: None };
    Failure::new(Side::Ledger, operation, Effect::Write, outcome).because(detail)
}

/// Whether a write that failed like this may stand nevertheless.
///
/// The failure shows the last attempt only: an earlier one may have arrived before the connection
/// broke or the table was throttled. Refusals for good are never repeated by the SDK.
pub(crate) fn may_stand(failure: &Failure) -> bool {
    !matches!(failure.outcome, Outcome::Refused { status: 400..=428, .. })
}

fn observed<E>(error: &SdkError<E, HttpResponse>) -> (Outcome, Option<&'static str>)
where
    E: ProvideErrorMetadata + Error + 'static,
{
    match error {
        SdkError::ConstructionFailure(_) => (Outcome::NotSent, Some("the request could not be built")),
        SdkError::DispatchFailure(failure) => {
            let unsent = failure.as_connector_error().is_some_and(|error| never_left(error));
            (if unsent { Outcome::NotSent } else { Outcome::NoAnswer }, None)
        }
        // An answer that is no answer of DynamoDB's: the SDK reports a 2xx that it cannot read so.
        SdkError::ServiceError(service) if service.raw().status().is_success() => (Outcome::NoAnswer, None),
        SdkError::ServiceError(service) => {
            let (status, detail) = meaning(error.code(), service.raw().status().as_u16());
            (Outcome::Refused { status, retry_after: None }, detail)
        }
        _ => (Outcome::NoAnswer, None),
    }
}

/// Only what surely happened before a byte was sent.
fn never_left(error: &(dyn Error + 'static)) -> bool {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(io) = error.downcast_ref::<std::io::Error>() {
            return matches!(
                io.kind(),
                ErrorKind::ConnectionRefused
                    | ErrorKind::HostUnreachable
                    | ErrorKind::NetworkUnreachable
                    | ErrorKind::AddrNotAvailable
            );
        }
        next = error.source();
    }
    false
}

/// The status that DynamoDB's code stands for: it answers almost every refusal with 400.
fn meaning(code: Option<&str>, status: u16) -> (u16, Option<&'static str>) {
    match code.unwrap_or_default() {
        "AccessDeniedException" => (403, Some("the role lacks the right to this call on the table")),
        "UnrecognizedClientException"
        | "ExpiredTokenException"
        | "IncompleteSignatureException"
        | "InvalidClientTokenId"
        | "InvalidSignatureException"
        | "MissingAuthenticationToken"
        | "MissingAuthenticationTokenException" => (403, Some("the AWS credentials were refused")),
        "ResourceNotFoundException" => (404, Some("the table does not exist")),
        "ProvisionedThroughputExceededException"
        | "ReplicatedWriteConflictException"
        | "RequestLimitExceeded"
        | "ThrottlingException"
        | "Throttling"
        | "TransactionConflictException" => (429, Some("the table is being throttled")),
        "ValidationException" => (400, Some("the request was malformed, or the item too large")),
        "ItemCollectionSizeLimitExceededException" => (400, Some("too many items in one partition")),
        "InternalServerError" | "InternalServerErrorException" => (500, None),
        "ServiceUnavailable" | "ServiceUnavailableException" => (503, None),
        _ => (status, None),
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_dynamodb::operation::get_item::GetItemError;

    use super::*;

    #[test]
    fn codes_stand_for_statuses() {
        for (code, status) in [
            ("AccessDeniedException", 403),
            ("ExpiredTokenException", 403),
            ("ResourceNotFoundException", 404),
            ("ThrottlingException", 429),
            ("ProvisionedThroughputExceededException", 429),
            ("RequestLimitExceeded", 429),
            ("TransactionConflictException", 429),
            ("ValidationException", 400),
            ("ItemCollectionSizeLimitExceededException", 400),
            ("InternalServerError", 500),
            ("ServiceUnavailable", 503),
            ("SomethingNew", 418),
        ] {
            assert_eq!(meaning(Some(code), 418).0, status, "{code}");
        }
    }

    #[test]
    fn a_request_that_could_not_be_built_was_not_sent() {
        let error = SdkError::<GetItemError, HttpResponse>::construction_failure("no table");
        assert_eq!(observed(&error).0, Outcome::NotSent);
        let error = SdkError::<GetItemError, HttpResponse>::timeout_error("late");
        assert_eq!(observed(&error).0, Outcome::NoAnswer);
    }

    #[test]
    fn a_success_that_cannot_be_read_is_no_answer() {
        let observed = |status: u16| {
            let answer = HttpResponse::new(status.try_into().expect("a status"), "<html>".into());
            observed(&SdkError::service_error(GetItemError::unhandled("no JSON"), answer)).0
        };
        assert_eq!(observed(200), Outcome::NoAnswer);
        assert_eq!(observed(502), Outcome::Refused { status: 502, retry_after: None });
    }

    #[test]
    fn only_a_final_refusal_settles_a_write() {
        let refused = |status| Outcome::Refused { status, retry_after: None };
        let stands =
            |outcome| may_stand(&Failure::new(Side::Ledger, "dynamodb:PutItem", Effect::Write, outcome));
        for outcome in [Outcome::NotSent, Outcome::NoAnswer, refused(429), refused(500), refused(503)] {
            assert!(stands(outcome), "{outcome:?}");
        }
        for status in [400, 403, 404] {
            assert!(!stands(refused(status)), "{status}");
        }
    }

    #[test]
    fn a_connection_that_broke_may_have_carried_the_request() {
        let io = |kind| std::io::Error::from(kind);
        assert!(never_left(&io(ErrorKind::ConnectionRefused)));
        assert!(!never_left(&io(ErrorKind::ConnectionReset)));
        assert!(!never_left(&io(ErrorKind::TimedOut)));
    }
}
