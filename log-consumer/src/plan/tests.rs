//! Tests of the plan: every click in a row and in a sum, whatever the batches.

use std::collections::BTreeSet;

use link_core::click_batch::{BatchHead, CacheTier, DropReason, DroppedBatch, Producer, VERSION};
use link_core::record::RedirectStatus;
use proptest::prelude::*;
use time::macros::date;

use super::*;

const MIDNIGHT: UnixMillis = UnixMillis(1_795_478_400_000);

fn click(link: u128, time: UnixMillis) -> Click {
    Click {
        time,
        link: LinkId(Uuid::from_u128(link)),
        status: RedirectStatus::Found,
        tier: CacheTier::Memory,
        head: false,
        request: "5f3a-1".into(),
        country: None,
        agent: None,
        referrer: None,
    }
}

fn batch(producer: u128, batch: u32, clicks: Vec<Click>, dropped: Vec<DroppedBatch>) -> ClickBatch {
    let producer = Producer(Uuid::from_u128(producer));
    let head =
        BatchHead { version: VERSION, day: date!(2026 - 11 - 23), producer, batch, produced: 7, dropped };
    ClickBatch { head, clicks }
}

fn storable(batch: ClickBatch) -> StorableBatch {
    batch.try_into().unwrap()
}

#[test]
fn a_click_counts_in_the_quarter_of_an_hour_that_it_lies_in() {
    let quarter = 15 * 60 * 1_000;
    let clicks = [-1, 0, quarter - 1, quarter].map(|after| click(1, MIDNIGHT.plus_millis(after)));
    let batch = storable(batch(1, 1, clicks.into(), vec![]));
    let sums: Vec<(i64, i64)> = Plan::of([&batch])
        .link_clicks
        .iter()
        .map(|((_, bucket), clicks)| ((bucket.0 - MIDNIGHT.0) / quarter, *clicks))
        .collect();
    assert_eq!(sums, [(-1, 1), (0, 2), (1, 1)]);
}

#[test]
fn a_bucket_before_1970_starts_before_its_clicks_too() {
    assert_eq!(bucket(UnixMillis(-1)), UnixMillis(-BUCKET_MILLIS));
}

#[test]
fn a_batch_that_comes_twice_is_planned_once() {
    let twice = [
        storable(batch(1, 1, vec![click(1, MIDNIGHT)], vec![])),
        storable(batch(1, 1, vec![click(1, MIDNIGHT)], vec![])),
    ];
    assert_eq!(distinct(&twice).len(), 1);
}

#[test]
fn a_drop_that_is_declared_by_two_batches_is_planned_once() {
    let dropped = |clicks| vec![DroppedBatch { batch: 1, clicks, reason: DropReason::BufferFull }];
    let batches = [storable(batch(1, 3, vec![], dropped(5))), storable(batch(1, 2, vec![], dropped(5)))];
    let plan = Plan::of(&batches);
    assert_eq!(plan.dropped.len(), 1);
    assert_eq!(
        (plan.dropped[0].batch, plan.dropped[0].clicks, plan.dropped[0].reason),
        (1, 5, "buffer_full")
    );
}

#[test]
fn a_number_that_fits_no_column_makes_a_batch_unstorable() {
    let mut beyond = batch(1, 1, vec![], vec![]);
    beyond.head.produced = u64::MAX;
    assert_eq!(StorableBatch::try_from(beyond), Err(Unstorable::Total(u64::MAX)));
    let never = batch(1, 1, vec![click(1, MIDNIGHT), click(1, UnixMillis(i64::MAX))], vec![]);
    assert_eq!(StorableBatch::try_from(never), Err(Unstorable::Time(i64::MAX)));
}

proptest! {
    #[test]
    fn rows_and_sums_hold_every_click_of_every_distinct_batch(
        sent in prop::collection::vec(
            // Few producers, numbers, links and quarters, so that they meet.
            (0u128..3, 1u32..4, prop::collection::vec((0u128..3, -2_000_000i64..2_000_000), 0..6)),
            0..12,
        )
    ) {
        let batches: Vec<StorableBatch> = sent
            .iter()
            .map(|(producer, number, clicks)| {
                let clicks = clicks.iter().map(|(link, after)| click(*link, MIDNIGHT.plus_millis(*after)));
                storable(batch(*producer, *number, clicks.collect(), vec![]))
            })
            .collect();
        let distinct = distinct(&batches);
        let names: BTreeSet<(u128, u32)> = sent.iter().map(|(producer, number, _)| (*producer, *number)).collect();
        prop_assert_eq!(distinct.len(), names.len());

        let plan = Plan::of(distinct.values().copied());
        let clicks: usize = distinct.values().map(|batch| batch.clicks.len()).sum();
        prop_assert_eq!(plan.clicks.len(), clicks);
        let named: BTreeSet<_> = plan.clicks.iter().map(|row| (row.producer, row.batch, row.position)).collect();
        prop_assert_eq!(named.len(), clicks);
        for ((link, bucket), sum) in &plan.link_clicks {
            let within = |row: &&ClickRow<'_>| {
                row.click.link == *link && (0..BUCKET_MILLIS).contains(&(row.click.time.0 - bucket.0))
            };
            prop_assert_eq!(i64::try_from(plan.clicks.iter().filter(within).count()).unwrap(), *sum);
        }
        prop_assert_eq!(plan.link_clicks.values().sum::<i64>(), i64::try_from(clicks).unwrap());
    }
}
