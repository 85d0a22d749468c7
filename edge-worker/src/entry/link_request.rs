//! A request for a link, and its visitor's limits.

use std::borrow::Cow;

use link_core::names::domain::Domain;
use link_core::redirect::link_path::LinkPath;
use link_core::redirect::visit::Method;
use link_core::redirect::{Answer, VisitorRequest};
use link_core::time::UnixMillis;

use crate::isolate::Isolate;
use crate::requests::route::RequestTarget;

pub struct LinkRequest<'a> {
    pub domain: Cow<'a, Domain>,
    pub path: LinkPath<'a>,
    pub target: RequestTarget<'a>,
    pub method: Method,
    pub visitor: VisitorRequest<'a>,
    pub is_https: bool,
}

impl LinkRequest<'_> {
    /// Never limited: an office behind one address, a monitor.
    pub fn is_allow_listed(&self, isolate: &Isolate) -> bool {
        self.visitor.address.is_some_and(|address| isolate.config.allow_list.contains(address))
    }

    /// Refuses a visitor who has used up the limit; counts nothing.
    pub fn check(&self, isolate: &Isolate, now: UnixMillis) -> Result<(), Answer> {
        if self.is_allow_listed(isolate) {
            return Ok(());
        }
        isolate.visitors.borrow().check(self.visitor.address, now).map_err(Answer::too_many_requests)
    }

    /// Refuses a visitor who met so many 404s that they may be guessing names; counts nothing. `Err` holds the seconds to
    /// wait.
    pub fn check_misses(&self, isolate: &Isolate, now: UnixMillis) -> Result<(), u32> {
        if self.is_allow_listed(isolate) {
            return Ok(());
        }
        isolate.misses.borrow().check(self.visitor.address, now)
    }

    /// Counts the request; refuses it beyond the limit.
    pub fn admit(&self, isolate: &Isolate, now: UnixMillis) -> Result<(), Answer> {
        if self.is_allow_listed(isolate) {
            return Ok(());
        }
        let admitted = isolate.visitors.borrow_mut().admit(self.visitor.address, now);
        admitted.map_err(Answer::too_many_requests)
    }
}
