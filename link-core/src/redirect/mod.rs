//! One redirect for edge and origin: what is read of a request, which answer it gets, and which click comes of it. Looks
//! nothing up and sends nothing.

mod link_visit;
mod page;
mod request;
mod response;
mod unlock;

pub use link_visit::LinkVisit;
pub use request::{LinkRoute, PURPOSE_HEADERS, VisitorRequest, orphan_name};
pub use response::{RETRY_AFTER_SECONDS, VisitorResponse};
pub use unlock::{Lock, MAX_FORM_BYTES, UnlockCookies, accepts_pages, password_of};
