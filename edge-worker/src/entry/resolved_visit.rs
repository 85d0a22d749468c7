//! The answer to a visit whose link was looked up, and the click that comes of it. No I/O; both paths use it.

use std::borrow::Cow;

use link_core::click_batch::Purpose;
use link_core::click_buffer::FlushAction;
use link_core::click_input::ClickInput;
use link_core::decision::{Decision, decide};
use link_core::domain::Domain;
use link_core::gate::GateAnswer;
use link_core::link_path::{LinkPath, Suffix};
use link_core::record::{LinkRecord, Resolution};
use link_core::time::UnixMillis;
use link_core::visit::{Method, Visit, Visitor};

use super::click;
use crate::answer::Answer;
use crate::isolate::Isolate;
use crate::lookup::candidates::{PathOutcome, ResolvedPath};
use crate::request_info::RequestInfo;
use crate::route::RequestTarget;

pub struct LinkRequest<'a> {
    pub domain: Cow<'a, Domain>,
    pub path: LinkPath<'a>,
    pub target: RequestTarget<'a>,
    pub method: Method,
    pub info: &'a RequestInfo<'a>,
}

impl LinkRequest<'_> {
    /// Never limited: an office behind one address, a monitor.
    pub fn is_allow_listed(&self, isolate: &Isolate) -> bool {
        self.info.address.is_some_and(|address| isolate.config.allow_list.contains(address))
    }

    /// Refuses a visitor who has used up the limit; counts nothing.
    pub fn check(&self, isolate: &Isolate, now: UnixMillis) -> Result<(), Answer> {
        if self.is_allow_listed(isolate) {
            return Ok(());
        }
        isolate.visitors.borrow().check(self.info.address, now).map_err(Answer::too_many_requests)
    }

    /// Refuses a visitor who met so many 404s that they may be guessing names; counts nothing. `Err` holds the seconds to
    /// wait.
    pub fn check_misses(&self, isolate: &Isolate, now: UnixMillis) -> Result<(), u32> {
        if self.is_allow_listed(isolate) {
            return Ok(());
        }
        isolate.misses.borrow().check(self.info.address, now)
    }

    /// Counts the request; refuses it beyond the limit.
    pub fn admit(&self, isolate: &Isolate, now: UnixMillis) -> Result<(), Answer> {
        if self.is_allow_listed(isolate) {
            return Ok(());
        }
        let admitted = isolate.visitors.borrow_mut().admit(self.info.address, now);
        admitted.map_err(Answer::too_many_requests)
    }
}

pub fn fallback_or_not_found(isolate: &Isolate) -> Answer {
    isolate.config.fallback_url.as_ref().map_or_else(Answer::not_found, Answer::fallback)
}

/// A visit whose path was looked up.
pub struct ResolvedVisit<'a> {
    pub link_request: &'a LinkRequest<'a>,
    pub resolved: &'a ResolvedPath<'a>,
    /// GET where a form with the right password came, since it asks for the link.
    pub method: Method,
    /// The link has no password, or the visitor has shown it.
    pub unlocked: bool,
    /// `None` where the gate was not asked.
    pub gate: Option<GateAnswer>,
    pub began: UnixMillis,
    pub now: UnixMillis,
    pub request_id: String,
}

impl<'a> ResolvedVisit<'a> {
    /// The link that the path means, and the suffix after its name.
    fn link(&self) -> Option<(&'a LinkRecord, &'a Suffix<'a>)> {
        let resolved: &'a ResolvedPath<'a> = self.resolved;
        match (&resolved.outcome, &resolved.found.copy.resolution) {
            (PathOutcome::Link { suffix, .. }, Resolution::Found { record }) => Some((record, suffix)),
            _ => None,
        }
    }

    /// A preview shows the query of the path only, not the request's.
    fn query(&self, suffix: &'a Suffix<'a>) -> Cow<'a, str> {
        if suffix.preview { Cow::Borrowed("") } else { suffix.query(self.link_request.target.query) }
    }

    fn visit<'v>(&'v self, isolate: &'v Isolate, suffix: &'v Suffix<'v>, query: &'v str) -> Visit<'v> {
        let info = self.link_request.info;
        Visit {
            method: self.method,
            rest: suffix.rest,
            query,
            preview: suffix.preview,
            unlocked: self.unlocked,
            gate: self.gate,
            country: info.country,
            user_agent: info.user_agent,
            languages: info.languages,
            visitor: info.address.map(|address| Visitor { key: &isolate.split_key, address }),
        }
    }

    /// The link, where only the gate still decides whether the visit is redirected.
    pub fn needs_gate(&self, isolate: &Isolate) -> Option<&'a LinkRecord> {
        let (record, suffix) = self.link().filter(|(record, _)| record.gated)?;
        let query = self.query(suffix);
        let decision = decide(record, &self.visit(isolate, suffix, &query), self.now);
        (decision == Decision::AskGate).then_some(record)
    }
}

/// The answer, and the flush action to run after it went out.
pub fn answer(isolate: &Isolate, visit: ResolvedVisit<'_>) -> (Answer, FlushAction) {
    let (found, began, now) = (&visit.resolved.found, visit.began, visit.now);
    let (answer, flush) = match (visit.link(), &visit.resolved.outcome) {
        (Some((record, suffix)), _) => visit_link(isolate, &visit, record, suffix),
        (None, PathOutcome::Removed) => (Answer::removed(), FlushAction::Nothing),
        (None, PathOutcome::NotFound | PathOutcome::Link { .. }) => {
            visit_nothing(isolate, visit.link_request, now)
        }
    };
    (answer.served_from(found.tier, now.millis_since(began)), flush)
}

fn visit_link<'a>(
    isolate: &Isolate,
    resolved: &ResolvedVisit<'a>,
    record: &LinkRecord,
    suffix: &'a Suffix<'a>,
) -> (Answer, FlushAction) {
    let (info, now, tier) = (resolved.link_request.info, resolved.now, resolved.resolved.found.tier);
    let query = resolved.query(suffix);
    let visit = resolved.visit(isolate, suffix, &query);
    let decision = decide(record, &visit, now);
    let mut flush = FlushAction::Nothing;
    if let Decision::Redirect { status, .. } = decision {
        let request_id = resolved.request_id.clone();
        // Every thousandth: a line for each would cost more than the redirect.
        if request_id.ends_with("000") {
            tracing::info!(request_id, tier = tier.as_str(), "redirected");
        }
        let click = ClickInput {
            record,
            visit: &visit,
            status,
            tier,
            now,
            request_id,
            referrer: info.referrer,
            purpose: Purpose::of(info.purposes),
            asn: info.asn,
            visitor: click::visitor(isolate, &visit, now),
        };
        flush = click::record(isolate, click);
    }
    (Answer::to(&decision), flush)
}

/// No link has the name. Counts as many misses as the path has candidates, since each was looked up.
fn visit_nothing(
    isolate: &Isolate,
    link_request: &LinkRequest<'_>,
    now: UnixMillis,
) -> (Answer, FlushAction) {
    let names = u32::try_from(link_request.path.candidates.len()).unwrap_or(u32::MAX);
    let _ = isolate.misses.borrow_mut().admit_many(link_request.info.address, names, now);
    (fallback_or_not_found(isolate), click::record_orphan_visit(isolate, link_request, now))
}

#[cfg(test)]
mod tests {
    use link_core::click_batch::CacheTier;
    use link_core::record::Revision;

    use super::*;
    use crate::config::fixtures::config_with;
    use crate::entry::{Dispatched, dispatch};
    use crate::lookup::Found;
    use crate::lookup::candidates::Candidates;
    use crate::lookup::fixtures::{copy, record};

    const FALLBACK: (&str, &str) = ("FALLBACK_URL", "https://example.com/fallback");

    fn isolate(setting: (&'static str, &'static str)) -> Isolate {
        let producer = "000102030405060708090a0b0c0d0e0f".parse().unwrap();
        Isolate::new(config_with(setting.0, Some(setting.1)).unwrap(), producer)
    }

    /// Every candidate resolves to `resolution`.
    fn visit(isolate: &Isolate, path: &str, resolution: &Resolution) -> (Answer, FlushAction) {
        let url = format!("https://go.example.com{path}");
        on_visit(isolate, &url, |link_request| {
            let copy = copy(resolution.clone(), 0);
            let mut names = Candidates::new(&link_request.domain, &link_request.path);
            let found = Found { copy, tier: CacheTier::Memory, fill_colo: false };
            for position in 0..names.keys.len() {
                names.set(position, Ok(found.clone()));
            }
            let (began, now, request_id) = (UnixMillis(0), UnixMillis(0), String::new());
            let (resolved, method) = (&names.resolved().unwrap(), link_request.method);
            let gate = None;
            answer(
                isolate,
                ResolvedVisit {
                    link_request,
                    resolved,
                    method,
                    unlocked: true,
                    gate,
                    began,
                    now,
                    request_id,
                },
            )
        })
    }

    #[test]
    fn gated_link_is_a_click_only_when_granted() {
        let isolate = isolate(FALLBACK);
        let gated = || LinkRecord { gated: true, ..record("https://a.test/") };
        let on_path = |path: &str, gate: Option<GateAnswer>| {
            on_visit(&isolate, &format!("https://go.example.com{path}"), |link_request| {
                let copy = copy(Resolution::Found { record: gated() }, 0);
                let mut names = Candidates::new(&link_request.domain, &link_request.path);
                names.set(0, Ok(Found { copy, tier: CacheTier::Memory, fill_colo: false }));
                let (began, now, request_id) = (UnixMillis(0), UnixMillis(0), String::new());
                let (resolved, method) = (&names.resolved().unwrap(), link_request.method);
                let visit = ResolvedVisit {
                    link_request,
                    resolved,
                    method,
                    unlocked: true,
                    gate,
                    began,
                    now,
                    request_id,
                };
                let needs_gate = visit.needs_gate(&isolate).is_some();
                let (answer, flush) = answer(&isolate, visit);
                (needs_gate, answer.status, flush != FlushAction::Nothing)
            })
        };
        for (path, gate, expected) in [
            ("/0000001", None, (true, 503, false)),
            ("/0000001/", None, (true, 503, false)),
            ("/0000001+", None, (false, 200, false)),
            ("/0000001", Some(GateAnswer::Machine), (false, 200, false)),
            ("/0000001", Some(GateAnswer::Exhausted), (false, 410, false)),
            ("/0000001", Some(GateAnswer::Granted), (false, 302, true)),
        ] {
            assert_eq!(on_path(path, gate), expected, "{path} {gate:?}");
        }
    }

    fn on_visit<A>(isolate: &Isolate, url: &str, then: impl FnOnce(&LinkRequest<'_>) -> A) -> A {
        let info = RequestInfo::of(["GET", url, "", "", "192.0.2.1", "", "", "", "", "", "", ""]);
        let Dispatched::Link(link_request) = dispatch(isolate, &info) else { panic!("{url}") };
        then(&link_request)
    }

    #[test]
    fn unknown_name_redirects_to_the_fallback() {
        let (answer, flush) = visit(&isolate(FALLBACK), "/0000001", &Resolution::NotFound);
        let location = answer.headers.iter().find(|(name, _)| *name == "location");
        assert_eq!((answer.status, location.unwrap().1.as_ref()), (302, FALLBACK.1));
        assert_eq!(flush, FlushAction::StartTimer { batch: 1 }, "the orphan visit is recorded");
    }

    #[test]
    fn deleted_link_answers_410_whatever_was_appended() {
        let deleted = Resolution::Deleted { revision: Revision(2) };
        for path in ["/0000001", "/0000001/", "/0000001)"] {
            let (answer, flush) = visit(&isolate(FALLBACK), path, &deleted);
            assert_eq!((answer.status, flush), (410, FlushAction::Nothing), "{path}");
        }
        let found = Resolution::Found { record: record("https://a.test/") };
        for path in ["/0000001", "/0000001/", "/0000001)"] {
            let (answer, _) = visit(&isolate(FALLBACK), path, &found);
            assert_eq!(answer.headers[0], ("location", "https://a.test/".into()), "{path}");
        }
    }

    #[test]
    fn forwarding_link_takes_path_and_parameters() {
        let record = LinkRecord { forward_path: true, forward_query: true, ..record("https://a.test/x") };
        let found = Resolution::Found { record };
        for (path, location) in [
            ("/0000001/", "https://a.test/x/"),
            ("/0000001&a=b", "https://a.test/x?a=b"),
            ("/0000001&a=b?c=d", "https://a.test/x?a=b&c=d"),
            ("/0000001?c=d", "https://a.test/x?c=d"),
        ] {
            let (answer, _) = visit(&isolate(FALLBACK), path, &found);
            assert_eq!(answer.headers[0], ("location", location.into()), "{path}");
        }
    }

    #[test]
    fn miss_counts_once_for_each_candidate() {
        let isolate = isolate(FALLBACK);
        let checks = |now| {
            on_visit(&isolate, "https://go.example.com/a", |link_request| {
                link_request.check_misses(&isolate, UnixMillis(now)).is_ok()
            })
        };
        // The limit is 100 misses in ten seconds.
        (0..24).for_each(|_| drop(visit(&isolate, "/d/a/b/c", &Resolution::NotFound)));
        assert!(checks(0));
        visit(&isolate, "/d/a/b/c", &Resolution::NotFound);
        assert!(!checks(0));
    }

    #[test]
    fn many_misses_are_suspicious_unless_allow_listed() {
        for (allowed, is_suspicious) in [("192.0.2.0/24", false), ("198.51.100.1", true)] {
            let isolate = isolate(("RATE_LIMIT_ALLOW", allowed));
            for _ in 0..200 {
                visit(&isolate, "/no-such-link", &Resolution::NotFound);
            }
            let met = on_visit(&isolate, "https://go.example.com/a", |link_request| {
                link_request.check_misses(&isolate, UnixMillis(0))
            });
            assert_eq!(met.is_err(), is_suspicious, "{allowed}");
        }
    }
}
