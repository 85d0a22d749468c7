//! The state that all requests of an isolate share. Plain data only: one request cannot wake another.

use std::cell::RefCell;
use std::rc::Rc;

use edge_runtime::bindings::collector;
use edge_runtime::bindings::origin::SignedOrigin;
use edge_runtime::bindings::queue::Sqs;
use edge_runtime::lookup::freshness::Freshness;
use edge_runtime::origins::Origins;
use edge_runtime::request_ids::RequestIds;
use edge_runtime::traces::{RequestTrace, Traces};

use crate::config::Config;
use crate::publishing::PendingSecondPurge;
use crate::publishing::purge_rate::{PurgePlan, PurgeRate};
use crate::requests::uploads::Uploads;
use crate::webhooks::Sending;

#[derive(Debug)]
pub struct Isolate {
    pub config: Config,
    pub origins: RefCell<Origins>,
    /// Request bodies of API calls.
    pub uploads: RefCell<Uploads>,
    pub purge_rate: RefCell<PurgeRate>,
    pub pending_second_purge: RefCell<PendingSecondPurge>,
    pub sending: Sending,
    pub freshness: Freshness,
    /// Of runs of the schedule. A call has the id that the visitor's Worker gave it.
    pub request_ids: RequestIds,
    /// `None` without a collector: then nothing is recorded.
    pub traces: Option<Rc<Traces>>,
}

impl Isolate {
    /// `name` is random.
    pub fn new(mut config: Config, name: &str) -> Self {
        let plan = config.purge.as_ref().map_or(PurgePlan { per_minute: 0, burst: 0 }, |purge| purge.plan);
        Self {
            origins: RefCell::new(Origins::new(&config.origin.urls)),
            uploads: RefCell::default(),
            purge_rate: RefCell::new(PurgeRate::new(plan)),
            pending_second_purge: RefCell::default(),
            sending: Sending::default(),
            freshness: Freshness { purging: config.purge.is_some() },
            request_ids: RequestIds::new(name),
            traces: config.traces.take().map(collector::traces),
            config,
        }
    }

    /// The origins, as a request calls them.
    pub fn origin<'a>(&'a self, request_id: &'a str, trace: Option<&'a RequestTrace>) -> SignedOrigin<'a> {
        SignedOrigin { config: &self.config.origin, origins: &self.origins, request_id, trace }
    }

    pub fn queue(&self) -> Sqs<'_> {
        let Config { queue_url, origin, .. } = &self.config;
        Sqs { queue_url, aws: &origin.aws, traces: self.traces.as_deref() }
    }
}
