//! Answers a visitor's request, for edge and origin: reads the request, builds the response, and builds the click of a redirect.
//! Looks nothing up and sends nothing.

mod answer;
mod conditions;
pub mod decision;
mod domain_route;
pub mod gate;
pub mod link_path;
mod link_visit;
mod own_preview;
mod page;
mod page_context;
mod page_texts;
pub mod qr_image;
pub mod referrer;
mod request;
mod unlock;
pub mod visit;

pub use answer::{Answer, HomeLinks, RETRY_AFTER_SECONDS};
pub use domain_route::DomainRoute;
pub use link_visit::LinkVisit;
pub use page_context::{PageContext, PageLanguage};
pub use request::{LinkRoute, PURPOSE_HEADERS, RouteTarget, VisitorRequest, orphan_name};
pub use unlock::{Lock, MAX_FORM_BYTES, UnlockCookies, accepts_pages, password_of};
