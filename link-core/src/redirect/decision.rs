//! The redirect decision: what a visitor gets, from a link's record, the visit and the time.
//!
//! Every hit passes through here, from any cache. Does not write the response.

use std::borrow::Cow;

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

use super::conditions::hold;
use crate::names::destination::{self, MAX_BYTES};
use crate::record::preview::PreviewText;
use crate::record::rules::{Branch, Rule, RuleTarget};
use crate::record::{LinkRecord, LinkState, RedirectStatus};
use crate::redirect::gate::GateAnswer;
use crate::redirect::visit::{Visit, form_decoded};
use crate::time::UnixMillis;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision<'a> {
    Redirect {
        status: RedirectStatus,
        location: Location<'a>,
        /// The URL that a rule chose; `None` if the link leads to its own destination or an `expired_url`.
        by_rule: Option<&'a str>,
        /// For [`browser_cache_control`].
        is_cacheable: bool,
    },
    /// The visitor asked where the link leads.
    Preview {
        location: Location<'a>,
    },
    /// The visitor fetches a link preview, and the link has one of its own.
    OwnPreview {
        preview: &'a PreviewText,
        /// Where the visit would lead.
        status: RedirectStatus,
        location: Location<'a>,
        by_rule: Option<&'a str>,
    },
    /// The link asks for a password first, before a preview too.
    Password,
    /// Only the gate is left to decide: ask it, and decide again with its answer. Each call to the gate may use up a click. A link without
    /// a gate asks it only whether to show its own preview.
    AskGate,
    /// The link has a maximum of clicks, and this visit is not a click, so the visitor does not learn where the link leads.
    Withheld(Withheld),
    NotYet,
    Gone(GoneReason),
    /// Methods other than GET and HEAD need a redirect that keeps the method.
    MethodNotAllowed,
}

/// Why a link with a maximum of clicks does not show where it leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Withheld {
    /// A preview is not counted, so it would be a way around the maximum.
    Preview,
    Machine,
    Prefetch,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GoneReason {
    Expired,
    Exhausted,
    Disabled,
    /// The link leads to its own domain, which did not belong to this service when the link was created.
    Loop,
}

/// The value of a `Location` header: printable ASCII, like the destination that it begins with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Location<'a>(Cow<'a, str>);

impl Location<'_> {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

pub fn decide<'a>(record: &'a LinkRecord, visit: &Visit<'a>, now: UnixMillis) -> Decision<'a> {
    if record.state == LinkState::Disabled {
        return Decision::Gone(GoneReason::Disabled);
    }
    if record.starts_at.is_some_and(|start| now < start) {
        return Decision::NotYet;
    }
    if record.expires_at.is_some_and(|expiry| now >= expiry) {
        return end(record, visit, now, GoneReason::Expired);
    }
    if record.state == LinkState::Exhausted {
        return end(record, visit, now, GoneReason::Exhausted);
    }
    if record.password.is_some() && !visit.unlocked {
        return Decision::Password;
    }
    if !visit.method.reads() && !record.status.keeps_method() {
        return Decision::MethodNotAllowed;
    }
    let by_rule = chosen_by_rule(record, visit, now);
    let location = with_forwarded(by_rule.unwrap_or(record.url.as_str()), record, visit);
    let decision = redirect_or_preview(record, (visit, now), record.status, location, by_rule);
    match &record.preview {
        _ if record.gated => apply_gate(record, visit, now, decision),
        Some(preview) if visit.may_be_preview => apply_own_preview(preview, visit, decision),
        _ => decision,
    }
}

/// Runs last, so that a visit that is not redirected uses up no click.
fn apply_gate<'a>(
    record: &'a LinkRecord,
    visit: &Visit<'a>,
    now: UnixMillis,
    decision: Decision<'a>,
) -> Decision<'a> {
    match (decision, visit.gate) {
        (redirect @ Decision::Redirect { .. }, Some(GateAnswer::Preview)) => match &record.preview {
            Some(preview) => apply_own_preview(preview, visit, redirect),
            None => Decision::Withheld(Withheld::Machine),
        },
        (Decision::Preview { .. }, _) => Decision::Withheld(Withheld::Preview),
        (redirect @ Decision::Redirect { .. }, Some(GateAnswer::Granted)) => redirect,
        (Decision::Redirect { .. }, None) => Decision::AskGate,
        (Decision::Redirect { .. }, Some(GateAnswer::Machine)) => Decision::Withheld(Withheld::Machine),
        (Decision::Redirect { .. }, Some(GateAnswer::Prefetch)) => Decision::Withheld(Withheld::Prefetch),
        (Decision::Redirect { .. }, Some(GateAnswer::Exhausted)) => {
            end(record, visit, now, GoneReason::Exhausted)
        }
        (Decision::Redirect { .. }, Some(GateAnswer::Withdrawn)) => Decision::Gone(GoneReason::Disabled),
        (other, _) => other,
    }
}

/// For a link without a gate.
fn apply_own_preview<'a>(
    preview: &'a PreviewText,
    visit: &Visit<'a>,
    decision: Decision<'a>,
) -> Decision<'a> {
    match (decision, visit.gate) {
        (Decision::Redirect { .. }, None) => Decision::AskGate,
        (Decision::Redirect { status, location, by_rule, .. }, Some(GateAnswer::Preview)) => {
            Decision::OwnPreview { preview, status, location, by_rule }
        }
        (other, _) => other,
    }
}

/// Redirects to the link's `expired_url`, or else its domain's. The redirect is always temporary, because an expiry can be moved.
fn end<'a>(record: &'a LinkRecord, visit: &Visit<'a>, now: UnixMillis, reason: GoneReason) -> Decision<'a> {
    match record.expired_url.as_ref().or(visit.expired_url) {
        Some(url) => {
            let location = Cow::Borrowed(url.as_str());
            redirect_or_preview(record, (visit, now), RedirectStatus::Found, location, None)
        }
        None => Decision::Gone(reason),
    }
}

fn redirect_or_preview<'a>(
    record: &'a LinkRecord,
    (visit, now): (&Visit<'_>, UnixMillis),
    status: RedirectStatus,
    location: Cow<'a, str>,
    by_rule: Option<&'a str>,
) -> Decision<'a> {
    // Forwarding changes neither scheme nor host, so the location still has the destination's host.
    if destination::host(&location) == record.domain.as_str() {
        return Decision::Gone(GoneReason::Loop);
    }
    let location = Location(location);
    if visit.preview {
        Decision::Preview { location }
    } else {
        Decision::Redirect { status, location, by_rule, is_cacheable: is_cacheable(record, status, now) }
    }
}

fn chosen_by_rule<'a>(record: &'a LinkRecord, visit: &Visit<'_>, now: UnixMillis) -> Option<&'a str> {
    let mut rules = record.rules.iter().enumerate();
    let (position, rule) = rules.find(|(_, rule)| hold(&rule.conditions, visit, now))?;
    match &rule.target {
        RuleTarget::Url(url) => Some(url.as_str()),
        RuleTarget::App(url) => Some(url.as_str()),
        RuleTarget::Split(branches) => {
            let total = branches.iter().map(|branch| u32::from(branch.weight)).sum();
            let user_agent = visit.user_agent.unwrap_or_default();
            let share =
                visit.visitor.map_or(0, |visitor| visitor.share(user_agent, record.id, position, now, total));
            branch_at(branches, share)
        }
    }
}

/// The branch that contains this share of the sum of weights.
fn branch_at(branches: &[Branch], mut share: u32) -> Option<&str> {
    for branch in branches {
        let weight = u32::from(branch.weight);
        if share < weight {
            return Some(branch.url.as_str());
        }
        share -= weight;
    }
    None
}

/// What browsers encode in a URL and other programs may send as it is, besides all characters beyond ASCII.
const ENCODED_IN_URL: &AsciiSet = &CONTROLS.add(b'"').add(b'<').add(b'>');

/// The destination with the visit's path and query, as far as the link forwards them. Both are left out if the URL would be too
/// long: the visitor still reaches the destination.
fn with_forwarded<'a>(destination: &'a str, record: &LinkRecord, visit: &Visit<'_>) -> Cow<'a, str> {
    let plain = Cow::Borrowed(destination);
    let is_safe = |byte: u8| byte.is_ascii_graphic() && byte != b'#' || !byte.is_ascii();
    let query = if record.forward_query && visit.query.bytes().all(is_safe) { visit.query } else { "" };
    let query = Cow::from(utf8_percent_encode(query, ENCODED_IN_URL));
    // A number or a mail address has no path, and what stands behind it means something to the app alone.
    let has_no_authority = destination::authority(destination).is_empty();
    if has_no_authority || query.is_empty() && visit.rest.is_empty() {
        return plain;
    }
    let (url, fragment) = split_before(destination, '#');
    let (path, own_query) = split_before(url, '?');
    let mut location = match visit.rest {
        "" => path.to_owned(),
        rest => format!("{}{}", path.trim_end_matches('/'), utf8_percent_encode(rest, ENCODED_IN_URL)),
    };
    location.push_str(own_query);
    let own_names: Vec<_> = parameter_names(own_query.trim_start_matches('?')).collect();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        // A visitor cannot change or repeat a parameter that the owner set: it may be the destination's own redirect.
        if parameter_names(pair).any(|name| own_names.contains(&name)) {
            continue;
        }
        location.push(if location.contains('?') { '&' } else { '?' });
        location.push_str(pair);
    }
    location.push_str(fragment);
    if location.len() > MAX_BYTES { plain } else { Cow::Owned(location) }
}

/// Splits at the first separator. The second part begins with it, or is empty.
fn split_before(text: &str, separator: char) -> (&str, &str) {
    text.find(separator).map_or((text, ""), |at| text.split_at(at))
}

fn parameter_names(query: &str) -> impl Iterator<Item = Cow<'_, str>> {
    query.split('&').map(|pair| form_decoded(pair.split('=').next().unwrap_or_default()))
}

/// Whether a browser may repeat the redirect for [`BROWSER_CACHE_MILLIS`] without asking. Not where the next visit may get another
/// answer that its owner counts on: a maximum of clicks, a password, an expiry or a rule with a date.
fn is_cacheable(record: &LinkRecord, status: RedirectStatus, now: UnixMillis) -> bool {
    let is_permanent = matches!(status, RedirectStatus::MovedPermanently | RedirectStatus::PermanentRedirect);
    let ends_soon = record.expires_at.is_some_and(|expiry| expiry.millis_since(now) < BROWSER_CACHE_MILLIS);
    let has_dates = |rule: &Rule| rule.conditions.after.is_some() || rule.conditions.before.is_some();
    is_permanent
        && !ends_soon
        && !record.gated
        && !record.limited
        && record.password.is_none()
        && !record.rules.iter().any(has_dates)
}

/// By default a browser keeps a permanent redirect for as long as it likes, and never sees an edit. Five minutes save a returning
/// visitor the round trip and limit how stale the redirect can be.
const BROWSER_CACHE_MILLIS: i64 = 300_000;

/// The `Cache-Control` of a redirect.
pub fn browser_cache_control(is_cacheable: bool) -> &'static str {
    if is_cacheable { "private, max-age=300" } else { "private, no-store" }
}

/// The `Referrer-Policy` of a redirect: the destination learns the site that the visitor comes from, as it would without the short
/// link, but not the page.
pub const REFERRER_POLICY: &str = "strict-origin-when-cross-origin";

#[cfg(test)]
mod tests;
