//! What a visitor gets whose link was looked up, and what is noted of it: the part of a visit that needs no I/O. Whether it
//! was looked up at once or by and by is decided elsewhere.

use std::borrow::Cow;

use link_core::click_buffer::Next;
use link_core::decision::{Decision, decide};
use link_core::domain::Domain;
use link_core::link_path::LinkPath;
use link_core::record::Resolution;
use link_core::time::UnixMillis;
use link_core::visit::{Visit, Visitor};

use super::click::{self, Redirected};
use crate::answer::Answer;
use crate::facts::Facts;
use crate::isolate::Isolate;
use crate::lookup::candidates::Meant;
use crate::route::Target;

pub struct Visiting<'a> {
    pub domain: Cow<'a, Domain>,
    pub path: LinkPath<'a>,
    pub target: Target<'a>,
    pub facts: &'a Facts<'a>,
}

impl Visiting<'_> {
    /// An office behind one address, a monitor: never limited.
    pub fn is_free(&self, isolate: &Isolate) -> bool {
        self.facts.address.is_some_and(|address| isolate.config.allow_list.holds(address))
    }

    /// Whether the visitor has used up what is allowed; counts nothing.
    pub fn check(&self, isolate: &Isolate, now: UnixMillis) -> Result<(), Answer> {
        if self.is_free(isolate) {
            return Ok(());
        }
        isolate.visitors.borrow().check(self.facts.address, now).map_err(Answer::too_many_requests)
    }

    /// Counts the visitor's requests.
    pub fn admit(&self, isolate: &Isolate, now: UnixMillis) -> Result<(), Answer> {
        if self.is_free(isolate) {
            return Ok(());
        }
        let admitted = isolate.visitors.borrow_mut().admit(self.facts.address, now);
        admitted.map_err(Answer::too_many_requests)
    }
}

pub fn nowhere(isolate: &Isolate) -> Answer {
    isolate.config.fallback_url.as_ref().map_or_else(Answer::not_found, Answer::fallback)
}

/// A visit to what was looked up.
pub struct Arrival<'a> {
    pub visiting: &'a Visiting<'a>,
    pub meant: &'a Meant<'a>,
    /// Or without a password.
    pub unlocked: bool,
    pub began: UnixMillis,
    pub now: UnixMillis,
    pub request_id: String,
}

/// The answer, and what is to be done about clicks once it has gone out.
pub fn answer(isolate: &Isolate, arrival: Arrival<'_>) -> (Answer, Next) {
    let Arrival { visiting, meant, unlocked, began, now, request_id } = arrival;
    let Meant { found, rest } = meant;
    let (answer, next) = match &found.copy.resolution {
        Resolution::NotFound => {
            let _ = isolate.misses.borrow_mut().admit(visiting.facts.address, now);
            (nowhere(isolate), click::record_orphan(isolate, visiting, now))
        }
        Resolution::Deleted { .. } => (Answer::removed(), Next::Nothing),
        Resolution::Found { record } => {
            let facts = visiting.facts;
            let visit = Visit {
                rest,
                // The preview shows nothing that came with the request but the path.
                query: if visiting.path.preview { "" } else { visiting.target.query },
                preview: visiting.path.preview,
                unlocked,
                country: facts.country,
                agent: facts.agent,
                languages: facts.languages,
                visitor: facts.address.map(|address| Visitor { key: &isolate.split_key, address }),
            };
            let decision = decide(record, &visit, now);
            let mut next = Next::Nothing;
            if let Decision::Redirect { status, .. } = decision {
                // Every thousandth: a line for each would cost more than serving it.
                if request_id.ends_with("000") {
                    tracing::info!(request_id, tier = found.tier.as_str(), "redirected");
                }
                let redirected =
                    Redirected { tier: found.tier, record, visit: &visit, status, now, request_id };
                next = click::record(isolate, facts, redirected);
            }
            (Answer::to(&decision), next)
        }
    };
    (answer.served_from(found.tier, now.millis_since(began)), next)
}
