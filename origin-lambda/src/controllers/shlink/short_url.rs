//! A link as Shlink shows it.

use axum::Json;
use axum::response::{IntoResponse, Response};
use link_core::publication::Change;
use serde_json::{Value, json};

use super::query::atom;
use crate::app::App;
use crate::http::edge_changes::EdgeChanges;
use crate::links::json::short_url;
use crate::store::links::{ClickTotals, Link};

pub(super) fn shown(app: &App, link: &Link) -> Value {
    let settings = &link.settings;
    json!({
        "shortCode": link.code,
        "shortUrl": short_url(&app.site, &link.domain, &link.code),
        "longUrl": settings.url,
        "dateCreated": atom(link.created_at),
        "tags": settings.tags,
        "meta": {
            "validSince": settings.starts_at.map(atom),
            "validUntil": settings.expires_at.map(atom),
            "maxVisits": settings.max_clicks,
        },
        "domain": Some(&link.domain).filter(|domain| **domain != app.site.default_domain),
        "title": settings.title,
        // Crawlers are told by the domain, not by each link.
        "crawlable": false,
        "forwardQuery": settings.forward_query,
        "hasRedirectRules": !settings.rules.is_empty(),
        "visitsSummary": summary(link.clicks),
    })
}

/// Bots are all but people: probes, prefetches and previews too.
pub(super) fn summary(totals: ClickTotals) -> Value {
    json!({"total": totals.total, "nonBots": totals.human, "bots": totals.total - totals.human})
}

/// A link after a write, with what the edge must publish.
pub(super) fn written(app: &App, link: &Link, changes: Vec<Change>) -> Response {
    publishing(Json(shown(app, link)), changes)
}

pub(super) fn publishing(answer: impl IntoResponse, changes: Vec<Change>) -> Response {
    let mut response = answer.into_response();
    if !changes.is_empty() {
        response.extensions_mut().insert(EdgeChanges(changes));
    }
    response
}
