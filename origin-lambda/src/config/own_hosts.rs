//! Knows which hosts are ours: the names at which this shortener answers, so that a link to one of them would loop. Further
//! domains are rows of a table, which the statements that write and check links read; all other names are known here.

use link_core::names::domain::Domain;
use link_core::names::host::is_loopback;

/// A Worker without its own domain answers under this one (Cloudflare).
const WORKERS_DEV: &str = ".workers.dev";

#[derive(Debug)]
pub struct OwnHosts {
    /// The default domain first. In comparable form.
    names: Vec<String>,
    worker: String,
}

impl OwnHosts {
    pub(crate) fn new(default_domain: &Domain, further: Vec<String>, worker: String) -> Self {
        let names = [vec![default_domain.to_string()], further].concat();
        Self { names, worker }
    }

    #[cfg(test)]
    pub(crate) fn fixture() -> Self {
        let further = vec!["direct.example.net".to_owned(), "203.0.113.7".to_owned()];
        Self { names: [vec!["go.example.com".to_owned()], further].concat(), worker: "shortline".to_owned() }
    }

    /// Whether a host in comparable form is ours; see [`link_core::names::host::comparable`].
    pub(crate) fn contains(&self, host: &str) -> bool {
        is_loopback(host)
            || self.is_worker_host(host)
            || [host, without_www(host)].iter().any(|host| self.has_name(host))
    }

    /// Whether the host is exactly one of our names.
    pub(crate) fn has_name(&self, host: &str) -> bool {
        self.names.iter().any(|name| name == host)
    }

    /// Matches `NAME.ACCOUNT.workers.dev`, also for other environments and previews, whose names start or end with NAME. Other
    /// Workers are allowed destinations.
    pub(crate) fn is_worker_host(&self, host: &str) -> bool {
        let Some((name, account)) = host.strip_suffix(WORKERS_DEV).and_then(|rest| rest.split_once('.'))
        else {
            return false;
        };
        let rest = name.strip_prefix(&self.worker);
        let is_preview = name.strip_suffix(&self.worker).is_some_and(|rest| rest.ends_with('-'));
        !account.contains('.')
            && (is_preview || rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('-')))
    }
}

pub(crate) fn own_host_error(host: &str) -> String {
    format!("must not point to {host}, which is a host of this shortener: the redirect would loop")
}

/// Visitors who type `www.` before a name mean that name, and DNS may send them there.
pub(crate) fn without_www(host: &str) -> &str {
    host.strip_prefix("www.").unwrap_or(host)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_that_reaches_us_is_an_own_host() {
        let own = OwnHosts::fixture();
        for host in [
            "go.example.com",
            "www.go.example.com",
            "direct.example.net",
            "www.direct.example.net",
            "203.0.113.7",
            "localhost",
            "127.0.0.1",
            "127.8.8.8",
            "[::1]",
            "shortline.acct.workers.dev",
            "shortline-staging.acct.workers.dev",
            "0a1b2c3d-shortline.acct.workers.dev",
        ] {
            assert!(own.contains(host), "{host}");
        }
        for host in [
            "example.com",
            "a.go.example.com",
            "wwwgo.example.com",
            "go.example.com.evil.test",
            "203.0.113.8",
            "shortliner.acct.workers.dev",
            "myshortline.acct.workers.dev",
            "app.acct.workers.dev",
            "shortline.workers.dev",
            "app.shortline.acct.workers.dev",
            "workers.dev",
        ] {
            assert!(!own.contains(host), "{host}");
        }
    }
}
