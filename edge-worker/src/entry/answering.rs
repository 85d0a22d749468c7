//! What a visitor gets whose link was looked up, and what is noted of it: the part of a visit that needs no I/O. Whether it
//! was looked up at once or by and by is decided elsewhere.

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
use crate::facts::Facts;
use crate::isolate::Isolate;
use crate::lookup::candidates::{Outcome, Resolved};
use crate::route::Target;

pub struct Visiting<'a> {
    pub domain: Cow<'a, Domain>,
    pub path: LinkPath<'a>,
    pub target: Target<'a>,
    pub method: Method,
    pub facts: &'a Facts<'a>,
}

impl Visiting<'_> {
    /// An office behind one address, a monitor: never limited.
    pub fn is_free(&self, isolate: &Isolate) -> bool {
        self.facts.address.is_some_and(|address| isolate.config.allow_list.holds(address))
    }

    /// Whether the visitor has used up what is allowed; counts nothing.
    pub fn check(&self, isolate: &Isolate, now: UnixMillis) -> Result<(), Answer> {
        if self.is_free(isolate) {
            return Ok(());
        }
        isolate.visitors.borrow().check(self.facts.address, now).map_err(Answer::too_many_requests)
    }

    /// Whether the visitor has met so many 404s that he may be guessing names; counts nothing. `Err` holds the seconds after
    /// which he may come back.
    pub fn check_misses(&self, isolate: &Isolate, now: UnixMillis) -> Result<(), u32> {
        if self.is_free(isolate) {
            return Ok(());
        }
        isolate.misses.borrow().check(self.facts.address, now)
    }

    /// Counts the visitor's requests.
    pub fn admit(&self, isolate: &Isolate, now: UnixMillis) -> Result<(), Answer> {
        if self.is_free(isolate) {
            return Ok(());
        }
        let admitted = isolate.visitors.borrow_mut().admit(self.facts.address, now);
        admitted.map_err(Answer::too_many_requests)
    }
}

pub fn nowhere(isolate: &Isolate) -> Answer {
    isolate.config.fallback_url.as_ref().map_or_else(Answer::not_found, Answer::fallback)
}

/// A visit to what was looked up.
pub struct Arrival<'a> {
    pub visiting: &'a Visiting<'a>,
    pub resolved: &'a Resolved<'a>,
    /// With which the link is followed: a form that held its password asks for the link, as GET does.
    pub method: Method,
    /// Or without a password.
    pub unlocked: bool,
    /// What the gate said, where it was asked.
    pub leave: Option<GateAnswer>,
    pub began: UnixMillis,
    pub now: UnixMillis,
    pub request_id: String,
}

impl<'a> Arrival<'a> {
    /// The link that is meant, and what the path asks of it.
    fn link(&self) -> Option<(&'a LinkRecord, &'a Suffix<'a>)> {
        let resolved: &'a Resolved<'a> = self.resolved;
        match (&resolved.outcome, &resolved.found.copy.resolution) {
            (Outcome::Link { suffix, .. }, Resolution::Found { record }) => Some((record, suffix)),
            _ => None,
        }
    }

    /// The preview shows nothing that came with the request but the path.
    fn query(&self, suffix: &'a Suffix<'a>) -> Cow<'a, str> {
        if suffix.preview { Cow::Borrowed("") } else { suffix.query(self.visiting.target.query) }
    }

    fn visit<'v>(&'v self, isolate: &'v Isolate, suffix: &'v Suffix<'v>, query: &'v str) -> Visit<'v> {
        let facts = self.visiting.facts;
        Visit {
            method: self.method,
            rest: suffix.rest,
            query,
            preview: suffix.preview,
            unlocked: self.unlocked,
            gate: self.leave,
            country: facts.country,
            user_agent: facts.agent,
            languages: facts.languages,
            visitor: facts.address.map(|address| Visitor { key: &isolate.split_key, address }),
        }
    }

    /// The link that the visit would follow, if only the gate let it.
    pub fn needs_leave(&self, isolate: &Isolate) -> Option<&'a LinkRecord> {
        let (record, suffix) = self.link().filter(|(record, _)| record.gated)?;
        let query = self.query(suffix);
        let decision = decide(record, &self.visit(isolate, suffix, &query), self.now);
        (decision == Decision::AskGate).then_some(record)
    }
}

/// The answer, and what is to be done about clicks once it has gone out.
pub fn answer(isolate: &Isolate, arrival: Arrival<'_>) -> (Answer, FlushAction) {
    let (found, began, now) = (&arrival.resolved.found, arrival.began, arrival.now);
    let (answer, next) = match (arrival.link(), &arrival.resolved.outcome) {
        (Some((record, suffix)), _) => follow(isolate, &arrival, record, suffix),
        (None, Outcome::Removed) => (Answer::removed(), FlushAction::Nothing),
        (None, Outcome::NotFound | Outcome::Link { .. }) => missed(isolate, arrival.visiting, now),
    };
    (answer.served_from(found.tier, now.millis_since(began)), next)
}

fn follow<'a>(
    isolate: &Isolate,
    arrival: &Arrival<'a>,
    record: &LinkRecord,
    suffix: &'a Suffix<'a>,
) -> (Answer, FlushAction) {
    let (facts, now, tier) = (arrival.visiting.facts, arrival.now, arrival.resolved.found.tier);
    let query = arrival.query(suffix);
    let visit = arrival.visit(isolate, suffix, &query);
    let decision = decide(record, &visit, now);
    let mut next = FlushAction::Nothing;
    if let Decision::Redirect { status, .. } = decision {
        let request_id = arrival.request_id.clone();
        // Every thousandth: a line for each would cost more than serving it.
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
            referrer: facts.referrer,
            purpose: Purpose::of(facts.purposes),
            asn: facts.network,
            visitor: click::visitor(isolate, &visit, now),
        };
        next = click::record(isolate, click);
    }
    (Answer::to(&decision), next)
}

/// No link has the name. Costs the visitor what it costs to look up all that the path may mean.
fn missed(isolate: &Isolate, visiting: &Visiting<'_>, now: UnixMillis) -> (Answer, FlushAction) {
    let names = u32::try_from(visiting.path.candidates.len()).unwrap_or(u32::MAX);
    let _ = isolate.misses.borrow_mut().admit_many(visiting.facts.address, names, now);
    (nowhere(isolate), click::record_orphan_visit(isolate, visiting, now))
}

#[cfg(test)]
mod tests {
    use link_core::click_batch::CacheTier;
    use link_core::record::Revision;

    use super::*;
    use crate::config::fixtures::config_with;
    use crate::entry::{Asked, asked_for};
    use crate::lookup::Found;
    use crate::lookup::candidates::Names;
    use crate::lookup::fixtures::{copy, record};

    const FALLBACK: (&str, &str) = ("FALLBACK_URL", "https://example.com/fallback");

    fn isolate(setting: (&'static str, &'static str)) -> Isolate {
        let producer = "000102030405060708090a0b0c0d0e0f".parse().unwrap();
        Isolate::new(config_with(setting.0, Some(setting.1)).unwrap(), producer)
    }

    /// With the exact name, or the longest one, being what the resolution says.
    fn visit(isolate: &Isolate, path: &str, resolution: &Resolution) -> (Answer, FlushAction) {
        let url = format!("https://go.example.com{path}");
        on_visit(isolate, &url, |visiting| {
            let copy = copy(resolution.clone(), 0);
            let mut names = Names::of(&visiting.domain, &visiting.path);
            let found = Found { copy, tier: CacheTier::Memory, fill_colo: false };
            for position in 0..names.keys.len() {
                names.learn(position, Ok(found.clone()));
            }
            let (began, now, request_id) = (UnixMillis(0), UnixMillis(0), String::new());
            let (resolved, method) = (&names.resolved().unwrap(), visiting.method);
            let leave = None;
            answer(
                isolate,
                Arrival { visiting, resolved, method, unlocked: true, leave, began, now, request_id },
            )
        })
    }

    #[test]
    fn a_gated_link_needs_leave_and_is_a_click_only_with_it() {
        let isolate = isolate(FALLBACK);
        let gated = || LinkRecord { gated: true, ..record("https://a.test/") };
        let on_path = |path: &str, leave: Option<GateAnswer>| {
            on_visit(&isolate, &format!("https://go.example.com{path}"), |visiting| {
                let copy = copy(Resolution::Found { record: gated() }, 0);
                let mut names = Names::of(&visiting.domain, &visiting.path);
                names.learn(0, Ok(Found { copy, tier: CacheTier::Memory, fill_colo: false }));
                let (began, now, request_id) = (UnixMillis(0), UnixMillis(0), String::new());
                let (resolved, method) = (&names.resolved().unwrap(), visiting.method);
                let arrival =
                    Arrival { visiting, resolved, method, unlocked: true, leave, began, now, request_id };
                let needs_leave = arrival.needs_leave(&isolate).is_some();
                let (answer, next) = answer(&isolate, arrival);
                (needs_leave, answer.status, next != FlushAction::Nothing)
            })
        };
        for (path, leave, expected) in [
            ("/0000001", None, (true, 503, false)),
            ("/0000001/", None, (true, 503, false)),
            ("/0000001+", None, (false, 200, false)),
            ("/0000001", Some(GateAnswer::Machine), (false, 200, false)),
            ("/0000001", Some(GateAnswer::Exhausted), (false, 410, false)),
            ("/0000001", Some(GateAnswer::Granted), (false, 302, true)),
        ] {
            assert_eq!(on_path(path, leave), expected, "{path} {leave:?}");
        }
    }

    fn on_visit<A>(isolate: &Isolate, url: &str, then: impl FnOnce(&Visiting<'_>) -> A) -> A {
        let facts = Facts::of(["GET", url, "", "", "192.0.2.1", "", "", "", "", "", "", ""]);
        let Asked::Link(visiting) = asked_for(isolate, &facts) else { panic!("{url}") };
        then(&visiting)
    }

    #[test]
    fn a_name_that_no_link_has_leads_to_the_fallback() {
        let (answer, next) = visit(&isolate(FALLBACK), "/0000001", &Resolution::NotFound);
        let location = answer.headers.iter().find(|(name, _)| *name == "location");
        assert_eq!((answer.status, location.unwrap().1.as_ref()), (302, FALLBACK.1));
        assert_eq!(next, FlushAction::StartTimer { batch: 1 }, "no orphan");
    }

    #[test]
    fn a_deleted_name_says_so_and_what_was_appended_is_taken_off() {
        let deleted = Resolution::Deleted { revision: Revision(2) };
        for path in ["/0000001", "/0000001/", "/0000001)"] {
            let (answer, next) = visit(&isolate(FALLBACK), path, &deleted);
            assert_eq!((answer.status, next), (410, FlushAction::Nothing), "{path}");
        }
        let found = Resolution::Found { record: record("https://a.test/") };
        for path in ["/0000001", "/0000001/", "/0000001)"] {
            let (answer, _) = visit(&isolate(FALLBACK), path, &found);
            assert_eq!(answer.headers[0], ("location", "https://a.test/".into()), "{path}");
        }
    }

    #[test]
    fn a_link_that_forwards_takes_path_and_parameters() {
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
    fn a_miss_costs_as_many_as_the_path_has_names() {
        let isolate = isolate(FALLBACK);
        let checks = |now| {
            on_visit(&isolate, "https://go.example.com/a", |visiting| {
                visiting.check_misses(&isolate, UnixMillis(now)).is_ok()
            })
        };
        // 100 in ten seconds.
        (0..24).for_each(|_| drop(visit(&isolate, "/d/a/b/c", &Resolution::NotFound)));
        assert!(checks(0));
        visit(&isolate, "/d/a/b/c", &Resolution::NotFound);
        assert!(!checks(0));
    }

    #[test]
    fn who_met_many_misses_may_be_guessing_unless_he_is_on_the_allow_list() {
        for (allowed, is_suspicious) in [("192.0.2.0/24", false), ("198.51.100.1", true)] {
            let isolate = isolate(("RATE_LIMIT_ALLOW", allowed));
            for _ in 0..200 {
                visit(&isolate, "/no-such-link", &Resolution::NotFound);
            }
            let met = on_visit(&isolate, "https://go.example.com/a", |visiting| {
                visiting.check_misses(&isolate, UnixMillis(0))
            });
            assert_eq!(met.is_err(), is_suspicious, "{allowed}");
        }
    }
}
