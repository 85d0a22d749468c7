//! The configuration, one struct per topic, read through a lookup function.

pub mod access;
pub(crate) mod allowed_schemes;
pub mod codes;
pub mod compatible_apis;
pub mod databases;
pub(crate) mod own_hosts;
pub mod redirects;
pub mod server;
pub mod site;
pub mod webhooks;

use crate::auth::Access;
use crate::webhooks::secret::SigningKey;
use codes::CodesConfig;
use compatible_apis::CompatibleApisConfig;
use databases::DatabasesConfig;
use redirects::RedirectsConfig;
use site::SiteConfig;
use startup::{ConfigError, Lookup};

/// Needed both under the Lambda runtime and as a plain HTTP server.
#[derive(Debug)]
pub struct Config {
    pub access: Access,
    pub codes: CodesConfig,
    pub compatible_apis: CompatibleApisConfig,
    pub databases: DatabasesConfig,
    pub redirects: RedirectsConfig,
    pub site: SiteConfig,
    /// `None` if there are no webhooks.
    pub signing_key: Option<SigningKey>,
}

impl Config {
    pub fn from_lookup(lookup: &Lookup<'_>) -> Result<Self, ConfigError> {
        Ok(Self {
            databases: databases::from_lookup(lookup)?,
            site: site::from_lookup(lookup)?,
            access: access::from_lookup(lookup)?,
            codes: codes::from_lookup(lookup)?,
            compatible_apis: compatible_apis::from_lookup(lookup)?,
            redirects: redirects::from_lookup(lookup)?,
            signing_key: webhooks::from_lookup(lookup)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    const COMPLETE: &[(&str, &str)] = &[
        ("DATABASE_URL", "postgres://origin:hunter2@db.internal/links"),
        ("ANALYTICS_DATABASE_URL", "postgres://origin:hunter2@db.internal/analytics"),
        ("DEFAULT_DOMAIN", "Go.Example.com"),
        ("SHORTLINE_ADMIN_KEY", "an-admin-key-of-some-length"),
        ("EDGE_SECRET", "an-edge-secret-of-some-length"),
        ("CODE_KEY", "2b7e151628aed2a6abf7158809cf4f3cef4359d8d580aa4f7f036d6f04fc6a94"),
    ];

    fn read(changes: &[(&'static str, &'static str)]) -> Result<Config, ConfigError> {
        let variables: HashMap<_, _> = COMPLETE.iter().chain(changes).copied().collect();
        Config::from_lookup(&|name| variables.get(name).map(|value| (*value).to_owned()))
    }

    #[test]
    fn required_variables_suffice() {
        let config = read(&[]).unwrap();
        assert_eq!(config.site.short_url_base(&config.site.default_domain), "https://go.example.com");
        assert_eq!(config.codes.ceiling, link_core::names::code::DEFAULT_CEILING);
    }

    #[test]
    fn missing_variable_is_named() {
        for (variable, _) in COMPLETE {
            let message = read(&[(variable, "")]).unwrap_err().to_string();
            assert!(message.starts_with(&format!("{variable} is not set. Set it to ")), "{message}");
        }
    }

    #[test]
    fn invalid_value_is_named_but_not_repeated() {
        for (variable, value) in [
            ("DATABASE_URL", "mysql://origin:hunter2@db/links"),
            ("DATABASE_URL", "hunter2"),
            ("ANALYTICS_DATABASE_URL", "postgres://:bad:port/hunter2"),
            ("LISTS_DATABASE_URL", "hunter2"),
            ("DEFAULT_DOMAIN", "https://hunter2.example"),
            ("DEFAULT_DOMAIN", "hunter2:8080"),
            ("PUBLIC_URL", "hunter2"),
            ("PUBLIC_URL", "ftp://hunter2"),
            ("PUBLIC_URL", "http://127.0.0.1:8787/hunter2"),
            ("PUBLIC_URL", "http://hunter2@127.0.0.1:8787"),
            ("SHORTLINE_ADMIN_KEY", "hunter2"),
            ("SHORTLINE_ADMIN_KEY", "hunter2 hunter2 hunter2"),
            ("EDGE_SECRET", "hunter2"),
            ("EDGE_SECRET_PREVIOUS", "hunter2"),
            ("SIGNING_SECRET", "hunter2"),
            ("CODE_KEY", "hunter2"),
            ("COMPATIBLE_APIS", "yourls,hunter2"),
            ("CLICK_QUEUE_URL", "hunter2"),
            ("CLICK_QUEUE_URL", "ftp://hunter2"),
            ("FAILOVER_DOMAIN", "https://hunter2"),
            ("OWN_HOSTS", "direct.example,https://hunter2.example"),
            ("DASHBOARD_HOST", "https://hunter2.example"),
            ("FALLBACK_URL", "javascript:hunter2"),
            ("ALLOWED_SCHEMES", "tel,javascript,hunter2"),
            ("ALLOWED_SCHEMES", "Data,hunter2"),
            ("ALLOWED_SCHEMES", "file"),
            ("ALLOWED_SCHEMES", "blob"),
            ("ALLOWED_SCHEMES", "VBScript"),
            ("ALLOWED_SCHEMES", "https"),
            ("ALLOWED_SCHEMES", "tel:"),
            ("ALLOWED_SCHEMES", "1hunter2"),
            ("CODE_CEILING", "hunter2"),
            ("CODE_CEILING", "0"),
            ("CODE_CEILING", "-1"),
            ("CODE_CEILING", "3521614606209"),
        ] {
            let message = read(&[(variable, value)]).unwrap_err().to_string();
            assert!(message.starts_with(&format!("{variable} ")), "{variable}={value}: {message}");
            assert!(message.contains(". Set it to "), "{message}");
            assert!(!message.contains("hunter2"), "{message}");
        }
    }

    #[test]
    fn host_names_may_be_in_any_script() {
        let changes = [
            ("DEFAULT_DOMAIN", "MÜNCHEN-x.example."),
            ("OWN_HOSTS", " dírect.example , [::ffff:192.0.2.1],"),
        ];
        let site = read(&changes).unwrap().site;
        assert_eq!(site.default_domain.as_str(), "xn--mnchen-x-65a.example");
        for host in ["xn--drect-zsa.example", "192.0.2.1", "www.xn--mnchen-x-65a.example"] {
            assert!(site.own_hosts.contains(host), "{host}");
        }
    }

    #[test]
    fn schemes_of_apps_are_a_list_in_any_case() {
        let schemes = |list| read(&[("ALLOWED_SCHEMES", list)]).unwrap().site.allowed_schemes;
        let allowed = schemes(" Mailto,tel,,com.example.app+v2-x , intent");
        assert!(allowed.iter().eq(["com.example.app+v2-x", "intent", "mailto", "tel"]));
        assert_eq!(schemes("").iter().count(), 0);
    }

    #[test]
    fn code_ceiling_may_cover_the_whole_code_space() {
        assert_eq!(
            read(&[("CODE_CEILING", "3521614606208")]).unwrap().codes.ceiling,
            link_core::names::code::SPACE
        );
    }

    #[test]
    fn public_url_replaces_the_base_of_the_default_domain() {
        let config = read(&[("PUBLIC_URL", "http://127.0.0.1:8787/")]).unwrap();
        assert_eq!(config.site.short_url_base(&config.site.default_domain), "http://127.0.0.1:8787");
        let other = "other.example".parse().unwrap();
        assert_eq!(config.site.short_url_base(&other), "https://other.example");
    }

    #[test]
    fn sessions_belong_to_the_dashboards_host() {
        let site = |changes: &[(&'static str, &'static str)]| read(changes).unwrap().site;
        let default = site(&[]);
        for host in ["go.example.com", "127.0.0.1", "localhost", "[::1]", "shortline.acct.workers.dev"] {
            assert!(default.has_dashboard(host), "{host}");
        }
        assert!(!default.has_dashboard("links.example.com"));
        let own = site(&[("DASHBOARD_HOST", "Links.example.com")]);
        for host in ["go.example.com", "127.0.0.1", "shortline.acct.workers.dev", "www.links.example.com"] {
            assert!(!own.has_dashboard(host), "{host}");
        }
        assert!(own.has_dashboard("links.example.com") && own.own_hosts.contains("links.example.com"));
    }

    #[test]
    fn debug_output_shows_no_secret() {
        let shown = format!("{:?}", read(&[("EDGE_SECRET_PREVIOUS", "another-edge-secret-here")]).unwrap());
        for secret in ["hunter2", "an-admin-key", "edge-secret", "2b7e15"] {
            assert!(!shown.contains(secret), "{secret} in {shown}");
        }
    }
}
