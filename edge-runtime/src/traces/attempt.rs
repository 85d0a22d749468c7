//! The span of one attempt of a call to an origin; a second attempt goes to another origin.

use std::net::Ipv4Addr;

use link_core::otlp::Kind;

use super::attributes::{self, number, text};
use super::{OpenSpan, RequestTrace, pattern_of};
use crate::lookup::OriginError;

#[derive(Debug)]
pub struct Attempt<'a> {
    trace: &'a RequestTrace,
    span: OpenSpan,
}

#[derive(Debug)]
pub enum AttemptEnd<'a> {
    /// By the origin.
    Answered(u16),
    /// By a proxy in front of it.
    InFront(u16),
    Timeout,
    Unconnected,
    /// Every origin's circuit breaker is open, or the concurrency limit is reached.
    NotSent(&'a OriginError),
}

impl<'a> Attempt<'a> {
    /// `earlier` is the number of attempts before it.
    pub fn begin(trace: &'a RequestTrace, method: &str, path: &str, origin: &str, earlier: u32) -> Self {
        let pattern = pattern_of(path);
        let method = attributes::known_method(method);
        let mut attributes = vec![text(attributes::METHOD, method), text(attributes::TEMPLATE, pattern)];
        if let Some(host) = host_of(origin) {
            attributes.push(text(attributes::SERVER, host));
        }
        if earlier > 0 {
            attributes.push(number(attributes::RESEND_COUNT, earlier));
        }
        Self { trace, span: trace.begin(Kind::Client, format!("{method} {pattern}"), attributes) }
    }

    /// What the origin gets.
    pub fn traceparent(&self) -> String {
        self.trace.context_of(&self.span).to_string()
    }

    /// Everything but an origin's own answer below 500 is a failure.
    pub fn end(mut self, end: AttemptEnd<'_>) {
        if let AttemptEnd::Answered(status) | AttemptEnd::InFront(status) = end {
            self.span.attributes.push(number(attributes::STATUS, status));
        }
        let failure = match end {
            AttemptEnd::Answered(status) if status < 500 => None,
            AttemptEnd::Answered(status) => Some(status.to_string()),
            AttemptEnd::InFront(429) => Some("throttled".to_owned()),
            AttemptEnd::InFront(400..=499) => Some("refused_before_origin".to_owned()),
            AttemptEnd::InFront(_) => Some("answered_before_origin".to_owned()),
            AttemptEnd::Timeout => Some("timeout".to_owned()),
            AttemptEnd::Unconnected => Some("connection".to_owned()),
            AttemptEnd::NotSent(OriginError::LimitReached) => Some("limit_reached".to_owned()),
            AttemptEnd::NotSent(_) => Some("breaker_open".to_owned()),
        };
        self.trace.end(self.span, failure.as_deref());
    }
}

/// Without scheme, port and path. An address is left out.
fn host_of(url: &str) -> Option<&str> {
    let (_, rest) = url.split_once("://")?;
    rest.split(['/', ':']).next().filter(|host| host.parse::<Ipv4Addr>().is_err() && !host.starts_with('['))
}
