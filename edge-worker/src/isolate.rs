//! The state that all requests of an isolate share. Plain data only: one request cannot wake another.

use std::cell::RefCell;
use std::rc::Rc;

use link_core::clicks::batch::Producer;
use link_core::clicks::buffer::ClickBuffer;
use link_core::redirect::UnlockCookies;
use link_core::redirect::visit::SplitKey;

use crate::config::Config;
use crate::responses::answer_numbers::AnswerNumbers;
use crate::visitors::enumeration_guard::MissBudget;
use crate::visitors::visitor_classes::VisitorClasses;
use crate::visitors::visitor_limit::VisitorLimit;
use edge_runtime::bindings::collector;
use edge_runtime::bindings::origin::SignedOrigin;
use edge_runtime::bindings::queue::Sqs;
use edge_runtime::lookup::freshness::Freshness;
use edge_runtime::lookup::memory::Memory;
use edge_runtime::origins::Origins;
use edge_runtime::origins::breaker::Breaker;
use edge_runtime::request_ids::RequestIds;
use edge_runtime::traces::{RequestTrace, Traces};
use edge_runtime::visitor_key::VisitorKeys;

#[derive(Debug)]
pub struct Isolate {
    pub config: Config,
    pub split_key: SplitKey,
    pub unlock_cookies: UnlockCookies,
    /// Shared with lookups that outlive their request.
    pub memory: Rc<RefCell<Memory>>,
    pub clicks: RefCell<ClickBuffer>,
    pub queue_breaker: RefCell<Breaker>,
    pub visitor_keys: RefCell<VisitorKeys>,
    pub origins: RefCell<Origins>,
    pub visitors: RefCell<VisitorLimit>,
    /// Visitors' requests that found nothing.
    pub misses: RefCell<VisitorLimit>,
    pub miss_budget: RefCell<MissBudget>,
    pub visitor_classes: RefCell<VisitorClasses>,
    /// Password attempts, by network.
    pub passwords: RefCell<VisitorLimit>,
    pub freshness: Freshness,
    pub answer_numbers: RefCell<AnswerNumbers>,
    pub request_ids: RequestIds,
    /// `None` without a collector: then nothing is recorded.
    pub traces: Option<Rc<Traces>>,
}

impl Isolate {
    pub fn new(mut config: Config, producer: Producer) -> Self {
        let split_key = SplitKey::derived_from(config.origin.edge_secret.0.as_bytes());
        let unlock_cookies = UnlockCookies::new(config.origin.edge_secret.0.as_bytes());
        let miss_budget =
            MissBudget::new(config.code_key.as_ref(), config.code_ceiling, config.miss_budget_per_second);
        let freshness = Freshness { purging: config.purging };
        Self {
            split_key,
            unlock_cookies,
            memory: Rc::default(),
            clicks: RefCell::new(ClickBuffer::new(producer)),
            queue_breaker: RefCell::default(),
            visitor_keys: RefCell::default(),
            origins: RefCell::new(Origins::new(&config.origin.urls)),
            visitors: RefCell::new(VisitorLimit::per_second(config.visitor_limit)),
            misses: RefCell::new(VisitorLimit::per_second(config.miss_limit)),
            miss_budget: RefCell::new(miss_budget),
            visitor_classes: RefCell::default(),
            passwords: RefCell::new(VisitorLimit::per_window(config.password_limit)),
            freshness,
            answer_numbers: RefCell::default(),
            request_ids: RequestIds::new(&producer.to_string()),
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
