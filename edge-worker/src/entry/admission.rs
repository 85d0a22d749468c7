//! Limits visitors, for visits, API calls and probes alike. Allow-listed ones are neither counted nor refused. `Err` holds the
//! seconds to wait.

use std::cell::RefCell;
use std::net::IpAddr;
use std::rc::Rc;

use link_core::compatible_apis::YOURLS_PATH;
use link_core::time::UnixMillis;
use worker::{Context, Env};

use crate::bindings::rate_limit::RateLimits;
use crate::isolate::Isolate;
use crate::visitors::shared_counter::SharedLimit;
use crate::visitors::visitor_limit::VisitorLimit;
use edge_runtime::bindings::runtime::RuntimeClock;

pub(super) fn is_allow_listed(isolate: &Isolate, visitor: Option<IpAddr>) -> bool {
    visitor.is_some_and(|address| isolate.config.allow_list.contains(address))
}

/// Refuses a visitor who has used up the limit; counts nothing.
pub(super) fn check(isolate: &Isolate, visitor: Option<IpAddr>, now: UnixMillis) -> Result<(), u32> {
    if is_allow_listed(isolate, visitor) {
        return Ok(());
    }
    isolate.visitors.borrow().check(visitor, now)
}

/// Refuses a visitor who met so many 404s or 401s that they may be guessing names or keys; counts nothing.
pub(super) fn check_misses(isolate: &Isolate, visitor: Option<IpAddr>, now: UnixMillis) -> Result<(), u32> {
    if is_allow_listed(isolate, visitor) {
        return Ok(());
    }
    isolate.misses.borrow().check(visitor, now)
}

/// Counts the request; refuses it beyond the limit.
pub(super) fn admit(isolate: &Isolate, visitor: Option<IpAddr>, now: UnixMillis) -> Result<(), u32> {
    if is_allow_listed(isolate, visitor) {
        return Ok(());
    }
    isolate.visitors.borrow_mut().admit(visitor, now)
}

/// Takes back a request that is counted again.
pub(super) fn give_back(isolate: &Isolate, visitor: Option<IpAddr>, now: UnixMillis) {
    if !is_allow_listed(isolate, visitor) {
        isolate.visitors.borrow_mut().give_back(visitor, 1, now);
    }
}

/// Counts a request that found nothing under `names` names.
pub(super) fn count_misses(isolate: &Isolate, visitor: Option<IpAddr>, names: usize, now: UnixMillis) {
    if !is_allow_listed(isolate, visitor) {
        let names = u32::try_from(names).unwrap_or(u32::MAX);
        let _ = isolate.misses.borrow_mut().admit_many(visitor, names, now);
    }
}

/// Like [`check`] and [`check_misses`], for an API call or a probe.
pub(super) fn check_call(isolate: &Isolate, caller: Option<IpAddr>, now: UnixMillis) -> Result<(), u32> {
    check(isolate, caller, now).and(check_misses(isolate, caller, now))
}

/// Counts an API call or a probe; refuses it beyond the limit, and after many misses.
pub(super) fn admit_call(isolate: &Isolate, caller: Option<IpAddr>, now: UnixMillis) -> Result<(), u32> {
    check_call(isolate, caller, now)?;
    admit(isolate, caller, now)
}

/// Counts a refused key like a visitor's 404: both may be guesses. YOURLS' API says 403 where ours says 401.
pub(super) fn call_answered(
    isolate: &Isolate,
    caller: Option<IpAddr>,
    (path, status): (&str, u16),
    now: UnixMillis,
) {
    if status == 401 || status == 403 && path == YOURLS_PATH {
        count_misses(isolate, caller, 1, now);
    }
}

type LimitOf = fn(&Isolate) -> &RefCell<VisitorLimit>;

/// Reports a visitor with many requests to the location's counter, after the answer.
pub(super) fn report(isolate: &Rc<Isolate>, visitor: Option<IpAddr>, env: &Env, context: &Context) {
    let shared: [(_, LimitOf); 2] =
        [("VISITORS", |isolate| &isolate.visitors), ("MISSES", |isolate| &isolate.misses)];
    for (binding, limit) in shared {
        if limit(isolate).borrow_mut().take_report(visitor) {
            let (isolate, env) = (Rc::clone(isolate), env.clone());
            context.wait_until(async move {
                let shared = SharedLimit {
                    limit: limit(&isolate),
                    counter: RateLimits(&env),
                    secret: &isolate.config.origin.edge_secret.0,
                    clock: &RuntimeClock,
                };
                shared.report(binding, visitor).await;
            });
        }
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

    fn from(address: &str) -> Option<IpAddr> {
        Some(address.parse().unwrap())
    }

    #[test]
    fn api_call_counts_like_a_visit() {
        let isolate = isolate("198.51.100.1");
        for _ in 0..1_000 {
            admit_call(&isolate, from("192.0.2.1"), UnixMillis(0)).unwrap();
        }
        assert_eq!(admit_call(&isolate, from("192.0.2.1"), UnixMillis(0)), Err(10));
        assert_eq!(admit(&isolate, from("192.0.2.1"), UnixMillis(0)), Err(10));
        assert_eq!(check_call(&isolate, from("192.0.2.2"), UnixMillis(0)), Ok(()));
        for _ in 0..2_000 {
            admit_call(&isolate, from("198.51.100.1"), UnixMillis(0)).unwrap();
        }
    }

    #[test]
    fn unknown_key_counts_like_a_miss() {
        let isolate = isolate("198.51.100.1");
        for _ in 0..200 {
            for (address, path, status) in [
                ("192.0.2.1", "/api/v1/links", 401),
                ("192.0.2.2", "/api/v1/links", 404),
                ("192.0.2.2", "/api/v1/links", 403),
                ("192.0.2.3", YOURLS_PATH, 403),
                ("198.51.100.1", "/api/v1/links", 401),
            ] {
                call_answered(&isolate, from(address), (path, status), UnixMillis(0));
            }
        }
        for address in ["192.0.2.1", "192.0.2.3"] {
            assert_eq!(check_call(&isolate, from(address), UnixMillis(0)), Err(10), "{address}");
        }
        for address in ["192.0.2.2", "198.51.100.1"] {
            assert_eq!(check_call(&isolate, from(address), UnixMillis(0)), Ok(()), "{address}");
        }
    }
}
