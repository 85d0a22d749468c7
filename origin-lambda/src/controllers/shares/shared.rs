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
use crate::controllers::statistics::count::{DimensionsJson, count_by_dimensions};
use crate::controllers::statistics::json::{GroupJson, PointJson};
use crate::controllers::statistics::scope::Scope;
use crate::http::fields::text;
use crate::http::pages::QueryFields;
use crate::http::problem::{self, Problem, ProblemCode};
use crate::http::timestamp;
use crate::limits::{SHARED_STATISTICS_TTL, STATISTICS_TIMEOUT};
use crate::links::json::short_url;
use crate::statistics::bounds;
use crate::statistics::request::{Period, Selection, StatsRequest};
use crate::store::shares::{OpenShare, ShareSubject};

/// Also what a client may keep: a revoked share is gone for it after that.
const CACHED: &str = "private, max-age=60";
const TOO_MANY: &str = "these clicks cannot be counted at present";

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
/// once a minute, for one request at a time; while it does not, or the database is away or busy, the last counts are sent.
async fn counts(
    app: &App,
    open: &OpenShare,
    period: Period,
    now: UnixMillis,
) -> Result<(Bytes, i64), Problem> {
    let key = format!("shared {} {}", open.share.id, period.as_str());
    let last = || app.answers.get(&key).map(|last| (last.answer, now.millis_since(last.at) / 1_000));
    let is_new = |age: i64| u64::try_from(age).is_ok_and(|age| age < SHARED_STATISTICS_TTL.as_secs());
    let known = last();
    if let Some((answer, age)) = &known
        && is_new(*age)
    {
        return Ok((answer.clone(), *age));
    }
    let too_slow = |_| app.analytics.too_slow();
    let _guard = match (app.shared_counts.try_lock(key.clone()), known) {
        (Some(guard), _) => guard,
        (None, Some(known)) => return Ok(known),
        (None, None) => {
            let waiting = app.shared_counts.lock(key.clone());
            timeout(STATISTICS_TIMEOUT, waiting).await.map_err(too_slow)?
        }
    };
    // Another request may have counted meanwhile.
    let known = last();
    if let Some(known) = known.as_ref().filter(|(_, age)| is_new(*age)) {
        return Ok(known.clone());
    }
    let counted = timeout(STATISTICS_TIMEOUT, count(app, open, period, now)).await;
    let error = match counted.unwrap_or_else(|error| Err(StatsError::Store(too_slow(error)))) {
        Ok(counts) => {
            let answer = Bytes::from(serde_json::to_vec(&counts).map_err(problem::internal)?);
            app.answers.insert(key, now, answer.clone());
            return Ok((answer, 0));
        }
        // The tag has been given to more links than can be counted.
        Err(StatsError::Rejected(_)) => Problem::new(ProblemCode::Overloaded, TOO_MANY),
        Err(StatsError::Store(error)) => error.into(),
    };
    known.ok_or(error)
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
    let request = StatsRequest::for_period(period, (zone_name, &zone), now);
    let dimensions = [Dimension::Country, Dimension::Device, Dimension::Referrer];
    let counted = count_by_dimensions(app, &scope, &request, dimensions).await?;
    let DimensionsJson { complete_until, total, visitors, series, groups } = counted;
    let [countries, devices, referrers] = groups;
    Ok(CountsJson {
        from: timestamp::format(request.from),
        to: timestamp::format(request.to),
        timezone: request.zone_name,
        complete_until,
        total,
        visitors,
        series,
        countries,
        devices,
        referrers,
    })
}

fn period(value: Value) -> Result<Period, String> {
    let name = text(value)?;
    let known = Period::ALL.into_iter().find(|period| period.as_str() == name);
    known.ok_or_else(|| format!("must be one of {}", Period::ALL.map(Period::as_str).join(", ")))
}
