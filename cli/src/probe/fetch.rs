//! Sends one request and reads the head of its answer. Follows nothing.

use std::io::ErrorKind;
use std::time::Duration;

use ureq::http::{HeaderMap, Request, Uri, header};
use ureq::unversioned::transport::DefaultConnector;
use ureq::{Agent, Error, Proxy, Timeout};
use url::Url;

use super::address::{LookupFailed, PrivateAddress, PublicResolver, is_private_by_name};
use crate::api::client_tls;
use crate::error::CliError;

/// It says what it is. Sites that let no tools in answer 403 or 429, which are no verdict.
const USER_AGENT: &str = concat!("shortline-cli/", env!("CARGO_PKG_VERSION"), " (checks where links lead)");
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    Head,
    Get,
}

#[derive(Debug, Clone, Default)]
pub struct Reply {
    pub status: u16,
    pub location: Option<String>,
    pub retry_after: Option<String>,
    pub sets_cookie: bool,
    /// Cloudflare wants to see a browser.
    pub is_challenge: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    Private,
    NoSuchHost,
    NameServer,
    NoNetwork,
    /// Nothing accepts connections.
    NotConnected(String),
    Tls(String),
    NoAnswer(String),
    /// The request cannot be sent at all.
    BadUrl,
}

pub trait Fetch: Send + Sync {
    fn fetch(&self, method: Method, url: &Url) -> Result<Reply, Failure>;
}

#[derive(Debug)]
pub struct HttpFetch {
    agent: Agent,
    allow_private: bool,
    timeout: Duration,
}

impl HttpFetch {
    pub fn new(allow_private: bool, timeout: Duration) -> Result<Self, CliError> {
        let proxy = Proxy::try_from_env();
        let resolver =
            PublicResolver { allow_private, proxy: proxy.as_ref().map(|proxy| proxy.host().to_owned()) };
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .proxy(proxy)
            .timeout_resolve(Some(CONNECT_TIMEOUT.min(timeout)))
            .timeout_connect(Some(CONNECT_TIMEOUT.min(timeout)))
            .timeout_global(Some(timeout))
            .user_agent(USER_AGENT)
            .tls_config(client_tls::config()?)
            .build();
        let agent = Agent::with_parts(config, DefaultConnector::default(), resolver);
        Ok(Self { agent, allow_private, timeout })
    }

    fn failure(&self, error: &Error) -> Failure {
        let in_time = || format!("no answer in {} s", self.timeout.as_secs());
        match error {
            Error::HostNotFound => Failure::NoSuchHost,
            Error::Timeout(Timeout::Resolve) => Failure::NameServer,
            Error::Timeout(Timeout::Connect) => Failure::NotConnected("no connection in time".to_owned()),
            Error::Timeout(_) => Failure::NoAnswer(in_time()),
            Error::Tls(cause) => Failure::Tls((*cause).to_owned()),
            Error::Rustls(cause) => Failure::Tls(cause.to_string()),
            Error::Http(_) | Error::BadUri(_) => Failure::BadUrl,
            Error::Other(cause) => match cause.downcast_ref::<LookupFailed>() {
                Some(LookupFailed { is_temporary: false, .. }) => Failure::NoSuchHost,
                Some(_) => Failure::NameServer,
                None if cause.is::<PrivateAddress>() => Failure::Private,
                None => Failure::NoAnswer(cause.to_string()),
            },
            Error::Io(cause) => match cause.kind() {
                // What rustls reports of a handshake.
                ErrorKind::InvalidData => Failure::Tls(cause.to_string()),
                ErrorKind::ConnectionRefused => Failure::NotConnected("connection refused".to_owned()),
                ErrorKind::HostUnreachable => Failure::NotConnected("host unreachable".to_owned()),
                ErrorKind::NetworkUnreachable | ErrorKind::NetworkDown => Failure::NoNetwork,
                ErrorKind::TimedOut => Failure::NoAnswer(in_time()),
                _ => Failure::NoAnswer("the connection was closed without an answer".to_owned()),
            },
            // The proxy says no more than this.
            Error::ConnectProxyFailed(cause) => Failure::NoAnswer(format!("the proxy refused: {cause}")),
            error => Failure::NoAnswer(format!("the answer cannot be read: {error}")),
        }
    }
}

impl Fetch for HttpFetch {
    fn fetch(&self, method: Method, url: &Url) -> Result<Reply, Failure> {
        if !self.allow_private && is_private_by_name(url) {
            return Err(Failure::Private);
        }
        let name = match method {
            Method::Head => "HEAD",
            Method::Get => "GET",
        };
        let request = Request::builder().method(name).uri(uri(url)?).header(header::ACCEPT, "*/*").body(());
        let request = request.map_err(|_| Failure::BadUrl)?;
        // The body is not read: dropping it closes the connection.
        let response = self.agent.run(request).map_err(|error| self.failure(&error))?;
        let headers = response.headers();
        Ok(Reply {
            status: response.status().as_u16(),
            location: text(headers, "location"),
            retry_after: text(headers, "retry-after"),
            sets_cookie: headers.contains_key("set-cookie"),
            is_challenge: text(headers, "cf-mitigated").is_some_and(|value| value == "challenge"),
        })
    }
}

/// Some servers send the bytes of UTF-8.
fn text(headers: &HeaderMap, name: &str) -> Option<String> {
    headers.get(name).map(|value| String::from_utf8_lossy(value.as_bytes()).trim().to_owned())
}

/// Without a password, which goes to nobody, and without a fragment. Browsers send some characters that URIs do not have.
fn uri(url: &Url) -> Result<Uri, Failure> {
    let mut url = url.clone();
    url.set_fragment(None);
    // Fails for URLs that have none.
    let _ = (url.set_username(""), url.set_password(None));
    url.as_str().parse().or_else(|_| {
        let encoded: String = url
            .as_str()
            .chars()
            .map(|character| match character {
                '"' | '<' | '>' | '\\' | '^' | '`' | '{' | '|' | '}' => {
                    format!("%{:02X}", u32::from(character))
                }
                other => other.to_string(),
            })
            .collect();
        encoded.parse().map_err(|_| Failure::BadUrl)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn request_has_no_password_and_no_fragment() {
        let uri = |url: &str| uri(&Url::parse(url).unwrap()).unwrap().to_string();
        assert_eq!(uri("https://user:secret@example.com/a?b=c#d"), "https://example.com/a?b=c");
        let odd = uri("https://example.com/{a}|b?c={d}|e^f");
        assert!(odd.starts_with("https://example.com/"), "{odd}");
    }
}
