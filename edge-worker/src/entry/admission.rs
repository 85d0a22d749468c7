//! Limits API calls and probes per visitor, by the limits of visits. Answers with problem documents.

use link_core::redirect::Answer;
use link_core::time::UnixMillis;

use crate::isolate::Isolate;
use crate::requests::request_info::RequestInfo;
use crate::responses::problem;

fn is_allow_listed(isolate: &Isolate, info: &RequestInfo<'_>) -> bool {
    info.address.is_some_and(|address| isolate.config.allow_list.contains(address))
}

/// Refuses a caller who has used up the limit or met too many misses; counts nothing.
pub(super) fn check(isolate: &Isolate, info: &RequestInfo<'_>, now: UnixMillis) -> Result<(), Answer> {
    if is_allow_listed(isolate, info) {
        return Ok(());
    }
    let visitors = isolate.visitors.borrow().check(info.address, now);
    visitors.and(isolate.misses.borrow().check(info.address, now)).map_err(problem::too_many_calls)
}

pub(super) fn admit(isolate: &Isolate, info: &RequestInfo<'_>, now: UnixMillis) -> Result<(), Answer> {
    check(isolate, info, now)?;
    if is_allow_listed(isolate, info) {
        return Ok(());
    }
    isolate.visitors.borrow_mut().admit(info.address, now).map_err(problem::too_many_calls)
}

/// Counts a 401 like a visitor's 404: both may be guesses.
pub(super) fn answered(isolate: &Isolate, info: &RequestInfo<'_>, status: u16, now: UnixMillis) {
    if status == 401 && !is_allow_listed(isolate, info) {
        let _ = isolate.misses.borrow_mut().admit(info.address, now);
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

    fn from(address: &str) -> RequestInfo<'_> {
        RequestInfo::of([
            "GET",
            "https://go.example.com/api/v1/links",
            "",
            "",
            address,
            "",
            "",
            "",
            "",
            "",
            "",
            "",
        ])
    }

    #[test]
    fn api_call_counts_like_a_visit() {
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
    fn unknown_key_counts_like_a_miss() {
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
