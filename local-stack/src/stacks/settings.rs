//! The environment variables and bindings of each part, which must agree between parts.

use std::collections::BTreeMap;

use crate::parts::aws::client::{AwsClient, REGION};
use crate::parts::aws::identities::AccessKey;
use crate::parts::aws::queues::Queues;
use crate::parts::edge::cloudflare::{self, Cloudflare};
use crate::parts::postgres::{Postgres, lists_url};
use crate::stacks::options::StackOptions;
use crate::stacks::secrets::Secrets;

/// Locally any host name means loopback; links are stored under this domain.
pub const DEFAULT_DOMAIN: &str = "localhost";
/// The domain of a failover origin, which a test may start.
pub const FAILOVER_DOMAIN: &str = "go-direct.example.com";

#[derive(Debug)]
pub(crate) struct Settings {
    pub(crate) admin_key: String,
    pub(crate) visibility_timeout_seconds: u32,
    secrets: Secrets,
    links_database_url: String,
    analytics_database_url: String,
    queues: Queues,
    aws_endpoint: String,
    public_url: String,
    purging: bool,
    worker_bindings: BTreeMap<String, String>,
    traces: BTreeMap<String, String>,
}

impl Settings {
    pub(crate) fn new(
        options: &StackOptions,
        secrets: &Secrets,
        postgres: &Postgres,
        aws: &AwsClient,
        queues: &Queues,
        edge_port: u16,
    ) -> Self {
        Self {
            admin_key: options.admin_key.clone().unwrap_or_else(|| secrets.admin_key.clone()),
            visibility_timeout_seconds: options.visibility_timeout_seconds,
            secrets: secrets.clone(),
            links_database_url: postgres.links_database_url.clone(),
            analytics_database_url: postgres.analytics_database_url.clone(),
            queues: queues.clone(),
            aws_endpoint: aws.endpoint.clone(),
            public_url: format!("http://127.0.0.1:{edge_port}"),
            purging: options.purging,
            worker_bindings: options.worker_bindings.clone(),
            traces: options.traces.clone(),
        }
    }

    /// At most a sixth of the visibility timeout, as AWS recommends: a message must not be redelivered while its batch
    /// is being processed or retried.
    pub(crate) fn consumer_timeout_seconds(&self) -> u32 {
        (self.visibility_timeout_seconds / 6).max(1)
    }

    pub(crate) fn origin_environment(&self) -> BTreeMap<String, String> {
        let databases = [self.links_database_url.as_str(), self.analytics_database_url.as_str()];
        let mut environment = origin_environment(databases, &self.secrets, &self.admin_key, &self.public_url);
        environment.extend(owned([
            ("CLICK_QUEUE_URL", self.queues.click_queue_url.as_str()),
            ("AWS_ENDPOINT_URL", &self.aws_endpoint),
        ]));
        // The same as the edge's, so that both answer alike.
        let shared = ["FALLBACK_URL", "DASHBOARD_HOST", "COMPATIBLE_APIS"];
        let shared = shared.map(|name| self.worker_bindings.get_key_value(name));
        environment.extend(shared.into_iter().flatten().map(|(name, value)| (name.clone(), value.clone())));
        environment.extend(self.traces.clone());
        environment
    }

    /// Includes AWS keys, since a server has no role.
    pub(crate) fn origin_server_environment(&self, key: &AccessKey) -> BTreeMap<String, String> {
        let mut environment = self.origin_environment();
        environment.extend(owned([
            ("AWS_REGION", REGION),
            ("AWS_ACCESS_KEY_ID", &key.id),
            ("AWS_SECRET_ACCESS_KEY", &key.secret),
        ]));
        environment
    }

    /// Without AWS keys: the runtime passes those of the function's role.
    pub(crate) fn consumer_environment(&self) -> BTreeMap<String, String> {
        let mut environment = owned([
            ("ANALYTICS_DATABASE_URL", self.analytics_database_url.as_str()),
            ("LINKS_DATABASE_URL", &self.links_database_url),
            ("CLICK_QUEUE_URL", &self.queues.click_queue_url),
            ("DEAD_LETTER_QUEUE_URL", &self.queues.dead_letter_queue_url),
            ("AWS_ENDPOINT_URL", &self.aws_endpoint),
            ("RUST_LOG", "info"),
        ]);
        environment.extend(self.traces.clone());
        environment
    }

    /// The AWS keys that the runtime would pass; the account's root replaces the role.
    pub(crate) fn function_identity(&self) -> BTreeMap<String, String> {
        owned([
            ("AWS_REGION", REGION),
            ("AWS_ACCESS_KEY_ID", self.secrets.aws_access_key_id.as_str()),
            ("AWS_SECRET_ACCESS_KEY", &self.secrets.aws_secret_access_key),
        ])
    }

    pub(crate) fn edge_secret(&self) -> &str {
        &self.secrets.edge_secret
    }

    pub(crate) fn worker_bindings(
        &self,
        origin_urls: &[String],
        key: &AccessKey,
        cloudflare: &Cloudflare,
    ) -> BTreeMap<String, String> {
        let origin_urls = origin_urls.join(",");
        let mut bindings = owned([
            ("ORIGIN_URLS", origin_urls.as_str()),
            ("DEFAULT_DOMAIN", DEFAULT_DOMAIN),
            ("CLICK_QUEUE_URL", &self.queues.click_queue_url),
            ("AWS_REGION", REGION),
            ("AWS_ACCESS_KEY_ID", &key.id),
            ("AWS_SECRET_ACCESS_KEY", &key.secret),
            ("EDGE_SECRET", &self.secrets.edge_secret),
            ("CODE_KEY", &self.secrets.code_key),
            ("RATE_LIMIT_ALLOW", "127.0.0.1/32,::1/128"),
            ("REQUIRE_HTTPS", "false"),
        ]);
        if self.purging {
            bindings.extend(owned([
                ("CLOUDFLARE_API_URL", cloudflare.api_url.as_str()),
                ("PURGE_ZONE_IDS", &cloudflare.zone_ids),
                ("PURGE_TOKEN", cloudflare::TOKEN),
                // The local purge API has no limit unless a test sets one.
                ("PURGES_PER_MINUTE", "60000"),
                ("PURGE_BURST", "1000"),
            ]));
        }
        if !self.traces.is_empty() {
            bindings.insert("OTEL_TRACES_SAMPLER_ARG".to_owned(), "1".to_owned());
            // Each Worker has a name of its own.
            let traces = self.traces.iter().filter(|(name, _)| *name != "OTEL_SERVICE_NAME");
            bindings.extend(traces.map(|(name, value)| (name.clone(), value.clone())));
        }
        bindings.extend(self.worker_bindings.clone());
        bindings
    }
}

/// The origin's environment in every mode.
pub(crate) fn origin_environment(
    [links_database_url, analytics_database_url]: [&str; 2],
    secrets: &Secrets,
    admin_key: &str,
    public_url: &str,
) -> BTreeMap<String, String> {
    owned([
        ("DATABASE_URL", links_database_url),
        ("LISTS_DATABASE_URL", &lists_url(links_database_url)),
        ("ANALYTICS_DATABASE_URL", analytics_database_url),
        ("DEFAULT_DOMAIN", DEFAULT_DOMAIN),
        ("OWN_HOSTS", FAILOVER_DOMAIN),
        ("ALLOWED_SCHEMES", "mailto,tel,sms,intent,market"),
        ("PUBLIC_URL", public_url),
        ("SHORTLINE_ADMIN_KEY", admin_key),
        ("EDGE_SECRET", &secrets.edge_secret),
        ("CODE_KEY", &secrets.code_key),
        // A secret of its own would make the folders of earlier stacks unreadable.
        ("SIGNING_SECRET", &secrets.edge_secret),
        ("RUST_LOG", "info"),
    ])
}

pub(crate) fn owned<const N: usize>(values: [(&str, &str); N]) -> BTreeMap<String, String> {
    values.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}
