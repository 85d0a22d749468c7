//! Answers a visitor's request, for edge and origin: reads the request, builds the response, and builds the click of a redirect.
//! Looks nothing up and sends nothing.

mod link_visit;
mod page;
mod request;
mod response;
mod unlock;

pub use link_visit::LinkVisit;
pub use request::{LinkRoute, PURPOSE_HEADERS, VisitorRequest, orphan_name};
pub use response::{RETRY_AFTER_SECONDS, VisitorResponse};
pub use unlock::{Lock, MAX_FORM_BYTES, UnlockCookies, accepts_pages, password_of};
