//! How long a message stays away that the database could not take. Draws no randomness.

use crate::time_limits::{FIRST_RETURN_SECONDS, LONGEST_RETURN_SECONDS};

/// Doubles with every receive up to the maximum; the later half of it is left to `random`, so that messages which
/// failed together do not all come back together.
pub fn seconds_away(receive_count: u32, random: u64) -> u32 {
    let doublings = receive_count.saturating_sub(1);
    let longest = 2u32
        .checked_pow(doublings)
        .and_then(|factor| factor.checked_mul(FIRST_RETURN_SECONDS))
        .map_or(LONGEST_RETURN_SECONDS, |seconds| seconds.min(LONGEST_RETURN_SECONDS));
    let shortest = longest.div_ceil(2);
    let choices = u64::from(longest - shortest) + 1;
    shortest + u32::try_from(random % choices).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// As the queue is set up; see the infrastructure.
    const MAX_RECEIVE_COUNT: u32 = 1_000;

    #[test]
    fn a_message_stays_away_longer_each_time_up_to_the_maximum() {
        let longest: Vec<u32> =
            (1..=10).map(|count| (0..900).map(|random| seconds_away(count, random)).max().unwrap()).collect();
        assert_eq!(longest, [5, 10, 20, 40, 80, 160, 320, 640, 900, 900]);
    }

    #[test]
    fn an_outage_of_a_day_is_outlasted_even_with_the_shortest_waits() {
        let mut seconds = 0;
        let mut receives = 0;
        while seconds < 24 * 60 * 60 {
            receives += 1;
            seconds += seconds_away(receives, 0);
        }
        assert!(receives * 4 < MAX_RECEIVE_COUNT, "{receives} receives");
    }

    proptest! {
        #[test]
        fn a_wait_lies_in_the_later_half_of_what_the_count_allows(count in any::<u32>(), random in any::<u64>()) {
            let wait = seconds_away(count, random);
            prop_assert!((FIRST_RETURN_SECONDS.div_ceil(2)..=LONGEST_RETURN_SECONDS).contains(&wait));
            prop_assert!(wait >= seconds_away(count, 0) && wait <= 2 * seconds_away(count, 0));
        }
    }
}
