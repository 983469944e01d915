//! The page of the local stack, over HTTP and in a browser, above the real bridge and the twins.

#![allow(clippy::expect_used, reason = "the helpers of tests are tests too")]

mod browser;
mod forms;
mod reading;
mod safety;
mod site;
mod webdriver;
