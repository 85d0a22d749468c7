//! The Worker's own answers: status, headers and body of redirects, pages and problem documents.

use std::borrow::Cow;

use link_core::click_batch::CacheTier;
use link_core::cors;
use link_core::decision::{Decision, GoneReason, Location, REFERRER_POLICY, Withheld, browser_cache_control};
use link_core::destination::Destination;
use link_core::edge_origin;
use link_core::record::RedirectStatus;
use serde::{Serialize, Serializer};

use crate::lookup::OriginError;
use crate::page::{Page, PageContent};

#[derive(Debug, PartialEq, Eq)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(&'static str, Cow<'static, str>)>,
    pub body: String,
}

impl Answer {
    pub fn to(decision: &Decision<'_>) -> Self {
        match decision {
            Decision::Redirect { status, location, is_cacheable } => {
                Self::redirect(*status, location, *is_cacheable)
            }
            Decision::Preview { location } => Self::preview(location),
            Decision::Password => Self::password_wanted(),
            // The gate was not reached.
            Decision::AskGate => Self::gate_unavailable(),
            Decision::Withheld(why) => Self::withheld(*why),
            Decision::NotYet => Self::not_yet(),
            Decision::Gone(reason) => Self::gone(*reason),
            Decision::NotFound => Self::not_found(),
            Decision::MethodNotAllowed => Self::method_not_allowed(),
        }
    }

    fn redirect(status: RedirectStatus, location: &Location<'_>, is_cacheable: bool) -> Self {
        Self {
            status: status.into(),
            headers: vec![
                ("location", Cow::Owned(location.as_str().to_owned())),
                ("cache-control", Cow::Borrowed(browser_cache_control(is_cacheable))),
                ("referrer-policy", Cow::Borrowed(REFERRER_POLICY)),
                // A search engine should index the destination, not the short link.
                ("x-robots-tag", Cow::Borrowed("noindex")),
            ],
            body: String::new(),
        }
    }

    pub fn not_found() -> Self {
        let text = "There is no such link. Check the address for typos.";
        Self::page(404, "Link not found", text, PageContent::Nothing)
    }

    /// Redirects to the operator's page for unknown links.
    pub fn fallback(url: &Destination) -> Self {
        let answer = Self { status: 302, headers: Vec::new(), body: String::new() };
        answer.with("location", url.as_str().to_owned()).with("cache-control", NO_STORE)
    }

    /// Shows where the link leads, without redirecting.
    fn preview(location: &Location<'_>) -> Self {
        Self::page(
            200,
            "This link leads to",
            "You see this page because the address ended in a plus sign.",
            PageContent::Destination(location.as_str()),
        )
    }

    fn password_wanted() -> Self {
        let text = "Ask the person who gave you this link for its password.";
        Self::page(403, "This link is protected", text, PageContent::Password { warning: "" })
    }

    pub fn password_wrong() -> Self {
        let text = "Ask the person who gave you this link for its password.";
        Self::page(
            403,
            "This link is protected",
            text,
            PageContent::Password { warning: "That is not the password." },
        )
    }

    /// Shows the form again, since the visitor only has to resend it.
    pub fn too_many_passwords(retry_after_seconds: u32) -> Self {
        let text = "Too many passwords were tried here. Wait a moment and enter yours again.";
        let content = PageContent::Password { warning: "Your password was not checked." };
        Self::page(429, "One moment, please", text, content)
            .with("retry-after", retry_after_seconds.to_string())
    }

    /// No success status for a prefetch: the browser would show this page to a person who follows the link afterwards.
    fn withheld(why: Withheld) -> Self {
        let text =
            "This link can be opened a limited number of times. It shows where it leads when you follow it.";
        let status = if why == Withheld::Prefetch { 403 } else { 200 };
        Self::page(status, "Limited link", text, PageContent::Nothing)
    }

    /// A promise to the link's owner goes before availability.
    pub fn gate_unavailable() -> Self {
        let text = "This link can be opened a limited number of times, which cannot be checked right now. Try again in a \
                    few seconds.";
        Self::page(503, "One moment, please", text, PageContent::Nothing)
            .with("retry-after", RETRY_AFTER_SECONDS)
    }

    fn not_yet() -> Self {
        Self::page(404, "Not yet", "This link is not active yet. Come back later.", PageContent::Nothing)
    }

    fn gone(reason: GoneReason) -> Self {
        let text = match reason {
            GoneReason::Expired => "This link has expired.",
            GoneReason::Exhausted => "This link has been used as often as it may be.",
            GoneReason::Disabled => "This link has been switched off.",
            GoneReason::Loop => "This link leads back to itself.",
        };
        Self::page(410, "No longer available", text, PageContent::Nothing)
    }

    pub fn removed() -> Self {
        Self::page(410, "No longer available", "This link has been removed.", PageContent::Nothing)
    }

    pub fn method_not_allowed() -> Self {
        let text = "This link can only be followed with GET or HEAD.";
        Self::page(405, "Not like that", text, PageContent::Nothing).with("allow", "GET, HEAD")
    }

    pub fn too_many_requests(retry_after_seconds: u32) -> Self {
        let text = "Your network sent too many requests. Wait a moment and try again.";
        Self::page(429, "Too many requests", text, PageContent::Nothing)
            .with("retry-after", retry_after_seconds.to_string())
    }

    /// No copy, and no origin that answers: the only case in which an existing link does not redirect.
    pub fn lookup_failed(error: &OriginError) -> Self {
        match error {
            OriginError::LimitReached | OriginError::Throttled => {
                let text = "Many links are being looked up right now. Try again in a second.";
                Self::page(503, "One moment, please", text, PageContent::Nothing).with("retry-after", "1")
            }
            OriginError::Unavailable(_) | OriginError::Refused(_) | OriginError::Skipped => {
                Self::unavailable()
            }
        }
    }

    pub fn unavailable() -> Self {
        let text = "This link cannot be looked up right now. Try again in a few seconds.";
        Self::page(503, "One moment, please", text, PageContent::Nothing)
            .with("retry-after", RETRY_AFTER_SECONDS)
    }

    /// The same address over https. 308 keeps the method, and a browser remembers it for an hour.
    pub fn to_https(url: String) -> Self {
        let answer = Self { status: 308, headers: Vec::new(), body: String::new() };
        answer.with("location", url).with("cache-control", "private, max-age=3600")
    }

    /// The form may have been read on the way; a redirect would send it again.
    pub fn form_over_http() -> Self {
        let text = "This connection is not encrypted, so nothing that you entered was used. Open the link again with https.";
        Self::page(403, "Use https", text, PageContent::Nothing)
    }

    /// Allows links, so that crawlers see their `noindex`.
    pub fn robots() -> Self {
        let answer =
            Self { status: 200, headers: Vec::new(), body: "User-agent: *\nDisallow: /api/\n".to_owned() };
        answer
            .with("content-type", "text/plain; charset=utf-8")
            .with("cache-control", "public, max-age=86400")
    }

    /// The answer to a form with the right password; the cookie keeps the link unlocked for a while.
    pub fn unlocked(self, cookie: &str, is_browser: bool) -> Self {
        self.after_form(is_browser).with("set-cookie", cookie.to_owned())
    }

    /// `303 See Other`, whatever the link's status: a 307 would send the password to the destination. A browser gets a page
    /// that redirects by itself: browsers apply a form's policy (`form-action`) to redirects after it too, and ours allows
    /// only the link itself.
    pub fn after_form(mut self, is_browser: bool) -> Self {
        let location = self.headers.iter().find(|(name, _)| *name == "location");
        if let Some((_, url)) = location.filter(|_| is_browser) {
            return Self::page(
                200,
                "Link unlocked",
                "You are being taken there.",
                PageContent::Redirecting(url),
            );
        }
        if (300..400).contains(&self.status) {
            self.status = 303;
        }
        self.headers.retain(|(name, _)| *name != "cache-control");
        self.with("cache-control", NO_STORE)
    }

    /// A CORS preflight for the API: any page may call it, so the origin is not asked.
    pub fn preflight() -> Self {
        let headers = cors::EVERY_ANSWER.into_iter().chain(cors::PREFLIGHT);
        let headers = headers.map(|(name, value)| (name, Cow::Borrowed(value))).collect();
        Self { status: 204, headers, body: String::new() }
    }

    pub fn alive() -> Self {
        let answer = Self { status: 200, headers: Vec::new(), body: r#"{"status":"ok"}"#.to_owned() };
        answer.json()
    }

    pub fn readiness(origin: bool, queue: bool) -> Self {
        let word = |ready| if ready { "ok" } else { "unavailable" };
        let (origin_word, queue_word) = (word(origin), word(queue));
        let body = format!(r#"{{"checks":{{"origin":"{origin_word}","queue":"{queue_word}"}}}}"#);
        let status = if origin && queue { 200 } else { 503 };
        let answer = Self { status, headers: Vec::new(), body };
        answer.json()
    }

    fn json(self) -> Self {
        self.with("content-type", "application/json")
            .with("cache-control", "no-store")
            .with("x-content-type-options", "nosniff")
    }

    /// Adds the headers that tell the cache tier and the lookup's duration.
    pub fn served_from(self, tier: CacheTier, millis: i64) -> Self {
        self.with(edge_origin::CACHE, tier.as_str())
            .with("server-timing", format!("lookup;dur={millis};desc={}", tier.as_str()))
    }

    pub fn with(mut self, name: &'static str, value: impl Into<Cow<'static, str>>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    #[cfg(test)]
    pub fn shown(&self) -> String {
        let headers: String = self.headers.iter().map(|(name, value)| format!("{name}: {value}\n")).collect();
        format!("{}\n{headers}\n{}", self.status, self.body)
    }

    /// For `entry.js`, which passes it to `new Response` unchanged. `ships`: clicks must be shipped.
    pub fn to_json(&self, ships: bool) -> String {
        let body = (!self.body.is_empty()).then_some(self.body.as_str());
        let headers = EntryAnswer { status: self.status, headers: HeaderMap(&self.headers), body, ships };
        // Strings and a number always serialise.
        serde_json::to_string(&headers).unwrap_or_default()
    }

    fn page(status: u16, title: &str, text: &str, content: PageContent<'_>) -> Self {
        let page = Page { title, text, content };
        let answer = Self { status, headers: Vec::new(), body: page.html() };
        answer
            .with("content-type", "text/html; charset=utf-8")
            .with("content-security-policy", page.policy())
            .with("x-content-type-options", "nosniff")
            .with("referrer-policy", "no-referrer")
            .with("x-robots-tag", "noindex")
            .with("cache-control", NO_STORE)
    }
}

#[derive(Serialize)]
struct EntryAnswer<'a> {
    status: u16,
    headers: HeaderMap<'a>,
    body: Option<&'a str>,
    ships: bool,
}

struct HeaderMap<'a>(&'a [(&'static str, Cow<'static, str>)]);

impl Serialize for HeaderMap<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, value)))
    }
}

const NO_STORE: &str = "private, no-store";
pub const RETRY_AFTER_SECONDS: &str = "5";

#[cfg(test)]
mod tests {
    use link_core::decision::decide;
    use link_core::time::UnixMillis;
    use link_core::visit::Visit;

    use super::*;
    use crate::lookup::fixtures::record;

    #[test]
    fn answer_is_json_for_the_entry() {
        let json = r#"{"status":200,"headers":{"content-type":"application/json","cache-control":"no-store","x-content-type-options":"nosniff","a":"\"b"},"body":"{\"status\":\"ok\"}","ships":true}"#;
        assert_eq!(Answer::alive().with("a", "\"b").to_json(true), json);
        let record = record("https://example.com/");
        let redirect = Answer::to(&decide(&record, &Visit::default(), UnixMillis(0)));
        assert!(redirect.to_json(false).ends_with(r#""body":null,"ships":false}"#));
    }

    #[test]
    fn answers_keep_their_form() {
        let record = record("https://example.com/");
        let decision = decide(&record, &Visit::default(), UnixMillis(0));
        let Decision::Redirect { location, .. } = decision.clone() else { panic!("{decision:?}") };
        let answers = [
            Answer::to(&decision).served_from(CacheTier::Origin, 12),
            Answer::redirect(RedirectStatus::PermanentRedirect, &location, true)
                .served_from(CacheTier::Memory, 0),
            Answer::not_found().served_from(CacheTier::Negative, 0),
            Answer::preview(&location).served_from(CacheTier::Colo, 1),
            Answer::to(&Decision::Password),
            Answer::password_wrong(),
            Answer::too_many_passwords(2),
            Answer::to(&decision).unlocked("a=b", false),
            Answer::fallback(&record.url),
            Answer::robots(),
            Answer::to(&Decision::AskGate),
            Answer::to(&Decision::Withheld(Withheld::Preview)),
            Answer::to(&Decision::Withheld(Withheld::Prefetch)),
            Answer::to(&Decision::NotYet),
            Answer::to(&Decision::Gone(GoneReason::Expired)),
            Answer::to(&Decision::Gone(GoneReason::Exhausted)),
            Answer::to(&Decision::Gone(GoneReason::Disabled)),
            Answer::to(&Decision::Gone(GoneReason::Loop)),
            Answer::to(&Decision::NotFound),
            Answer::removed(),
            Answer::method_not_allowed(),
            Answer::too_many_requests(7),
            Answer::lookup_failed(&OriginError::Unavailable("timeout".to_owned())),
            Answer::lookup_failed(&OriginError::LimitReached),
            Answer::form_over_http(),
            Answer::to_https("https://go.example.com/a".to_owned()),
            Answer::to(&decision).unlocked("a=b", true),
            Answer::preflight(),
            Answer::alive(),
            Answer::readiness(true, true),
            Answer::readiness(true, false),
        ];
        insta::assert_snapshot!(answers.iter().map(Answer::shown).collect::<Vec<_>>().join("\n---\n"));
    }
}
