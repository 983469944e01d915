//! The AWS SDK as the functions use it: over the HTTP and TLS that everything else goes through, and
//! set up from what Lambda gives, without the chain of places where a workstation keeps credentials.

mod http;
mod lambda;

pub use http::http_client;
pub use lambda::{on_lambda, retries, timeouts};
