//! The enumeration guard. Ids are issued below a ceiling, so arithmetic recognises a code that was never issued. Such names,
//! aliases, and every name of a visitor with many 404s share a miss budget at the origin. Half of it is reserved for
//! networks without recent misses, so that a visitor who guesses names takes nothing from them. Beyond the budget a miss in
//! the replica is the answer. An existing link costs nothing.

use std::cell::RefCell;
use std::fmt;
use std::net::IpAddr;

use link_core::names::code::{Code, CodeCipher, CodeKey};
use link_core::names::slug::Slug;
use link_core::record::Resolution;
use link_core::time::UnixMillis;

use crate::visitors::visitor_limit::{VisitorLimit, site_prefix};
use edge_runtime::lookup::{LinkKey, Origin, OriginError};
use edge_runtime::timing::clock::Clock;

/// The burst, in seconds' worth of names.
const BURST_SECONDS: i64 = 4;
/// A network that asked for this many unknown names in ten seconds may be guessing: more than one mistyped path with several
/// candidates.
const GUESSED_NAMES: u32 = 4;

pub struct MissBudget {
    /// Without the key any seven characters may be an issued code.
    issued: Option<(CodeCipher, u64)>,
    /// For all networks.
    shared: TokenBucket,
    /// For networks without recent misses.
    reserved: TokenBucket,
    /// Unknown names that each network asked the origin for.
    asked: VisitorLimit,
}

/// A token bucket; names are its tokens.
#[derive(Debug, Clone, Copy)]
struct TokenBucket {
    millis_per_name: i64,
    /// When the bucket was, or will be, full.
    full_at: UnixMillis,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum BucketKind {
    Shared,
    Reserved,
}

impl TokenBucket {
    fn of(millis_per_name: i64) -> Self {
        Self { millis_per_name, full_at: UnixMillis(0) }
    }

    /// More names than the burst take all of it.
    fn millis(&self, names: u32) -> i64 {
        (self.millis_per_name * i64::from(names)).min(BURST_SECONDS * 1_000)
    }

    fn take(&mut self, names: u32, now: UnixMillis) -> bool {
        let after = self.full_at.max(now).plus_millis(self.millis(names));
        let fits = after.millis_since(now) <= BURST_SECONDS * 1_000;
        if fits {
            self.full_at = after;
        }
        fits
    }
}

impl fmt::Debug for MissBudget {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { shared, reserved, .. } = self;
        formatter
            .debug_struct("MissBudget")
            .field("shared", shared)
            .field("reserved", reserved)
            .finish_non_exhaustive()
    }
}

impl MissBudget {
    /// Ids from `ceiling` upwards were never issued.
    pub fn new(key: Option<&CodeKey>, ceiling: u64, names_per_second: u32) -> Self {
        let half = TokenBucket::of(2_000 / i64::from(names_per_second.clamp(1, 1_000)));
        Self {
            issued: key.map(|key| (CodeCipher::new(key), ceiling)),
            shared: half,
            reserved: half,
            asked: VisitorLimit::per_window(GUESSED_NAMES),
        }
    }

    /// Whether the visitor may be guessing names.
    pub fn is_guessing(&self, visitor: LookupVisitor, now: UnixMillis) -> bool {
        visitor.met_misses || !visitor.is_allow_listed && self.asked.check(visitor.site, now).is_err()
    }

    /// Whether the name may be an issued code.
    fn may_be_issued(&self, name: &Slug) -> bool {
        let Ok(code) = name.as_str().parse::<Code>() else { return false };
        self.issued.as_ref().is_none_or(|(cipher, ceiling)| cipher.id(&code) < *ceiling)
    }

    /// Takes all names of one lookup, or none.
    fn take(&mut self, names: u32, visitor: LookupVisitor, now: UnixMillis) -> Option<BucketKind> {
        let bucket = if !self.is_guessing(visitor, now) && self.reserved.take(names, now) {
            BucketKind::Reserved
        } else if self.shared.take(names, now) {
            BucketKind::Shared
        } else {
            return None;
        };
        // `is_guessing` checks the verdict before the next lookup.
        let _ = self.asked.admit_many(visitor.site, names, now);
        Some(bucket)
    }

    /// Returns the cost of a name that exists, or that the origin could not resolve.
    fn give_back(&mut self, bucket: BucketKind, names: u32, visitor: LookupVisitor, now: UnixMillis) {
        let share = match bucket {
            BucketKind::Shared => &mut self.shared,
            BucketKind::Reserved => &mut self.reserved,
        };
        share.full_at = share.full_at.plus_millis(-share.millis(names));
        self.asked.give_back(visitor.site, names, now);
    }
}

/// The visitor behind a lookup.
#[derive(Debug, Clone, Copy)]
pub struct LookupVisitor {
    /// Not the address: one network with a /48 has 65,536 of the /64 that a visitor has.
    site: Option<IpAddr>,
    /// Never limited.
    pub is_allow_listed: bool,
    /// Beyond the limit of misses.
    pub met_misses: bool,
}

impl LookupVisitor {
    pub fn new(address: Option<IpAddr>, is_allow_listed: bool, met_misses: bool) -> Self {
        Self { site: address.map(site_prefix), is_allow_listed, met_misses }
    }
}

/// An origin that is asked within the miss budget.
pub struct BudgetedOrigin<'a, O> {
    pub origin: O,
    pub budget: &'a RefCell<MissBudget>,
    pub visitor: LookupVisitor,
    pub clock: &'a dyn Clock,
}

impl<O: Origin> Origin for BudgetedOrigin<'_, O> {
    async fn resolve(&self, names: &[LinkKey]) -> Vec<Result<Resolution, OriginError>> {
        let visitor = self.visitor;
        let costs: Vec<bool> = {
            let budget = self.budget.borrow();
            names.iter().map(|name| visitor.met_misses || !budget.may_be_issued(&name.code)).collect()
        };
        let costing = count(costs.iter().filter(|costs| **costs));
        let taken = match costing {
            0 => None,
            names => self.budget.borrow_mut().take(names, visitor, self.clock.now()),
        };
        let is_asked = |costs: bool| !costs || taken.is_some();
        let asked: Vec<LinkKey> = names
            .iter()
            .zip(&costs)
            .filter(|(_, costs)| is_asked(**costs))
            .map(|(name, _)| name.clone())
            .collect();
        let answers = if asked.is_empty() { Vec::new() } else { self.origin.resolve(&asked).await };
        let mut answers = answers.into_iter();
        let outcomes: Vec<_> = costs
            .iter()
            .map(|costs| match is_asked(*costs) {
                true => answers.next().unwrap_or(Err(OriginError::Skipped)),
                false => Err(OriginError::Skipped),
            })
            .collect();
        if let Some(bucket) = taken {
            let existing = outcomes
                .iter()
                .zip(&costs)
                .filter(|(outcome, costs)| **costs && !matches!(outcome, Ok(Resolution::NotFound)));
            self.budget.borrow_mut().give_back(bucket, count(existing), visitor, self.clock.now());
        }
        outcomes
    }
}

fn count(items: impl Iterator) -> u32 {
    u32::try_from(items.count()).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use futures_executor::block_on;

    use super::*;
    use edge_runtime::lookup::fixtures::{named, record};
    use edge_runtime::timing::clock::fixtures::TestClock;

    const CEILING: u64 = 1_000_000_000;
    const PER_SECOND: u32 = 5;

    fn code_key() -> CodeKey {
        "2b7e151628aed2a6abf7158809cf4f3cef4359d8d580aa4f7f036d6f04fc6a94".parse().unwrap()
    }

    fn visitor(number: u8) -> LookupVisitor {
        LookupVisitor::new(Some([192, 0, 2, number].into()), false, false)
    }

    /// Counts calls and names.
    #[derive(Default)]
    struct Counting {
        calls: Cell<u32>,
        names: Cell<u32>,
    }

    impl Origin for &Counting {
        async fn resolve(&self, names: &[LinkKey]) -> Vec<Result<Resolution, OriginError>> {
            self.calls.set(self.calls.get() + 1);
            self.names.set(self.names.get() + count(names.iter()));
            let exists = |name: &LinkKey| {
                name.code.as_str().starts_with("real") || name.code.as_str().parse::<Code>().is_ok()
            };
            let found = || Resolution::Found { record: record("https://a.test/") };
            names.iter().map(|name| Ok(if exists(name) { found() } else { Resolution::NotFound })).collect()
        }
    }

    struct Edge {
        origin: Counting,
        budget: RefCell<MissBudget>,
        clock: TestClock,
    }

    impl Edge {
        fn new() -> Self {
            let budget = MissBudget::new(Some(&code_key()), CEILING, PER_SECOND);
            Self {
                origin: Counting::default(),
                budget: RefCell::new(budget),
                clock: TestClock(Cell::new(1_000_000)),
            }
        }

        /// Whether the origin was asked, for each name.
        fn asks(&self, visitor: LookupVisitor, names: &[&str]) -> Vec<bool> {
            let clock = &self.clock;
            let budgeted = BudgetedOrigin { origin: &self.origin, budget: &self.budget, visitor, clock };
            let names: Vec<_> = names.iter().map(|name| named(name)).collect();
            block_on(budgeted.resolve(&names)).iter().map(Result::is_ok).collect()
        }
    }

    fn issued(count: u64) -> impl Iterator<Item = String> {
        let cipher = CodeCipher::new(&code_key());
        (0..count).map(move |id| cipher.code(id * 1_000).unwrap().to_string())
    }

    #[test]
    fn issued_codes_are_always_looked_up() {
        let edge = Edge::new();
        issued(1_000).for_each(|code| assert_eq!(edge.asks(visitor(1), &[&code]), [true]));
    }

    #[test]
    fn flood_of_guesses_hardly_reaches_the_origin() {
        let edge = Edge::new();
        for number in 0..10_000 {
            edge.asks(visitor(1), &[&format!("offer-{number}")]);
        }
        assert_eq!(edge.origin.names.get(), GUESSED_NAMES + 10);
        for (number, address) in (0..10_000).zip((0..200).cycle()) {
            edge.asks(visitor(address), &[&format!("offer-{number}")]);
        }
        assert_eq!(edge.origin.names.get(), 20);
    }

    #[test]
    fn candidates_share_one_call_and_cost_one_each() {
        let edge = Edge::new();
        assert_eq!(edge.asks(visitor(1), &["a/b/c/d", "a/b/c", "a/b", "a"]), [true; 4]);
        assert_eq!((edge.origin.calls.get(), edge.origin.names.get()), (1, 4));
        assert!(edge.budget.borrow().is_guessing(visitor(1), edge.clock.now()));
        assert!(!edge.budget.borrow().is_guessing(visitor(2), edge.clock.now()));
    }

    #[test]
    fn guessing_visitor_takes_nothing_from_others() {
        let edge = Edge::new();
        for number in 0..600 {
            edge.clock.0.set(edge.clock.0.get() + 111);
            let guesses = ["d", "a", "b", "c"].map(|letter| format!("{letter}{number}x"));
            edge.asks(visitor(1), &guesses.each_ref().map(String::as_str));
            assert_eq!(edge.asks(visitor(2), &[&format!("real-{number}")]), [true], "{number}");
        }
    }

    #[test]
    fn network_with_many_prefixes_takes_nothing_from_others() {
        let edge = Edge::new();
        for number in 0..600_u16 {
            edge.clock.0.set(edge.clock.0.get() + 111);
            let guesses = ["d", "a", "b", "c"].map(|letter| format!("{letter}{number}x"));
            let address = [0x2001, 0xdb8, 1, number, 0, 0, 0, 1];
            let guessing = LookupVisitor::new(Some(address.into()), false, false);
            edge.asks(guessing, &guesses.each_ref().map(String::as_str));
            assert_eq!(edge.asks(visitor(2), &[&format!("real-{number}")]), [true], "{number}");
        }
    }

    #[test]
    fn beyond_the_budget_only_issued_codes_are_looked_up() {
        let edge = Edge::new();
        (0..100).for_each(|number| drop(edge.asks(visitor(1), &[&format!("offer-{number}")])));
        let code = issued(1).next().unwrap();
        assert_eq!(edge.asks(visitor(1), &[&format!("{code}."), &code]), [false, true]);
    }

    #[test]
    fn after_many_misses_issued_codes_cost_too() {
        let edge = Edge::new();
        let limited = LookupVisitor { met_misses: true, ..visitor(1) };
        let missing = (0..1_000).map(|number| format!("no-such-{number}"));
        missing.for_each(|name| drop(edge.asks(limited, &[&name])));
        assert_eq!(edge.origin.names.get(), 10);
        assert_eq!(edge.asks(limited, &[&issued(1).next().unwrap()]), [false]);
    }

    #[test]
    fn existing_names_cost_nothing() {
        let edge = Edge::new();
        (0..1_000).for_each(|number| assert_eq!(edge.asks(visitor(1), &[&format!("real-{number}")]), [true]));
        assert!(!edge.budget.borrow().is_guessing(visitor(1), edge.clock.now()));
    }

    #[test]
    fn more_names_than_the_burst_take_all_of_it() {
        let mut share = TokenBucket::of(2_000);
        assert!(share.take(8, UnixMillis(0)));
        assert!(!share.take(1, UnixMillis(1_999)));
        assert!(share.take(1, UnixMillis(2_000)));
    }

    #[test]
    fn budget_refills_with_time() {
        let mut share = TokenBucket::of(400);
        let mut spent = |now| (0..100).filter(|_| share.take(1, UnixMillis(now))).count();
        assert_eq!((spent(0), spent(1_000), spent(3_600_000)), (10, 2, 10));
    }
}
