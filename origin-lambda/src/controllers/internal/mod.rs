//! What only the edge may ask. That nobody else can is decided in `auth`.

pub(crate) mod changes;
pub(crate) mod key;
pub(crate) mod leave;
pub(crate) mod resolve;
pub(crate) mod unlock;
