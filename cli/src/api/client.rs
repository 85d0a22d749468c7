//! Sends one request, again if that is safe and may help, and turns refusals into errors.

use std::io::{IsTerminal, Read};
use std::time::Duration;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;
use ureq::http::{HeaderMap, Request, Uri};
use url::Url;

use super::problem::Problem;
use super::retry::{self, Attempt, Failure};
use crate::error::CliError;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// For one attempt. The edge waits 15 s for the origin; an export of half a million clicks takes 30 s.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(60);
/// An answer of the API has at most 6 MB; a CSV export more.
const MAX_ANSWER_BYTES: u64 = 1 << 30;
const API: &str = "/api/v1";

#[derive(Debug)]
pub struct Client {
    agent: ureq::Agent,
    base: Url,
    key: String,
    /// Whether to report waits on the terminal.
    tells: bool,
}

#[derive(Debug, Clone, Default)]
pub struct Call {
    method: String,
    path: String,
    query: Vec<(String, String)>,
    headers: Vec<(String, String)>,
    body: Option<Vec<u8>>,
    is_json: bool,
    repeatable: bool,
}

impl Call {
    /// `path` is relative to `/api/v1`, its variable segments encoded by [`segment`].
    pub fn new(method: &str, path: impl Into<String>) -> Self {
        // PUT is not repeated: its create would count as one more link.
        let repeatable = matches!(method, "GET" | "HEAD" | "DELETE");
        Self { method: method.to_owned(), path: path.into(), repeatable, ..Self::default() }
    }

    pub fn get(path: impl Into<String>) -> Self {
        Self::new("GET", path)
    }

    pub fn query(mut self, name: &str, value: impl ToString) -> Self {
        self.query.push((name.to_owned(), value.to_string()));
        self
    }

    pub fn maybe(self, name: &str, value: Option<impl ToString>) -> Self {
        match value {
            Some(value) => self.query(name, value),
            None => self,
        }
    }

    pub fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    pub fn json(self, body: &Value) -> Self {
        Self { is_json: true, ..self.bytes(body.to_string().into_bytes()) }
    }

    pub fn bytes(self, body: Vec<u8>) -> Self {
        Self { body: Some(body), ..self }
    }

    /// A write that the API does once, however often it arrives.
    pub fn repeatable(self) -> Self {
        Self { repeatable: true, ..self }
    }

    /// Makes a create safe to send again: the API answers a repeated key with its first answer.
    pub fn idempotent(self) -> Result<Self, CliError> {
        let key = random_hex()?;
        Ok(Self { repeatable: true, ..self.header("Idempotency-Key", key) })
    }
}

#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// Null for an empty answer.
    pub fn json(&self) -> Option<Value> {
        if self.body.is_empty() { Some(Value::Null) } else { serde_json::from_slice(&self.body).ok() }
    }

    fn retry_after(&self) -> Option<Duration> {
        self.header("retry-after")?.trim().parse().ok().map(Duration::from_secs)
    }
}

impl Client {
    pub fn new(base: Url, key: String, tells: bool) -> Result<Self, CliError> {
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            // The key must not follow a redirect to another host, and a POST would become a GET.
            .max_redirects(0)
            .max_redirects_will_error(false)
            .allow_non_standard_methods(true)
            .timeout_connect(Some(CONNECT_TIMEOUT))
            .timeout_per_call(Some(ATTEMPT_TIMEOUT))
            .user_agent(concat!("shortline-cli/", env!("CARGO_PKG_VERSION")))
            .tls_config(super::client_tls::config()?)
            .build();
        Ok(Self { agent: config.into(), base, key, tells: tells && std::io::stderr().is_terminal() })
    }

    /// Reports no waits, since something else is on the screen.
    pub fn silent(self) -> Self {
        Self { tells: false, ..self }
    }

    /// Scheme, host and port of the installation.
    pub fn server(&self) -> String {
        self.base.as_str().trim_end_matches('/').to_owned()
    }

    /// The answer's JSON; an error if the API refused.
    pub fn json(&self, call: &Call) -> Result<Value, CliError> {
        let answer = self.send(call)?;
        answer.json().ok_or_else(|| self.not_shortline(&answer))
    }

    /// An answer of success; everything else is an error.
    pub fn send(&self, call: &Call) -> Result<Answer, CliError> {
        let (answer, attempts) = self.send_any(call)?;
        match answer.status {
            200..=299 => Ok(answer),
            // The first attempt deleted it, and its answer was lost.
            404 if call.method == "DELETE" && attempts > 1 => Ok(answer),
            429 => Err(CliError::RateLimited { retry_after: answer.retry_after() }),
            status => {
                let problem = answer.json().and_then(|document| Problem::from_json(status, &document));
                Err(problem.map_or_else(
                    || self.not_shortline(&answer),
                    |problem| CliError::Refused(Box::new(problem)),
                ))
            }
        }
    }

    /// Any answer, with the number of attempts.
    pub fn send_any(&self, call: &Call) -> Result<(Answer, u32), CliError> {
        let mut waited = Duration::ZERO;
        for number in 1.. {
            let outcome = self.attempt(call);
            let (failure, retry_after) = match &outcome {
                Ok(answer) if answer.status == 429 || answer.status >= 500 => {
                    (Failure::Status(answer.status), answer.retry_after())
                }
                Ok(_) => {
                    return outcome.map(|answer| (answer, number)).map_err(|error| self.unreachable(&error));
                }
                Err(error) => (failure(error), None),
            };
            let attempt = Attempt { number, repeatable: call.repeatable, retry_after, waited };
            let Some(wait) = retry::next_wait(failure, attempt, random_byte()) else {
                return outcome.map(|answer| (answer, number)).map_err(|error| self.unreachable(&error));
            };
            self.tell_wait(failure, wait);
            std::thread::sleep(wait);
            waited += wait;
        }
        // `number` would have to overflow first.
        Err(CliError::Other("too many attempts".to_owned()))
    }

    fn attempt(&self, call: &Call) -> Result<Answer, ureq::Error> {
        let uri: Uri =
            self.url(call).as_str().parse().map_err(|error| ureq::Error::BadUri(format!("{error}")))?;
        let mut request = Request::builder().method(call.method.as_str()).uri(uri);
        if !self.key.is_empty() {
            request = request.header("Authorization", format!("Bearer {}", self.key));
        }
        if call.is_json {
            request = request.header("Content-Type", "application/json");
        }
        for (name, value) in &call.headers {
            request = request.header(name, value);
        }
        let response = match &call.body {
            Some(body) => self.agent.run(request.body(body.as_slice())?)?,
            None => self.agent.run(request.body(())?)?,
        };
        let (parts, body) = response.into_parts();
        let mut bytes = Vec::new();
        body.into_with_config().limit(MAX_ANSWER_BYTES).reader().read_to_end(&mut bytes)?;
        Ok(Answer { status: parts.status.as_u16(), headers: parts.headers, body: bytes })
    }

    fn url(&self, call: &Call) -> Url {
        let mut url = self.base.clone();
        let (path, own_query) = call.path.split_once('?').unwrap_or((&call.path, ""));
        url.set_path(&format!("{API}{path}"));
        url.set_query(Some(own_query).filter(|query| !query.is_empty()));
        if !call.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&call.query);
        }
        url
    }

    fn tell_wait(&self, failure: Failure, wait: Duration) {
        if self.tells && wait >= Duration::from_secs(1) {
            let reason = match failure {
                Failure::Status(429) => "The key's limit is used up",
                Failure::Status(_) => "The server is busy",
                Failure::NotConnected | Failure::NoAnswer => "The server does not answer",
            };
            eprintln!("{reason}; trying again in {} s.", wait.as_secs());
        }
    }

    fn unreachable(&self, error: &ureq::Error) -> CliError {
        let cause = match error {
            ureq::Error::HostNotFound => "no such host".to_owned(),
            ureq::Error::ConnectionFailed => "connection refused".to_owned(),
            ureq::Error::Timeout(_) => "no answer in time".to_owned(),
            ureq::Error::Io(error) => error.to_string(),
            error => error.to_string(),
        };
        CliError::Unreachable { server: self.server(), cause }
    }

    fn not_shortline(&self, answer: &Answer) -> CliError {
        let status = answer.status;
        let found = match (answer.header("location"), answer.header("content-type")) {
            (Some(location), _) if (300..400).contains(&status) => {
                format!("it redirects to {location} (status {status})")
            }
            (_, Some(kind)) => format!("status {status} with {kind}"),
            _ => format!("status {status} without a document"),
        };
        CliError::NotShortline { server: self.server(), found }
    }
}

fn failure(error: &ureq::Error) -> Failure {
    use ureq::Timeout;
    match error {
        ureq::Error::HostNotFound
        | ureq::Error::ConnectionFailed
        | ureq::Error::Tls(_)
        | ureq::Error::Rustls(_)
        | ureq::Error::Timeout(Timeout::Resolve | Timeout::Connect) => Failure::NotConnected,
        ureq::Error::Io(error) if error.kind() == std::io::ErrorKind::ConnectionRefused => {
            Failure::NotConnected
        }
        _ => Failure::NoAnswer,
    }
}

/// A variable segment of a path.
pub fn segment(text: &str) -> String {
    // All but the unreserved characters of RFC 3986.
    const ENCODED: AsciiSet = NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
    utf8_percent_encode(text, &ENCODED).to_string()
}

fn random_byte() -> u8 {
    let mut byte = [0];
    // Without randomness there is no jitter.
    let _ = getrandom::fill(&mut byte);
    let [byte] = byte;
    byte
}

fn random_hex() -> Result<String, CliError> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(|error| CliError::Other(format!("no randomness: {error}")))?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_and_queries_are_encoded() {
        let client =
            Client::new(Url::parse("http://127.0.0.1:8787").unwrap(), "slk_x".into(), false).unwrap();
        let url = |call: Call| client.url(&call).to_string();
        assert_eq!(
            url(Call::get("/links").query("code", "a/b&c")),
            "http://127.0.0.1:8787/api/v1/links?code=a%2Fb%26c"
        );
        assert_eq!(
            url(Call::get(format!("/tags/{}", segment("a/b ü")))),
            "http://127.0.0.1:8787/api/v1/tags/a%2Fb%20%C3%BC"
        );
        assert_eq!(url(Call::get("/links?limit=5")), "http://127.0.0.1:8787/api/v1/links?limit=5");
        assert_eq!(client.server(), "http://127.0.0.1:8787");
    }
}
