//! The status, headers and body of every redirect and page that a visitor gets.

use std::borrow::Cow;

use super::own_preview;
use super::page::{Content, POLICY, Page};
use super::page_texts as texts;
use super::page_texts::PageText;
use super::qr_image::QrImage;
use super::{DomainRoute, PageContext};
use crate::clicks::batch::CacheTier;
use crate::edge_origin;
use crate::hex::from_hex;
use crate::names::destination::Destination;
use crate::names::domain::Domain;
use crate::record::domain::{DomainDocument, DomainSettings, Robots};
use crate::record::preview::PreviewText;
use crate::record::{RedirectStatus, Resolution};
use crate::redirect::decision::{
    Decision, GoneReason, Location, REFERRER_POLICY, Withheld, browser_cache_control,
};

const NO_STORE: &str = "private, no-store";
/// When a client should retry a request that cannot be answered right now.
pub const RETRY_AFTER_SECONDS: &str = "5";
/// When a client should retry after a short burst of requests.
const SOON_SECONDS: &str = "1";
/// The one kind of body that is hexadecimal until it is sent.
const HEX_PNG: &str = "image/png";
/// For what crawlers and operating systems fetch about a domain. They keep it for long themselves; an edit need not wait for ours too.
const FILE_CACHE_CONTROL: &str = "public, max-age=300";

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(&'static str, Cow<'static, str>)>,
    pub body: String,
}

impl Answer {
    pub fn to(decision: &Decision<'_>, context: PageContext<'_>) -> Self {
        match decision {
            Decision::Redirect { status, location, is_cacheable, .. } => {
                Self::redirect(*status, location, *is_cacheable)
            }
            Decision::Preview { location } => {
                Self::page(200, texts::PREVIEW, Content::Destination(location.as_str()), context)
            }
            Decision::OwnPreview { preview, .. } => Self::own_preview(preview, context),
            Decision::Password => Self::password(403, texts::PASSWORD, None, context),
            // The caller asks the gate before it builds a response, so here the gate was not available.
            Decision::AskGate => Self::gate_unavailable(context),
            Decision::Withheld(reason) => Self::withheld(*reason, context),
            Decision::NotYet => Self::page(404, texts::NOT_YET, Content::Text, context),
            Decision::Gone(reason) => Self::gone(*reason, context),
            Decision::MethodNotAllowed => Self::method_not_allowed(context),
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

    pub fn not_found(context: PageContext<'_>) -> Self {
        Self::page(404, texts::NOT_FOUND, Content::Text, context)
    }

    /// For a path that means no link: redirects to the domain's `not_found_url` or the operator's fallback address, or shows a page.
    #[inline]
    pub fn no_link(
        path: &str,
        domain: &Domain,
        fallback: Option<&Destination>,
        context: PageContext<'_>,
    ) -> Self {
        let template = context.domain.and_then(|settings| settings.not_found_url.as_ref());
        let own = template.and_then(|template| template.with_path(path));
        let own = own.filter(|url| url.host() != domain.as_str());
        match own.as_ref().or(fallback) {
            Some(url) => Self::elsewhere(url),
            None => Self::not_found(context),
        }
    }

    /// For a path of the domain itself. `resolution` is that of [`DomainRoute::document`]; any but a document means that the domain has
    /// none.
    #[inline]
    pub fn of_domain(
        route: &DomainRoute,
        domain: &Domain,
        resolution: &Resolution,
        links: &HomeLinks<'_>,
        context: PageContext<'_>,
    ) -> Self {
        let text = match resolution {
            Resolution::Document { document, .. } => Some(document),
            Resolution::Found { .. } | Resolution::Deleted { .. } | Resolution::NotFound => None,
        };
        match (route, text) {
            (DomainRoute::File(document), Some(text)) => return Self::well_known(*document, text.clone()),
            (DomainRoute::Qr(image), Some(text)) => return Self::qr_image(image, text.clone()),
            (DomainRoute::Qr(_), None) if matches!(resolution, Resolution::Deleted { .. }) => {
                return Self::removed(context);
            }
            (DomainRoute::File(_) | DomainRoute::Qr(_), None) => return Self::not_found(context),
            (DomainRoute::Home | DomainRoute::Robots | DomainRoute::Unknown(_), _) => {}
        }
        let settings = text.map_or_else(DomainSettings::default, |text| DomainSettings::parse(text));
        let context = PageContext { domain: Some(&settings), ..context };
        match route {
            DomainRoute::Robots => Self::robots(&settings),
            DomainRoute::Unknown(path) => Self::no_link(path, domain, links.fallback, context),
            DomainRoute::Home | DomainRoute::File(_) | DomainRoute::Qr(_) => {
                Self::home(domain, links, context)
            }
        }
    }

    /// For the bare domain.
    #[inline]
    fn home(domain: &Domain, links: &HomeLinks<'_>, context: PageContext<'_>) -> Self {
        let own = context.domain.and_then(|settings| settings.home(domain));
        match own.or(links.fallback) {
            Some(url) => Self::elsewhere(url),
            None => Self::page(200, texts::HOME, Content::Dashboard(&links.dashboard_url(domain)), context),
        }
    }

    /// An address that the operator may change at any time.
    #[inline]
    fn elsewhere(url: &Destination) -> Self {
        let response = Self { status: 302, headers: Vec::new(), body: String::new() };
        response.with("location", url.as_str().to_owned()).with("cache-control", NO_STORE)
    }

    pub fn password_wrong(context: PageContext<'_>) -> Self {
        Self::password(403, texts::PASSWORD, Some(texts::PASSWORD_WRONG), context)
    }

    /// The page keeps the form, so that the visitor can simply send it again.
    pub fn too_many_passwords(retry_after_seconds: u32, context: PageContext<'_>) -> Self {
        Self::password(429, texts::TOO_MANY_PASSWORDS, Some(texts::PASSWORD_NOT_CHECKED), context)
            .with("retry-after", retry_after_seconds.to_string())
    }

    fn password(
        status: u16,
        text: PageText,
        warning: Option<super::page_context::Text>,
        context: PageContext<'_>,
    ) -> Self {
        let warning = warning.map_or("", |warning| context.language.choose(warning));
        Self::page(status, text, Content::Password { warning }, context)
    }

    /// A prefetch gets an error status: a browser would show a successful page to a person who follows the link later.
    fn withheld(reason: Withheld, context: PageContext<'_>) -> Self {
        let status = if reason == Withheld::Prefetch { 403 } else { 200 };
        Self::page(status, texts::LIMITED, Content::Text, context)
    }

    /// Without the gate there is no redirect: the maximum of clicks is a promise to the link's owner, and comes before availability.
    pub fn gate_unavailable(context: PageContext<'_>) -> Self {
        let page = Self::page(503, texts::GATE_UNAVAILABLE, Content::Text, context);
        page.with("retry-after", RETRY_AFTER_SECONDS)
    }

    fn gone(reason: GoneReason, context: PageContext<'_>) -> Self {
        let text = match reason {
            GoneReason::Expired => texts::EXPIRED,
            GoneReason::Exhausted => texts::EXHAUSTED,
            GoneReason::Disabled => texts::DISABLED,
            GoneReason::Loop => texts::LOOP,
        };
        Self::page(410, text, Content::Text, context)
    }

    pub fn removed(context: PageContext<'_>) -> Self {
        Self::page(410, texts::REMOVED, Content::Text, context)
    }

    pub fn method_not_allowed(context: PageContext<'_>) -> Self {
        Self::page(405, texts::METHOD_NOT_ALLOWED, Content::Text, context).with("allow", "GET, HEAD")
    }

    pub fn too_many_requests(retry_after_seconds: u32, context: PageContext<'_>) -> Self {
        Self::page(429, texts::TOO_MANY_REQUESTS, Content::Text, context)
            .with("retry-after", retry_after_seconds.to_string())
    }

    /// The origin's concurrency limit is reached.
    pub fn busy(context: PageContext<'_>) -> Self {
        Self::page(503, texts::BUSY, Content::Text, context).with("retry-after", SOON_SECONDS)
    }

    pub fn unavailable(context: PageContext<'_>) -> Self {
        Self::page(503, texts::UNAVAILABLE, Content::Text, context).with("retry-after", RETRY_AFTER_SECONDS)
    }

    pub fn internal_error(context: PageContext<'_>) -> Self {
        Self::page(500, texts::INTERNAL_ERROR, Content::Text, context)
    }

    /// The same address over https. 308 keeps the method; a browser remembers it for an hour.
    pub fn to_https(url: String) -> Self {
        let response = Self { status: 308, headers: Vec::new(), body: String::new() };
        response.with("location", url).with("cache-control", "private, max-age=3600")
    }

    /// A password that was sent over http may have been read on the way, and a redirect would send it again.
    pub fn form_over_http(context: PageContext<'_>) -> Self {
        Self::page(403, texts::FORM_OVER_HTTP, Content::Text, context)
    }

    /// By default crawlers may follow links: otherwise they would not see the header that forbids indexing.
    #[inline]
    fn robots(settings: &DomainSettings) -> Self {
        let disallowed = match settings.robots {
            Robots::Allow => "/api/",
            Robots::Disallow => "/",
        };
        Self::file("text/plain; charset=utf-8", format!("User-agent: *\nDisallow: {disallowed}\n"))
    }

    #[inline]
    fn well_known(document: DomainDocument, text: String) -> Self {
        match document {
            DomainDocument::Logo => Self::file(HEX_PNG, text),
            // JSON, also where the name does not end in that (Apple, "Supporting associated domains").
            DomainDocument::Settings
            | DomainDocument::AppleAppSiteAssociation
            | DomainDocument::AssetLinks => Self::file("application/json", text),
        }
    }

    /// Pages of any site may show it, also those that load nothing from others without leave (`Cross-Origin-Embedder-Policy`).
    #[inline]
    fn qr_image(image: &QrImage, text: String) -> Self {
        let answer = if image.is_png {
            Self::file(HEX_PNG, text)
        } else {
            // Opened by itself, it is a document of our origin.
            Self::file("image/svg+xml", text)
                .with("content-security-policy", "default-src 'none'; img-src data:; sandbox")
        };
        answer.with("cross-origin-resource-policy", "cross-origin").with("x-robots-tag", "noindex")
    }

    /// The bytes to send.
    #[inline]
    pub fn into_bytes(self) -> Vec<u8> {
        let is_picture = self.headers.first().is_some_and(|(_, value)| value == HEX_PNG);
        if is_picture { from_hex(&self.body).unwrap_or_default() } else { self.body.into_bytes() }
    }

    #[inline]
    fn file(content_type: &'static str, body: String) -> Self {
        let response = Self { status: 200, headers: Vec::new(), body };
        response
            .with("content-type", content_type)
            .with("x-content-type-options", "nosniff")
            .with("cache-control", FILE_CACHE_CONTROL)
    }

    /// The response to a password form. A redirect becomes a 303, because a 307 would send the password to the destination. A browser
    /// gets a page that forwards immediately: browsers apply `form-action` also to redirects after a form, and our policy allows only
    /// the link itself.
    #[inline]
    pub(super) fn after_form(mut self, accepts_pages: bool, context: PageContext<'_>) -> Self {
        let location = self.headers.iter().find(|(name, _)| *name == "location");
        if let Some((_, url)) = location.filter(|_| accepts_pages) {
            return Self::page(200, texts::UNLOCKED, Content::Forward(url), context);
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

    fn page(status: u16, text: PageText, content: Content<'_>, context: PageContext<'_>) -> Self {
        let page = Page { text, content, context };
        Self::html(status, page.policy(), page.html())
    }

    #[inline]
    fn own_preview(preview: &PreviewText, context: PageContext<'_>) -> Self {
        Self::html(200, POLICY, own_preview::html(&preview.parse(), context))
    }

    fn html(status: u16, policy: &'static str, body: String) -> Self {
        let response = Self { status, headers: Vec::new(), body };
        response
            .with("content-type", "text/html; charset=utf-8")
            .with("content-security-policy", policy)
            .with("x-content-type-options", "nosniff")
            .with("referrer-policy", "no-referrer")
            .with("x-robots-tag", "noindex")
            .with("cache-control", NO_STORE)
    }
}

/// Where the bare domain leads if its settings do not say: the operator's choice, or the dashboard.
#[derive(Debug, Clone, Copy)]
pub struct HomeLinks<'a> {
    /// `FALLBACK_URL`.
    pub fallback: Option<&'a Destination>,
    pub default_domain: &'a Domain,
    /// `DASHBOARD_HOST`; the default domain unless set.
    pub dashboard_host: Option<&'a Domain>,
}

impl HomeLinks<'_> {
    /// Relative on the dashboard's own host, which has a port of its own on a developer's machine.
    #[inline]
    fn dashboard_url(&self, domain: &Domain) -> Cow<'static, str> {
        let host = self.dashboard_host.unwrap_or(self.default_domain);
        if host == domain {
            Cow::Borrowed("/dashboard/")
        } else {
            Cow::Owned(format!("https://{host}/dashboard/"))
        }
    }
}

#[cfg(test)]
mod tests;
