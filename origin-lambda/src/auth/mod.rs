//! Keys, roles and secrets: who is calling. The middleware that checks them is in [`crate::router`].

mod access;
pub mod api_key;
mod bounds;
pub(crate) mod password;
mod right;
mod role;
pub mod secret;
pub mod session;
pub mod yourls_secret;

pub use access::{Access, AccessDenied, Credential, Principal};
pub use bounds::{KeyBounds, LinkBounds};
pub use right::Right;
pub use role::{InvalidRole, Role};
