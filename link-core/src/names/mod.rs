//! The names of links and hosts: how each is parsed, bounded and compared.

pub mod app_url;
pub mod code;
pub mod destination;
pub mod domain;
pub mod host;
pub mod reserved;
pub mod slug;
