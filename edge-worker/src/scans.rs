//! Which names are worth a question to the origin. Ids are issued below a ceiling, so arithmetic tells a code that never
//! was; such names, aliases, and all that a visitor tries who met many 404s, share a budget of fruitless questions.
//! Beyond it a miss in the replica is the answer. Decides nothing about a link that exists.

use std::fmt;

use link_core::code::{Code, CodeCipher, CodeKey};
use link_core::record::Resolution;
use link_core::slug::Slug;
use link_core::time::UnixMillis;

use crate::lookup::{Key, NoAnswer, Origin};

/// How many seconds' worth of questions may come at once.
const BURST_SECONDS: i64 = 4;

pub struct Scans {
    /// Without the key every seven characters may be a code.
    issued: Option<(CodeCipher, u64)>,
    millis_per_question: i64,
    /// The moment at which the budget was, or will be, whole.
    whole_at: UnixMillis,
}

impl fmt::Debug for Scans {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Scans").field("whole_at", &self.whole_at).finish_non_exhaustive()
    }
}

impl Scans {
    /// Ids from `ceiling` on were never issued.
    pub fn new(key: Option<&CodeKey>, ceiling: u64, fruitless_per_second: u32) -> Self {
        Self {
            issued: key.map(|key| (CodeCipher::new(key), ceiling)),
            millis_per_question: 1_000 / i64::from(fruitless_per_second.clamp(1, 1_000)),
            whole_at: UnixMillis(0),
        }
    }

    /// Whether a visitor without many misses is likely to have been given this name.
    fn is_likely(&self, name: &Slug) -> bool {
        let Ok(code) = name.as_str().parse::<Code>() else { return false };
        self.issued.as_ref().is_none_or(|(cipher, ceiling)| cipher.id(&code) < *ceiling)
    }

    fn take(&mut self, now: UnixMillis) -> bool {
        let after = self.whole_at.max(now).plus_millis(self.millis_per_question);
        let fits = after.millis_since(now) <= BURST_SECONDS * 1_000;
        if fits {
            self.whole_at = after;
        }
        fits
    }

    /// A question that was not fruitless costs nothing.
    fn give_back(&mut self) {
        self.whole_at = self.whole_at.plus_millis(-self.millis_per_question);
    }
}

/// An origin that is asked as far as the budget goes.
pub struct Budgeted<'a, O> {
    pub origin: O,
    pub scans: &'a std::cell::RefCell<Scans>,
    /// Whether the visitor has met many 404s.
    pub suspicious: bool,
    pub clock: &'a dyn Fn() -> UnixMillis,
}

impl<O: Origin> Origin for Budgeted<'_, O> {
    async fn resolve(&self, key: &Key) -> Result<Resolution, NoAnswer> {
        if !self.suspicious && self.scans.borrow().is_likely(&key.code) {
            return self.origin.resolve(key).await;
        }
        if !self.scans.borrow_mut().take((self.clock)()) {
            return Err(NoAnswer::NotWorthAsking);
        }
        let outcome = self.origin.resolve(key).await;
        if !matches!(outcome, Ok(Resolution::NotFound)) {
            self.scans.borrow_mut().give_back();
        }
        outcome
    }
}

#[cfg(test)]
mod tests {
    use std::cell::{Cell, RefCell};

    use futures_executor::block_on;

    use super::*;
    use crate::lookup::fixtures::{named, record};

    const CEILING: u64 = 1_000_000_000;

    fn key() -> CodeKey {
        "2b7e151628aed2a6abf7158809cf4f3cef4359d8d580aa4f7f036d6f04fc6a94".parse().unwrap()
    }

    struct Counting {
        calls: Cell<u32>,
        finds: bool,
    }

    impl Origin for &Counting {
        async fn resolve(&self, _: &Key) -> Result<Resolution, NoAnswer> {
            self.calls.set(self.calls.get() + 1);
            let found = Resolution::Found { record: record("https://a.test/") };
            Ok(if self.finds { found } else { Resolution::NotFound })
        }
    }

    /// How many of the names the origin was asked for, all in one second.
    fn asked(names: impl Iterator<Item = String>, finds: bool, suspicious: bool) -> u32 {
        let origin = Counting { calls: Cell::new(0), finds };
        let scans = RefCell::new(Scans::new(Some(&key()), CEILING, 5));
        for name in names {
            let clock = &|| UnixMillis(1_000_000);
            let budgeted = Budgeted { origin: &origin, scans: &scans, suspicious, clock };
            let _ = block_on(budgeted.resolve(&named(&name)));
        }
        origin.calls.get()
    }

    fn issued(count: u64) -> impl Iterator<Item = String> {
        let cipher = CodeCipher::new(&key());
        (0..count).map(move |id| cipher.code(id * 1_000).unwrap().to_string())
    }

    #[test]
    fn issued_codes_are_always_asked_for() {
        assert_eq!(asked(issued(1_000), true, false), 1_000);
    }

    #[test]
    fn of_a_flood_of_random_codes_and_names_the_origin_sees_next_to_nothing() {
        let mut random = 1u64;
        let mut codes = || {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            format!("{:07}", (random >> 20) % 10_000_000)
        };
        assert!(asked((0..10_000).map(|_| codes()), false, false) <= 30);
        assert_eq!(asked((0..10_000).map(|number| format!("offer-{number}")), false, false), 20);
    }

    #[test]
    fn a_visitor_who_met_many_misses_has_the_budget_for_issued_codes_too() {
        assert_eq!(asked(issued(1_000), false, true), 20);
    }

    #[test]
    fn names_that_exist_cost_nothing_of_the_budget() {
        assert_eq!(asked((0..1_000).map(|number| format!("offer-{number}")), true, true), 1_000);
    }

    #[test]
    fn the_budget_comes_back_with_time() {
        let mut scans = Scans::new(None, CEILING, 5);
        let spent = |scans: &mut Scans, now| (0..100).filter(|_| scans.take(UnixMillis(now))).count();
        assert_eq!(spent(&mut scans, 0), 20);
        assert_eq!(spent(&mut scans, 1_000), 5);
        assert_eq!(spent(&mut scans, 3_600_000), 20);
    }
}
