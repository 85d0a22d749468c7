//! Counts the clicks of a request: from roll-ups where one has the answer, else from raw clicks.

use std::collections::BTreeMap;

use link_core::clicks::roll_up::Dimension;
use link_core::time::UnixMillis;

use super::StatsError;
use super::counted::Counted;
use super::groups::{self, by_hour_of_week, name_links, ranked};
use super::json::{ChangeJson, GroupJson, PeriodJson, PointJson, StatsJson, change};
use super::raw;
use super::scope::Scope;
use crate::app::App;
use crate::http::timestamp;
use crate::statistics::calendar::Interval;
use crate::statistics::request::StatsRequest;
use crate::statistics::{Filter, GroupBy};
use crate::store::raw_statistics::Share;
use crate::store::statistics::{ClickCount, ClickRange, Series, sum};

pub(crate) async fn count_clicks(
    app: &App,
    scope: &Scope,
    request: &StatsRequest,
) -> Result<StatsJson, StatsError> {
    let links = scope.links(app).await?;
    let now = app.clock.now();
    let (from, to) = (request.from, request.count_until(now));
    let range = ClickRange { links: &links, from, to, class: request.class, filter: None };
    let (previous_from, previous_to) = request.previous_period(now);
    let previous_range = ClickRange { from: previous_from, to: previous_to, ..range.clone() };
    // Read first: clicks stored during the other statements may be counted although they are later, but never the other way round.
    let complete_until = app.analytics.complete_until(now).await?;
    let counted = match Source::of(request, scope) {
        Source::RollUps(filter) => {
            let range = ClickRange { filter, ..range };
            let previous_range = ClickRange { filter, ..previous_range };
            from_roll_ups(app, scope, request, &range, &previous_range).await?
        }
        Source::RawClicks => raw::count(app, scope, request, range, previous_range).await?,
    };
    let total = sum(counted.series.values());
    let (mut groups, truncated) = counted.groups.map(ranked).unzip();
    if let (Some(GroupBy::Link), Some(groups)) = (request.group_by, &mut groups) {
        name_links(app, groups).await?;
    }
    let basis = match counted.share {
        None => "rollup",
        Some(share) if share.is_whole() => "raw",
        Some(_) => "sample",
    };
    Ok(StatsJson {
        from: timestamp::format(request.from),
        to: timestamp::format(request.to),
        timezone: request.zone_name.clone(),
        class: request.class.unwrap_or("all"),
        complete_until: complete_until.map(timestamp::format),
        basis,
        share: counted.share.map_or(1.0, Share::ratio),
        truncated: truncated.unwrap_or_default(),
        total: total.clicks,
        visitors: total.visitors,
        previous: PeriodJson {
            from: timestamp::format(previous_from),
            to: timestamp::format(previous_to),
            total: counted.previous.clicks,
            visitors: counted.previous.visitors,
        },
        change: ChangeJson {
            total: change(total.clicks, counted.previous.clicks).filter(|_| counted.is_previous_whole),
            visitors: change(total.visitors, counted.previous.visitors).filter(|_| counted.is_previous_whole),
        },
        series: points(counted.series, request),
        groups,
    })
}

/// What a share shows.
pub(crate) struct DimensionsJson<const N: usize> {
    pub(crate) complete_until: Option<String>,
    pub(crate) total: i64,
    pub(crate) visitors: i64,
    pub(crate) series: Vec<PointJson>,
    pub(crate) groups: [Vec<GroupJson>; N],
}

/// Counts a range by several dimensions, from roll-ups: the series once for all, and not the period before.
pub(crate) async fn count_by_dimensions<const N: usize>(
    app: &App,
    scope: &Scope,
    request: &StatsRequest,
    dimensions: [Dimension; N],
) -> Result<DimensionsJson<N>, StatsError> {
    let links = scope.links(app).await?;
    let now = app.clock.now();
    let (from, to) = (request.from, request.count_until(now));
    let range = ClickRange { links: &links, from, to, class: request.class, filter: None };
    // Read first, as for any other answer.
    let complete_until = app.analytics.complete_until(now).await?;
    let series = app.analytics.series(&range, &request.whole_days(to)).await?;
    let total = sum(series.values());
    let mut groups = [const { Vec::new() }; N];
    for (groups, dimension) in groups.iter_mut().zip(dimensions) {
        let counted = groups::rolled_up(app, scope, &range, GroupBy::Dimension(dimension), total).await?;
        *groups = ranked(counted).0;
    }
    Ok(DimensionsJson {
        complete_until: complete_until.map(timestamp::format),
        total: total.clicks,
        visitors: total.visitors,
        series: points(series, request),
        groups,
    })
}

/// Where the answer is read.
enum Source<'a> {
    /// With the one value of the one dimension that counts.
    RollUps(Option<(Dimension, &'a str)>),
    RawClicks,
}

impl<'a> Source<'a> {
    /// A roll-up has one dimension, whose clicks without a value are in no row, and minutes have none.
    fn of(request: &'a StatsRequest, scope: &Scope) -> Self {
        match request.filters.as_slice() {
            [] => Self::RollUps(None),
            [Filter { dimension, value: Some(value) }]
                if request.interval != Interval::Minute && has_groups(request.group_by, scope) =>
            {
                Self::RollUps(Some((*dimension, value)))
            }
            _ => Self::RawClicks,
        }
    }
}

/// Whether the rows of one value can be grouped by this.
fn has_groups(group_by: Option<GroupBy>, scope: &Scope) -> bool {
    match group_by {
        None | Some(GroupBy::Class | GroupBy::HourOfWeek) => true,
        Some(GroupBy::Link) => !scope.is_everything(),
        Some(group_by) => groups::needs_labels(scope, group_by),
    }
}

async fn from_roll_ups(
    app: &App,
    scope: &Scope,
    request: &StatsRequest,
    range: &ClickRange<'_>,
    previous_range: &ClickRange<'_>,
) -> Result<Counted, StatsError> {
    let analytics = &app.analytics;
    let (series, previous) = if request.interval == Interval::Minute {
        (analytics.minutes(range).await?, sum(analytics.minutes(previous_range).await?.values()))
    } else {
        // A day as a whole has no hours.
        let needs_hours = request.group_by == Some(GroupBy::HourOfWeek);
        let whole_days = if needs_hours { Vec::new() } else { request.whole_days(range.to) };
        (analytics.series(range, &whole_days).await?, sum(analytics.by_class(previous_range).await?.values()))
    };
    let groups = match request.group_by {
        None => None,
        Some(GroupBy::HourOfWeek) => Some(by_hour_of_week(&series, request)),
        Some(group_by) => Some(groups::rolled_up(app, scope, range, group_by, sum(series.values())).await?),
    };
    Ok(Counted { series, previous, is_previous_whole: true, groups, share: None })
}

/// Every interval of the range, including those without clicks.
fn points(series: Series, request: &StatsRequest) -> Vec<PointJson> {
    let starts = request.interval.starts(request.from, request.to, &request.zone);
    let mut points: BTreeMap<UnixMillis, (ClickCount, BTreeMap<String, i64>)> =
        starts.into_iter().map(|start| (start, Default::default())).collect();
    for ((at, class), count) in series {
        let (point, classes) = points.entry(request.interval.start(at, &request.zone)).or_default();
        point.add(count);
        if count.clicks != 0 {
            *classes.entry(class).or_default() += count.clicks;
        }
    }
    let point = |(start, (count, classes)): (UnixMillis, (ClickCount, BTreeMap<String, i64>))| PointJson {
        start: timestamp::format(start),
        clicks: count.clicks,
        visitors: count.visitors,
        classes: request.splits_classes.then_some(classes),
    };
    points.into_iter().map(point).collect()
}
