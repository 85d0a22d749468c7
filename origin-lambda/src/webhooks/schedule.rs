//! When a message is tried again. Does not decide what counts as a failure.

use uuid::Uuid;

/// Seconds before each attempt, as Standard Webhooks proposes: ten over 75.5 hours.
const DELAYS_SECONDS: [i64; 10] =
    [0, 5, 5 * 60, 30 * 60, 2 * 3_600, 5 * 3_600, 10 * 3_600, 14 * 3_600, 20 * 3_600, 24 * 3_600];
/// Of a delay, so that the messages of an outage do not come back together.
const MAX_JITTER: i64 = 10;

/// How long to wait after `failed` attempts, or `None` after the last one. A receiver may ask for more time, up to a day. `random` is
/// the lease of the failed attempt.
pub(crate) fn delay_millis(failed: usize, retry_after_seconds: Option<u32>, random: Uuid) -> Option<i64> {
    let seconds = *DELAYS_SECONDS.get(failed)?;
    let [byte, ..] = *random.as_bytes();
    let jitter = seconds * 1_000 * MAX_JITTER / 100 * i64::from(byte) / 255;
    let asked = i64::from(retry_after_seconds.unwrap_or(0)).min(24 * 3_600) * 1_000;
    Some((seconds * 1_000 + jitter).max(asked))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LEAST: Uuid = Uuid::nil();
    const MOST: Uuid = Uuid::max();

    #[test]
    fn delays_grow_to_a_day_and_end() {
        let hours = |failed| delay_millis(failed, None, LEAST).map(|millis| millis as f64 / 3_600_000.0);
        assert_eq!(delay_millis(1, None, LEAST), Some(5_000));
        assert_eq!((hours(4), hours(9), hours(10)), (Some(2.0), Some(24.0), None));
        let all: f64 = (0..DELAYS_SECONDS.len()).filter_map(hours).sum();
        assert_eq!((all * 10.0).round() / 10.0, 75.6);
    }

    #[test]
    fn jitter_adds_at_most_a_tenth() {
        assert_eq!(delay_millis(1, None, MOST), Some(5_500));
        assert_eq!(delay_millis(9, None, MOST), Some(26 * 3_600_000 + 24 * 60_000));
    }

    #[test]
    fn receiver_may_ask_for_up_to_a_day() {
        assert_eq!(delay_millis(1, Some(60), LEAST), Some(60_000));
        assert_eq!(delay_millis(2, Some(60), LEAST), Some(300_000));
        assert_eq!(delay_millis(1, Some(u32::MAX), LEAST), Some(24 * 3_600_000));
        assert_eq!(delay_millis(10, Some(60), LEAST), None);
    }
}
