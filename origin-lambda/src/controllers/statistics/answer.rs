//! Answers statistics requests from the roll-ups. While the analytics database is unavailable, sends the last known answer with
//! its age.

use std::collections::{BTreeMap, HashMap};

use axum::Json;
use axum::body::Bytes;
use axum::http::HeaderValue;
use axum::http::header::{AGE, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use link_core::clicks::roll_up::{ALL_LINKS, Dimension, OTHER};
use link_core::record::LinkId;
use link_core::time::UnixMillis;
use serde::Serialize;
use serde_json::{Map, Value};
use tokio::time::timeout;
use uuid::Uuid;

use crate::app::App;
use crate::http::problem::{self, Problem, ProblemCode};
use crate::http::timestamp;
use crate::limits::{MAX_GROUPS, MAX_SELECTED_LINKS, STATISTICS_TIMEOUT};
use crate::statistics::calendar::Interval;
use crate::statistics::request::{Selection, StatsRequest};
use crate::statistics::{GroupBy, UNKNOWN, missing_value_label};
use crate::store::StoreError;
use crate::store::statistics::{ClickCount, ClickRange};

/// The links whose clicks are counted.
#[derive(Debug)]
pub(crate) enum Scope {
    Link(LinkId),
    All(Selection),
}

#[derive(Debug, Serialize)]
struct StatsJson {
    /// The range after widening to whole buckets.
    from: String,
    to: String,
    timezone: String,
    class: &'static str,
    complete_until: Option<String>,
    total: i64,
    visitors: i64,
    /// The preceding period of the same length.
    previous: PeriodJson,
    series: Vec<PointJson>,
    #[serde(skip_serializing_if = "Option::is_none")]
    groups: Option<Vec<GroupJson>>,
}

#[derive(Debug, Serialize)]
struct PeriodJson {
    from: String,
    to: String,
    total: i64,
    visitors: i64,
}

#[derive(Debug, Serialize)]
struct PointJson {
    start: String,
    clicks: i64,
    visitors: i64,
}

#[derive(Debug, Serialize)]
struct GroupJson {
    value: String,
    clicks: i64,
    visitors: i64,
}

/// `cache_key` is the scope and request as the client wrote them, so that a default range also finds its last answer.
pub(crate) async fn answer(
    app: &App,
    cache_key: String,
    scope: Scope,
    request: &StatsRequest,
) -> Result<Response, Problem> {
    let now = app.clock.now();
    let counted = timeout(STATISTICS_TIMEOUT, count_clicks(app, &scope, request)).await;
    match counted.unwrap_or_else(|_| Err(StatsError::Store(app.analytics.too_slow()))) {
        Ok(stats) => {
            let answer = Bytes::from(serde_json::to_vec(&stats).map_err(problem::internal)?);
            app.answers.insert(cache_key, now, answer.clone());
            Ok(([(CONTENT_TYPE, "application/json")], answer).into_response())
        }
        Err(StatsError::Rejected(problem)) => Err(problem),
        Err(StatsError::Store(error)) if is_unavailable(&error) => match app.answers.get(&cache_key) {
            Some(cached) => stale(&cached.answer, now.millis_since(cached.at) / 1_000),
            None => Err(error.into()),
        },
        Err(StatsError::Store(error)) => Err(error.into()),
    }
}

/// Whether the database is away, or so slow that all its connections are in use.
fn is_unavailable(error: &StoreError) -> bool {
    matches!(error, StoreError::Unavailable { .. } | StoreError::Overloaded { .. })
}

fn stale(answer: &[u8], age_seconds: i64) -> Result<Response, Problem> {
    let mut fields: Map<String, Value> = serde_json::from_slice(answer).map_err(problem::internal)?;
    fields.insert("stale_seconds".to_owned(), age_seconds.into());
    Ok(([(AGE, HeaderValue::from(age_seconds))], Json(fields)).into_response())
}

enum StatsError {
    Store(StoreError),
    Rejected(Problem),
}

impl From<StoreError> for StatsError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

async fn count_clicks(app: &App, scope: &Scope, request: &StatsRequest) -> Result<StatsJson, StatsError> {
    let links = links(app, scope).await?;
    let now = app.clock.now();
    let range =
        ClickRange { links: &links, from: request.from, to: request.count_until(now), class: request.class };
    let (previous_from, previous_to) = request.previous_period(now);
    let previous_range = ClickRange { from: previous_from, to: previous_to, ..range.clone() };
    let analytics = &app.analytics;
    // Read first: clicks stored during the other statements may be counted although they are later, but never the other way round.
    let complete_until = analytics.complete_until(now).await?;
    let (counts, previous) = if request.interval == Interval::Minute {
        (analytics.minutes(&range).await?, sum(analytics.minutes(&previous_range).await?.values()))
    } else {
        (
            analytics.series(&range, &request.whole_days(range.to)).await?,
            sum(analytics.by_class(&previous_range).await?.values()),
        )
    };
    let total = sum(counts.values());
    let groups = match request.group_by {
        None => None,
        Some(group_by) => Some(groups(app, scope, &range, group_by, total).await?),
    };
    Ok(StatsJson {
        from: timestamp::format(request.from),
        to: timestamp::format(request.to),
        timezone: request.zone_name.clone(),
        class: request.class.unwrap_or("all"),
        complete_until: complete_until.map(timestamp::format),
        total: total.clicks,
        visitors: total.visitors,
        previous: PeriodJson {
            from: timestamp::format(previous_from),
            to: timestamp::format(previous_to),
            total: previous.clicks,
            visitors: previous.visitors,
        },
        series: series(counts, request),
        groups,
    })
}

async fn links(app: &App, scope: &Scope) -> Result<Vec<Uuid>, StatsError> {
    match scope {
        Scope::Link(id) => Ok(vec![id.0]),
        Scope::All(_) if is_everything(scope) => Ok(vec![ALL_LINKS]),
        Scope::All(Selection { domain, tag, bounds }) => {
            let most = MAX_SELECTED_LINKS;
            let links = app.reader.select_links(domain.as_ref(), tag.as_deref(), bounds, most + 1).await?;
            check_link_count(links.len())?;
            Ok(links)
        }
    }
}

fn check_link_count(links: usize) -> Result<(), StatsError> {
    if i64::try_from(links).is_ok_and(|links| links <= MAX_SELECTED_LINKS) {
        return Ok(());
    }
    let detail = format!("more than {MAX_SELECTED_LINKS} links match; select a tag or domain with fewer");
    Err(StatsError::Rejected(Problem::new(ProblemCode::TooManyLinks, detail)))
}

async fn groups(
    app: &App,
    scope: &Scope,
    range: &ClickRange<'_>,
    group_by: GroupBy,
    total: ClickCount,
) -> Result<Vec<GroupJson>, StatsError> {
    match group_by {
        GroupBy::Class => Ok(ranked(app.analytics.by_class(range).await?)),
        GroupBy::Tag if is_everything(scope) => {
            let tagged = app.reader.links_with_tags(MAX_SELECTED_LINKS + 1).await?;
            check_link_count(tagged.len())?;
            by_label(app, range, tagged).await
        }
        GroupBy::Tag => by_label(app, range, app.reader.tags_of(range.links).await?).await,
        // Roll-ups by domain exist only for all links together, since a link has one domain.
        GroupBy::Dimension(Dimension::Domain) if !is_everything(scope) => {
            by_label(app, range, app.reader.domains_of(range.links).await?).await
        }
        GroupBy::Dimension(dimension) => {
            let mut counts = app.analytics.by_value(range, dimension).await?;
            let counted = sum(counts.values());
            let rest = ClickCount {
                clicks: total.clicks - counted.clicks,
                visitors: total.visitors - counted.visitors,
            };
            if rest.clicks > 0 {
                counts.entry(missing_value_label(dimension).to_owned()).or_default().add(rest);
            }
            Ok(ranked(counts))
        }
    }
}

fn is_everything(scope: &Scope) -> bool {
    matches!(scope, Scope::All(selection) if *selection == Selection::default())
}

/// Groups by tag or domain: a link counts for each of its labels.
async fn by_label(
    app: &App,
    range: &ClickRange<'_>,
    labels: HashMap<Uuid, Vec<String>>,
) -> Result<Vec<GroupJson>, StatsError> {
    let links: Vec<Uuid> = labels.keys().copied().collect();
    let by_link = app.analytics.by_link(&ClickRange { links: &links, ..range.clone() }).await?;
    let mut counts: HashMap<String, ClickCount> = HashMap::new();
    for (link, labels) in labels {
        let Some(count) = by_link.get(&link) else { continue };
        for label in labels {
            counts.entry(label).or_default().add(*count);
        }
    }
    Ok(ranked(counts))
}

fn sum<'a>(counts: impl Iterator<Item = &'a ClickCount>) -> ClickCount {
    let mut sum = ClickCount::default();
    counts.for_each(|count| sum.add(*count));
    sum
}

/// Every interval of the range, including those without clicks.
fn series(counts: BTreeMap<UnixMillis, ClickCount>, request: &StatsRequest) -> Vec<PointJson> {
    let starts = request.interval.starts(request.from, request.to, &request.zone);
    let mut points: BTreeMap<UnixMillis, ClickCount> =
        starts.into_iter().map(|start| (start, ClickCount::default())).collect();
    for (moment, count) in counts {
        points.entry(request.interval.start(moment, &request.zone)).or_default().add(count);
    }
    let point = |(start, count): (UnixMillis, ClickCount)| PointJson {
        start: timestamp::format(start),
        clicks: count.clicks,
        visitors: count.visitors,
    };
    points.into_iter().map(point).collect()
}

/// The largest groups first; those beyond the limit are combined.
fn ranked(mut counts: HashMap<String, ClickCount>) -> Vec<GroupJson> {
    let mut rest = counts.remove(OTHER).unwrap_or_default();
    let unknown = counts.remove(UNKNOWN);
    let mut groups: Vec<_> = counts.into_iter().collect();
    groups.sort_by(|(a, of_a), (b, of_b)| of_b.clicks.cmp(&of_a.clicks).then_with(|| a.cmp(b)));
    for (_, count) in groups.drain(groups.len().min(MAX_GROUPS)..) {
        rest.add(count);
    }
    let last = unknown.map(|count| (UNKNOWN.to_owned(), count));
    let rest = (rest != ClickCount::default()).then(|| (OTHER.to_owned(), rest));
    let group = |(value, count): (String, ClickCount)| GroupJson {
        value,
        clicks: count.clicks,
        visitors: count.visitors,
    };
    groups.into_iter().chain(rest).chain(last).map(group).collect()
}
