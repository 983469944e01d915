//! What both functions and the operator's tool start from: the environment, the AWS clients, the
//! secrets, the deadline policy, logs and metrics, and the [`Runtime`] that runs the engine for one
//! integration or many.
//!
//! ```text
//! Environment ──► Parts (ledger, secrets, clock, HTTP client) ──► Runtime ──► tick_all, hint
//! ```

mod allowance;
mod cache;
mod credentials;
mod deadline;
mod environment;
mod local;
pub mod metrics;
mod secrets;
mod selection;
pub mod telemetry;
mod visits;

pub use cache::{Admission, SecretCache};
pub use credentials::{Credentials, Malformed};
pub use deadline::Deadline;
pub use environment::{Environment, EnvironmentError};
pub use local::{LocalStack, replace_private};
pub use secrets::{Secrets, SecretsFile, SecretsManager};
pub use selection::{Selection, shard_of};
pub use visits::{Measured, Meter, Parts, PortsHook, Queues, Runtime, StartError, SystemClock, Unready};
pub use wire::Reach;
