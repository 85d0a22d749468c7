//! The redirect decision: a link's record, a visit and the time → what the visitor gets. Pure; every hit passes through
//! here, whichever cache it came from. Does not say how the answer is written.

use std::borrow::Cow;

use crate::destination::{self, Destination, MAX_BYTES};
use crate::gate::GateAnswer;
use crate::record::{LinkRecord, LinkState, RedirectStatus};
use crate::rules::{Branch, RuleTarget};
use crate::time::UnixMillis;
use crate::visit::{Visit, form_decoded};

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision<'a> {
    Redirect {
        status: RedirectStatus,
        location: Location<'a>,
    },
    /// Asked where the link leads.
    Preview {
        location: Location<'a>,
    },
    /// The link wants a password first, for a preview too.
    Password,
    /// All else is decided: ask the gate, and decide again with what it says. Each such question may use up a click.
    AskGate,
    /// Would be redirected, or shown where the link leads, but the link's clicks are counted and this is none.
    Withheld(Withheld),
    NotYet,
    Gone(GoneReason),
    /// The visit's path goes on beyond a link that forwards none.
    NotFound,
    /// Only a redirect that keeps the method is followed with others than GET and HEAD.
    MethodNotAllowed,
}

/// Why a link with a maximum of clicks does not show where it leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Withheld {
    /// A preview is not counted, so it would be a way to follow the link for ever.
    Preview,
    Machine,
    Prefetch,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GoneReason {
    Expired,
    Exhausted,
    Disabled,
    /// It leads to its own domain, which was not ours when the link was made.
    Loop,
}

/// Printable ASCII, like the [`Destination`] that it begins with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Location<'a>(Cow<'a, str>);

impl Location<'_> {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

pub fn decide<'a>(record: &'a LinkRecord, visit: &Visit<'_>, now: UnixMillis) -> Decision<'a> {
    if !record.accepts_rest(visit.rest) {
        return Decision::NotFound;
    }
    if record.state == LinkState::Disabled {
        return Decision::Gone(GoneReason::Disabled);
    }
    if record.starts_at.is_some_and(|start| now < start) {
        return Decision::NotYet;
    }
    if record.expires_at.is_some_and(|expiry| now >= expiry) {
        return over(record, visit, GoneReason::Expired);
    }
    if record.state == LinkState::Exhausted {
        return over(record, visit, GoneReason::Exhausted);
    }
    if record.password.is_some() && !visit.unlocked {
        return Decision::Password;
    }
    if !visit.method.reads() && !record.status.keeps_method() {
        return Decision::MethodNotAllowed;
    }
    let destination = destination(record, visit, now);
    let open = lead_to(record, visit, record.status, forwarded(destination, record, visit));
    if record.gated { gated(record, visit, open) } else { open }
}

/// Last of all: a visit that ends otherwise costs no click.
fn gated<'a>(record: &'a LinkRecord, visit: &Visit<'_>, open: Decision<'a>) -> Decision<'a> {
    match (open, visit.gate) {
        (Decision::Preview { .. }, _) => Decision::Withheld(Withheld::Preview),
        (open @ Decision::Redirect { .. }, Some(GateAnswer::Granted)) => open,
        (Decision::Redirect { .. }, None) => Decision::AskGate,
        (Decision::Redirect { .. }, Some(GateAnswer::Machine)) => Decision::Withheld(Withheld::Machine),
        (Decision::Redirect { .. }, Some(GateAnswer::Prefetch)) => Decision::Withheld(Withheld::Prefetch),
        (Decision::Redirect { .. }, Some(GateAnswer::Exhausted)) => {
            over(record, visit, GoneReason::Exhausted)
        }
        (Decision::Redirect { .. }, Some(GateAnswer::Withdrawn)) => Decision::Gone(GoneReason::Disabled),
        (shut, _) => shut,
    }
}

/// To where the owner sends those who come too late. Temporary, whatever the link's status: an expiry can be moved.
fn over<'a>(record: &'a LinkRecord, visit: &Visit<'_>, reason: GoneReason) -> Decision<'a> {
    match &record.expired_url {
        Some(url) => lead_to(record, visit, RedirectStatus::Found, Cow::Borrowed(url.as_str())),
        None => Decision::Gone(reason),
    }
}

/// The destination that a rule chose for a visit that [`decide`] redirects; `None` where the link led to its own.
pub fn chosen_by_rule<'a>(
    record: &'a LinkRecord,
    visit: &Visit<'_>,
    now: UnixMillis,
) -> Option<&'a Destination> {
    let is_exhausted = record.state == LinkState::Exhausted || visit.gate == Some(GateAnswer::Exhausted);
    let over = record.expires_at.is_some_and(|expiry| now >= expiry) || is_exhausted;
    if over || record.rules.is_empty() {
        return None;
    }
    let chosen = destination(record, visit, now);
    (!std::ptr::eq(chosen, &record.url)).then_some(chosen)
}

fn lead_to<'a>(
    record: &'a LinkRecord,
    visit: &Visit<'_>,
    status: RedirectStatus,
    location: Cow<'a, str>,
) -> Decision<'a> {
    // Forwarding changes neither scheme nor host, so a location is still a destination.
    if destination::host(&location) == record.domain.as_str() {
        return Decision::Gone(GoneReason::Loop);
    }
    let location = Location(location);
    if visit.preview { Decision::Preview { location } } else { Decision::Redirect { status, location } }
}

fn destination<'a>(record: &'a LinkRecord, visit: &Visit<'_>, now: UnixMillis) -> &'a Destination {
    let matching = record.rules.iter().enumerate().find(|(_, rule)| rule.conditions.hold(visit, now));
    let Some((position, rule)) = matching else { return &record.url };
    match &rule.target {
        RuleTarget::Url(url) => url,
        RuleTarget::Split(branches) => {
            let total = branches.iter().map(|branch| u32::from(branch.weight)).sum();
            let agent = visit.user_agent.unwrap_or_default();
            let share =
                visit.visitor.map_or(0, |visitor| visitor.share(agent, record.id, position, now, total));
            branch(branches, share).unwrap_or(&record.url)
        }
    }
}

/// The branch that a share of the sum of weights falls into.
fn branch(branches: &[Branch], mut share: u32) -> Option<&Destination> {
    for branch in branches {
        let weight = u32::from(branch.weight);
        if share < weight {
            return Some(&branch.url);
        }
        share -= weight;
    }
    None
}

/// The destination with what the link passes on of the visit. What would not fit is left out: a visitor who sends too
/// much still arrives.
fn forwarded<'a>(destination: &'a Destination, record: &LinkRecord, visit: &Visit<'_>) -> Cow<'a, str> {
    let plain = Cow::Borrowed(destination.as_str());
    let query_travels = visit.query.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'#');
    let query = if record.forward_query && query_travels { visit.query } else { "" };
    if query.is_empty() && visit.rest.is_empty() {
        return plain;
    }
    let (url, fragment) = split_before(destination.as_str(), '#');
    let (path, own_query) = split_before(url, '?');
    let mut location = match visit.rest {
        "" => path.to_owned(),
        rest => format!("{}{rest}", path.trim_end_matches('/')),
    };
    location.push_str(own_query);
    let own_names: Vec<_> = names(own_query.trim_start_matches('?')).collect();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        // What the owner set, a visitor cannot change or repeat: the parameter may be the destination's own redirect.
        if names(pair).any(|name| own_names.contains(&name)) {
            continue;
        }
        location.push(if location.contains('?') { '&' } else { '?' });
        location.push_str(pair);
    }
    location.push_str(fragment);
    if location.len() > MAX_BYTES { plain } else { Cow::Owned(location) }
}

/// The second part begins with the separator, or is empty.
fn split_before(text: &str, separator: char) -> (&str, &str) {
    text.find(separator).map_or((text, ""), |at| text.split_at(at))
}

fn names(query: &str) -> impl Iterator<Item = Cow<'_, str>> {
    query.split('&').map(|pair| form_decoded(pair.split('=').next().unwrap_or_default()))
}

/// What a browser may keep of the answer. A permanent redirect is by default kept for as long as the browser likes,
/// and an edit would never reach it: five minutes spare a returning visitor the trip and bound the staleness.
pub fn browser_cache_control(status: RedirectStatus) -> &'static str {
    match status {
        RedirectStatus::MovedPermanently | RedirectStatus::PermanentRedirect => "private, max-age=300",
        RedirectStatus::Found | RedirectStatus::TemporaryRedirect => "private, no-store",
    }
}

/// Of a redirect. The destination learns the site that a visitor comes from, as without the short link in between, and
/// not the page.
pub const REFERRER_POLICY: &str = "strict-origin-when-cross-origin";

#[cfg(test)]
mod tests;
