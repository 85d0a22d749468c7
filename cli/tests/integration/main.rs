//! Drives the real binary against an HTTP double: what is sent, what is printed, and how faults end.

#![expect(clippy::unwrap_used, reason = "helpers of tests")]

mod declared;
mod double;
mod escrow;
mod faults;
mod identity;
mod keys;
mod links;
mod run;
mod statistics;
