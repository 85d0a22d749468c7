//! `GET /api/v1/shared/{token}`: the statistics that a share opens, for everyone who has its address. Counts of clicks only: nothing
//! of a visitor, a destination or a note.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use jiff::tz::TimeZone;
use link_core::clicks::roll_up::Dimension;
use link_core::time::UnixMillis;
use serde::Serialize;
use serde_json::Value;
use tokio::time::timeout;

use super::token::may_be_token;
use crate::app::App;
use crate::auth::LinkBounds;
use crate::controllers::statistics::StatsError;
use crate::controllers::statistics::count::count_clicks;
use crate::controllers::statistics::json::{GroupJson, PointJson, StatsJson};
use crate::controllers::statistics::scope::Scope;
use crate::http::fields::text;
use crate::http::pages::QueryFields;
use crate::http::problem::{self, Problem, ProblemCode};
use crate::http::timestamp;
use crate::limits::{SHARED_STATISTICS_TTL, STATISTICS_TIMEOUT};
use crate::links::json::short_url;
use crate::statistics::request::{Period, Selection, StatsRequest};
use crate::statistics::{GroupBy, bounds};
use crate::store::shares::{OpenShare, ShareSubject};

/// Also what a client may keep: a revoked share is gone for it after that.
const CACHED: &str = "private, max-age=60";

#[derive(Debug, Serialize)]
struct SharedJson {
    title: Option<String>,
    /// Of a link.
    short_url: Option<String>,
    tag: Option<String>,
    expires_at: Option<String>,
    period: &'static str,
    /// How old the counts are.
    age_seconds: i64,
    #[serde(flatten)]
    counts: Value,
}

#[derive(Debug, Serialize)]
struct CountsJson {
    from: String,
    to: String,
    timezone: String,
    complete_until: Option<String>,
    total: i64,
    visitors: i64,
    series: Vec<PointJson>,
    countries: Vec<GroupJson>,
    devices: Vec<GroupJson>,
    referrers: Vec<GroupJson>,
}

pub(crate) async fn read(
    State(app): State<Arc<App>>,
    path: Result<Path<String>, PathRejection>,
    QueryFields(mut fields): QueryFields,
) -> Result<Response, Problem> {
    let period = fields.optional("period", ProblemCode::InvalidPeriod, period);
    fields.finish(Some(()))?;
    let period = period.unwrap_or(Period::Days30);
    let token = path.ok().map(|Path(token)| token).filter(|token| may_be_token(token));
    let now = app.clock.now();
    let open = match token {
        Some(token) => app.links.open_share(&token, now).await?,
        None => None,
    };
    let open = open.ok_or_else(problem::share_not_found)?;
    let (counts, age_seconds) = counts(&app, &open, period, now).await?;
    let OpenShare { share, subject, name } = open;
    let answer = SharedJson {
        title: share.title,
        short_url: name.map(|(domain, code)| short_url(&app.site, &domain, &code)),
        tag: match subject {
            ShareSubject::Link(_) => None,
            ShareSubject::Tag(tag) => Some(tag),
        },
        expires_at: share.expires_at.map(timestamp::format),
        period: period.as_str(),
        age_seconds,
        counts: serde_json::from_slice(&counts).map_err(problem::internal)?,
    };
    let answer = serde_json::to_vec(&answer).map_err(problem::internal)?;
    Ok(([(CONTENT_TYPE, "application/json"), (CACHE_CONTROL, CACHED)], answer).into_response())
}

/// The counts as JSON, and their age in seconds. Anyone with the address may ask as often as they like, so an origin counts clicks
/// once a minute; while the database is away or busy, the last counts are sent.
async fn counts(
    app: &App,
    open: &OpenShare,
    period: Period,
    now: UnixMillis,
) -> Result<(Bytes, i64), Problem> {
    let key = format!("shared {} {}", open.share.id, period.as_str());
    let known = app.answers.get(&key).map(|known| (known.answer, now.millis_since(known.at) / 1_000));
    let is_new = |age: i64| u64::try_from(age).is_ok_and(|age| age < SHARED_STATISTICS_TTL.as_secs());
    if let Some((answer, age)) = &known
        && is_new(*age)
    {
        return Ok((answer.clone(), *age));
    }
    let counted = timeout(STATISTICS_TIMEOUT, count(app, open, period, now)).await;
    match counted.unwrap_or_else(|_| Err(StatsError::Store(app.analytics.too_slow()))) {
        Ok(counts) => {
            let answer = Bytes::from(serde_json::to_vec(&counts).map_err(problem::internal)?);
            app.answers.insert(key, now, answer.clone());
            Ok((answer, 0))
        }
        Err(StatsError::Rejected(problem)) => Err(problem),
        Err(StatsError::Store(error)) => known.ok_or_else(|| error.into()),
    }
}

async fn count(
    app: &App,
    open: &OpenShare,
    period: Period,
    now: UnixMillis,
) -> Result<CountsJson, StatsError> {
    let scope = match &open.subject {
        ShareSubject::Link(link) => Scope::Link(*link),
        ShareSubject::Tag(tag) => {
            Scope::All(Selection { domain: None, tag: Some(tag.clone()), bounds: LinkBounds::default() })
        }
    };
    let zone_name = &open.share.timezone;
    // A name that the database of time zones has lost.
    let zone = bounds::zone(zone_name.clone().into()).map_or(TimeZone::UTC, |(_, zone)| zone);
    let grouped = async |dimension| {
        let request =
            StatsRequest::for_period(period, (zone_name, &zone), GroupBy::Dimension(dimension), now);
        count_clicks(app, &scope, &request).await
    };
    let StatsJson { from, to, timezone, complete_until, total, visitors, series, groups, .. } =
        grouped(Dimension::Country).await?;
    Ok(CountsJson {
        from,
        to,
        timezone,
        complete_until,
        total,
        visitors,
        series,
        countries: groups.unwrap_or_default(),
        devices: grouped(Dimension::Device).await?.groups.unwrap_or_default(),
        referrers: grouped(Dimension::Referrer).await?.groups.unwrap_or_default(),
    })
}

fn period(value: Value) -> Result<Period, String> {
    let name = text(value)?;
    let known = Period::ALL.into_iter().find(|period| period.as_str() == name);
    known.ok_or_else(|| format!("must be one of {}", Period::ALL.map(Period::as_str).join(", ")))
}
