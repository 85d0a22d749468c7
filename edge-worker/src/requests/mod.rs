//! What a request is: its parts, its route, and how much of an API request the edge takes.

pub mod limits;
pub mod request_info;
pub mod route;
pub mod uploads;
