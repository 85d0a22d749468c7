//! The state that all requests of an isolate share. Plain data only: one request cannot wake another.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use link_core::clicks::batch::Producer;
use link_core::clicks::buffer::ClickBuffer;
use link_core::redirect::UnlockCookies;
use link_core::redirect::visit::SplitKey;

use crate::config::Config;
use crate::lookup::freshness::Freshness;
use crate::lookup::memory::Memory;
use crate::origins::Origins;
use crate::origins::breaker::Breaker;
use crate::publishing::PendingSecondPurge;
use crate::publishing::purge_rate::{PurgePlan, PurgeRate};
use crate::requests::uploads::Uploads;
use crate::responses::answer_numbers::AnswerNumbers;
use crate::visitors::enumeration_guard::MissBudget;
use crate::visitors::visitor_key::VisitorKeys;
use crate::visitors::visitor_limit::VisitorLimit;

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
    /// Password attempts, by network.
    pub passwords: RefCell<VisitorLimit>,
    /// Request bodies of API calls.
    pub uploads: RefCell<Uploads>,
    pub purge_rate: RefCell<PurgeRate>,
    pub pending_second_purge: RefCell<PendingSecondPurge>,
    pub freshness: Freshness,
    pub answer_numbers: RefCell<AnswerNumbers>,
    name: String,
    requests: Cell<u64>,
}

impl Isolate {
    pub fn new(config: Config, producer: Producer) -> Self {
        let origins = Origins::new(&config.origin_urls);
        let split_key = SplitKey::derived_from(config.edge_secret.0.as_bytes());
        let unlock_cookies = UnlockCookies::new(config.edge_secret.0.as_bytes());
        let miss_budget =
            MissBudget::new(config.code_key.as_ref(), config.code_ceiling, config.miss_budget_per_second);
        let plan = config.purge.as_ref().map_or(PurgePlan { per_minute: 0, burst: 0 }, |purge| purge.plan);
        let freshness = Freshness { purging: config.purge.is_some() };
        Self {
            split_key,
            unlock_cookies,
            memory: Rc::default(),
            clicks: RefCell::new(ClickBuffer::new(producer)),
            queue_breaker: RefCell::default(),
            visitor_keys: RefCell::default(),
            origins: RefCell::new(origins),
            visitors: RefCell::new(VisitorLimit::per_second(config.visitor_limit)),
            misses: RefCell::new(VisitorLimit::per_second(config.miss_limit)),
            miss_budget: RefCell::new(miss_budget),
            passwords: RefCell::new(VisitorLimit::per_window(config.password_limit)),
            uploads: RefCell::default(),
            purge_rate: RefCell::new(PurgeRate::new(plan)),
            pending_second_purge: RefCell::default(),
            freshness,
            answer_numbers: RefCell::default(),
            name: producer.to_string().chars().take(12).collect(),
            requests: Cell::new(0),
            config,
        }
    }

    /// Unique among all isolates, since the isolate's name is random; costs no call into the runtime.
    pub fn next_request_id(&self) -> String {
        let number = self.requests.get() + 1;
        self.requests.set(number);
        format!("{}-{number}", self.name)
    }
}
