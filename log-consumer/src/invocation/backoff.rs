//! How long a message that could not be stored stays invisible before it is retried.

use crate::time_limits::{FIRST_RETRY_SECONDS, MAX_RETRY_SECONDS};

/// Doubles with every receive up to the maximum. `random` picks from the upper half of that, so that messages which failed together
/// do not all come back together.
pub fn retry_delay_seconds(receive_count: u32, random: u64) -> u32 {
    let doublings = receive_count.saturating_sub(1);
    let longest = 2u32
        .checked_pow(doublings)
        .and_then(|factor| factor.checked_mul(FIRST_RETRY_SECONDS))
        .map_or(MAX_RETRY_SECONDS, |seconds| seconds.min(MAX_RETRY_SECONDS));
    let shortest = longest.div_ceil(2);
    let choices = u64::from(longest - shortest) + 1;
    shortest + u32::try_from(random % choices).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The queue's maximum; see `infra/clicks.tf`.
    const MAX_RECEIVE_COUNT: u32 = 1_000;

    #[test]
    fn delay_doubles_up_to_the_maximum() {
        let longest: Vec<u32> = (1..=10)
            .map(|count| (0..900).map(|random| retry_delay_seconds(count, random)).max().unwrap())
            .collect();
        assert_eq!(longest, [5, 10, 20, 40, 80, 160, 320, 640, 900, 900]);
    }

    #[test]
    fn shortest_delays_outlast_an_outage_of_a_day() {
        let mut seconds = 0;
        let mut receives = 0;
        while seconds < 24 * 60 * 60 {
            receives += 1;
            seconds += retry_delay_seconds(receives, 0);
        }
        assert!(receives * 4 < MAX_RECEIVE_COUNT, "{receives} receives");
    }

    proptest! {
        #[test]
        fn delay_lies_in_the_upper_half_of_its_range(count in any::<u32>(), random in any::<u64>()) {
            let delay = retry_delay_seconds(count, random);
            prop_assert!((FIRST_RETRY_SECONDS.div_ceil(2)..=MAX_RETRY_SECONDS).contains(&delay));
            prop_assert!(delay >= retry_delay_seconds(count, 0) && delay <= 2 * retry_delay_seconds(count, 0));
        }
    }
}
