//! Calls of the API and probes are counted like visits, so that what they cost is bounded by visitor too. Answers with problem
//! documents; the limits are those of visits.

use link_core::time::UnixMillis;

use crate::answer::Answer;
use crate::facts::Facts;
use crate::isolate::Isolate;

fn is_free(isolate: &Isolate, facts: &Facts<'_>) -> bool {
    facts.address.is_some_and(|address| isolate.config.allow_list.holds(address))
}

/// Whether the caller has used up what is allowed, or has met so many misses as to be guessing; counts nothing.
pub(super) fn check(isolate: &Isolate, facts: &Facts<'_>, now: UnixMillis) -> Result<(), Answer> {
    if is_free(isolate, facts) {
        return Ok(());
    }
    let visitors = isolate.visitors.borrow().check(facts.address, now);
    visitors.and(isolate.misses.borrow().check(facts.address, now)).map_err(Answer::too_many_calls)
}

pub(super) fn admit(isolate: &Isolate, facts: &Facts<'_>, now: UnixMillis) -> Result<(), Answer> {
    check(isolate, facts, now)?;
    if is_free(isolate, facts) {
        return Ok(());
    }
    isolate.visitors.borrow_mut().admit(facts.address, now).map_err(Answer::too_many_calls)
}

/// Counts a 401 like a visitor's 404: both are what a guess meets.
pub(super) fn answered(isolate: &Isolate, facts: &Facts<'_>, status: u16, now: UnixMillis) {
    if status == 401 && !is_free(isolate, facts) {
        let _ = isolate.misses.borrow_mut().admit(facts.address, now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::fixtures::config_with;

    fn isolate(allowed: &'static str) -> Isolate {
        let producer = "000102030405060708090a0b0c0d0e0f".parse().unwrap();
        Isolate::new(config_with("RATE_LIMIT_ALLOW", Some(allowed)).unwrap(), producer)
    }

    fn from(address: &str) -> Facts<'_> {
        Facts::of(["GET", "https://go.example.com/api/v1/links", "", "", address, "", "", "", "", "", "", ""])
    }

    #[test]
    fn an_api_call_counts_like_a_visit() {
        let isolate = isolate("198.51.100.1");
        for _ in 0..1_000 {
            admit(&isolate, &from("192.0.2.1"), UnixMillis(0)).unwrap();
        }
        let refusal = admit(&isolate, &from("192.0.2.1"), UnixMillis(0)).unwrap_err();
        assert_eq!((refusal.status, check(&isolate, &from("192.0.2.2"), UnixMillis(0))), (429, Ok(())));
        assert!(isolate.visitors.borrow().check(Some("192.0.2.1".parse().unwrap()), UnixMillis(0)).is_err());
        for _ in 0..2_000 {
            admit(&isolate, &from("198.51.100.1"), UnixMillis(0)).unwrap();
        }
    }

    #[test]
    fn a_key_that_opens_nothing_counts_like_a_miss() {
        let isolate = isolate("198.51.100.1");
        for _ in 0..200 {
            answered(&isolate, &from("192.0.2.1"), 401, UnixMillis(0));
            answered(&isolate, &from("192.0.2.2"), 404, UnixMillis(0));
            answered(&isolate, &from("198.51.100.1"), 401, UnixMillis(0));
        }
        assert_eq!(check(&isolate, &from("192.0.2.1"), UnixMillis(0)).unwrap_err().status, 429);
        for address in ["192.0.2.2", "198.51.100.1"] {
            assert_eq!(check(&isolate, &from(address), UnixMillis(0)), Ok(()), "{address}");
        }
    }
}
