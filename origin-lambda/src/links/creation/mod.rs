//! Creates links, singly or in batches.

mod batched;
mod creator;
mod pending;
mod request;

pub use creator::LinkCreator;

pub(crate) use pending::PreparedLinks;
pub(crate) use request::{CreationError, CreationOutcome, Creator, NewLinkRequest};
