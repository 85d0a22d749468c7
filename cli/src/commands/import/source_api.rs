//! Requests to another shortener's API: its key in a header, waits for its limits, and what to say when it refuses.

use std::io::{IsTerminal, Read};
use std::time::Duration;

use httpdate::parse_http_date;
use serde_json::Value;
use ureq::http::{HeaderMap, Uri};
use url::Url;

use super::json_repair;
use crate::api::client_tls;
use crate::app;
use crate::error::CliError;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(60);
/// A page of 100 links has well under a megabyte.
const MAX_ANSWER_BYTES: u64 = 256 << 20;
/// For defects and missing answers. Limits are waited for as often as they are named.
const MAX_ATTEMPTS: u32 = 6;
/// Bitly's limit for lists is per hour.
const MAX_LIMIT_WAIT: Duration = Duration::from_secs(3_900);
const MIN_LIMIT_WAIT: Duration = Duration::from_secs(1);
/// Where a limit names no time.
const LIMIT_WAIT: Duration = Duration::from_secs(60);
const FIRST_WAIT: Duration = Duration::from_millis(250);

#[derive(Clone)]
pub struct SourceApi {
    agent: ureq::Agent,
    base: Url,
    headers: Vec<(String, String)>,
    /// The environment variable that has the key.
    variable: &'static str,
    tells: bool,
}

/// A key from the environment, or a hidden prompt.
pub fn key(variable: &'static str, prompt: &str) -> Result<String, CliError> {
    let given = std::env::var(variable).ok().filter(|key| !key.trim().is_empty());
    let key = match given {
        Some(key) => key,
        None if std::io::stdin().is_terminal() => app::read_secret(&format!("{prompt} "))?,
        None => return Err(CliError::usage(format!("set {variable} to the key of the other side"))),
    };
    let key = key.trim().to_owned();
    if key.is_empty() || key.chars().any(|character| !character.is_ascii_graphic() && character != ' ') {
        return Err(CliError::usage(format!("{variable} is empty, or has characters that keys never have")));
    }
    Ok(key)
}

/// An address such as `https://s.example.com` or, for a service, the usual one.
pub fn base(text: &str) -> Result<Url, CliError> {
    let wrong = || {
        CliError::usage("the address is none such as https://s.example.com, without a user and a password")
    };
    let mut url = Url::parse(text.trim()).map_err(|_| wrong())?;
    let has_secret = !url.username().is_empty() || url.password().is_some();
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() || has_secret {
        return Err(wrong());
    }
    // The address is shown, kept and sent as the import's title; a query may hold a token.
    url.set_query(None);
    url.set_fragment(None);
    Ok(url)
}

impl SourceApi {
    pub fn new(
        base: Url,
        headers: Vec<(String, String)>,
        variable: &'static str,
        tells: bool,
    ) -> Result<Self, CliError> {
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            // The key must not follow a redirect to another host.
            .max_redirects(0)
            .max_redirects_will_error(false)
            .timeout_connect(Some(CONNECT_TIMEOUT))
            .timeout_per_call(Some(ATTEMPT_TIMEOUT))
            .user_agent(concat!("shortline-cli/", env!("CARGO_PKG_VERSION")))
            .tls_config(client_tls::config()?)
            .build();
        Ok(Self { agent: config.into(), base, headers, variable, tells })
    }

    /// The address that was read.
    pub fn place(&self) -> String {
        self.base.as_str().trim_end_matches('/').to_owned()
    }

    /// `path` begins with a slash and is below the base; its segments are encoded.
    pub fn get(&self, path: &str, query: &[(&str, &str)]) -> Result<Value, CliError> {
        let (status, bytes) = self.send(&self.address(path, query))?;
        self.read(path, status, &bytes)
    }

    /// None where the plan or the key does not allow it: the command goes on without.
    pub fn get_if_allowed(&self, path: &str, query: &[(&str, &str)]) -> Result<Option<Value>, CliError> {
        let (status, bytes) = self.send(&self.address(path, query))?;
        if matches!(status, 402..=404) { Ok(None) } else { self.read(path, status, &bytes).map(Some) }
    }

    fn address(&self, path: &str, query: &[(&str, &str)]) -> Url {
        let mut url = self.base.clone();
        url.set_path(&format!("{}{path}", self.base.path().trim_end_matches('/')));
        url.set_query(None);
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        url
    }

    fn read(&self, path: &str, status: u16, bytes: &[u8]) -> Result<Value, CliError> {
        if !(200..300).contains(&status) {
            return Err(self.refused(status, bytes));
        }
        json_repair::parse(bytes)
            .map_err(|error| self.error(format!("{path} does not answer with JSON: {error}")))
    }

    fn send(&self, url: &Url) -> Result<(u16, Vec<u8>), CliError> {
        let (mut failures, mut waited) = (0, Duration::ZERO);
        loop {
            let outcome = self.attempt(url);
            let wait = match &outcome {
                Ok((429, headers, _)) => {
                    let Some(wait) = limit_wait(retry_after(headers), waited) else {
                        return Err(self.error("its limit is used up".to_owned()));
                    };
                    waited += wait;
                    wait
                }
                Ok((500.., headers, _)) => {
                    failures += 1;
                    retry_after(headers).unwrap_or(FIRST_WAIT * 2_u32.pow(failures)).min(LIMIT_WAIT)
                }
                Err(_) => {
                    failures += 1;
                    FIRST_WAIT * 2_u32.pow(failures)
                }
                Ok(_) => Duration::MAX,
            };
            if wait == Duration::MAX || failures >= MAX_ATTEMPTS {
                return match outcome {
                    Ok((status, _, bytes)) => Ok((status, bytes)),
                    Err(error) => Err(self.error(error.to_string())),
                };
            }
            if self.tells && wait > MIN_LIMIT_WAIT {
                eprintln!("{} asks for a pause; going on in {} s.", self.place(), wait.as_secs());
            }
            std::thread::sleep(wait);
        }
    }

    fn attempt(&self, url: &Url) -> Result<(u16, HeaderMap, Vec<u8>), ureq::Error> {
        let uri: Uri = url.as_str().parse().map_err(|error| ureq::Error::BadUri(format!("{error}")))?;
        let mut request = ureq::http::Request::builder().method("GET").uri(uri);
        request = request.header("Accept", "application/json");
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        let (parts, body) = self.agent.run(request.body(())?)?.into_parts();
        let mut bytes = Vec::new();
        body.into_with_config().limit(MAX_ANSWER_BYTES).reader().read_to_end(&mut bytes)?;
        Ok((parts.status.as_u16(), parts.headers, bytes))
    }

    fn refused(&self, status: u16, body: &[u8]) -> CliError {
        let (server, variable) = (self.place(), self.variable);
        if matches!(status, 401 | 403) {
            return CliError::SourceKey { server, status, variable };
        }
        let body: Value = serde_json::from_slice(body).unwrap_or_default();
        let names = ["detail", "message", "/error/message", "error"];
        let text = names.iter().find_map(|name| {
            let value = if name.starts_with('/') { body.pointer(name) } else { body.get(name) };
            value.and_then(Value::as_str)
        });
        self.error(format!("it answers {status} {}", text.unwrap_or_default()).trim().to_owned())
    }

    /// The other side does not answer as it should.
    pub fn error(&self, cause: String) -> CliError {
        CliError::Source { server: self.place(), cause }
    }

    /// A list that an answer must have.
    pub fn list(&self, answer: &mut Value, pointer: &str) -> Result<Vec<Value>, CliError> {
        match answer.pointer_mut(pointer).map(Value::take) {
            Some(Value::Array(items)) => Ok(items),
            _ => Err(self.error(format!("its answer has no list {pointer}"))),
        }
    }
}

/// None once the waits of a request are too long together. A time that has passed is no reason to ask at full speed.
fn limit_wait(asked: Option<Duration>, waited: Duration) -> Option<Duration> {
    let wait = asked.unwrap_or(LIMIT_WAIT).max(MIN_LIMIT_WAIT);
    (waited.saturating_add(wait) <= MAX_LIMIT_WAIT).then_some(wait)
}

fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get("retry-after")?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let at = parse_http_date(text).ok()?;
    Some(at.duration_since(std::time::SystemTime::now()).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limit_without_a_pause_ends_all_the_same() {
        let mut waited = Duration::ZERO;
        let mut waits = 0;
        while let Some(wait) = limit_wait(Some(Duration::ZERO), waited) {
            waited += wait;
            waits += 1;
        }
        assert_eq!(waits, MAX_LIMIT_WAIT.as_secs());
        assert_eq!(limit_wait(Some(Duration::from_secs(7)), Duration::ZERO), Some(Duration::from_secs(7)));
        assert_eq!(limit_wait(Some(Duration::MAX), MAX_LIMIT_WAIT), None);
        assert_eq!(limit_wait(None, Duration::ZERO), Some(LIMIT_WAIT));
    }

    #[test]
    fn address_keeps_no_secret() {
        assert_eq!(base("https://p.example/v4/?token=s#t").unwrap().as_str(), "https://p.example/v4/");
        for secret in ["https://u:s3cret@p.example/", "https://:s3cret@p.example/", "s3cret"] {
            assert!(!base(secret).unwrap_err().to_string().contains("s3cret"), "{secret}");
        }
    }
}
