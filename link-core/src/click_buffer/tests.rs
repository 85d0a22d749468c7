//! When a batch is sealed, and that its books add up whatever becomes of it.

use proptest::prelude::*;

use super::*;
use crate::click_batch::{CacheTier, ClickBatch};
use crate::record::RedirectStatus;

fn buffer() -> ClickBuffer {
    ClickBuffer::new("000102030405060708090a0b0c0d0e0f".parse().unwrap())
}

fn click(time: i64) -> Click {
    Click {
        time: UnixMillis(time),
        link: "0198c0de-0000-7000-8000-000000000001".parse().unwrap(),
        status: RedirectStatus::Found,
        tier: CacheTier::Memory,
        head: false,
        request_id: "r".into(),
        country: None,
        user_agent: None,
        referrer: None,
        domain: None,
        purpose: None,
        asn: None,
        language: None,
        destination: None,
        visitor: None,
    }
}

fn read(batch: &SealedBatch) -> ClickBatch {
    ClickBatch::decode(&batch.body).unwrap()
}

#[test]
fn the_first_click_starts_a_timer_and_the_next_ones_ride_along() {
    let mut buffer = buffer();
    assert_eq!(buffer.record(&click(0), UnixMillis(0)), FlushAction::StartTimer { batch: 1 });
    assert_eq!(buffer.record(&click(1), UnixMillis(1)), FlushAction::Nothing);
    let batch = buffer.flush_due(1).unwrap();
    assert_eq!((batch.batch, batch.clicks, read(&batch).clicks.len()), (1, 2, 2));
    assert_eq!(buffer.flush_due(1), None);
    assert_eq!(buffer.record(&click(2), UnixMillis(2)), FlushAction::StartTimer { batch: 2 });
}

#[test]
fn the_hundredth_click_seals_the_batch() {
    let mut buffer = buffer();
    for time in 0..99 {
        assert!(!matches!(buffer.record(&click(time), UnixMillis(time)), FlushAction::Send(_)));
    }
    let FlushAction::Send(batch) = buffer.record(&click(99), UnixMillis(99)) else { panic!("not sealed") };
    assert_eq!((batch.clicks, read(&batch).head.produced), (100, 100));
}

#[test]
fn the_timer_of_a_batch_that_was_full_leaves_the_next_one_alone() {
    let mut buffer = buffer();
    for time in 0..101 {
        buffer.record(&click(time), UnixMillis(time));
    }
    assert_eq!(buffer.flush_due(1), None);
    assert_eq!(buffer.flush_due(2).map(|batch| batch.clicks), Some(1));
}

#[test]
fn two_hundred_kilobytes_seal_the_batch_and_any_batch_fits_into_a_message() {
    let mut buffer = buffer();
    let large = Click { referrer: Some("\u{7ff}".repeat(512)), ..click(0) };
    let batch = (0..100)
        .find_map(|_| match buffer.record(&large, UnixMillis(0)) {
            FlushAction::Send(batch) => Some(batch),
            _ => None,
        })
        .unwrap();
    assert!(batch.clicks < 100 && (MAX_BYTES..MAX_BYTES + 20_000).contains(&batch.body.len()));
}

#[test]
fn another_click_takes_over_a_timer_that_never_fired() {
    let mut buffer = buffer();
    assert_eq!(buffer.record(&click(0), UnixMillis(0)), FlushAction::StartTimer { batch: 1 });
    assert_eq!(buffer.record(&click(999), UnixMillis(999)), FlushAction::Nothing);
    assert_eq!(buffer.record(&click(1_000), UnixMillis(1_000)), FlushAction::StartTimer { batch: 1 });
}

#[test]
fn the_day_of_a_batch_is_that_of_its_first_click() {
    let midnight = 1_795_478_400_000;
    let mut buffer = buffer();
    buffer.record(&click(midnight - 1), UnixMillis(midnight));
    buffer.record(&click(midnight + 1), UnixMillis(midnight + 1));
    assert_eq!(read(&buffer.flush().unwrap()).head.day.to_string(), "2026-11-23");
}

#[test]
fn a_batch_that_was_given_up_is_declared_once_in_the_next_one() {
    let mut buffer = buffer();
    buffer.record(&click(0), UnixMillis(0));
    let lost = buffer.flush().unwrap();
    buffer.give_up(&lost, DropReason::QueueRefused);
    buffer.record(&click(1), UnixMillis(1));
    let declaring = read(&buffer.flush().unwrap()).head;
    assert_eq!(declaring.dropped, [DroppedBatch { batch: 1, clicks: 1, reason: DropReason::QueueRefused }]);
    assert_eq!((declaring.batch, declaring.produced), (2, 2));
    buffer.record(&click(2), UnixMillis(2));
    assert!(read(&buffer.flush().unwrap()).head.dropped.is_empty());
}

#[test]
fn drops_that_no_click_follows_are_declared_in_an_empty_batch() {
    let mut buffer = buffer();
    assert_eq!(buffer.flush_drops(UnixMillis(0)), None);
    buffer.record(&click(0), UnixMillis(0));
    let lost = buffer.flush().unwrap();
    buffer.give_up(&lost, DropReason::QueueUnavailable);
    let declaring = buffer.flush_drops(UnixMillis(1)).unwrap();
    let message = read(&declaring);
    assert!(message.clicks.is_empty());
    assert_eq!((message.head.batch, message.head.produced, message.head.dropped.len()), (2, 1, 1));
    assert_eq!(buffer.flush_drops(UnixMillis(2)), None);
    buffer.give_up(&declaring, DropReason::QueueUnavailable);
    buffer.record(&click(3), UnixMillis(3));
    assert_eq!(buffer.flush_drops(UnixMillis(3)), None, "the click's own batch declares them");
}

#[test]
fn drops_wait_for_the_timer_of_orphans_that_are_there() {
    let mut buffer = buffer();
    buffer.record(&click(0), UnixMillis(0));
    let lost = buffer.flush().unwrap();
    buffer.give_up(&lost, DropReason::QueueRefused);
    let FlushAction::StartTimer { batch } = buffer.record_orphan_visit("a", UnixMillis(1)) else {
        panic!("no timer")
    };
    assert_eq!(buffer.flush_drops(UnixMillis(2)), None);
    assert_eq!(buffer.record(&click(3), UnixMillis(3)), FlushAction::Nothing, "it relies on that timer");
    let message = read(&buffer.flush_due(batch).unwrap());
    assert_eq!((message.clicks.len(), message.head.dropped.len()), (1, 1));
    assert!(!message.head.orphan_visits.is_empty());
}

#[test]
fn what_cannot_be_sent_stays_bounded() {
    let mut buffer = buffer();
    let large = Click { referrer: Some("x".repeat(1_024)), ..click(0) };
    for _ in 0..20_000 {
        buffer.record(&large, UnixMillis(0));
        assert!(buffer.unsent_bytes <= MAX_UNSENT_BYTES + 10_000);
    }
    assert!(buffer.dropped.iter().all(|dropped| dropped.reason == DropReason::BufferFull));
    assert!(!buffer.dropped.is_empty());
}

#[test]
fn a_full_buffer_hands_out_what_waits_so_that_the_queue_is_asked_again() {
    let mut buffer = buffer();
    let large = Click { referrer: Some("x".repeat(1_024)), ..click(0) };
    let record = |buffer: &mut ClickBuffer| match buffer.record(&large, UnixMillis(0)) {
        FlushAction::Send(batch) => Some(batch),
        FlushAction::Nothing | FlushAction::StartTimer { .. } => None,
    };
    // The queue takes nothing.
    while buffer.dropped.is_empty() {
        if let Some(batch) = record(&mut buffer) {
            buffer.postpone(batch);
        }
    }
    let mut waiting: Vec<u32> = buffer.waiting.iter().map(|batch| batch.batch).collect();
    let mut handed_out = Vec::new();
    // A batch of such clicks has fewer than a hundred and one.
    for _ in 0..101 * waiting.len() {
        if let Some(batch) = record(&mut buffer) {
            handed_out.push(batch.batch);
            buffer.postpone(batch);
        }
    }
    handed_out.truncate(waiting.len());
    assert_eq!(handed_out, waiting, "each in its turn, and nothing is sealed that there is no room for");
    waiting.sort_unstable();
    assert!(waiting.iter().copied().eq(1..=u32::try_from(waiting.len()).unwrap()), "{waiting:?}");
}

#[test]
fn what_the_queue_did_not_take_waits_in_the_same_bytes_and_takes_up_room() {
    let mut buffer = buffer();
    buffer.record(&click(0), UnixMillis(0));
    let batch = buffer.flush().unwrap();
    buffer.postpone(batch.clone());
    assert_eq!(buffer.unsent_bytes, batch.body.len());
    let again = buffer.next_waiting().unwrap();
    assert_eq!((&again, buffer.next_waiting()), (&batch, None));
    buffer.sent(&again);
    assert_eq!(buffer.unsent_bytes, 0);
}

#[test]
fn orphans_are_counted_by_name_within_bounds_and_sent_without_a_click() {
    let mut buffer = buffer();
    assert_eq!(buffer.record_orphan_visit("a/0", UnixMillis(7)), FlushAction::StartTimer { batch: 1 });
    for number in 0..40 {
        assert_eq!(buffer.record_orphan_visit(&format!("a/{number}"), UnixMillis(7)), FlushAction::Nothing);
    }
    buffer.record_orphan_visit("\0", UnixMillis(7));
    buffer.record_orphan_visit(&"ä".repeat(100), UnixMillis(7));
    let batch = buffer.flush_due(1).unwrap();
    let ClickBatch { head, clicks } = read(&batch);
    assert_eq!((clicks.len(), head.produced, head.orphan_visits.names.len()), (0, 0, MAX_ORPHAN_NAMES));
    assert_eq!(head.orphan_visits.names[0], OrphanName { name: "a/0".into(), visits: 2 });
    assert_eq!(head.orphan_visits.others, 10);
}

#[test]
fn an_orphans_name_is_cut_and_the_click_after_it_rides_along() {
    let mut buffer = buffer();
    buffer.record_orphan_visit(&"ä".repeat(100), UnixMillis(0));
    buffer.record(&click(1), UnixMillis(1));
    let ClickBatch { head, clicks } = read(&buffer.flush().unwrap());
    assert_eq!((clicks.len(), head.orphan_visits.names[0].name.chars().count()), (1, 64));
    buffer.record(&click(2), UnixMillis(2));
    assert!(read(&buffer.flush().unwrap()).head.orphan_visits.is_empty());
}

proptest! {
    /// Whatever happens to its batches, what a producer says it produced is what was sent plus what it declared.
    #[test]
    fn the_books_of_a_producer_add_up(fates in proptest::collection::vec((1u32..150, any::<bool>()), 1..40)) {
        let mut buffer = buffer();
        let (mut stored, mut declared, mut recorded, mut produced) = (0, 0, 0, 0);
        let settle = |buffer: &mut ClickBuffer, batch: &SealedBatch, arrives: bool| {
            if !arrives {
                buffer.give_up(batch, DropReason::QueueUnavailable);
                return (0, 0, 0);
            }
            buffer.sent(batch);
            let message = read(batch);
            let dropped: u32 = message.head.dropped.iter().map(|dropped| dropped.clicks).sum();
            (message.clicks.len() as u64, u64::from(dropped), message.head.produced)
        };
        // What was declared in a batch that is itself lost must not be lost with it.
        for (clicks, arrives) in fates.into_iter().chain([(1, true), (1, true)]) {
            for _ in 0..clicks {
                recorded += 1;
                if let FlushAction::Send(batch) = buffer.record(&click(0), UnixMillis(0)) {
                    let (clicks, dropped, total) = settle(&mut buffer, &batch, arrives);
                    (stored, declared, produced) = (stored + clicks, declared + dropped, produced.max(total));
                }
            }
            if let Some(batch) = buffer.flush() {
                let (clicks, dropped, total) = settle(&mut buffer, &batch, arrives);
                (stored, declared, produced) = (stored + clicks, declared + dropped, produced.max(total));
            }
        }
        prop_assert_eq!(produced, recorded);
        prop_assert_eq!(stored + declared, recorded);
    }
}
