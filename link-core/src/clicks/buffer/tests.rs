//! Tests of when a batch is sealed, and that click accounting adds up whether or not batches arrive.

use proptest::prelude::*;

use super::*;
use crate::clicks::batch::ClickBatch;
use crate::test_util;

fn buffer() -> ClickBuffer {
    ClickBuffer::new("000102030405060708090a0b0c0d0e0f".parse().unwrap())
}

fn click(time: i64) -> Click {
    test_util::click(UnixMillis(time))
}

fn decode(batch: &SealedBatch) -> ClickBatch {
    ClickBatch::decode(&batch.body).unwrap()
}

#[test]
fn first_click_starts_a_timer_for_its_batch() {
    let mut buffer = buffer();
    assert_eq!(buffer.record(&click(0), UnixMillis(0)), FlushAction::StartTimer { batch: 1 });
    assert_eq!(buffer.record(&click(1), UnixMillis(1)), FlushAction::Nothing);
    let batch = buffer.flush_due(1).unwrap();
    assert_eq!((batch.batch, batch.clicks, decode(&batch).clicks.len()), (1, 2, 2));
    assert_eq!(buffer.flush_due(1), None);
    assert_eq!(buffer.record(&click(2), UnixMillis(2)), FlushAction::StartTimer { batch: 2 });
}

#[test]
fn hundredth_click_seals_the_batch() {
    let mut buffer = buffer();
    for time in 0..99 {
        assert!(!matches!(buffer.record(&click(time), UnixMillis(time)), FlushAction::Send(_)));
    }
    let FlushAction::Send(batch) = buffer.record(&click(99), UnixMillis(99)) else { panic!("not sealed") };
    assert_eq!((batch.clicks, decode(&batch).head.produced), (100, 100));
}

#[test]
fn timer_of_a_full_batch_does_not_seal_the_next_one() {
    let mut buffer = buffer();
    for time in 0..101 {
        buffer.record(&click(time), UnixMillis(time));
    }
    assert_eq!(buffer.flush_due(1), None);
    assert_eq!(buffer.flush_due(2).map(|batch| batch.clicks), Some(1));
}

#[test]
fn batch_of_200_kb_is_sealed_and_fits_into_a_message() {
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
fn click_restarts_an_overdue_timer() {
    let mut buffer = buffer();
    assert_eq!(buffer.record(&click(0), UnixMillis(0)), FlushAction::StartTimer { batch: 1 });
    assert_eq!(buffer.record(&click(999), UnixMillis(999)), FlushAction::Nothing);
    assert_eq!(buffer.record(&click(1_000), UnixMillis(1_000)), FlushAction::StartTimer { batch: 1 });
}

#[test]
fn batch_has_the_day_of_its_first_click() {
    let midnight = 1_795_478_400_000;
    let mut buffer = buffer();
    buffer.record(&click(midnight - 1), UnixMillis(midnight));
    buffer.record(&click(midnight + 1), UnixMillis(midnight + 1));
    assert_eq!(decode(&buffer.flush().unwrap()).head.day.to_string(), "2026-11-23");
}

#[test]
fn given_up_batch_is_declared_once_in_the_next_one() {
    let mut buffer = buffer();
    buffer.record(&click(0), UnixMillis(0));
    let lost = buffer.flush().unwrap();
    buffer.give_up(&lost, DropReason::QueueRefused);
    buffer.record(&click(1), UnixMillis(1));
    let declaring = decode(&buffer.flush().unwrap()).head;
    assert_eq!(declaring.dropped, [DroppedBatch { batch: 1, clicks: 1, reason: DropReason::QueueRefused }]);
    assert_eq!((declaring.batch, declaring.produced), (2, 2));
    buffer.record(&click(2), UnixMillis(2));
    assert!(decode(&buffer.flush().unwrap()).head.dropped.is_empty());
}

#[test]
fn drops_without_a_later_click_are_declared_in_an_empty_batch() {
    let mut buffer = buffer();
    assert_eq!(buffer.flush_drops(UnixMillis(0)), None);
    buffer.record(&click(0), UnixMillis(0));
    let lost = buffer.flush().unwrap();
    buffer.give_up(&lost, DropReason::QueueUnavailable);
    let declaring = buffer.flush_drops(UnixMillis(1)).unwrap();
    let message = decode(&declaring);
    assert!(message.clicks.is_empty());
    assert_eq!((message.head.batch, message.head.produced, message.head.dropped.len()), (2, 1, 1));
    assert_eq!(buffer.flush_drops(UnixMillis(2)), None);
    buffer.give_up(&declaring, DropReason::QueueUnavailable);
    buffer.record(&click(3), UnixMillis(3));
    assert_eq!(buffer.flush_drops(UnixMillis(3)), None, "the click's own batch declares them");
}

#[test]
fn drops_wait_for_the_timer_of_pending_orphan_visits() {
    let mut buffer = buffer();
    buffer.record(&click(0), UnixMillis(0));
    let lost = buffer.flush().unwrap();
    buffer.give_up(&lost, DropReason::QueueRefused);
    let FlushAction::StartTimer { batch } = buffer.record_orphan_visit("a", UnixMillis(1)) else {
        panic!("no timer")
    };
    assert_eq!(buffer.flush_drops(UnixMillis(2)), None);
    assert_eq!(
        buffer.record(&click(3), UnixMillis(3)),
        FlushAction::Nothing,
        "the click relies on that timer"
    );
    let message = decode(&buffer.flush_due(batch).unwrap());
    assert_eq!((message.clicks.len(), message.head.dropped.len()), (1, 1));
    assert!(!message.head.orphan_visits.is_empty());
}

#[test]
fn unsent_bytes_stay_limited() {
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
fn full_buffer_returns_waiting_batches_to_retry() {
    let mut buffer = buffer();
    let large = Click { referrer: Some("x".repeat(1_024)), ..click(0) };
    let record = |buffer: &mut ClickBuffer| match buffer.record(&large, UnixMillis(0)) {
        FlushAction::Send(batch) => Some(batch),
        FlushAction::Nothing | FlushAction::StartTimer { .. } => None,
    };
    // The queue accepts nothing.
    while buffer.dropped.is_empty() {
        if let Some(batch) = record(&mut buffer) {
            buffer.postpone(batch);
        }
    }
    let mut waiting: Vec<u32> = buffer.waiting.iter().map(|batch| batch.batch).collect();
    let mut returned = Vec::new();
    // A batch of such clicks has at most 100 clicks.
    for _ in 0..101 * waiting.len() {
        if let Some(batch) = record(&mut buffer) {
            returned.push(batch.batch);
            buffer.postpone(batch);
        }
    }
    returned.truncate(waiting.len());
    assert_eq!(
        returned, waiting,
        "waiting batches are returned in order, and no batch is sealed without room for it"
    );
    waiting.sort_unstable();
    assert!(waiting.iter().copied().eq(1..=u32::try_from(waiting.len()).unwrap()), "{waiting:?}");
}

#[test]
fn postponed_batch_is_unchanged_and_counts_as_unsent() {
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
fn orphan_visits_are_counted_by_name_up_to_a_limit() {
    let mut buffer = buffer();
    assert_eq!(buffer.record_orphan_visit("a/0", UnixMillis(7)), FlushAction::StartTimer { batch: 1 });
    for number in 0..40 {
        assert_eq!(buffer.record_orphan_visit(&format!("a/{number}"), UnixMillis(7)), FlushAction::Nothing);
    }
    buffer.record_orphan_visit("\0", UnixMillis(7));
    buffer.record_orphan_visit(&"ä".repeat(100), UnixMillis(7));
    let batch = buffer.flush_due(1).unwrap();
    let ClickBatch { head, clicks } = decode(&batch);
    assert_eq!((clicks.len(), head.produced, head.orphan_visits.names.len()), (0, 0, MAX_ORPHAN_NAMES));
    assert_eq!(head.orphan_visits.names[0], OrphanName { name: "a/0".into(), visits: 2 });
    assert_eq!(head.orphan_visits.others, 10);
}

#[test]
fn orphan_name_is_truncated_and_shares_a_batch_with_a_click() {
    let mut buffer = buffer();
    buffer.record_orphan_visit(&"ä".repeat(100), UnixMillis(0));
    buffer.record(&click(1), UnixMillis(1));
    let ClickBatch { head, clicks } = decode(&buffer.flush().unwrap());
    assert_eq!((clicks.len(), head.orphan_visits.names[0].name.chars().count()), (1, 64));
    buffer.record(&click(2), UnixMillis(2));
    assert!(decode(&buffer.flush().unwrap()).head.orphan_visits.is_empty());
}

proptest! {
    /// The clicks that a producer reports equal the stored clicks plus those declared dropped, whether or not its batches arrive.
    #[test]
    fn accounting_of_a_producer_adds_up(outcomes in proptest::collection::vec((1u32..150, any::<bool>()), 1..40)) {
        let mut buffer = buffer();
        let (mut stored, mut declared, mut recorded, mut produced) = (0, 0, 0, 0);
        let settle = |buffer: &mut ClickBuffer, batch: &SealedBatch, arrives: bool| {
            if !arrives {
                buffer.give_up(batch, DropReason::QueueUnavailable);
                return (0, 0, 0);
            }
            buffer.sent(batch);
            let message = decode(batch);
            let dropped: u32 = message.head.dropped.iter().map(|dropped| dropped.clicks).sum();
            (message.clicks.len() as u64, u64::from(dropped), message.head.produced)
        };
        // The drops that a lost batch declares must be declared again. The last two batches arrive and declare them.
        for (clicks, arrives) in outcomes.into_iter().chain([(1, true), (1, true)]) {
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
