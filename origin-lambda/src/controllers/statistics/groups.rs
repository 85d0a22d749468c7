//! Groups the clicks of a range, from roll-ups: by value, class, link, or what links have now.

use std::collections::HashMap;

use link_core::clicks::roll_up::{Dimension, OTHER};
use uuid::Uuid;

use super::StatsError;
use super::json::GroupJson;
use super::scope::{Scope, check_link_count};
use crate::app::App;
use crate::auth::LinkBounds;
use crate::limits::{MAX_GROUPS, MAX_SELECTED_LINKS};
use crate::links::json::short_url;
use crate::statistics::calendar::hour_of_week;
use crate::statistics::request::StatsRequest;
use crate::statistics::{GroupBy, UNKNOWN, missing_value_label};
use crate::store::statistics::{ClickCount, ClickRange, Series, sum};

/// Counts by value, before they are ranked.
pub(super) type Groups = HashMap<String, ClickCount>;

/// From roll-ups. `None` if they cannot answer it: each has one dimension.
pub(super) async fn rolled_up(
    app: &App,
    scope: &Scope,
    range: &ClickRange<'_>,
    group_by: GroupBy,
    total: ClickCount,
) -> Result<Groups, StatsError> {
    match group_by {
        GroupBy::Class => Ok(app.analytics.by_class(range).await?),
        GroupBy::Link if scope.is_everything() => {
            let mut groups = by_id(app.analytics.top_links(range).await?);
            add_rest(&mut groups, total, OTHER);
            Ok(groups)
        }
        GroupBy::Link => Ok(by_id(app.analytics.by_link(range).await?)),
        GroupBy::Dimension(dimension) if !needs_labels(scope, group_by) => {
            let mut groups = app.analytics.by_value(range, dimension).await?;
            add_rest(&mut groups, total, missing_value_label(dimension));
            Ok(groups)
        }
        GroupBy::Tag | GroupBy::Dimension(_) => {
            let labels = labels(app, scope, range.links, group_by).await?;
            let links: Vec<Uuid> = labels.keys().copied().collect();
            let counts = app.analytics.by_link(&ClickRange { links: &links, ..range.clone() }).await?;
            Ok(by_label(&labels, counts))
        }
        // Made from the series.
        GroupBy::HourOfWeek => Ok(Groups::new()),
    }
}

/// Clicks that no group has. The visitors of a link are not those of all links, so there may be fewer than none.
fn add_rest(groups: &mut Groups, total: ClickCount, label: &str) {
    let counted = sum(groups.values());
    let clicks = total.clicks - counted.clicks;
    if clicks > 0 {
        let visitors = (total.visitors - counted.visitors).max(0);
        groups.entry(label.to_owned()).or_default().add(ClickCount { clicks, visitors });
    }
}

fn by_id(counts: HashMap<Uuid, ClickCount>) -> Groups {
    counts.into_iter().map(|(link, count)| (link.to_string(), count)).collect()
}

/// Whether the groups are what links have now. Roll-ups by domain exist only for all links together, since a link has one domain.
pub(super) fn needs_labels(scope: &Scope, group_by: GroupBy) -> bool {
    match group_by {
        GroupBy::Tag => true,
        GroupBy::Dimension(dimension) => dimension == Dimension::Domain && !scope.is_everything(),
        GroupBy::Class | GroupBy::Link | GroupBy::HourOfWeek => false,
    }
}

pub(super) async fn labels(
    app: &App,
    scope: &Scope,
    links: &[Uuid],
    group_by: GroupBy,
) -> Result<HashMap<Uuid, Vec<String>>, StatsError> {
    if group_by != GroupBy::Tag {
        return Ok(app.reader.domains_of(links).await?);
    }
    if !scope.is_everything() {
        return Ok(app.reader.tags_of(links).await?);
    }
    let tagged = app.reader.links_with_tags(MAX_SELECTED_LINKS + 1).await?;
    check_link_count(tagged.len())?;
    Ok(tagged)
}

/// A link counts for each of its labels.
pub(super) fn by_label(labels: &HashMap<Uuid, Vec<String>>, counts: HashMap<Uuid, ClickCount>) -> Groups {
    let mut groups = Groups::new();
    for (link, count) in counts {
        for label in labels.get(&link).into_iter().flatten() {
            groups.entry(label.clone()).or_default().add(count);
        }
    }
    groups
}

pub(super) fn by_hour_of_week(series: &Series, request: &StatsRequest) -> Groups {
    let mut groups = Groups::new();
    for ((at, _), count) in series {
        if let Some(hour) = hour_of_week(*at, &request.zone) {
            groups.entry(hour).or_default().add(*count);
        }
    }
    groups
}

/// The largest groups first, and whether others were combined, here or when clicks were counted.
pub(super) fn ranked(mut counts: Groups) -> (Vec<GroupJson>, bool) {
    let mut rest = counts.remove(OTHER).unwrap_or_default();
    let unknown = counts.remove(UNKNOWN);
    let mut groups: Vec<_> = counts.into_iter().collect();
    groups.sort_by(|(a, of_a), (b, of_b)| of_b.clicks.cmp(&of_a.clicks).then_with(|| a.cmp(b)));
    for (_, count) in groups.drain(groups.len().min(MAX_GROUPS)..) {
        rest.add(count);
    }
    let last = unknown.map(|count| (UNKNOWN.to_owned(), count));
    let is_truncated = rest != ClickCount::default();
    let rest = is_truncated.then(|| (OTHER.to_owned(), rest));
    let group = |(value, count): (String, ClickCount)| GroupJson {
        value,
        clicks: count.clicks,
        visitors: count.visitors,
        short_url: None,
    };
    (groups.into_iter().chain(rest).chain(last).map(group).collect(), is_truncated)
}

/// Adds the address of each link to groups by link.
pub(super) async fn name_links(app: &App, groups: &mut [GroupJson]) -> Result<(), StatsError> {
    let links: Vec<Uuid> = groups.iter().filter_map(|group| group.value.parse().ok()).collect();
    let names = app.reader.names_of(&links, &LinkBounds::default()).await?;
    for group in groups {
        let name = group.value.parse().ok().and_then(|link: Uuid| names.get(&link));
        group.short_url = name.map(|(domain, code)| short_url(&app.site, domain, code));
    }
    Ok(())
}
