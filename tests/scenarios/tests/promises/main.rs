//! The promises of README "Promises", one module each: the real poller and callback handlers, the
//! real clients and ledger, between the twins of both systems.

#![allow(clippy::expect_used, reason = "a test stops where something is not as it should be")]

mod bad_input_of_threads;
mod p01_tickets_from_messages;
mod p02_from_the_moment_of_enabling;
mod p03_categories;
mod p04_crm;
mod p05_order_beside_the_conversation;
mod p06_who_speaks;
mod p07_replies_as_text;
mod p08_right_recipient;
mod p09_files_of_messages;
mod p09_files_of_replies;
mod p10_automatic_replies;
mod p11_source;
mod p12_feedback_on_replies;
mod p13_several_shops;
mod p14_words;
mod p15_stale_answer_guard;
mod p16_reply_clock;
mod p17_noise;
mod readme;
