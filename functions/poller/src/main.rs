//! The poller as a Lambda function; see the library for what it does.

use lambda_runtime::{Diagnostic, Error, LambdaEvent, service_fn};
use poller::PollerError;
use runtime::{Runtime, telemetry};
use serde_json::Value;
use tracing::Instrument;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    telemetry::init();
    // A function that is not set up says so in every answer, rather than dying before it can.
    let runtime = &Runtime::from_environment();
    let serve = lambda_runtime::run(service_fn(|event: LambdaEvent<Value>| async move {
        let span = tracing::info_span!("invocation", request.id = event.context.request_id);
        let work = async {
            let runtime = runtime.as_ref().map_err(PollerError::from)?;
            let deadline = runtime.deadline(event.context.deadline());
            poller::handle(runtime, event.payload, deadline).await
        };
        work.instrument(span).await.map_err(|error| {
            tracing::error!(event = "invocation.failed", reason = %error, "nothing was done");
            Diagnostic::from(error)
        })
    }));
    let warm_up = async {
        if let Ok(runtime) = runtime {
            runtime.warm_up().await
        }
    };
    tokio::join!(serve, warm_up).0
}
