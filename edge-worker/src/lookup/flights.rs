//! Which lookup of a name is under way, so that a thousand visitors at once ask the origin once. Decides who leads and how
//! long the others rely on it; does not wait.

use std::collections::HashMap;

use link_core::time::UnixMillis;

use super::Key;
use crate::timeouts::{FOLLOWED, millis};

/// A leader that the platform ended leaves its entry behind; when there are so many, the old ones are swept.
const MAX_UNDER_WAY: usize = 10_000;

/// `F` is what followers wait for.
#[derive(Debug)]
pub struct Flights<F> {
    under_way: HashMap<Key, Flight<F>>,
    numbers: u64,
}

#[derive(Debug)]
struct Flight<F> {
    number: u64,
    followed_until: UnixMillis,
    flight: F,
}

impl<F> Default for Flights<F> {
    fn default() -> Self {
        Self { under_way: HashMap::new(), numbers: 0 }
    }
}

impl<F: Clone> Flights<F> {
    /// What to wait for, and how long. `None`: lead. A leader that takes longer may hang or be dead, so the next one
    /// leads in its place.
    pub fn join(&self, key: &Key, now: UnixMillis) -> Option<(F, UnixMillis)> {
        let flight = self.under_way.get(key).filter(|flight| now < flight.followed_until)?;
        Some((flight.flight.clone(), flight.followed_until))
    }

    /// A number to lead and to land with.
    pub fn number(&mut self) -> u64 {
        self.numbers += 1;
        self.numbers
    }

    pub fn lead(&mut self, key: Key, number: u64, flight: F, now: UnixMillis) {
        if self.under_way.len() >= MAX_UNDER_WAY {
            self.under_way.retain(|_, flight| now < flight.followed_until);
        }
        let followed_until = now.plus_millis(millis(FOLLOWED));
        self.under_way.insert(key, Flight { number, followed_until, flight });
    }

    /// Another one may have taken over; that one stays.
    pub fn landed(&mut self, key: &Key, number: u64) {
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
    fn the_first_leads_and_a_thousand_follow() {
        let mut flights = Flights::default();
        assert!(flights.join(&key(1), UnixMillis(0)).is_none());
        let number = flights.number();
        flights.lead(key(1), number, "a", UnixMillis(0));
        let until = UnixMillis(millis(FOLLOWED));
        for _ in 0..1_000 {
            assert_eq!(flights.join(&key(1), UnixMillis(100)), Some(("a", until)));
        }
        assert!(flights.join(&key(2), UnixMillis(100)).is_none());
        flights.landed(&key(1), number);
        assert!(flights.join(&key(1), UnixMillis(100)).is_none());
    }

    #[test]
    fn a_leader_that_hangs_is_replaced_by_one_of_its_followers() {
        let mut flights = Flights::default();
        let (first, second) = (flights.number(), flights.number());
        flights.lead(key(1), first, "a", UnixMillis(0));
        let until = UnixMillis(millis(FOLLOWED));
        assert!(flights.join(&key(1), until).is_none());
        flights.lead(key(1), second, "b", until);
        flights.landed(&key(1), first);
        assert_eq!(flights.join(&key(1), until).map(|(flight, _)| flight), Some("b"));
        flights.landed(&key(1), second);
        assert!(flights.join(&key(1), until).is_none());
    }

    #[test]
    fn dead_leaders_do_not_pile_up() {
        let mut flights = Flights::default();
        for number in 0..30_000 {
            flights.lead(key(number), number.into(), (), UnixMillis(i64::from(number)));
            assert!(flights.under_way.len() <= MAX_UNDER_WAY);
        }
    }
}
