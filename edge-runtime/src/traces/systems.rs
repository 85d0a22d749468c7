//! A span for each read of the data centre's cache and of the replica, and for each write while a client waits for it.

use std::rc::Rc;

use link_core::otlp::Kind;
use link_core::record::Resolution;

use super::attributes::{HIT, flag};
use super::{OpenSpan, RequestTrace};
use crate::lookup::freshness::CachedResolution;
use crate::lookup::{Colo, LinkKey, Replica, ReplicaReadError, ReplicaWriteError};

/// A system, and the trace of the request that uses it.
#[derive(Debug, Clone)]
pub struct Traced<S> {
    pub system: S,
    pub trace: Option<Rc<RequestTrace>>,
}

impl<S> Traced<S> {
    fn begin(&self, name: &str) -> Option<(&RequestTrace, OpenSpan)> {
        let trace = self.trace.as_deref()?;
        Some((trace, trace.begin(Kind::Client, name, Vec::new())))
    }
}

fn end(span: Option<(&RequestTrace, OpenSpan)>, hit: Option<bool>, failure: Option<&str>) {
    if let Some((trace, mut span)) = span {
        span.attributes.extend(hit.map(|hit| flag(HIT, hit)));
        trace.end(span, failure);
    }
}

impl<C: Colo> Colo for Traced<C> {
    async fn get(&self, key: &LinkKey) -> Option<CachedResolution> {
        let span = self.begin("colo get");
        let copy = self.system.get(key).await;
        end(span, Some(copy.is_some()), None);
        copy
    }

    async fn put(&self, key: &LinkKey, copy: &CachedResolution) {
        let span = self.begin("colo put");
        self.system.put(key, copy).await;
        end(span, None, None);
    }

    fn take_entry_read(&self, key: &LinkKey) -> Option<Option<Rc<CachedResolution>>> {
        self.system.take_entry_read(key)
    }
}

impl<R: Replica> Replica for Traced<R> {
    async fn get(&self, key: &LinkKey) -> Result<Option<Resolution>, ReplicaReadError> {
        let span = self.begin("replica get");
        let read = self.system.get(key).await;
        let hit = read.as_ref().ok().map(Option::is_some);
        end(span, hit, read.is_err().then_some("unreadable"));
        read
    }

    async fn put(&self, key: &LinkKey, resolution: &Resolution) -> Result<(), ReplicaWriteError> {
        let span = self.begin("replica put");
        let written = self.system.put(key, resolution).await;
        end(span, None, written.is_err().then_some("not_written"));
        written
    }
}
