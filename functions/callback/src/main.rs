//! The callback as a Lambda function; see the library for what it does.

use lambda_runtime::{Diagnostic, Error, LambdaEvent, service_fn};
use runtime::{Runtime, telemetry};
use serde_json::Value;
use tracing::Instrument;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    telemetry::init();
    // A function that is not set up says so in its log for every call, rather than dying before.
    let runtime = &Runtime::from_environment();
    let serve = lambda_runtime::run(service_fn(|event: LambdaEvent<Value>| async move {
        let span = tracing::info_span!("invocation", request.id = event.context.request_id);
        let work = async {
            match runtime {
                Ok(runtime) => {
                    let deadline = runtime.deadline(event.context.deadline());
                    Ok(callback::answer(runtime, &event.payload, deadline).await)
                }
                Err(error) => {
                    tracing::error!(event = "invocation.failed", reason = %error, "nothing was done");
                    let error_message = format!("the function is not set up: {error}");
                    Err(Diagnostic { error_type: "NotSetUp".into(), error_message })
                }
            }
        };
        work.instrument(span).await
    }));
    let warm_up = async {
        if let Ok(runtime) = runtime {
            runtime.warm_up().await
        }
    };
    tokio::join!(serve, warm_up).0
}
