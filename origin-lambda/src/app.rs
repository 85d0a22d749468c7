//! What every request may use. Decides nothing.

use crate::auth::Access;
use crate::clock::Clock;
use crate::codes::CodeIssuer;
use crate::config::Config;
use crate::config::redirects::RedirectsConfig;
use crate::config::site::SiteConfig;
use crate::creation::Creations;
use crate::gate::Gate;
use crate::limits::{self, PoolLimits};
use crate::link_input::Judge;
use crate::rate_limit::RateLimits;
use crate::request_metrics::RequestMetrics;
use crate::resolver::Resolver;
use crate::shipping::Shipping;
use crate::statistics::memory::AnswerMemory;
use crate::store::{AnalyticsDatabase, LinksDatabase};

#[derive(Debug)]
pub struct App {
    pub clock: Clock,
    pub access: Access,
    pub rate_limits: RateLimits,
    pub site: SiteConfig,
    pub codes: CodeIssuer,
    pub links: LinksDatabase,
    pub resolver: Resolver,
    pub gate: Gate,
    pub(crate) creations: Creations,
    /// For lists, which may be a moment old; the links database itself where there is no replica. Never for a resolution.
    pub reader: LinksDatabase,
    pub analytics: AnalyticsDatabase,
    pub answers: AnswerMemory,
    pub redirects: RedirectsConfig,
    /// Off until whoever runs the origin says how its process lives.
    pub shipping: Shipping,
    /// Off until whoever runs the origin says where they go.
    pub request_metrics: Option<RequestMetrics>,
}

impl App {
    /// Connects to nothing yet: a Lambda must ask for its first invocation within milliseconds. Has to be called inside
    /// a Tokio runtime, since the pools keep house there.
    pub fn new(config: Config, links_pool: PoolLimits, clock: Clock) -> Self {
        let links = LinksDatabase::connect_lazily(config.databases.links.clone(), links_pool);
        let reader = match config.databases.reader {
            Some(replica) => LinksDatabase::connect_lazily(replica, limits::READER_POOL),
            // A statement that is given up keeps its connection until it ends. Lambda's two serve one request at a time.
            None if links_pool.max_connections > limits::READER_POOL.max_connections => {
                LinksDatabase::connect_lazily(config.databases.links, limits::READER_POOL)
            }
            None => links.clone(),
        };
        let analytics = AnalyticsDatabase::connect_lazily(config.databases.analytics, limits::ANALYTICS_POOL);
        let codes = CodeIssuer::new(&config.codes, links.clone(), limits::CODE_BLOCK);
        Self {
            clock,
            access: config.access,
            rate_limits: RateLimits::default(),
            site: config.site,
            codes,
            resolver: Resolver::new(links.clone()),
            gate: Gate::new(links.clone()),
            creations: Creations::default(),
            links,
            reader,
            analytics,
            answers: AnswerMemory::default(),
            redirects: config.redirects,
            shipping: Shipping::Off,
            request_metrics: None,
        }
    }

    /// By which what a client writes of a link is judged.
    pub(crate) fn judge(&self) -> Judge<'_> {
        Judge {
            default_domain: &self.site.default_domain,
            own_hosts: &self.site.own_hosts,
            now: self.clock.now(),
        }
    }
}
