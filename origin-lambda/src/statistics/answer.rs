//! The answer to a question about clicks, put together from the roll-ups. A question that the analytics database cannot
//! answer now gets the last answer there was, with its age.

use std::collections::{BTreeMap, HashMap};

use axum::Json;
use axum::http::HeaderValue;
use axum::http::header::AGE;
use axum::response::{IntoResponse, Response};
use link_core::record::LinkId;
use link_core::roll_up::{ALL_LINKS, OTHER};
use link_core::time::UnixMillis;
use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

use super::calendar::Interval;
use super::request::{Selection, StatsRequest};
use super::{GroupBy, UNKNOWN, without_value};
use crate::app::App;
use crate::limits::{MAX_GROUPS, MAX_SELECTED_LINKS};
use crate::problem::{Problem, ProblemCode};
use crate::store::StoreError;
use crate::store::statistics::{Count, Range};
use crate::timestamp;

/// Whose clicks.
#[derive(Debug)]
pub(crate) enum Scope {
    Link(LinkId),
    All(Selection),
}

#[derive(Debug, Serialize)]
struct StatsJson {
    /// The range as it was counted.
    from: String,
    to: String,
    timezone: String,
    class: &'static str,
    complete_until: Option<String>,
    total: i64,
    visitors: i64,
    /// As many clicks were made in the period before, which is as long.
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

/// `question` names scope and request, as the client wrote them: of a default range the last answer will do too.
pub(crate) async fn answer(
    app: &App,
    question: String,
    scope: Scope,
    request: &StatsRequest,
) -> Result<Response, Problem> {
    let now = app.clock.now();
    match counted(app, &scope, request).await {
        Ok(stats) => {
            let answer = serde_json::to_value(stats).map_err(crate::problem::internal)?;
            app.answers.keep(question, now, answer.clone());
            Ok(Json(answer).into_response())
        }
        Err(Unanswered::Refused(problem)) => Err(problem),
        Err(Unanswered::Store(error @ StoreError::Unavailable { .. })) => match app.answers.get(&question) {
            Some(known) => Ok(stale(known.answer, now.millis_since(known.at) / 1_000)),
            None => Err(error.into()),
        },
        Err(Unanswered::Store(error)) => Err(error.into()),
    }
}

fn stale(mut answer: Value, age_seconds: i64) -> Response {
    if let Value::Object(fields) = &mut answer {
        fields.insert("stale_seconds".to_owned(), age_seconds.into());
    }
    let mut response = Json(answer).into_response();
    response.headers_mut().insert(AGE, HeaderValue::from(age_seconds));
    response
}

enum Unanswered {
    Store(StoreError),
    Refused(Problem),
}

impl From<StoreError> for Unanswered {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

async fn counted(app: &App, scope: &Scope, request: &StatsRequest) -> Result<StatsJson, Unanswered> {
    let links = links(app, scope).await?;
    let range = Range { links: &links, from: request.from, to: request.to, class: request.class };
    let (previous_from, previous_to) = request.previous();
    let before = Range { from: previous_from, to: previous_to, ..range.clone() };
    let analytics = &app.analytics;
    let (total, previous, counts) = if request.interval == Interval::Minute {
        let counts = analytics.minutes(&range).await?;
        (sum(counts.values()), sum(analytics.minutes(&before).await?.values()), counts)
    } else {
        let classes = analytics.by_class(&range).await?;
        let previous = analytics.by_class(&before).await?;
        (sum(classes.values()), sum(previous.values()), analytics.quarters(&range).await?)
    };
    let groups = match request.group_by {
        None => None,
        Some(group_by) => Some(groups(app, scope, &range, group_by, total).await?),
    };
    Ok(StatsJson {
        from: timestamp::format(request.from),
        to: timestamp::format(request.to),
        timezone: request.zone_name.clone(),
        class: request.class.unwrap_or("all"),
        complete_until: analytics.complete_until(app.clock.now()).await?.map(timestamp::format),
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

async fn links(app: &App, scope: &Scope) -> Result<Vec<Uuid>, Unanswered> {
    match scope {
        Scope::Link(id) => Ok(vec![id.0]),
        Scope::All(Selection { domain: None, tag: None }) => Ok(vec![ALL_LINKS]),
        Scope::All(Selection { domain, tag }) => {
            let most = MAX_SELECTED_LINKS;
            let links = app.links.selected_links(domain.as_ref(), tag.as_deref(), most + 1).await?;
            few_enough(links.len())?;
            Ok(links)
        }
    }
}

fn few_enough(links: usize) -> Result<(), Unanswered> {
    if i64::try_from(links).is_ok_and(|links| links <= MAX_SELECTED_LINKS) {
        return Ok(());
    }
    let detail = format!("more than {MAX_SELECTED_LINKS} links belong to this; ask for a smaller selection");
    Err(Unanswered::Refused(Problem::new(ProblemCode::TooManyLinks, detail)))
}

async fn groups(
    app: &App,
    scope: &Scope,
    range: &Range<'_>,
    group_by: GroupBy,
    total: Count,
) -> Result<Vec<GroupJson>, Unanswered> {
    match group_by {
        GroupBy::Class => Ok(ranked(app.analytics.by_class(range).await?)),
        GroupBy::Tag => by_tag(app, scope, range).await,
        GroupBy::Dimension(dimension) => {
            let mut counts = app.analytics.by_value(range, dimension).await?;
            let counted = sum(counts.values());
            let rest =
                Count { clicks: total.clicks - counted.clicks, visitors: total.visitors - counted.visitors };
            if rest.clicks > 0 {
                counts.entry(without_value(dimension).to_owned()).or_default().add(rest);
            }
            Ok(ranked(counts))
        }
    }
}

/// A link counts under each of its tags.
async fn by_tag(app: &App, scope: &Scope, range: &Range<'_>) -> Result<Vec<GroupJson>, Unanswered> {
    let Scope::All(Selection { domain, tag }) = scope else { return Ok(Vec::new()) };
    let tagged = app.links.tagged_links(domain.as_ref(), tag.as_deref(), MAX_SELECTED_LINKS + 1).await?;
    few_enough(tagged.len())?;
    let links: Vec<Uuid> = tagged.keys().copied().collect();
    let by_link = app.analytics.by_link(&Range { links: &links, ..range.clone() }).await?;
    let mut counts: HashMap<String, Count> = HashMap::new();
    for (link, tags) in tagged {
        let Some(count) = by_link.get(&link.to_string()) else { continue };
        for tag in tags {
            counts.entry(tag).or_default().add(*count);
        }
    }
    Ok(ranked(counts))
}

fn sum<'a>(counts: impl Iterator<Item = &'a Count>) -> Count {
    let mut sum = Count::default();
    counts.for_each(|count| sum.add(*count));
    sum
}

fn series(counts: BTreeMap<UnixMillis, Count>, request: &StatsRequest) -> Vec<PointJson> {
    let mut points: BTreeMap<UnixMillis, Count> = BTreeMap::new();
    for (moment, count) in counts {
        points.entry(request.interval.start(moment, &request.zone)).or_default().add(count);
    }
    let point = |(start, count): (UnixMillis, Count)| PointJson {
        start: timestamp::format(start),
        clicks: count.clicks,
        visitors: count.visitors,
    };
    points.into_iter().map(point).collect()
}

/// The largest first, those beyond the limit in one.
fn ranked(mut counts: HashMap<String, Count>) -> Vec<GroupJson> {
    let mut rest = counts.remove(OTHER).unwrap_or_default();
    let unknown = counts.remove(UNKNOWN);
    let mut groups: Vec<_> = counts.into_iter().collect();
    groups.sort_by(|(a, of_a), (b, of_b)| of_b.clicks.cmp(&of_a.clicks).then_with(|| a.cmp(b)));
    for (_, count) in groups.drain(groups.len().min(MAX_GROUPS)..) {
        rest.add(count);
    }
    let last = unknown.map(|count| (UNKNOWN.to_owned(), count));
    let rest = (rest != Count::default()).then(|| (OTHER.to_owned(), rest));
    let group =
        |(value, count): (String, Count)| GroupJson { value, clicks: count.clicks, visitors: count.visitors };
    groups.into_iter().chain(rest).chain(last).map(group).collect()
}
