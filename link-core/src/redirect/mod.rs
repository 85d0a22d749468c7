//! Answers a visitor's request, for edge and origin: reads the request, builds the response, and builds the click of a redirect.
//! Looks nothing up and sends nothing.

mod answer;
mod conditions;
pub mod decision;
pub mod gate;
pub mod link_path;
mod link_visit;
mod page;
pub mod referrer;
mod request;
mod unlock;
pub mod visit;

pub use answer::{Answer, RETRY_AFTER_SECONDS};
pub use link_visit::LinkVisit;
pub use request::{LinkRoute, PURPOSE_HEADERS, VisitorRequest, orphan_name};
pub use unlock::{Lock, MAX_FORM_BYTES, UnlockCookies, accepts_pages, password_of};
