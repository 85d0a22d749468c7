//! Counts raw clicks, for filters that combine: no roll-up has two dimensions.

use std::collections::{BTreeMap, HashMap};

use classify::referrer_host;
use link_core::clicks::calendar::{DAY_MILLIS, QUARTER_MILLIS};
use link_core::clicks::roll_up::Dimension;
use link_core::clicks::utm;
use link_core::time::UnixMillis;
use uuid::Uuid;

use super::StatsError;
use super::counted::Counted;
use super::groups::{self, Groups, by_hour_of_week};
use super::scope::Scope;
use crate::app::App;
use crate::http::problem::{Problem, ProblemCode};
use crate::statistics::request::{StatsRequest, step};
use crate::statistics::{Filter, GroupBy, missing_value_label};
use crate::store::raw_statistics::{RawCount, RawKey, RawQuestion, Share, whole_days};
use crate::store::statistics::{ClickCount, ClickRange, Series, sum};

pub(super) async fn count(
    app: &App,
    scope: &Scope,
    request: &StatsRequest,
    range: ClickRange<'_>,
    previous_range: ClickRange<'_>,
) -> Result<Counted, StatsError> {
    let now = app.clock.now();
    let kept_from = kept_from(now, app.raw_click_days);
    if request.from < kept_from {
        return Err(not_kept(app.raw_click_days));
    }
    let is_previous_whole = previous_range.from >= kept_from;
    let key = key(scope, request.group_by);
    // A range into the future would be sampled as if it had clicks there.
    let to = request.to.min(now.round_up(step(request.interval)));
    let (counts, share) = read(app, scope, request, ClickRange { to, ..range.clone() }, key).await?;
    let (previous, previous_share) = read(app, scope, request, previous_range, None).await?;
    let previous = previous_share.estimate(sum(previous.iter().map(|row| &row.count)));
    let mut series = Series::new();
    for row in &counts {
        series.entry((row.at, row.class.clone())).or_default().add(row.count);
    }
    series.values_mut().for_each(|count| *count = share.estimate(*count));
    let groups = match request.group_by {
        None => None,
        Some(GroupBy::HourOfWeek) => Some(by_hour_of_week(&series, request)),
        Some(group_by) => {
            let mut groups = if groups::needs_labels(scope, group_by) {
                let labels = groups::labels(app, scope, range.links, group_by).await?;
                groups::by_label(&labels, by_link(&counts))
            } else {
                by_key(counts, group_by)
            };
            groups.values_mut().for_each(|count| *count = share.estimate(*count));
            Some(groups)
        }
    };
    Ok(Counted { series, previous, is_previous_whole, groups, share: Some(share) })
}

/// Maintenance deletes whole days.
fn kept_from(now: UnixMillis, days: i32) -> UnixMillis {
    now.round_down(DAY_MILLIS).plus_millis(-i64::from(days) * DAY_MILLIS)
}

fn not_kept(days: i32) -> StatsError {
    let detail = format!(
        "filters that combine need raw clicks, which are kept for {days} days; begin later, or filter by one value"
    );
    StatsError::Rejected(Problem::new(ProblemCode::InvalidFrom, detail))
}

fn key(scope: &Scope, group_by: Option<GroupBy>) -> Option<RawKey> {
    match group_by? {
        GroupBy::Class | GroupBy::HourOfWeek => None,
        GroupBy::Dimension(dimension) if !groups::needs_labels(scope, GroupBy::Dimension(dimension)) => {
            Some(RawKey::Dimension(dimension))
        }
        GroupBy::Dimension(_) | GroupBy::Link | GroupBy::Tag => Some(RawKey::Link),
    }
}

/// The counts of what was read, and which part that is.
async fn read(
    app: &App,
    scope: &Scope,
    request: &StatsRequest,
    range: ClickRange<'_>,
    key: Option<RawKey>,
) -> Result<(Vec<RawCount>, Share), StatsError> {
    if range.from >= range.to {
        return Ok((Vec::new(), Share::of(0)));
    }
    let of_all_links = scope.is_everything();
    let (from, to) = if of_all_links {
        whole_days(&range)
    } else {
        (range.from.round_down(QUARTER_MILLIS), range.to.round_up(QUARTER_MILLIS))
    };
    let all = app.analytics.by_class(&ClickRange { from, to, class: None, ..range.clone() }).await?;
    let share = Share::of(sum(all.values()).clicks);
    let (decoded, others): (Vec<&Filter>, Vec<&Filter>) =
        request.filters.iter().partition(|filter| is_decoded(filter.dimension));
    let others = others.into_iter();
    let filters: BTreeMap<Dimension, String> =
        others.map(|filter| (filter.dimension, filter.value.clone().unwrap_or_default())).collect();
    let decoded_key = match key {
        Some(RawKey::Dimension(dimension)) if is_decoded(dimension) => Some(dimension),
        _ => None,
    };
    let needs = |dimension| {
        decoded_key == Some(dimension) || decoded.iter().any(|filter| filter.dimension == dimension)
    };
    let question = RawQuestion {
        range,
        of_all_links,
        share,
        step_millis: step(request.interval),
        key,
        filters: &filters,
        by_referrer: needs(Dimension::Referrer),
        by_utm: Dimension::CAMPAIGN.into_iter().any(needs),
    };
    let mut counts = app.analytics.raw_counts(&question).await?;
    if let Some(dimension) = decoded_key {
        counts.iter_mut().for_each(|row| row.key = decoded_value(row, dimension));
    }
    counts.retain(|row| decoded.iter().all(|filter| decoded_value(row, filter.dimension) == filter.value));
    Ok((counts, share))
}

/// Whether the column has more than the value, so that SQL can neither filter nor group by it.
fn is_decoded(dimension: Dimension) -> bool {
    dimension == Dimension::Referrer || Dimension::CAMPAIGN.contains(&dimension)
}

fn decoded_value(row: &RawCount, dimension: Dimension) -> Option<String> {
    if dimension == Dimension::Referrer {
        return row.referrer.as_deref().and_then(referrer_host);
    }
    let values = utm::values(row.utm.as_deref()?);
    values.into_iter().find(|(known, _)| *known == dimension).map(|(_, value)| value)
}

fn by_link(counts: &[RawCount]) -> HashMap<Uuid, ClickCount> {
    let mut links: HashMap<Uuid, ClickCount> = HashMap::new();
    for row in counts {
        if let Some(link) = row.key.as_deref().and_then(|link| link.parse().ok()) {
            links.entry(link).or_default().add(row.count);
        }
    }
    links
}

fn by_key(counts: Vec<RawCount>, group_by: GroupBy) -> Groups {
    let mut groups = Groups::new();
    for row in counts {
        let value = match group_by {
            GroupBy::Class => row.class,
            GroupBy::Dimension(dimension) => {
                row.key.unwrap_or_else(|| missing_value_label(dimension).to_owned())
            }
            _ => row.key.unwrap_or_default(),
        };
        groups.entry(value).or_default().add(row.count);
    }
    groups
}
