//! Single flight: which lookup of a name is under way, so that a thousand concurrent visitors ask the origin once.

use std::collections::HashMap;

use link_core::time::UnixMillis;

use super::link_key::LinkKey;
use crate::timing::timeouts::{FOLLOWER_WAIT, millis};

/// A leader that the platform ended leaves its entry behind. At this many entries the expired ones are removed.
const MAX_UNDER_WAY: usize = 10_000;

/// `F` is what followers wait for.
#[derive(Debug)]
pub struct SingleFlight<F> {
    under_way: HashMap<LinkKey, InFlight<F>>,
    numbers: u64,
}

#[derive(Debug)]
struct InFlight<F> {
    number: u64,
    followed_until: UnixMillis,
    flight: F,
}

impl<F> Default for SingleFlight<F> {
    fn default() -> Self {
        Self { under_way: HashMap::new(), numbers: 0 }
    }
}

impl<F: Clone> SingleFlight<F> {
    /// What to wait for, and until when. `None`: lead. A leader that takes longer may hang or be gone, so a follower takes
    /// over.
    pub fn join(&self, key: &LinkKey, now: UnixMillis) -> Option<(F, UnixMillis)> {
        let flight = self.under_way.get(key).filter(|flight| now < flight.followed_until)?;
        Some((flight.flight.clone(), flight.followed_until))
    }

    /// A number to lead and to finish with.
    pub fn number(&mut self) -> u64 {
        self.numbers += 1;
        self.numbers
    }

    pub fn lead(&mut self, key: LinkKey, number: u64, flight: F, now: UnixMillis) {
        if self.under_way.len() >= MAX_UNDER_WAY {
            self.under_way.retain(|_, flight| now < flight.followed_until);
        }
        let followed_until = now.plus_millis(millis(FOLLOWER_WAIT));
        self.under_way.insert(key, InFlight { number, followed_until, flight });
    }

    /// Removes the flight, unless another leader has taken over.
    pub fn finish(&mut self, key: &LinkKey, number: u64) {
        if self.under_way.get(key).is_some_and(|flight| flight.number == number) {
            self.under_way.remove(key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::key;
    use super::*;

    #[test]
    fn first_leads_and_a_thousand_follow() {
        let mut flights = SingleFlight::default();
        assert!(flights.join(&key(1), UnixMillis(0)).is_none());
        let number = flights.number();
        flights.lead(key(1), number, "a", UnixMillis(0));
        let until = UnixMillis(millis(FOLLOWER_WAIT));
        for _ in 0..1_000 {
            assert_eq!(flights.join(&key(1), UnixMillis(100)), Some(("a", until)));
        }
        assert!(flights.join(&key(2), UnixMillis(100)).is_none());
        flights.finish(&key(1), number);
        assert!(flights.join(&key(1), UnixMillis(100)).is_none());
    }

    #[test]
    fn follower_takes_over_from_a_leader_that_hangs() {
        let mut flights = SingleFlight::default();
        let (first, second) = (flights.number(), flights.number());
        flights.lead(key(1), first, "a", UnixMillis(0));
        let until = UnixMillis(millis(FOLLOWER_WAIT));
        assert!(flights.join(&key(1), until).is_none());
        flights.lead(key(1), second, "b", until);
        flights.finish(&key(1), first);
        assert_eq!(flights.join(&key(1), until).map(|(flight, _)| flight), Some("b"));
        flights.finish(&key(1), second);
        assert!(flights.join(&key(1), until).is_none());
    }

    #[test]
    fn dead_leaders_do_not_pile_up() {
        let mut flights = SingleFlight::default();
        for number in 0..30_000 {
            flights.lead(key(number), number.into(), (), UnixMillis(i64::from(number)));
            assert!(flights.under_way.len() <= MAX_UNDER_WAY);
        }
    }
}
