//! Checks of the checkout that need no build.

pub(crate) mod architecture;
mod circles;
pub(crate) mod dependencies;
pub(crate) mod infra;
pub(crate) mod migrations;
mod printed_secrets;
mod terraform;
mod wiring;
