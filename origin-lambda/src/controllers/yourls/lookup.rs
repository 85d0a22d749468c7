//! `action=expand` and `action=url-stats`: one link, by its keyword or its short URL.

use axum::http::StatusCode;
use link_core::names::domain::Domain;
use link_core::names::slug::Slug;
use percent_encoding::percent_decode_str;

use super::answer::{Answer, Fields, fields};
use crate::app::App;
use crate::auth::LinkBounds;
use crate::http::host_input;
use crate::http::problem::Problem;
use crate::http::timestamp;
use crate::links::input::{ValidationContext, values};
use crate::links::json::short_url;
use crate::store::links::Link;

pub(super) async fn expand(app: &App, bounds: &LinkBounds, text: &str) -> Result<Answer, Problem> {
    let Some(link) = find(app, bounds, text).await? else {
        let answer = Answer::error(404, "Error: short URL not found").simple("not found");
        return Ok(answer.with("keyword", text));
    };
    let url = link.settings.url.as_str();
    let shown = Fields::default()
        .text("keyword", link.code.as_str())
        .text("shorturl", address(app, &link))
        .text("longurl", url)
        .text("title", title(&link))
        .text("message", "success")
        .text("statusCode", 200);
    Ok(Answer::ok(shown).simple(url))
}

pub(super) async fn url_stats(app: &App, bounds: &LinkBounds, text: &str) -> Result<Answer, Problem> {
    let Some(link) = find(app, bounds, text).await? else {
        let missing = fields([("statusCode", "404"), ("message", "Error: short URL not found")]);
        return Ok(Answer::with_status(StatusCode::NOT_FOUND, missing).simple(NO_SIMPLE));
    };
    let shown = fields([("statusCode", "200"), ("message", "success")]);
    Ok(Answer::ok(shown.group("link", statistics_of(app, &link))).simple(NO_SIMPLE))
}

/// What YOURLS says where there is no single text.
pub(super) const NO_SIMPLE: &str = "Need either XML or JSON format for stats";

/// A link with its clicks, as in a list.
pub(super) fn statistics_of(app: &App, link: &Link) -> Fields {
    Fields::default()
        .text("shorturl", address(app, link))
        .text("url", link.settings.url.as_str())
        .text("title", title(link))
        .text("timestamp", date(link))
        // No address is stored.
        .text("ip", "")
        .text("clicks", link.clicks.total)
}

pub(super) fn address(app: &App, link: &Link) -> String {
    short_url(&app.site, &link.domain, &link.code)
}

/// YOURLS shows the destination where it knows no title.
pub(super) fn title(link: &Link) -> &str {
    link.settings.title.as_deref().unwrap_or(link.settings.url.as_str())
}

/// In UTC.
pub(super) fn date(link: &Link) -> String {
    let created = timestamp::format(link.created_at);
    created.get(..19).unwrap_or_default().replace('T', " ")
}

async fn find(app: &App, bounds: &LinkBounds, text: &str) -> Result<Option<Link>, Problem> {
    let context = ValidationContext::new(&app.site, bounds, app.clock.now());
    let base = format!("{}/", app.site.short_url_base(&app.site.default_domain));
    let name = match text.strip_prefix(&base) {
        Some(path) => code(path).map(|code| (app.site.default_domain.clone(), code)),
        None => name(text, context.default_domain),
    };
    let Some((domain, code)) = name else { return Ok(None) };
    let link = app.links.link_by_name(&domain, &code).await?;
    Ok(link.filter(|link| link.is_within(bounds)))
}

/// The domain and code of a keyword or of an address.
fn name(text: &str, default_domain: &Domain) -> Option<(Domain, Slug)> {
    let Some((_, address)) = text.split_once("://") else {
        return Some((default_domain.clone(), code(text)?));
    };
    let (host, path) = address.split_once('/')?;
    Some((host_input::parse_domain(host).ok()?, code(path)?))
}

fn code(path: &str) -> Option<Slug> {
    let path = path.split(['?', '#']).next()?.trim_matches('/');
    let decoded = percent_decode_str(path).decode_utf8().ok()?;
    values::code(decoded.into_owned().into()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keyword_and_address_name_the_same_link() {
        let default = "go.example.com".parse().unwrap();
        let named = |text: &str| name(text, &default).map(|(domain, code)| format!("{domain}/{code}"));
        for text in [
            "summer/grüße",
            "/summer/gr%C3%BC%C3%9Fe/",
            "https://go.example.com/summer/gr%C3%BC%C3%9Fe?a=b#c",
            "http://GO.example.com/summer/grüße",
        ] {
            assert_eq!(named(text).as_deref(), Some("go.example.com/summer/grüße"), "{text}");
        }
        assert_eq!(named("https://other.example/a").as_deref(), Some("other.example/a"));
        for text in ["", "/", "https://go.example.com", "https:///a", "a b", "%FF"] {
            assert_eq!(named(text), None, "{text}");
        }
    }
}
