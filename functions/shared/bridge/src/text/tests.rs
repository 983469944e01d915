//! Whole bodies, as mail programs write them, and as nobody should.

mod echo;
mod hostile;
mod mails;
mod markup;
mod replies;
