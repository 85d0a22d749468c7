//! The lookup of one visitor's request: the systems that it asks, and the origin within the miss budget.

use std::rc::Rc;

use link_core::record::Resolution;
use worker::Env;

use crate::isolate::Isolate;
use crate::visitors::enumeration_guard::{BudgetedOrigin, LookupVisitor};
use edge_runtime::bindings::cache::ColoCache;
use edge_runtime::bindings::replica::KvReplica;
use edge_runtime::bindings::runtime::{self, RuntimeClock};
use edge_runtime::lookup::{LinkKey, Lookup, Origin, OriginError};
use edge_runtime::traces::{RequestTrace, Traced};

pub(super) type VisitorLookup = Lookup<Traced<ColoCache>, VisitorOrigin, Traced<KvReplica>, RuntimeClock>;

pub(super) fn visitor_lookup(
    isolate: &Rc<Isolate>,
    origin: VisitorOrigin,
    env: &Env,
    trace: Option<&Rc<RequestTrace>>,
) -> VisitorLookup {
    Lookup {
        memory: Rc::clone(&isolate.memory),
        colo: Traced { system: ColoCache, trace: trace.cloned() },
        origin,
        replica: Traced { system: KvReplica(env.clone()), trace: trace.cloned() },
        clock: RuntimeClock,
        freshness: isolate.freshness,
    }
}

/// The origin as one visitor may ask it. It owns its parts, since a shared lookup may outlive its request.
#[derive(Clone)]
pub(super) struct VisitorOrigin {
    isolate: Rc<Isolate>,
    request_id: String,
    visitor: LookupVisitor,
    trace: Option<Rc<RequestTrace>>,
}

impl VisitorOrigin {
    pub(super) fn new(
        isolate: &Rc<Isolate>,
        request_id: &str,
        visitor: LookupVisitor,
        trace: Option<&Rc<RequestTrace>>,
    ) -> Self {
        let (isolate, request_id, trace) = (Rc::clone(isolate), request_id.to_owned(), trace.cloned());
        Self { isolate, request_id, visitor, trace }
    }
}

impl Origin for VisitorOrigin {
    async fn resolve(&self, names: &[LinkKey]) -> Vec<Result<Resolution, OriginError>> {
        let Self { isolate, request_id, visitor, trace } = self;
        let origin = isolate.origin(request_id, trace.as_deref());
        let clock = &RuntimeClock;
        BudgetedOrigin { origin, budget: &isolate.miss_budget, visitor: *visitor, clock }.resolve(names).await
    }

    fn may_skip(&self) -> bool {
        self.isolate.miss_budget.borrow().is_guessing(self.visitor, runtime::now())
    }
}
