//! Twins of the two systems the bridge joins: a stateful EmpikPlace (Mirakl seller API) and a
//! stateful Thulium, in memory, behind real HTTP, with faults and with people in them.
//!
//! The twins know nothing of the bridge and share no code with it, so they are a second opinion:
//! what they accept and refuse comes from the published descriptions of the two APIs, and where
//! those are silent each possible behaviour is a [switch](Switches).
//!
//! ```no_run
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! use twins::{NewThread, Running, World, WorldOptions};
//!
//! let world = World::new(WorldOptions::default())?;
//! let running = Running::start(world.clone()).await?;
//! let opened = world.open_thread(NewThread::from_customer("C-1", "Jan K.", "Gdzie paczka?"))?;
//! // ... point a client at running.empikplace() and running.thulium() ...
//! assert!(world.comparison().clean);
//! # Ok(()) }
//! ```
//!
//! One listener serves three trees: `/empikplace/api/...`, `/thulium/api/...` and `/control/...`.
//! The last one is described in [`control`]; every act it offers is also a method of [`World`].

mod clock;
mod compare;
pub mod control;
mod empikplace;
mod faults;
mod files;
mod history;
mod http;
mod options;
mod switches;
mod text;
mod thulium;
mod world;

pub use clock::Clock;
pub use compare::{Comparison, Finding, Found, marker};
pub use empikplace::acts::{NewMessage, NewThread, Opened, Person};
pub use empikplace::{
    Attachment, Author, Entity, Message, NoReply, Participant, ParticipantKind, Sender, Thread, Topic,
};
pub use faults::{At, Fault, FaultDecision, FaultRule, Operation, Side};
pub use files::{NewFile, StoredFile};
pub use history::{Actor, Event, Kind, RequestRecord};
pub use http::{BODY_LIMIT, Running, serve};
pub use options::{Named, ShopOptions, StatusOptions, ThuliumOptions, WorldOptions};
pub use switches::*;
pub use thulium::acts::{AgentReply, NewComment, NewMail};
pub use thulium::{Customer, Mail, MessageKind, Origin, Ticket, TicketMessage, Webhook, WebhookCall};
pub use world::{Interceptor, Latency, Refusal, World};
