//! The status, headers and body of every redirect and page that a visitor gets.

use std::borrow::Cow;

use super::page::{Content, Page};
use crate::clicks::batch::CacheTier;
use crate::edge_origin;
use crate::names::destination::Destination;
use crate::record::RedirectStatus;
use crate::redirect::decision::{
    Decision, GoneReason, Location, REFERRER_POLICY, Withheld, browser_cache_control,
};

const NO_STORE: &str = "private, no-store";
/// When a client should retry a request that cannot be answered right now.
pub const RETRY_AFTER_SECONDS: &str = "5";
/// When a client should retry after a short burst of requests.
const SOON_SECONDS: &str = "1";
const ASK_FOR_PASSWORD: &str = "Ask the person who sent you this link for its password.";
const ONE_MOMENT: &str = "One moment, please";

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(&'static str, Cow<'static, str>)>,
    pub body: String,
}

impl Answer {
    pub fn to(decision: &Decision<'_>) -> Self {
        match decision {
            Decision::Redirect { status, location, is_cacheable, .. } => {
                Self::redirect(*status, location, *is_cacheable)
            }
            Decision::Preview { location } => Self::preview(location),
            Decision::Password => Self::password_needed(),
            // The caller asks the gate before it builds a response, so here the gate was not available.
            Decision::AskGate => Self::gate_unavailable(),
            Decision::Withheld(reason) => Self::withheld(*reason),
            Decision::NotYet => Self::not_yet(),
            Decision::Gone(reason) => Self::gone(*reason),
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
                // Search engines should index the destination, not the short link.
                ("x-robots-tag", Cow::Borrowed("noindex")),
            ],
            body: String::new(),
        }
    }

    pub fn not_found() -> Self {
        let text = "There is no such link. Check the address for typos.";
        Self::page(404, "Link not found", text, Content::Text)
    }

    /// Redirects to the operator's fallback address for visits without a link, or shows a page if there is none.
    pub fn no_link(fallback: Option<&Destination>) -> Self {
        let Some(url) = fallback else { return Self::not_found() };
        let response = Self { status: 302, headers: Vec::new(), body: String::new() };
        response.with("location", url.as_str().to_owned()).with("cache-control", NO_STORE)
    }

    fn preview(location: &Location<'_>) -> Self {
        let text = "You see this page because the address ended in a plus sign.";
        Self::page(200, "This link leads to", text, Content::Destination(location.as_str()))
    }

    fn password_needed() -> Self {
        Self::page(403, "This link is protected", ASK_FOR_PASSWORD, Content::Password { warning: "" })
    }

    pub fn password_wrong() -> Self {
        let content = Content::Password { warning: "That password is not correct." };
        Self::page(403, "This link is protected", ASK_FOR_PASSWORD, content)
    }

    /// The page keeps the form, so that the visitor can simply send it again.
    pub fn too_many_passwords(retry_after_seconds: u32) -> Self {
        let text = "Too many passwords were tried. Wait a moment, then enter yours again.";
        let content = Content::Password { warning: "Your password was not checked." };
        Self::page(429, ONE_MOMENT, text, content).with("retry-after", retry_after_seconds.to_string())
    }

    /// A prefetch gets an error status: a browser would show a successful page to a person who follows the link later.
    fn withheld(reason: Withheld) -> Self {
        let text = "This link can be opened a limited number of times. Follow it to see where it leads.";
        let status = if reason == Withheld::Prefetch { 403 } else { 200 };
        Self::page(status, "Limited link", text, Content::Text)
    }

    /// Without the gate there is no redirect: the maximum of clicks is a promise to the link's owner, and comes before availability.
    pub fn gate_unavailable() -> Self {
        let text = "This link has a limited number of visits, and we cannot check right now if any are left. Try again in a \
                    few seconds.";
        Self::page(503, ONE_MOMENT, text, Content::Text).with("retry-after", RETRY_AFTER_SECONDS)
    }

    fn not_yet() -> Self {
        Self::page(404, "Not yet", "This link is not active yet. Come back later.", Content::Text)
    }

    fn gone(reason: GoneReason) -> Self {
        let text = match reason {
            GoneReason::Expired => "This link has expired.",
            GoneReason::Exhausted => "This link has reached its maximum number of visits.",
            GoneReason::Disabled => "This link has been disabled.",
            GoneReason::Loop => "This link leads back to itself.",
        };
        Self::page(410, "No longer available", text, Content::Text)
    }

    pub fn removed() -> Self {
        Self::page(410, "No longer available", "This link has been removed.", Content::Text)
    }

    pub fn method_not_allowed() -> Self {
        let text = "This link can only be followed with GET or HEAD.";
        Self::page(405, "Method not allowed", text, Content::Text).with("allow", "GET, HEAD")
    }

    pub fn too_many_requests(retry_after_seconds: u32) -> Self {
        let text = "Your network sent too many requests. Wait a moment and try again.";
        Self::page(429, "Too many requests", text, Content::Text)
            .with("retry-after", retry_after_seconds.to_string())
    }

    /// The origin's concurrency limit is reached.
    pub fn busy() -> Self {
        let text = "Many links are being looked up right now. Try again in a second.";
        Self::page(503, ONE_MOMENT, text, Content::Text).with("retry-after", SOON_SECONDS)
    }

    pub fn unavailable() -> Self {
        let text = "This link cannot be looked up right now. Try again in a few seconds.";
        Self::page(503, ONE_MOMENT, text, Content::Text).with("retry-after", RETRY_AFTER_SECONDS)
    }

    pub fn internal_error() -> Self {
        let text = "Something went wrong on our side, and it has been logged. Try again later.";
        Self::page(500, "Something went wrong", text, Content::Text)
    }

    /// The same address over https. 308 keeps the method; a browser remembers it for an hour.
    pub fn to_https(url: String) -> Self {
        let response = Self { status: 308, headers: Vec::new(), body: String::new() };
        response.with("location", url).with("cache-control", "private, max-age=3600")
    }

    /// A password that was sent over http may have been read on the way, and a redirect would send it again.
    pub fn form_over_http() -> Self {
        let text = "This connection is not encrypted, so we ignored the password that you entered. Open the link again with https.";
        Self::page(403, "Use https", text, Content::Text)
    }

    /// Crawlers may follow links: otherwise they would not see the header that forbids indexing.
    pub fn robots() -> Self {
        let body = "User-agent: *\nDisallow: /api/\n".to_owned();
        let response = Self { status: 200, headers: Vec::new(), body };
        response
            .with("content-type", "text/plain; charset=utf-8")
            .with("cache-control", "public, max-age=86400")
    }

    /// The response to a password form. A redirect becomes a 303, because a 307 would send the password to the destination. A browser
    /// gets a page that forwards immediately: browsers apply `form-action` also to redirects after a form, and our policy allows only
    /// the link itself.
    pub(super) fn after_form(mut self, accepts_pages: bool) -> Self {
        let location = self.headers.iter().find(|(name, _)| *name == "location");
        if let Some((_, url)) = location.filter(|_| accepts_pages) {
            return Self::page(200, "Link unlocked", "You are being redirected.", Content::Forward(url));
        }
        if (300..400).contains(&self.status) {
            self.status = 303;
        }
        self.headers.retain(|(name, _)| *name != "cache-control");
        self.with("cache-control", NO_STORE)
    }

    /// Adds headers with the cache tier of the link's record and the duration of the lookup.
    pub fn served_from(self, tier: CacheTier, millis: i64) -> Self {
        self.with(edge_origin::CACHE, tier.as_str())
            .with("server-timing", format!("lookup;dur={millis};desc={}", tier.as_str()))
    }

    pub fn with(mut self, name: &'static str, value: impl Into<Cow<'static, str>>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    fn page(status: u16, title: &str, text: &str, content: Content<'_>) -> Self {
        let page = Page { title, text, content };
        let response = Self { status, headers: Vec::new(), body: page.html() };
        response
            .with("content-type", "text/html; charset=utf-8")
            .with("content-security-policy", page.policy())
            .with("x-content-type-options", "nosniff")
            .with("referrer-policy", "no-referrer")
            .with("x-robots-tag", "noindex")
            .with("cache-control", NO_STORE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::tests::record;
    use crate::redirect::decision::decide;
    use crate::redirect::visit::Visit;
    use crate::time::UnixMillis;

    fn shown(response: &Answer) -> String {
        let headers: String =
            response.headers.iter().map(|(name, value)| format!("{name}: {value}\n")).collect();
        format!("{}\n{headers}\n{}", response.status, response.body)
    }

    #[test]
    fn answers_are_unchanged() {
        let record = record();
        let decision = decide(&record, &Visit::default(), UnixMillis(0));
        let Decision::Redirect { location, .. } = decision.clone() else { panic!("{decision:?}") };
        let to = |decision| Answer::to(&decision);
        let answers = [
            Answer::to(&decision).served_from(CacheTier::Origin, 12),
            Answer::redirect(RedirectStatus::PermanentRedirect, &location, true),
            Answer::to(&decision).after_form(false),
            Answer::to(&decision).after_form(true),
            Answer::no_link(Some(&record.url)),
            Answer::no_link(None),
            to(Decision::Preview { location }),
            to(Decision::Password),
            Answer::password_wrong(),
            Answer::too_many_passwords(2),
            to(Decision::AskGate),
            to(Decision::Withheld(Withheld::Preview)),
            to(Decision::Withheld(Withheld::Prefetch)),
            to(Decision::NotYet),
            to(Decision::Gone(GoneReason::Expired)),
            to(Decision::Gone(GoneReason::Exhausted)),
            to(Decision::Gone(GoneReason::Disabled)),
            to(Decision::Gone(GoneReason::Loop)),
            to(Decision::MethodNotAllowed),
            Answer::removed(),
            Answer::too_many_requests(7),
            Answer::busy(),
            Answer::unavailable(),
            Answer::internal_error(),
            Answer::to_https("https://go.example.com/a".to_owned()),
            Answer::form_over_http(),
            Answer::robots(),
        ];
        insta::assert_snapshot!(answers.iter().map(shown).collect::<Vec<_>>().join("\n---\n"));
    }
}
