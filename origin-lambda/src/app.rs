//! The state that every request shares. Decides nothing.

use std::sync::Arc;
use std::time::Duration;

use telemetry::Metrics;
use telemetry::traces::Traces;
use uuid::Uuid;

use crate::auth::Access;
use crate::clock::Clock;
use crate::config::Config;
use crate::config::compatible_apis::CompatibleApisConfig;
use crate::config::redirects::RedirectsConfig;
use crate::config::site::SiteConfig;
use crate::http::request_metrics::EmbeddedMetrics;
use crate::keyed_locks::KeyedLocks;
use crate::limits::{self, LinksPools};
use crate::links::codes::CodeIssuer;
use crate::links::creation::LinkCreator;
use crate::rate_limit::RateLimits;
use crate::redirect::gate::Gate;
use crate::redirect::resolver::Resolver;
use crate::redirect::shipping::{ClickQueue, Shipping};
use crate::statistics::memory::AnswerCache;
use crate::store::{AnalyticsDatabase, LinksDatabase};
use crate::webhooks::presence::Presence;
use crate::webhooks::secret::SigningKey;

#[derive(Debug)]
pub struct App {
    pub clock: Clock,
    pub access: Access,
    pub rate_limits: RateLimits,
    pub site: SiteConfig,
    pub links: LinksDatabase,
    pub resolver: Resolver,
    pub gate: Gate,
    pub link_creator: LinkCreator,
    /// For lists, which may be slightly stale and slow: separate connections, so that lookups never wait for them. Never for a
    /// resolution.
    pub reader: LinksDatabase,
    pub analytics: AnalyticsDatabase,
    /// How long raw clicks are kept.
    pub raw_click_days: i32,
    pub answers: AnswerCache,
    /// By the key of their answer: shared statistics that are being counted.
    pub(crate) shared_counts: KeyedLocks<String>,
    /// Imports whose rows are being written.
    pub(crate) imports: KeyedLocks<Uuid>,
    pub redirects: RedirectsConfig,
    pub compatible_apis: CompatibleApisConfig,
    /// `None` if there are no webhooks.
    pub signing_key: Option<SigningKey>,
    pub(crate) webhook_presence: Presence,
    pub export_timeout: Duration,
    /// Off until `main` sets it for the kind of process.
    pub shipping: Shipping,
    /// For the visits of imports that no edge sends. `None` until `main` sets it.
    pub click_queue: Option<Arc<dyn ClickQueue>>,
    pub metrics: Arc<Metrics>,
    /// Off until `main` sets it.
    pub embedded_metrics: Option<EmbeddedMetrics>,
    /// Off until `main` sets it.
    pub traces: Traces,
}

impl App {
    /// Connects to nothing yet: a Lambda must ask for its first invocation within milliseconds. Must be called in a Tokio
    /// runtime, which the pools' maintenance tasks need.
    pub fn new(config: Config, pools: LinksPools, clock: Clock, metrics: Arc<Metrics>) -> Self {
        let links = LinksDatabase::connect_lazily(config.databases.links.clone(), pools.links);
        let lists = config.databases.lists.unwrap_or(config.databases.links);
        let reader = LinksDatabase::connect_lazily(lists, pools.lists);
        let analytics = AnalyticsDatabase::connect_lazily(config.databases.analytics, limits::ANALYTICS_POOL);
        let codes = CodeIssuer::new(&config.codes, links.clone(), limits::CODE_BLOCK);
        let default_domain = config.site.default_domain.clone();
        let link_creator = LinkCreator::new(links.clone(), codes, default_domain.clone(), clock.clone());
        Self {
            clock,
            access: config.access,
            rate_limits: RateLimits::default(),
            site: config.site,
            resolver: Resolver::new(links.clone(), Arc::clone(&metrics), default_domain),
            gate: Gate::new(links.clone()),
            link_creator,
            links,
            reader,
            analytics,
            raw_click_days: config.databases.raw_click_days,
            answers: AnswerCache::default(),
            shared_counts: KeyedLocks::default(),
            imports: KeyedLocks::default(),
            redirects: config.redirects,
            compatible_apis: config.compatible_apis,
            signing_key: config.signing_key,
            webhook_presence: Presence::default(),
            export_timeout: limits::EXPORT_SERVER_TIMEOUT,
            shipping: Shipping::Off,
            click_queue: None,
            metrics,
            embedded_metrics: None,
            traces: Traces::default(),
        }
    }
}
