//! What all requests of an isolate share. Plain data only: waking one request from another is not possible.

use std::cell::{Cell, RefCell};

use link_core::click_batch::Producer;
use link_core::click_buffer::ClickBuffer;
use link_core::visit::SplitKey;

use crate::answer_numbers::AnswerNumbers;
use crate::breaker::Breaker;
use crate::config::Config;
use crate::lifetimes::Lifetimes;
use crate::lookup::memory::Memory;
use crate::miss_budget::MissBudget;
use crate::origins::Origins;
use crate::publishing::Settling;
use crate::purge_rate::{Plan, PurgeRate};
use crate::unlock::Locksmith;
use crate::uploads::Uploads;
use crate::visitor_key::VisitorKeys;
use crate::visitor_limit::VisitorLimit;

#[derive(Debug)]
pub struct Isolate {
    pub config: Config,
    pub split_key: SplitKey,
    pub locksmith: Locksmith,
    pub memory: RefCell<Memory>,
    pub clicks: RefCell<ClickBuffer>,
    pub queue_breaker: RefCell<Breaker>,
    pub visitor_keys: RefCell<VisitorKeys>,
    pub origins: RefCell<Origins>,
    pub visitors: RefCell<VisitorLimit>,
    /// Those that find nothing.
    pub misses: RefCell<VisitorLimit>,
    pub miss_budget: RefCell<MissBudget>,
    /// Those that try passwords.
    pub passwords: RefCell<VisitorLimit>,
    /// Bodies of API calls.
    pub uploads: RefCell<Uploads>,
    pub purge_rate: RefCell<PurgeRate>,
    pub settling: RefCell<Settling>,
    pub lifetimes: Lifetimes,
    pub answer_numbers: RefCell<AnswerNumbers>,
    name: String,
    requests: Cell<u64>,
}

impl Isolate {
    pub fn new(config: Config, producer: Producer) -> Self {
        let origins = Origins::new(&config.origin_urls);
        let split_key = SplitKey::derived_from(config.edge_secret.0.as_bytes());
        let locksmith = Locksmith::new(config.edge_secret.0.as_bytes());
        let miss_budget =
            MissBudget::new(config.code_key.as_ref(), config.code_ceiling, config.fruitless_questions);
        let plan = config.purge.as_ref().map_or(Plan { per_minute: 0, burst: 0 }, |purge| purge.plan);
        let lifetimes = Lifetimes { purging: config.purge.is_some() };
        Self {
            split_key,
            locksmith,
            memory: RefCell::default(),
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
            settling: RefCell::default(),
            lifetimes,
            answer_numbers: RefCell::default(),
            name: producer.to_string().chars().take(12).collect(),
            requests: Cell::new(0),
            config,
        }
    }

    /// Unique among all isolates, since the isolate's own name is random; costs no call into the runtime.
    pub fn next_request_id(&self) -> String {
        let number = self.requests.get() + 1;
        self.requests.set(number);
        format!("{}-{number}", self.name)
    }
}
