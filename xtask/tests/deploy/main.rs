//! `cargo xtask deploy` with the real AWS CLI and the real wrangler against stand-ins of both clouds, with each fault planted.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "clippy.toml lifts these in test functions, not in what they share"
)]

mod deployment;
mod preflight;
mod rig;
