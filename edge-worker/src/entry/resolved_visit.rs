//! The answer to a visit whose link was looked up, and the click that comes of it. No I/O; both paths use it.

use link_core::clicks::buffer::FlushAction;
use link_core::record::Resolution;
use link_core::record::domain::DomainSettings;
use link_core::redirect::gate::GateAnswer;
use link_core::redirect::visit::Method;
use link_core::redirect::{Answer, LinkVisit, PageContext};
use link_core::time::UnixMillis;
use link_core::trace_context::TraceContext;

use super::link_request::LinkRequest;
use super::{admission, click};
use crate::isolate::Isolate;
use edge_runtime::lookup::candidates::{PathOutcome, ResolvedPath};

/// A visit whose path was looked up.
pub struct ResolvedVisit<'a> {
    pub link_request: &'a LinkRequest<'a>,
    pub resolved: &'a ResolvedPath<'a>,
    /// The domain's; `None` where they were not looked up.
    pub settings: Option<&'a DomainSettings>,
    /// GET where a form with the right password came, since it asks for the link.
    pub method: Method,
    /// The link has no password, or the visitor has shown it.
    pub unlocked: bool,
    /// `None` where the gate was not asked.
    pub gate: Option<GateAnswer>,
    pub began: UnixMillis,
    pub now: UnixMillis,
    pub request_id: String,
    /// The request's span, if it will be sent.
    pub trace: Option<TraceContext>,
}

impl<'a> ResolvedVisit<'a> {
    /// `None` where the path means no link.
    fn link_visit(&self, isolate: &'a Isolate) -> Option<LinkVisit<'a>> {
        let (link_request, resolved): (&'a LinkRequest<'a>, &'a ResolvedPath<'a>) =
            (self.link_request, self.resolved);
        let (PathOutcome::Link { suffix, .. }, Resolution::Found { record }) =
            (&resolved.outcome, &resolved.found.copy.resolution)
        else {
            return None;
        };
        Some(LinkVisit {
            record,
            suffix,
            request: &link_request.visitor,
            settings: self.settings,
            split_key: &isolate.split_key,
            method: self.method,
            unlocked: self.unlocked,
            gate: self.gate,
            now: self.now,
        })
    }

    /// The visit, where only the gate still decides whether it is redirected.
    pub fn needs_gate(&self, isolate: &'a Isolate) -> Option<LinkVisit<'a>> {
        self.link_visit(isolate).filter(LinkVisit::asks_gate)
    }
}

/// The answer, and the flush action to run after it went out. `None` where the domain's settings are needed, which were not looked up.
pub fn answer<'a>(isolate: &'a Isolate, visit: &ResolvedVisit<'a>) -> Option<(Answer, FlushAction)> {
    let (found, now) = (&visit.resolved.found, visit.now);
    let (answer, flush) = match (visit.link_visit(isolate), &visit.resolved.outcome) {
        (Some(link_visit), _) => visit_link(isolate, visit, &link_visit)?,
        (None, outcome) => {
            let languages = visit.link_request.visitor.languages;
            let context = PageContext::of(languages, Some(visit.settings?));
            match outcome {
                PathOutcome::Removed => (Answer::removed(context), FlushAction::Nothing),
                PathOutcome::NotFound | PathOutcome::Link { .. } => {
                    visit_nothing(isolate, visit.link_request, context, now)
                }
            }
        }
    };
    Some((answer.served_from(found.tier, now.millis_since(visit.began)), flush))
}

fn visit_link(
    isolate: &Isolate,
    resolved: &ResolvedVisit<'_>,
    link_visit: &LinkVisit<'_>,
) -> Option<(Answer, FlushAction)> {
    let (request_id, tier) = (resolved.request_id.as_str(), resolved.resolved.found.tier);
    let hash = |address, user_agent: &str| click::visitor_hash(isolate, address, user_agent, resolved.now);
    let (answer, click) = link_visit.respond(tier, request_id, hash)?;
    let Some(mut click) = click else { return Some((answer, FlushAction::Nothing)) };
    click.trace = resolved.trace;
    // Every thousandth: a line for each would cost more than the redirect.
    if request_id.ends_with("000") {
        tracing::info!(request_id, tier = tier.as_str(), "redirected");
    }
    Some((answer, isolate.clicks.borrow_mut().record(&click, resolved.now)))
}

/// No link has the name. Counts as many misses as the path has candidates, since each was looked up.
fn visit_nothing(
    isolate: &Isolate,
    link_request: &LinkRequest<'_>,
    context: PageContext<'_>,
    now: UnixMillis,
) -> (Answer, FlushAction) {
    admission::count_misses(isolate, link_request.visitor.address, link_request.path.candidates.len(), now);
    let (path, fallback) = (link_request.target.path, isolate.config.fallback_url.as_ref());
    let answer = Answer::no_link(path, &link_request.domain, fallback, context);
    (answer, click::record_orphan_visit(isolate, link_request, now))
}

#[cfg(test)]
mod tests {
    use link_core::clicks::batch::CacheTier;
    use link_core::record::domain::Robots;
    use link_core::record::{LinkRecord, LinkState, Revision};

    use super::*;
    use crate::config::fixtures::config_with;
    use crate::entry::dispatch::{Dispatched, dispatch};
    use crate::requests::request_info::RequestInfo;
    use edge_runtime::lookup::Found;
    use edge_runtime::lookup::candidates::Candidates;
    use edge_runtime::lookup::fixtures::{copy, record};

    static EMPTY: DomainSettings = DomainSettings {
        home_url: None,
        not_found_url: None,
        expired_url: None,
        robots: Robots::Allow,
        ignore_case: false,
        name: None,
        color: None,
        qr_foreground: None,
        qr_background: None,
        logo: None,
    };
    const FALLBACK: (&str, &str) = ("FALLBACK_URL", "https://example.com/fallback");

    fn isolate(setting: (&'static str, &'static str)) -> Isolate {
        let producer = "000102030405060708090a0b0c0d0e0f".parse().unwrap();
        Isolate::new(config_with(setting.0, Some(setting.1)).unwrap(), producer)
    }

    fn resolved_visit<'a>(
        link_request: &'a LinkRequest<'a>,
        resolved: &'a ResolvedPath<'a>,
        gate: Option<GateAnswer>,
    ) -> ResolvedVisit<'a> {
        let (began, now, request_id) = (UnixMillis(0), UnixMillis(0), String::new());
        let (method, unlocked, trace, settings) = (link_request.method, true, None, Some(&EMPTY));
        ResolvedVisit {
            link_request,
            resolved,
            settings,
            method,
            unlocked,
            gate,
            began,
            now,
            request_id,
            trace,
        }
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
            answer(isolate, &resolved_visit(link_request, &names.resolved().unwrap(), None)).unwrap()
        })
    }

    #[test]
    fn only_a_redirect_needs_no_settings_of_the_domain() {
        let isolate = isolate(FALLBACK);
        let disabled = LinkRecord { state: LinkState::Disabled, ..record("https://a.test/") };
        for (resolution, needs_settings) in [
            (Resolution::Found { record: record("https://a.test/") }, false),
            (Resolution::Found { record: disabled }, true),
            (Resolution::Deleted { revision: Revision(2) }, true),
            (Resolution::NotFound, true),
        ] {
            on_visit(&isolate, "https://go.example.com/0000001", |link_request| {
                let copy = copy(resolution, 0);
                let mut names = Candidates::new(&link_request.domain, &link_request.path);
                names.set(0, Ok(Found { copy, tier: CacheTier::Memory, fill_colo: false }));
                let resolved = names.resolved().unwrap();
                let known = resolved_visit(link_request, &resolved, None);
                let unknown =
                    ResolvedVisit { settings: None, ..resolved_visit(link_request, &resolved, None) };
                assert!(answer(&isolate, &known).is_some());
                assert_eq!(answer(&isolate, &unknown).is_none(), needs_settings, "{:?}", resolved.outcome);
            });
        }
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
                let resolved = names.resolved().unwrap();
                let visit = resolved_visit(link_request, &resolved, gate);
                let needs_gate = visit.needs_gate(&isolate).is_some();
                let (answer, flush) = answer(&isolate, &visit).unwrap();
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
        let info = RequestInfo::of(["GET", url, "", "", "", "", "192.0.2.1", "", "", "", "", "", "", ""]);
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
        let checks =
            || admission::check_misses(&isolate, Some("192.0.2.1".parse().unwrap()), UnixMillis(0)).is_ok();
        // The limit is 100 misses in ten seconds.
        (0..24).for_each(|_| drop(visit(&isolate, "/d/a/b/c", &Resolution::NotFound)));
        assert!(checks());
        visit(&isolate, "/d/a/b/c", &Resolution::NotFound);
        assert!(!checks());
    }

    #[test]
    fn misses_are_counted_unless_allow_listed() {
        for (allowed, is_counted) in [("192.0.2.0/24", false), ("198.51.100.1", true)] {
            let isolate = isolate(("RATE_LIMIT_ALLOW", allowed));
            for _ in 0..200 {
                visit(&isolate, "/no-such-link", &Resolution::NotFound);
            }
            let address = Some("192.0.2.1".parse().unwrap());
            assert_eq!(isolate.misses.borrow_mut().take_report(address), is_counted, "{allowed}");
            assert_eq!(
                isolate.misses.borrow().check(address, UnixMillis(0)).is_err(),
                is_counted,
                "{allowed}"
            );
        }
    }
}
