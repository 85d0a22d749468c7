//! Tests of the plan: every click is in a row and in a sum, whatever the batches.

use std::collections::BTreeSet;

use link_core::clicks::batch::{
    BatchHead, DropReason, DroppedBatch, OrphanVisits, Producer, VERSION, VisitorHash,
};
use link_core::clicks::roll_up::Dimension;
use link_core::record::LinkId;
use link_core::test_util;
use proptest::prelude::*;
use time::macros::date;

use super::*;
use crate::plan::roll_up::ClickCount;

const MIDNIGHT: UnixMillis = UnixMillis(1_795_478_400_000);

fn click(link: u128, time: UnixMillis) -> Click {
    Click { link: LinkId(Uuid::from_u128(link)), ..test_util::click(time) }
}

fn batch(producer: u128, batch: u32, clicks: Vec<Click>, dropped: Vec<DroppedBatch>) -> ClickBatch {
    let producer = Producer(Uuid::from_u128(producer));
    let head = BatchHead {
        version: VERSION,
        day: date!(2026 - 11 - 23),
        producer,
        batch,
        produced: 7,
        dropped,
        orphan_visits: OrphanVisits::default(),
    };
    ClickBatch { head, clicks }
}

fn storable(batch: ClickBatch) -> StorableBatch {
    batch.try_into().unwrap()
}

#[test]
fn duplicate_batch_is_planned_once() {
    let twice = [
        storable(batch(1, 1, vec![click(1, MIDNIGHT)], vec![])),
        storable(batch(1, 1, vec![click(1, MIDNIGHT)], vec![])),
    ];
    assert_eq!(distinct(&twice).len(), 1);
}

#[test]
fn drop_declared_by_two_batches_is_planned_once() {
    let dropped = |clicks| vec![DroppedBatch { batch: 1, clicks, reason: DropReason::BufferFull }];
    let batches = [storable(batch(1, 3, vec![], dropped(5))), storable(batch(1, 2, vec![], dropped(5)))];
    let plan = Plan::of(&batches, &ClickEnricher::default());
    let dropped = plan.dropped();
    assert_eq!(dropped.len(), 1);
    assert_eq!((dropped[0].batch, dropped[0].clicks, dropped[0].reason), (1, 5, "buffer_full"));
}

#[test]
fn number_that_fits_no_column_is_unstorable() {
    let mut too_large = batch(1, 1, vec![], vec![]);
    too_large.head.produced = u64::MAX;
    assert_eq!(StorableBatch::try_from(too_large), Err(UnstorableBatch::Total(u64::MAX)));
    let out_of_range = batch(1, 1, vec![click(1, MIDNIGHT), click(1, UnixMillis(i64::MAX))], vec![]);
    assert_eq!(StorableBatch::try_from(out_of_range), Err(UnstorableBatch::Time(i64::MAX)));
}

proptest! {
    #[test]
    fn rows_and_sums_hold_every_click_of_distinct_batches(
        sent in prop::collection::vec(
            // Few producers, numbers, links and quarters, so that they collide.
            (0u128..3, 1u32..4, prop::collection::vec((0u128..3, -2_000_000i64..2_000_000), 0..6)),
            0..12,
        )
    ) {
        let batches: Vec<StorableBatch> = sent
            .iter()
            .map(|(producer, number, clicks)| {
                let clicks = clicks.iter().map(|(link, after)| Click {
                    visitor: (after % 3 != 0).then(|| VisitorHash(Uuid::from_u128(*link))),
                    ..click(*link, MIDNIGHT.plus_millis(*after))
                });
                storable(batch(*producer, *number, clicks.collect(), vec![]))
            })
            .collect();
        let distinct = distinct(&batches);
        let names: BTreeSet<(u128, u32)> = sent.iter().map(|(producer, number, _)| (*producer, *number)).collect();
        prop_assert_eq!(distinct.len(), names.len());

        let mut plan = Plan::of(distinct.values().copied(), &ClickEnricher::default());
        let clicks: usize = distinct.values().map(|batch| batch.clicks.len()).sum();
        prop_assert_eq!(plan.clicks.len(), clicks);
        let named: BTreeSet<_> = plan.clicks.iter().map(|row| (row.batch, row.position)).collect();
        prop_assert_eq!(named.len(), clicks);

        let visitors = plan.claims();
        plan.count_visitors(visitors.clone());
        let clicks = i64::try_from(clicks).unwrap();
        for (sums, all) in [(plan.roll_up_by_link(), false), (plan.roll_up_all_links(), true)] {
            let total = |count: fn(&ClickCount) -> i64| -> i64 {
                let totals = sums.days.iter().filter(|(key, _)| key.dimension == Dimension::Total);
                totals.flat_map(|(_, quarters)| quarters.values()).map(count).sum()
            };
            prop_assert_eq!(total(|count| count.clicks), clicks);
            let seen = visitors.keys().filter(|visitor| (visitor.link == ALL_LINKS) == all).count();
            prop_assert_eq!(total(|count| count.visitors), i64::try_from(seen).unwrap());
            prop_assert_eq!(sums.minutes.values().map(|count| count.clicks).sum::<i64>(), clicks);
            prop_assert_eq!(sums.totals.values().map(|total| total.clicks).sum::<i64>(), clicks);
        }
    }
}

#[test]
fn visitor_counts_with_the_first_click_of_the_day() {
    let visited = |link, after| Click {
        visitor: Some(VisitorHash(Uuid::from_u128(9))),
        ..click(link, MIDNIGHT.plus_millis(after))
    };
    let batches = [
        storable(batch(1, 1, vec![visited(1, 5), visited(2, 6)], vec![])),
        storable(batch(2, 1, vec![visited(1, 1), visited(1, -1)], vec![])),
    ];
    let mut plan = Plan::of(&batches, &ClickEnricher::default());
    plan.count_visitors(plan.claims());
    let counted: Vec<_> = plan
        .clicks
        .iter()
        .map(|row| {
            (row.click.link.0.as_u128(), row.click.time.0 - MIDNIGHT.0, row.new_to_link, row.new_to_all)
        })
        .collect();
    assert_eq!(counted, [(1, -1, true, true), (1, 1, true, true), (1, 5, false, false), (2, 6, true, false)]);
}

#[test]
fn visitor_counts_with_the_batch_that_claimed_them() {
    let visited = |after| Click {
        visitor: Some(VisitorHash(Uuid::from_u128(9))),
        ..click(1, MIDNIGHT.plus_millis(after))
    };
    let earlier = storable(batch(1, 1, vec![visited(1)], vec![]));
    let later = storable(batch(1, 2, vec![visited(2), visited(3)], vec![]));
    // The first attempt had only the later batch, and was not stored.
    let claimed = Plan::of([&later], &ClickEnricher::default()).claims();
    let mut plan = Plan::of([&earlier, &later], &ClickEnricher::default());
    plan.count_visitors(claimed.clone());
    let counted =
        |plan: &Plan<'_>| plan.clicks.iter().map(|row| (row.new_to_link, row.new_to_all)).collect::<Vec<_>>();
    assert_eq!(counted(&plan), [(false, false), (true, true), (false, false)]);
    // Another consumer has stored the later batch in between.
    plan.keep(&BTreeSet::from([earlier.key]));
    assert_eq!(counted(&plan), [(false, false)]);
    let mut alone = Plan::of([&earlier], &ClickEnricher::default());
    alone.count_visitors(claimed);
    assert_eq!(counted(&alone), [(false, false)]);
}
