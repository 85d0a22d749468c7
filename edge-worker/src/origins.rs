//! Which of the `ORIGIN_URLS` is asked: the less loaded of two picks, and another one when it fails. Does not send
//! anything.

use link_core::time::UnixMillis;

use crate::timeouts::{API, ORIGIN_SHUNNED, millis};

#[derive(Debug)]
pub struct Origins {
    origins: Vec<Origin>,
}

#[derive(Debug)]
struct Origin {
    /// Without a slash at the end.
    url: String,
    /// When each call under way began. A request that the platform ends in the middle never reports back, so a call
    /// counts only as long as it could still be running.
    calls: Vec<UnixMillis>,
    failed_at: Option<UnixMillis>,
}

/// A call under way at one origin; hand it back to [`Origins::ended`].
#[derive(Debug)]
pub struct Call {
    pub url: String,
    index: usize,
    began: UnixMillis,
}

impl Origins {
    pub fn new(urls: &[String]) -> Self {
        let origins =
            urls.iter().map(|url| Origin { url: url.clone(), calls: Vec::new(), failed_at: None }).collect();
        Self { origins }
    }

    /// Picks two at random and takes the less loaded one. `not` is the call that just failed: where there is any
    /// other origin it is not asked again.
    pub fn begin(&mut self, now: UnixMillis, not: Option<&Call>, random: impl Fn() -> f64) -> Option<Call> {
        let candidates: Vec<usize> =
            (0..self.origins.len()).filter(|index| not.is_none_or(|call| call.index != *index)).collect();
        let one = pick(&candidates, random())?;
        let other = pick(&candidates, random())?;
        let index = if self.load(other, now) < self.load(one, now) { other } else { one };
        let index = if self.is_shunned(index, now) {
            candidates.iter().copied().find(|index| !self.is_shunned(*index, now)).unwrap_or(index)
        } else {
            index
        };
        let origin = self.origins.get_mut(index)?;
        origin.calls.push(now);
        Some(Call { url: origin.url.clone(), index, began: now })
    }

    pub fn ended(&mut self, call: &Call, now: UnixMillis, failed: bool) {
        if let Some(origin) = self.origins.get_mut(call.index) {
            if let Some(position) = origin.calls.iter().position(|began| *began == call.began) {
                origin.calls.swap_remove(position);
            }
            origin.failed_at = failed.then_some(now);
        }
    }

    fn load(&mut self, index: usize, now: UnixMillis) -> usize {
        let Some(origin) = self.origins.get_mut(index) else { return usize::MAX };
        origin.calls.retain(|began| now.millis_since(*began) < millis(API));
        origin.calls.len()
    }

    fn is_shunned(&self, index: usize, now: UnixMillis) -> bool {
        let failed_at = self.origins.get(index).and_then(|origin| origin.failed_at);
        failed_at.is_some_and(|failed_at| now.millis_since(failed_at) < millis(ORIGIN_SHUNNED))
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "an index below a handful of origins"
)]
fn pick(candidates: &[usize], random: f64) -> Option<usize> {
    let at = (random * candidates.len() as f64) as usize;
    candidates.get(at.min(candidates.len().saturating_sub(1))).copied()
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    fn origins(count: usize) -> Origins {
        Origins::new(&(0..count).map(|number| format!("http://origin-{number}")).collect::<Vec<_>>())
    }

    /// Draws that walk evenly over [0, 1).
    fn draws() -> impl Fn() -> f64 {
        let at = Cell::new(0.0);
        move || {
            at.set((at.get() + 0.618_033_988_75) % 1.0);
            at.get()
        }
    }

    #[test]
    fn calls_are_spread_over_all_origins() {
        let mut origins = origins(3);
        let random = draws();
        for _ in 0..30 {
            origins.begin(UnixMillis(0), None, &random).unwrap();
        }
        assert!(origins.origins.iter().all(|origin| (8..=12).contains(&origin.calls.len())), "{origins:?}");
    }

    #[test]
    fn a_failed_call_is_repeated_at_another_origin() {
        let mut origins = origins(2);
        let random = draws();
        for now in 0..20 {
            let first = origins.begin(UnixMillis(now), None, &random).unwrap();
            origins.ended(&first, UnixMillis(now), true);
            let second = origins.begin(UnixMillis(now), Some(&first), &random).unwrap();
            assert_ne!(first.url, second.url);
            origins.ended(&second, UnixMillis(now), false);
        }
    }

    #[test]
    fn an_origin_that_failed_is_shunned_for_five_seconds() {
        let mut origins = origins(2);
        let random = draws();
        let failed = origins.begin(UnixMillis(0), None, &random).unwrap();
        origins.ended(&failed, UnixMillis(0), true);
        for now in [1, 2_000, 4_999] {
            assert_ne!(origins.begin(UnixMillis(now), None, &random).unwrap().url, failed.url);
        }
        let later = (0..20).map(|_| origins.begin(UnixMillis(5_000), None, &random).unwrap().url);
        assert!(later.collect::<Vec<_>>().contains(&failed.url));
    }

    #[test]
    fn a_lone_origin_is_asked_though_it_failed_but_not_twice_for_one_request() {
        let mut origins = origins(1);
        let failed = origins.begin(UnixMillis(0), None, draws()).unwrap();
        origins.ended(&failed, UnixMillis(0), true);
        assert!(origins.begin(UnixMillis(0), Some(&failed), draws()).is_none());
        assert!(origins.begin(UnixMillis(1), None, draws()).is_some());
    }

    #[test]
    fn calls_that_never_report_back_stop_counting() {
        let mut origins = origins(1);
        for _ in 0..100 {
            origins.begin(UnixMillis(0), None, draws()).unwrap();
        }
        assert_eq!(origins.load(0, UnixMillis(millis(API))), 0);
    }
}
