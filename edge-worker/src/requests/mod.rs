//! What a request is: its parts, and its route.

pub mod request_info;
pub mod route;
