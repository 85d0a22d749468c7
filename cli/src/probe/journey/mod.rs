//! What is asked for one URL until it is clear where it leads. Decides only; sends nothing.

use std::time::{Duration, SystemTime};

use time::OffsetDateTime;
use url::Url;

use super::fetch::{Failure, Method, Reply};
use super::finding::{Finding, Verdict};
use super::warning_pages::warning;
use crate::times;

#[cfg(test)]
mod tests;

/// As browsers do (Fetch standard).
const MAX_REDIRECTS: usize = 20;
/// For a longer Retry-After, the host is left alone for the rest of the run.
const MAX_WAIT: Duration = Duration::from_secs(120);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Goal {
    /// Follow redirects to their end.
    End,
    /// See where the first redirect leads.
    FirstTarget,
}

#[derive(Debug, Clone)]
pub struct Journey {
    url: String,
    goal: Goal,
    current: Url,
    method: Method,
    visited: Vec<Url>,
    moved_to: Option<Url>,
    /// No temporary redirect yet.
    is_permanent: bool,
    sets_cookies: bool,
    is_retry: bool,
}

#[derive(Debug, Clone, Copy)]
pub struct Context {
    pub now: OffsetDateTime,
    pub pause: Duration,
}

#[derive(Debug)]
pub enum Step {
    /// Ask this next. The host that answered gets no request for `wait`.
    Ask {
        journey: Box<Journey>,
        wait: Duration,
    },
    Done {
        finding: Box<Finding>,
        host: HostState,
    },
}

/// What an answer says about the whole host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HostState {
    Answers,
    /// No other URL of this scheme, host and port can be asked either.
    Unreachable(Failure),
    /// It limits requests, and wants none for `wait`; `until` is the time if that is too long for this run.
    Limits {
        wait: Duration,
        until: Option<String>,
    },
}

impl Journey {
    /// A finding if there is nothing to ask.
    pub fn new(url: &str, goal: Goal, now: OffsetDateTime) -> Result<Self, Box<Finding>> {
        let skipped = |detail: &str| Box::new(finding(url, Verdict::Skipped, Some(detail.to_owned()), now));
        let Ok(current) = Url::parse(url) else { return Err(skipped("it is not a URL")) };
        if !is_web(&current) {
            return Err(skipped("it is not on the web (http or https)"));
        }
        let journey = Self {
            url: url.to_owned(),
            goal,
            method: Method::Head,
            visited: Vec::new(),
            moved_to: None,
            is_permanent: true,
            sets_cookies: false,
            is_retry: false,
            current,
        };
        match warning(&journey.current) {
            Some(what) if goal == Goal::End => {
                Err(Box::new(journey.finding(Verdict::Warning, None, Some(what.to_owned()), now)))
            }
            _ => Ok(journey),
        }
    }

    /// One host gets one request at a time.
    pub fn host(&self) -> String {
        self.current.host_str().unwrap_or_default().to_owned()
    }

    /// Scheme, host and port.
    pub fn origin(&self) -> String {
        self.current.origin().ascii_serialization()
    }

    pub fn request(&self) -> (Method, &Url) {
        (self.method, &self.current)
    }

    pub fn after(self, answer: Result<Reply, Failure>, context: &Context) -> Step {
        match answer {
            Ok(reply) => self.after_reply(&reply, context),
            Err(failure) => self.after_failure(failure, context),
        }
    }

    /// Without asking: what is known of the host.
    pub fn conclude(self, host: &HostState, now: OffsetDateTime) -> Finding {
        match host {
            HostState::Unreachable(failure) => self.failed(failure, now),
            HostState::Answers | HostState::Limits { .. } => {
                let until = match host {
                    HostState::Limits { until, .. } => until.clone(),
                    _ => None,
                };
                let detail = format!("not asked: {} limits requests", self.host());
                self.limited(None, detail, until, now)
            }
        }
    }

    fn after_reply(mut self, reply: &Reply, context: &Context) -> Step {
        self.sets_cookies |= reply.sets_cookie;
        let status = reply.status;
        match status {
            301 | 302 | 303 | 307 | 308 => self.redirected(reply, context),
            200..=299 if self.goal == Goal::End => self.arrived(status, context.now),
            200..=299 if self.method == Method::Get => {
                self.done(Verdict::Unclear, Some(status), Some("does not redirect".to_owned()), context.now)
            }
            429 | 503 => self.busy(reply, context),
            _ if reply.is_challenge => {
                self.done(Verdict::Unclear, Some(status), Some("asks for a browser".to_owned()), context.now)
            }
            // Many servers know GET only.
            _ if self.method == Method::Head => self.ask(Method::Get, context.pause),
            500..=599 if !self.is_retry => self.retry(context.pause * 5),
            404 | 410 => self.done(Verdict::Dead, Some(status), Some(named(status)), context.now),
            500..=599 => self.done(Verdict::Dead, Some(status), Some(named(status)), context.now),
            _ => self.done(Verdict::Unclear, Some(status), Some(named(status)), context.now),
        }
    }

    fn after_failure(self, failure: Failure, context: &Context) -> Step {
        let wait = context.pause * 5;
        match &failure {
            // Some servers do not answer HEAD at all.
            Failure::NoAnswer(_) if self.method == Method::Head => {
                Self { is_retry: true, ..self }.ask(Method::Get, context.pause)
            }
            Failure::NotConnected(_) | Failure::NameServer | Failure::NoNetwork if !self.is_retry => {
                self.retry(wait)
            }
            Failure::Private | Failure::NoAnswer(_) | Failure::BadUrl => {
                let finding = Box::new(self.failed(&failure, context.now));
                Step::Done { finding, host: HostState::Answers }
            }
            _ => {
                let finding = Box::new(self.failed(&failure, context.now));
                Step::Done { finding, host: HostState::Unreachable(failure) }
            }
        }
    }

    fn redirected(mut self, reply: &Reply, context: &Context) -> Step {
        let status = Some(reply.status);
        let now = context.now;
        let target = reply.location.as_deref().and_then(|location| self.current.join(location).ok());
        let Some(mut target) = target else {
            let detail = "redirects without saying where".to_owned();
            return self.done(Verdict::Unclear, status, Some(detail), now);
        };
        if target.fragment().is_none() {
            // RFC 9110, 10.2.2.
            target.set_fragment(self.current.fragment());
        }
        if self.goal == Goal::FirstTarget && !is_same_but_scheme(&self.current, &target) {
            let what = warning(&target).map(str::to_owned);
            self.current = target;
            return self.done(Verdict::Ok, status, what, now);
        }
        self.is_permanent &= matches!(reply.status, 301 | 308);
        if self.is_permanent {
            self.moved_to = Some(target.clone());
        }
        let before = std::mem::replace(&mut self.current, target);
        self.visited.push(before);
        if !is_web(&self.current) {
            let detail = format!("leads out of the web, to {}:", self.current.scheme());
            return self.done(Verdict::Unclear, status, Some(detail), now);
        }
        if let Some(what) = warning(&self.current) {
            return self.done(Verdict::Warning, status, Some(what.to_owned()), now);
        }
        let is_loop = self.visited.iter().any(|known| is_same_request(known, &self.current));
        if is_loop || self.visited.len() > MAX_REDIRECTS {
            // A browser keeps cookies, and may be let through.
            return match self.sets_cookies {
                true => {
                    self.done(Verdict::Unclear, status, Some("redirects on without cookies".to_owned()), now)
                }
                false if is_loop => {
                    self.done(Verdict::Dead, status, Some("redirects in a loop".to_owned()), now)
                }
                false => {
                    let detail = format!("more than {MAX_REDIRECTS} redirects");
                    self.done(Verdict::Dead, status, Some(detail), now)
                }
            };
        }
        Self { is_retry: false, ..self }.ask(Method::Head, context.pause)
    }

    fn arrived(self, status: u16, now: OffsetDateTime) -> Step {
        let Some(moved_to) = &self.moved_to else { return self.done(Verdict::Ok, Some(status), None, now) };
        let first = self.visited.first().unwrap_or(&self.current);
        let is_home = |url: &Url| url.path() == "/" && url.query().is_none();
        let detail = (is_home(moved_to) && !is_home(first))
            .then(|| "to the home page: its content may be gone".to_owned());
        self.done(Verdict::Moved, Some(status), detail, now)
    }

    /// 429 or 503.
    fn busy(self, reply: &Reply, context: &Context) -> Step {
        let asked = reply.retry_after.as_deref().and_then(|text| retry_after(text, context.now));
        let wait = asked.unwrap_or(context.pause * 10);
        if wait <= MAX_WAIT && !self.is_retry {
            return self.retry(wait.max(context.pause));
        }
        let until = asked.filter(|wait| !wait.is_zero()).and_then(|wait| {
            let until = context.now.checked_add(time::Duration::try_from(wait).ok()?)?;
            times::rfc3339(until).ok()
        });
        let host = HostState::Limits { wait, until: until.clone().filter(|_| wait > MAX_WAIT) };
        let finding = self.limited(Some(reply.status), named(reply.status), until, context.now);
        Step::Done { finding: Box::new(finding), host }
    }

    fn ask(self, method: Method, wait: Duration) -> Step {
        Step::Ask { journey: Box::new(Self { method, ..self }), wait }
    }

    /// Once for each URL, by GET.
    fn retry(self, wait: Duration) -> Step {
        Self { is_retry: true, ..self }.ask(Method::Get, wait)
    }

    fn done(self, result: Verdict, status: Option<u16>, detail: Option<String>, now: OffsetDateTime) -> Step {
        let finding = Box::new(self.finding(result, status, detail, now));
        Step::Done { finding, host: HostState::Answers }
    }

    fn limited(
        self,
        status: Option<u16>,
        detail: String,
        retry_at: Option<String>,
        now: OffsetDateTime,
    ) -> Finding {
        let is_lasting = retry_at.is_some();
        Finding { retry_at, is_lasting, ..self.finding(Verdict::Unclear, status, Some(detail), now) }
    }

    fn failed(self, failure: &Failure, now: OffsetDateTime) -> Finding {
        let (result, detail) = match failure {
            Failure::Private => (
                Verdict::Skipped,
                format!("{} is in a private network: --allow-private asks it", self.host()),
            ),
            Failure::NoSuchHost => (Verdict::Dead, format!("DNS: there is no host {}", self.host())),
            Failure::NameServer => {
                (Verdict::Unclear, format!("DNS: the name server gives no answer for {}", self.host()))
            }
            Failure::NoNetwork => (Verdict::Unclear, "your network has no way there".to_owned()),
            // Browsers load an intermediate certificate that the server forgot to send.
            Failure::Tls(cause) if cause.contains("UnknownIssuer") => {
                (Verdict::Unclear, "TLS: the certificate is from an unknown authority".to_owned())
            }
            Failure::Tls(cause) => {
                (Verdict::Dead, format!("TLS: {}", cause.trim_start_matches("invalid peer certificate: ")))
            }
            Failure::NotConnected(cause) | Failure::NoAnswer(cause) => (Verdict::Dead, cause.clone()),
            Failure::BadUrl => (Verdict::Skipped, "no request can be made of it".to_owned()),
        };
        let is_lasting = !matches!(failure, Failure::NameServer | Failure::NoNetwork | Failure::Private);
        Finding { is_lasting, ..self.finding(result, None, Some(detail), now) }
    }

    fn finding(
        &self,
        result: Verdict,
        status: Option<u16>,
        detail: Option<String>,
        now: OffsetDateTime,
    ) -> Finding {
        let start = Url::parse(&self.url).ok();
        let final_url = (start.as_ref() != Some(&self.current)).then(|| self.current.to_string());
        let moved_to = self.moved_to.as_ref().map(Url::to_string);
        Finding { status, moved_to, final_url, ..finding(&self.url, result, detail, now) }
    }
}

fn finding(url: &str, result: Verdict, detail: Option<String>, now: OffsetDateTime) -> Finding {
    Finding {
        url: url.to_owned(),
        result,
        status: None,
        detail,
        moved_to: None,
        final_url: None,
        checked_at: times::rfc3339(now).unwrap_or_default(),
        retry_at: None,
        is_lasting: true,
    }
}

fn is_web(url: &Url) -> bool {
    matches!(url.scheme(), "http" | "https") && url.has_host()
}

fn is_same_request(one: &Url, other: &Url) -> bool {
    let request = |url: &Url| url.as_str().split('#').next().map(str::to_owned);
    request(one) == request(other)
}

/// `http://bit.ly/x` first leads to `https://bit.ly/x`, which says where the link leads.
fn is_same_but_scheme(one: &Url, other: &Url) -> bool {
    let place = |url: &Url| {
        let host = url.host_str().unwrap_or_default().trim_start_matches("www.").to_owned();
        (host, url.path().to_owned(), url.query().map(str::to_owned))
    };
    one != other && place(one) == place(other)
}

/// Seconds or a date.
fn retry_after(text: &str, now: OffsetDateTime) -> Option<Duration> {
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let until = httpdate::parse_http_date(text).ok()?;
    Some(until.duration_since(SystemTime::from(now)).unwrap_or_default())
}

fn named(status: u16) -> String {
    let name = match status {
        401 | 407 => "asks to sign in",
        403 => "forbidden for this program; a browser may be let in",
        404 => "not found",
        410 => "gone",
        429 => "limits requests",
        451 => "withheld for legal reasons",
        503 => "says that it is unavailable for now",
        500..=599 => "the server fails",
        _ => "refuses the request",
    };
    name.to_owned()
}
