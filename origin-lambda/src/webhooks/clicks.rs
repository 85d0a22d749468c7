//! Takes the sums of clicks that the consumer has left in the analytics database along as `clicks.batch`, one message for an endpoint
//! every ten seconds. Each sum is taken once, whichever of the two databases fails in between.

use std::collections::{BTreeMap, BTreeSet};

use link_core::time::UnixMillis;
use serde_json::{Value, json};
use uuid::Uuid;

use super::event::CLICKS_BATCH;
use crate::limits::MAX_BATCH_LINKS;
use crate::store::click_outbox::OutboxSum;
use crate::store::webhooks::{ClickFilter, NewClickMessage};
use crate::store::{AnalyticsDatabase, LinksDatabase, StoreError};

pub(crate) async fn take(
    links: &LinksDatabase,
    analytics: &AnalyticsDatabase,
    now: UnixMillis,
) -> Result<(), StoreError> {
    let filters = links.click_filters(CLICKS_BATCH).await?;
    analytics.set_clicks_wanted(!filters.is_empty()).await?;
    if filters.is_empty() {
        return Ok(());
    }
    let sums = analytics.take_clicks(Uuid::new_v4(), now).await?;
    let ids: Vec<Uuid> = sums.iter().map(|sum| sum.link).collect::<BTreeSet<_>>().into_iter().collect();
    let known = links.link_labels(&ids).await?;
    let mut by_source: BTreeMap<Uuid, Vec<&OutboxSum>> = BTreeMap::new();
    for sum in &sums {
        by_source.entry(sum.message).or_default().push(sum);
    }
    for (source, sums) in by_source {
        let wants = |filter: &ClickFilter, sum: &OutboxSum| {
            filter.takes_all()
                || known.get(&sum.link).is_some_and(|(domain, tags)| filter.takes(domain, tags))
        };
        let messages = filters.iter().filter_map(|filter| {
            let wanted: Vec<_> = sums.iter().copied().filter(|sum| wants(filter, sum)).collect();
            let endpoint = filter.endpoint;
            (!wanted.is_empty()).then(|| NewClickMessage { endpoint, data: data(&wanted) })
        });
        links.insert_click_messages(CLICKS_BATCH, source, messages.collect()).await?;
        analytics.forget_clicks(source).await?;
    }
    Ok(())
}

/// The links with the most clicks; the totals are of all.
fn data(sums: &[&OutboxSum]) -> Value {
    let mut classes: BTreeMap<&str, i64> = BTreeMap::new();
    let mut links: BTreeMap<Uuid, BTreeMap<&str, i64>> = BTreeMap::new();
    for sum in sums {
        *classes.entry(&sum.class).or_default() += sum.clicks;
        *links.entry(sum.link).or_default().entry(&sum.class).or_default() += sum.clicks;
    }
    let mut links: Vec<(i64, Uuid, BTreeMap<&str, i64>)> =
        links.into_iter().map(|(link, classes)| (classes.values().sum(), link, classes)).collect();
    links.sort_by_key(|(clicks, link, _)| (-clicks, *link));
    let truncated = links.len() > MAX_BATCH_LINKS;
    links.truncate(MAX_BATCH_LINKS);
    let links: Vec<_> = links
        .into_iter()
        .map(|(clicks, link, classes)| json!({"link_id": link, "clicks": clicks, "classes": classes}))
        .collect();
    json!({
        "clicks": classes.values().sum::<i64>(),
        "classes": classes,
        "links": links,
        "truncated": truncated,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batch_names_the_links_with_the_most_clicks_and_stays_small() {
        let sums: Vec<_> = (1..=500)
            .flat_map(|n: i64| {
                ["human", "bot", "preview", "prefetch", "head", "suspect"].map(|class| OutboxSum {
                    message: Uuid::nil(),
                    link: Uuid::from_u128(n.unsigned_abs().into()),
                    class: class.to_owned(),
                    clicks: n * 1_000_000,
                })
            })
            .collect();
        let data = data(&sums.iter().collect::<Vec<_>>());
        let links = data["links"].as_array().unwrap();
        assert_eq!((links.len(), &data["truncated"]), (MAX_BATCH_LINKS, &json!(true)));
        assert_eq!(links[0]["clicks"], 3_000_000_000_i64);
        assert_eq!(data["clicks"], 125_250 * 6_000_000_i64);
        assert!(data.to_string().len() < 19_000, "{}", data.to_string().len());
    }
}
