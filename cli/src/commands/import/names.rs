//! Names of links at the source: host and back-half, and the domain that they get here.

use std::collections::BTreeMap;

use percent_encoding::{AsciiSet, CONTROLS, percent_decode_str, utf8_percent_encode};
use serde_json::Value;
use url::Url;

use crate::api::client::{Call, Client};
use crate::api::pages::Items;
use crate::error::CliError;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name {
    /// In lower case and ASCII; None where the source does not say.
    pub host: Option<String>,
    pub back_half: String,
    /// As the source has it: it may name a scheme or a port.
    pub short_url: Option<String>,
}

impl Name {
    /// Of a short URL, with or without its scheme.
    pub fn of_short_url(text: &str) -> Option<Self> {
        let text = text.trim();
        let text = if text.contains("://") { text.to_owned() } else { format!("https://{text}") };
        let url = Url::parse(&text).ok().filter(|url| matches!(url.scheme(), "http" | "https"))?;
        if !url.username().is_empty() {
            return None;
        }
        let path = url.path().trim_start_matches('/').trim_end_matches('/');
        let back_half = percent_decode_str(path).decode_utf8().ok()?.into_owned();
        let host = Some(url.host_str()?.trim_end_matches('.').to_owned());
        Some(Self { host, back_half, short_url: Some(text) })
    }

    pub fn new(host: Option<&str>, back_half: &str) -> Self {
        let back_half = back_half.trim().trim_matches('/').to_owned();
        Self { host: host.map(normal_host).filter(|host| !host.is_empty()), back_half, short_url: None }
    }

    /// `bit.ly/abc`.
    pub fn id(&self) -> String {
        match &self.host {
            Some(host) => format!("{host}/{}", self.back_half),
            None => self.back_half.clone(),
        }
    }

    /// Where visitors find it at the source; with `server`, at that address instead of its host. None without either.
    pub fn url(&self, server: Option<&str>) -> Option<String> {
        /// What would end a path, or be read as something else.
        const PATH: &AsciiSet =
            &CONTROLS.add(b' ').add(b'"').add(b'#').add(b'%').add(b'<').add(b'>').add(b'?');
        let back_half = utf8_percent_encode(&self.back_half, PATH);
        match (server, &self.short_url, &self.host) {
            (Some(server), ..) => Some(format!("{}/{back_half}", server.trim_end_matches('/'))),
            (None, Some(short_url), _) if short_url.contains("://") => Some(short_url.clone()),
            (None, _, Some(host)) => Some(format!("https://{host}/{back_half}")),
            (None, _, None) => None,
        }
    }
}

/// In lower case and ASCII, without scheme and port.
fn normal_host(text: &str) -> String {
    let text = text.trim();
    let url = if text.contains("://") { Url::parse(text) } else { Url::parse(&format!("https://{text}")) };
    url.ok().and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_else(|| text.to_lowercase())
}

/// The domains of the installation, and where names on other hosts go.
#[derive(Debug, Clone, Default)]
pub struct Domains {
    /// The hosts, each with the domain as the API writes it.
    ours: BTreeMap<String, String>,
    /// Whether the key may not see them.
    is_hidden: bool,
    pub default: Option<String>,
    /// From `--domain`.
    for_others: Option<String>,
}

impl Domains {
    pub fn read(client: &Client, for_others: Option<&str>) -> Result<Self, CliError> {
        let mut domains = Self { for_others: for_others.map(str::to_owned), ..Self::default() };
        for domain in Items::new(client, Call::get("/domains"), None) {
            match domain {
                Ok(domain) => domains.add(&domain),
                // A key may create links and see no domains.
                Err(CliError::Refused(problem)) if matches!(problem.status, 403 | 404) => {
                    domains.is_hidden = true;
                    break;
                }
                Err(error) => return Err(error),
            }
        }
        match for_others {
            Some(domain) if !domains.is_hidden && !domains.has(domain) => {
                let known: Vec<&str> = domains.ours.values().map(String::as_str).collect();
                let known = known.join(", ");
                Err(CliError::usage(format!("{domain} is not a domain here; the domains are {known}")))
            }
            _ => Ok(domains),
        }
    }

    fn add(&mut self, domain: &Value) {
        let Some(host) = domain.get("host").and_then(Value::as_str) else { return };
        if domain.get("default") == Some(&Value::Bool(true)) {
            self.default = Some(host.to_owned());
        }
        self.ours.insert(normal_host(host), host.to_owned());
    }

    pub fn has(&self, host: &str) -> bool {
        self.ours.contains_key(&normal_host(host))
    }

    /// The domain of a new link, or None for the default one. Names whose host is not ours move.
    pub fn of(&self, host: Option<&str>) -> Option<&str> {
        let own = host.and_then(|host| self.ours.get(&normal_host(host)));
        own.or(self.for_others.as_ref()).map(String::as_str)
    }

    /// Whether nobody knows if a host is one of ours, and so where its names belong.
    pub fn is_undecided(&self) -> bool {
        self.is_hidden && self.for_others.is_none()
    }

    /// Where names on other hosts go, for people.
    pub fn shown_for_others(&self) -> String {
        match (&self.for_others, &self.default) {
            (Some(domain), _) => domain.clone(),
            (None, Some(domain)) => format!("the default domain {domain}"),
            (None, None) => "the default domain".to_owned(),
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use serde_json::json;

    use super::*;

    pub fn domains(for_others: Option<&str>) -> Domains {
        let mut domains = Domains { for_others: for_others.map(str::to_owned), ..Domains::default() };
        domains.add(&json!({"host": "go.example.com", "default": true}));
        domains.add(&json!({"host": "b.example", "default": false}));
        domains
    }

    #[test]
    fn short_url_has_a_host_and_a_back_half() {
        for (text, host, back_half) in [
            ("https://bit.ly/abc", "bit.ly", "abc"),
            ("bit.ly/abc", "bit.ly", "abc"),
            ("HTTP://Go.Bücher.example/Gr%C3%BC%C3%9Fe/x/?utm=1", "go.xn--bcher-kva.example", "Grüße/x"),
            ("https://s.example", "s.example", ""),
            ("localhost:8080/x", "localhost", "x"),
        ] {
            let name = Name::of_short_url(text).unwrap();
            assert_eq!((name.host.as_deref(), name.back_half.as_str()), (Some(host), back_half), "{text}");
        }
        for text in ["", "mailto:a@b.example", "https://bit.ly/%ff"] {
            assert_eq!(Name::of_short_url(text), None, "{text}");
        }
    }

    #[test]
    fn name_has_an_address_at_the_source() {
        let url = |name: Name, server| name.url(server).unwrap_or_default();
        assert_eq!(url(Name::of_short_url("bit.ly/a").unwrap(), None), "https://bit.ly/a");
        assert_eq!(
            url(Name::of_short_url("http://127.0.0.1:80/a?b").unwrap(), None),
            "http://127.0.0.1:80/a?b"
        );
        let odd = Name::new(Some("s.example"), "grüße/a?b%#");
        assert_eq!(url(odd.clone(), None), "https://s.example/gr%C3%BC%C3%9Fe/a%3Fb%25%23");
        assert_eq!(url(odd, Some("https://old.example/")), "https://old.example/gr%C3%BC%C3%9Fe/a%3Fb%25%23");
        assert_eq!(Name::new(None, "a").url(None), None);
    }

    #[test]
    fn names_on_other_hosts_go_to_the_chosen_domain() {
        let domains_of = |for_others| {
            let domains = domains(for_others);
            ["B.example", "bit.ly"].map(|host| domains.of(Some(host)).map(str::to_owned))
        };
        assert_eq!(domains_of(None), [Some("b.example".to_owned()), None]);
        assert_eq!(
            domains_of(Some("b.example")),
            [Some("b.example".to_owned()), Some("b.example".to_owned())]
        );
        assert_eq!(domains(None).of(None), None);
    }
}
