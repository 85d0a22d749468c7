//! Webhooks as rows: endpoints, and the messages for them, which triggers write (`migrations/links/0010_webhooks.sql`).

mod click_messages;
mod endpoints;
mod log;
mod sending;

pub use click_messages::{ClickFilter, NewClickMessage};
pub use endpoints::{Endpoint, EndpointSettings};
pub use log::{LoggedMessage, MessageState, Replay};
pub use sending::{Attempt, LeasedMessage};
