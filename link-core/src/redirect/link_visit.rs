//! A visit whose link is known: builds the response and, for a redirect, the click.

use std::borrow::Cow;
use std::net::IpAddr;

use super::{Answer, PageContext, VisitorRequest};
use crate::clicks::batch::{
    CacheTier, Click, MAX_CITY_BYTES, MAX_DESTINATION_BYTES, MAX_LANGUAGE_BYTES, MAX_USER_AGENT_BYTES,
    VisitorHash, truncated,
};
use crate::clicks::utm;
use crate::record::domain::DomainSettings;
use crate::record::{LinkRecord, RedirectStatus};
use crate::redirect::decision::{Decision, decide};
use crate::redirect::gate::{GateAnswer, GateRequest, VisitToken};
use crate::redirect::link_path::Suffix;
use crate::redirect::referrer;
use crate::redirect::visit::{Method, SplitKey, Visit, Visitor};
use crate::time::UnixMillis;

#[derive(Debug, Clone, Copy)]
pub struct LinkVisit<'a> {
    pub record: &'a LinkRecord,
    /// The part of the path after the link's name.
    pub suffix: &'a Suffix<'a>,
    pub request: &'a VisitorRequest<'a>,
    /// Those of the link's domain; `None` if it was not looked up, since a redirect does not need them.
    pub settings: Option<&'a DomainSettings>,
    /// The key that assigns visitors to the branches of a split.
    pub split_key: &'a SplitKey,
    /// The method that decides. It is GET if the request was a form with the link's password; see [`super::Lock::method`].
    pub method: Method,
    /// The link has no password, or the visitor has entered it.
    pub unlocked: bool,
    /// The gate's answer; `None` if the gate was not asked.
    pub gate: Option<GateAnswer>,
    pub now: UnixMillis,
}

impl<'a> LinkVisit<'a> {
    /// Whether only the gate is left to decide if the visitor is redirected.
    pub fn asks_gate(&self) -> bool {
        let query = self.query();
        let may_ask = self.record.gated || self.record.preview.is_some();
        may_ask && decide(self.record, &self.visit(&query), self.now) == Decision::AskGate
    }

    pub fn gate_request(&self, token: VisitToken) -> GateRequest {
        GateRequest {
            token,
            own_preview: self.record.preview.is_some(),
            uncounted: !self.record.gated,
            head: self.method == Method::Head,
            purpose: self.request.purpose(),
            user_agent: self.request.user_agent.and_then(|text| truncated(text, MAX_USER_AGENT_BYTES)),
            asn: self.request.asn,
        }
    }

    /// The response, and the click if the response is a redirect, or the link's own preview in its place. `visitor` hashes the visitor's address and user agent. `None` if the
    /// response is no redirect of the link's own: look the domain up, and ask again with its settings.
    pub fn respond(
        &self,
        tier: CacheTier,
        request_id: &str,
        visitor: impl FnOnce(IpAddr, &str) -> Option<VisitorHash>,
    ) -> Option<(Answer, Option<Click>)> {
        let query = self.query();
        let visit = self.visit(&query);
        let decision = decide(self.record, &visit, self.now);
        let (status, by_rule, location, context) = match &decision {
            Decision::Redirect { status, by_rule, location, .. } => {
                (*status, *by_rule, location, PageContext::default())
            }
            decision => {
                let context = PageContext::of(visit.languages, Some(self.settings?));
                match decision {
                    // As for a preview of the destination. A gate counts neither.
                    Decision::OwnPreview { status, by_rule, location, .. } if !self.record.gated => {
                        (*status, *by_rule, location, context)
                    }
                    _ => return Some((Answer::to(decision, context), None)),
                }
            }
        };
        let user_agent = visit.user_agent.unwrap_or_default();
        let visitor = visit.visitor.and_then(|Visitor { address, .. }| visitor(address, user_agent));
        let utm = utm::of_visit(visit.query, location.as_str());
        let click = Click { utm, ..self.click(&visit, (status, by_rule), tier, request_id, visitor) };
        Some((Answer::to(&decision, context), Some(click)))
    }

    /// A preview ignores the query, so that the page shows no text from it.
    fn query(&self) -> Cow<'a, str> {
        if self.suffix.preview { Cow::Borrowed("") } else { self.suffix.query(self.request.query) }
    }

    fn visit<'v>(&'v self, query: &'v str) -> Visit<'v> {
        let request = self.request;
        Visit {
            method: self.method,
            rest: self.suffix.rest,
            query,
            preview: self.suffix.preview,
            unlocked: self.unlocked,
            may_be_preview: self.record.preview.is_some() && request.may_be_preview(),
            gate: self.gate,
            country: request.country,
            user_agent: request.user_agent,
            languages: request.languages,
            visitor: request.address.map(|address| Visitor { key: self.split_key, address }),
            expired_url: self.settings.and_then(|settings| settings.expired_url.as_ref()),
        }
    }

    fn click(
        &self,
        visit: &Visit<'_>,
        (status, by_rule): (RedirectStatus, Option<&str>),
        tier: CacheTier,
        request_id: &str,
        visitor: Option<VisitorHash>,
    ) -> Click {
        let Self { record, request, now, .. } = *self;
        Click {
            time: now,
            link: record.id,
            status,
            tier,
            head: visit.method == Method::Head,
            request_id: request_id.to_owned(),
            country: visit.country.and_then(|country| truncated(country, 2)),
            region: visit.country.zip(request.region_code).and_then(region),
            city: request.city.and_then(|city| truncated(city, MAX_CITY_BYTES)),
            user_agent: visit.user_agent.and_then(|text| truncated(text, MAX_USER_AGENT_BYTES)),
            referrer: request.referrer.and_then(referrer::without_secrets),
            domain: Some(record.domain.as_str().to_owned()),
            purpose: request.purpose(),
            asn: request.asn,
            language: visit.preferred_language().and_then(|language| truncated(language, MAX_LANGUAGE_BYTES)),
            destination: by_rule.and_then(|url| truncated(url, MAX_DESTINATION_BYTES)),
            visitor,
            utm: None,
            // The caller knows it.
            trace: None,
        }
    }
}

/// ISO 3166-2: the country's code and up to three letters or digits.
fn region((country, code): (&str, &str)) -> Option<String> {
    let is_code = (1..=3).contains(&code.len()) && code.bytes().all(|byte| byte.is_ascii_alphanumeric());
    is_code.then(|| [country, "-", code].concat())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::preview::{LinkPreview, PreviewText};
    use crate::record::tests::record;

    const BROWSER: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";

    fn respond(
        record: &LinkRecord,
        suffix: &Suffix<'_>,
        request: &VisitorRequest<'_>,
        gate: Option<GateAnswer>,
    ) -> (bool, Answer, Option<Click>) {
        let split_key = SplitKey::derived_from(b"secret");
        let (method, unlocked, now) = (Method::Get, true, UnixMillis(1));
        let settings = Some(&DomainSettings::default());
        let visit = LinkVisit {
            record,
            suffix,
            request,
            settings,
            split_key: &split_key,
            method,
            unlocked,
            gate,
            now,
        };
        let (response, click) = visit.respond(CacheTier::Memory, "r-1", |_, _| None).unwrap();
        (visit.asks_gate(), response, click)
    }

    #[test]
    fn only_what_is_no_redirect_needs_the_domain() {
        let (request, suffix) = (VisitorRequest::default(), Suffix::default());
        let split_key = SplitKey::derived_from(b"secret");
        let (method, unlocked, gate, now) = (Method::Get, true, None, UnixMillis(1));
        let answer = |record: &LinkRecord, settings: Option<&DomainSettings>| {
            let (request, suffix, split_key) = (&request, &suffix, &split_key);
            let visit =
                LinkVisit { record, suffix, request, settings, split_key, method, unlocked, gate, now };
            let answered = visit.respond(CacheTier::Memory, "r-1", |_, _| None);
            answered.map(|(answer, click)| (answer.headers[0].1.to_string(), click.is_some()))
        };
        let url = |url: &str| Some(url.to_owned().try_into().unwrap());
        let expired = LinkRecord { expires_at: Some(UnixMillis(0)), ..record() };
        let own = LinkRecord { expired_url: url("https://own.test/"), ..expired.clone() };
        let settings =
            DomainSettings { expired_url: url("https://domain.test/"), ..DomainSettings::default() };
        assert!(answer(&record(), None).is_some_and(|(_, is_click)| is_click));
        assert_eq!(answer(&own, None), Some(("https://own.test/".to_owned(), true)));
        assert_eq!(answer(&expired, None), None);
        assert_eq!(answer(&expired, Some(&settings)), Some(("https://domain.test/".to_owned(), true)));
        let disabled = LinkRecord { state: crate::record::LinkState::Disabled, ..expired };
        assert!(answer(&disabled, Some(&settings)).is_some_and(|(_, is_click)| !is_click));
    }

    #[test]
    fn gated_link_asks_the_gate_and_clicks_only_when_granted() {
        let gated = LinkRecord { gated: true, ..record() };
        let request = VisitorRequest::default();
        let preview = Suffix { preview: true, ..Suffix::default() };
        let plain = Suffix::default();
        for (suffix, gate, expected) in [
            (&plain, None, (true, 503, false)),
            (&preview, None, (false, 200, false)),
            (&plain, Some(GateAnswer::Machine), (false, 200, false)),
            (&plain, Some(GateAnswer::Exhausted), (false, 410, false)),
            (&plain, Some(GateAnswer::Granted), (false, 302, true)),
        ] {
            let (asks, response, click) = respond(&gated, suffix, &request, gate);
            assert_eq!((asks, response.status, click.is_some()), expected, "{suffix:?} {gate:?}");
        }
    }

    #[test]
    fn own_preview_asks_the_origin_and_is_a_click() {
        let preview = LinkPreview { title: Some("Own".to_owned()), ..LinkPreview::default() };
        let own = LinkRecord { preview: Some(PreviewText::of(&preview)), ..record() };
        let limited = LinkRecord { gated: true, ..own.clone() };
        let (bot, person) = (Some("Slackbot 1.0 (+https://api.slack.com/robots)"), Some(BROWSER));
        for (record, user_agent, gate, expected) in [
            (&own, person, None, (false, 302, true)),
            (&own, bot, None, (true, 503, false)),
            (&own, bot, Some(GateAnswer::Granted), (false, 302, true)),
            (&own, bot, Some(GateAnswer::Preview), (false, 200, true)),
            (&limited, person, None, (true, 503, false)),
            (&limited, bot, Some(GateAnswer::Preview), (false, 200, false)),
        ] {
            let request = VisitorRequest { user_agent, ..VisitorRequest::default() };
            let (asks, response, click) = respond(record, &Suffix::default(), &request, gate);
            assert_eq!((asks, response.status, click.is_some()), expected, "{user_agent:?} {gate:?}");
            assert_eq!(response.body.contains("og:title"), response.status == 200);
        }
    }

    #[test]
    fn click_has_the_campaign_of_visit_and_destination() {
        let url = "https://example.com/?utm_source=mail&utm_medium=m".to_owned().try_into().unwrap();
        let record = LinkRecord { url, ..record() };
        for (query, utm) in [
            ("", "utm_source=mail&utm_medium=m"),
            ("utm_source=poster&secret=1", "utm_source=poster&utm_source=mail&utm_medium=m"),
        ] {
            let request = VisitorRequest { query, ..VisitorRequest::default() };
            let (_, _, click) = respond(&record, &Suffix::default(), &request, None);
            assert_eq!(click.unwrap().utm.as_deref(), Some(utm), "{query}");
        }
    }

    #[test]
    fn click_has_a_region_of_its_country_and_a_short_city() {
        let click = |country, region_code, city| {
            let request = VisitorRequest { country, region_code, city, ..VisitorRequest::default() };
            let (_, _, click) = respond(&record(), &Suffix::default(), &request, None);
            click.map(|click| (click.region, click.city)).unwrap()
        };
        let long = "Köpenick ".repeat(10);
        for (country, code, city, expected) in [
            (Some("US"), Some("TX"), Some("Austin"), (Some("US-TX"), Some("Austin"))),
            (Some("GB"), Some("ENG"), None, (Some("GB-ENG"), None)),
            (None, Some("TX"), Some("Austin"), (None, Some("Austin"))),
            (Some("US"), Some("TX\n"), Some("\u{0}"), (None, None)),
            (Some("US"), Some("long"), Some(long.as_str()), (None, Some(&long[..64]))),
        ] {
            let (region, city) = click(country, code, city);
            assert_eq!((region.as_deref(), city.as_deref()), expected, "{code:?} {city:?}");
        }
    }

    #[test]
    fn preview_shows_nothing_of_the_query() {
        let forwarding = LinkRecord { forward_query: true, ..record() };
        let request = VisitorRequest { query: "secret=1", ..VisitorRequest::default() };
        let preview = Suffix { preview: true, ..Suffix::default() };
        let (_, response, click) = respond(&forwarding, &preview, &request, None);
        assert!(response.status == 200 && !response.body.contains("secret") && click.is_none());
        let (_, response, click) = respond(&forwarding, &Suffix::default(), &request, None);
        assert!(response.headers.iter().any(|(_, value)| value.contains("secret=1")) && click.is_some());
    }
}
