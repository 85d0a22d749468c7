//! What every request may use. Decides nothing.

use std::time::Duration;

use crate::auth::Access;
use crate::clock::Clock;
use crate::codes::CodeIssuer;
use crate::config::Config;
use crate::config::redirects::RedirectsConfig;
use crate::config::site::SiteConfig;
use crate::creation::Creations;
use crate::gate::Gate;
use crate::limits::{self, LinksPools};
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
    /// For lists, which may be a moment old and take long: on connections of their own, so that lookups never wait for them. Never for
    /// a resolution.
    pub reader: LinksDatabase,
    pub analytics: AnalyticsDatabase,
    pub answers: AnswerMemory,
    pub redirects: RedirectsConfig,
    pub export_patience: Duration,
    /// Off until the program that runs the origin says how its process lives.
    pub shipping: Shipping,
    /// Off until the program that runs the origin says where they go.
    pub request_metrics: Option<RequestMetrics>,
}

impl App {
    /// Connects to nothing yet: a Lambda must ask for its first invocation within milliseconds. Has to be called inside
    /// a Tokio runtime, since the pools keep house there.
    pub fn new(config: Config, pools: LinksPools, clock: Clock) -> Self {
        let links = LinksDatabase::connect_lazily(config.databases.links.clone(), pools.links);
        let lists = config.databases.lists.unwrap_or(config.databases.links);
        let reader = LinksDatabase::connect_lazily(lists, pools.lists);
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
            export_patience: limits::EXPORT_SERVER_PATIENCE,
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
