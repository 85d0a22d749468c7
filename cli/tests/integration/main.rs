//! Drives the real binary against an HTTP double: what is sent, what is printed, and how faults end.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "helpers of tests")]

mod administration;
mod backup;
mod check;
mod declared;
mod double;
mod escrow;
mod faults;
mod identity;
mod import;
mod import_history;
mod import_sources;
mod imports_double;
mod keys;
mod links;
mod run;
mod statistics;
mod verify;
