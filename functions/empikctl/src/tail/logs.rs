//! CloudWatch Logs, of which one call is needed: `FilterLogEvents`, a signed POST.
//!
//! API: <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilterLogEvents.html>

use std::time::{Duration, SystemTime};

use aws_config::SdkConfig;
use aws_sdk_dynamodb::config::ProvideCredentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::access;
use crate::answer::Error;
use crate::local;
use crate::words;
use crate::words::aws::{Place, Refusal};

const OPERATION: &str = "logs:FilterLogEvents";
const TARGET: &str = "Logs_20140328.FilterLogEvents";
const KIND: &str = "application/x-amz-json-1.1";

/// How often a call is tried while CloudWatch asks for patience: it allows a few calls a second.
const ATTEMPTS: u32 = 5;

/// A line as CloudWatch keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Event {
    /// Unique in its group.
    pub(super) id: String,
    pub(super) at: Timestamp,
    pub(super) message: String,
}

/// A part of the answer.
#[derive(Debug)]
pub(super) struct Page {
    pub(super) events: Vec<Event>,
    /// Leads to the next one, where there is more.
    pub(super) next: Option<String>,
}

/// Reads log groups.
pub(super) struct Logs {
    http: reqwest::Client,
    aws: SdkConfig,
    endpoint: String,
    region: String,
}

impl Logs {
    pub(super) async fn of() -> Result<Logs, Error> {
        let aws = access::aws().await?;
        let region = access::region(&aws);
        let given = local::variable("AWS_ENDPOINT_URL_CLOUDWATCH_LOGS")
            .or_else(|| aws.endpoint_url().map(str::to_owned));
        let suffix = if region.starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" };
        let endpoint = given.unwrap_or_else(|| format!("https://logs.{region}.{suffix}"));
        let http = wire::builder().and_then(|builder| {
            Ok(builder.connect_timeout(Duration::from_secs(2)).timeout(Duration::from_secs(20)).build()?)
        });
        let http = http.map_err(|why| Error::failed(words::no_http(&why)))?;
        Ok(Logs { http, aws, endpoint: endpoint.trim_end_matches('/').to_owned() + "/", region })
    }

    /// The lines of a group from a time on, oldest first within a page.
    pub(super) async fn page(
        &self,
        group: &str,
        from: Timestamp,
        token: Option<&str>,
    ) -> Result<Page, Error> {
        let mut request = json!({ "logGroupName": group, "startTime": from.as_millisecond() });
        if let Some(token) = token {
            request["nextToken"] = token.into();
        }
        let body = request.to_string();
        let mut pause = Duration::from_millis(500);
        for attempt in 1.. {
            let (status, code, answer) = self.call(group, &body).await?;
            if status == 200 {
                return Ok(page_of(&answer));
            }
            let throttled = matches!(code.as_str(), "ThrottlingException" | "ServiceUnavailableException");
            if !throttled || attempt == ATTEMPTS {
                return Err(self.refused(group, Some(meaning(&code, status)), &code));
            }
            tokio::time::sleep(pause).await;
            pause *= 2;
        }
        Err(self.refused(group, None, ""))
    }

    /// Status, code of the error, and the answer.
    async fn call(&self, group: &str, body: &str) -> Result<(u16, String, Value), Error> {
        let signed = self.signed(body).await?;
        let sent = async {
            let answer = signed.send().await?;
            let status = answer.status().as_u16();
            Ok::<_, reqwest::Error>((status, answer.bytes().await?))
        };
        let (status, bytes) = sent.await.map_err(|_| self.refused(group, None, ""))?;
        let answer: Value = serde_json::from_slice(&bytes).unwrap_or_default();
        // It may stand behind the name of its shape.
        let code = answer["__type"].as_str().and_then(|code| code.rsplit('#').next()).unwrap_or_default();
        Ok((status, code.to_owned(), answer))
    }

    async fn signed(&self, body: &str) -> Result<reqwest::RequestBuilder, Error> {
        let failed = || Error::failed(words::aws::no_credentials());
        let provider = self.aws.credentials_provider().ok_or_else(failed)?;
        let identity = provider.provide_credentials().await.map_err(|_| failed())?.into();
        let parameters = v4::SigningParams::builder()
            .identity(&identity)
            .region(&self.region)
            .name("logs")
            .time(SystemTime::now())
            .settings(SigningSettings::default())
            .build()
            .map_err(|_| failed())?
            .into();
        let headers = [("content-type", KIND), ("x-amz-target", TARGET)];
        let signable = SignableRequest::new(
            "POST",
            &self.endpoint,
            headers.into_iter(),
            SignableBody::Bytes(body.as_bytes()),
        );
        let signature = signable.and_then(|request| sign(request, &parameters)).map_err(|_| failed())?;
        let request = headers
            .into_iter()
            .fold(self.http.post(&self.endpoint), |request, (name, value)| request.header(name, value));
        let instructions = signature.output();
        let request =
            instructions.headers().fold(request, |request, (name, value)| request.header(name, value));
        Ok(request.body(body.to_owned()))
    }

    fn refused(&self, group: &str, status: Option<u16>, code: &str) -> Error {
        let place = Place::Logs { name: group, region: &self.region };
        let refusal = Refusal { operation: OPERATION, status, code, request: None };
        Error::failed(words::aws::refused(&refusal, &place))
    }
}

/// The status that a code stands for: CloudWatch Logs answers almost every refusal with 400.
fn meaning(code: &str, status: u16) -> u16 {
    match code {
        "AccessDeniedException"
        | "UnrecognizedClientException"
        | "ExpiredTokenException"
        | "InvalidSignatureException"
        | "MissingAuthenticationTokenException" => 403,
        "ResourceNotFoundException" => 404,
        "ThrottlingException" => 429,
        _ => status,
    }
}

fn page_of(answer: &Value) -> Page {
    let event = |event: &Value| {
        Some(Event {
            id: event["eventId"].as_str()?.to_owned(),
            at: Timestamp::from_millisecond(event["timestamp"].as_i64()?).ok()?,
            message: event["message"].as_str()?.to_owned(),
        })
    };
    let events =
        answer["events"].as_array().map_or(&[][..], Vec::as_slice).iter().filter_map(event).collect();
    Page { events, next: answer["nextToken"].as_str().map(str::to_owned) }
}
