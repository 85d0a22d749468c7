//! Links above the store: reads what a client sends, creates links, and shows them.

pub mod codes;
pub mod creation;
pub(crate) mod host_sweep;
pub(crate) mod input;
pub(crate) mod json;
pub(crate) mod letter_case;
pub(crate) mod list;
pub(crate) mod logo;
pub(crate) mod qr;
pub(crate) mod rule_json;
