//! Which origin is asked, and what one kind of call does to another.

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

fn begin(origins: &mut Origins, now: i64, random: &impl Fn() -> f64) -> Result<Call, NotAsked> {
    origins.begin(Kind::Lookup, UnixMillis(now), None, random)
}

#[test]
fn calls_are_spread_over_all_origins() {
    let mut origins = origins(3);
    let random = draws();
    for _ in 0..30 {
        begin(&mut origins, 0, &random).unwrap();
    }
    assert!(origins.origins.iter().all(|origin| (8..=12).contains(&origin.calls.len())), "{origins:?}");
}

#[test]
fn a_failed_call_is_repeated_at_another_origin() {
    let mut origins = origins(2);
    let random = draws();
    for now in 0..20 {
        let Ok(first) = begin(&mut origins, now, &random) else { break };
        origins.ended(&first, UnixMillis(now), Outcome::Failed, 0.5);
        let second = origins.begin(Kind::Lookup, UnixMillis(now), Some(&first), &random).unwrap();
        assert_ne!(first.url, second.url);
        origins.ended(&second, UnixMillis(now), Outcome::Answered, 0.5);
    }
}

#[test]
fn an_origin_that_fails_time_after_time_is_left_alone_until_a_probe_succeeds() {
    let mut origins = origins(1);
    let random = draws();
    for _ in 0..5 {
        let call = begin(&mut origins, 0, &random).unwrap();
        origins.ended(&call, UnixMillis(0), Outcome::Failed, 0.5);
    }
    assert!(begin(&mut origins, 500, &random).is_err());
    let probe = begin(&mut origins, 2_000, &random).unwrap();
    assert!(begin(&mut origins, 2_000, &random).is_err());
    origins.ended(&probe, UnixMillis(2_001), Outcome::Answered, 0.5);
    assert!(begin(&mut origins, 2_001, &random).is_ok());
}

#[test]
fn lookups_beyond_what_an_origin_stands_are_held_back_and_other_calls_are_not() {
    let mut origins = origins(1);
    let random = draws();
    let admitted = (0..1_000).filter(|_| begin(&mut origins, 0, &random).is_ok()).count();
    assert_eq!(admitted, 20);
    assert!(origins.begin(Kind::Other, UnixMillis(0), None, &random).is_ok());
    assert!(origins.begin(Kind::Leave, UnixMillis(0), None, &random).is_ok());
}

#[test]
fn calls_of_the_api_hold_back_no_lookup_however_many_are_under_way() {
    let mut origins = origins(1);
    let random = draws();
    for _ in 0..1_000 {
        origins.begin(Kind::Other, UnixMillis(0), None, &random).unwrap();
    }
    let admitted = (0..1_000).filter(|_| begin(&mut origins, 0, &random).is_ok()).count();
    assert_eq!(admitted, 20);
}

#[test]
fn calls_of_the_api_do_not_let_more_lookups_in() {
    let mut origins = origins(1);
    let random = draws();
    for _ in 0..1_000 {
        origins.begin(Kind::Other, UnixMillis(0), None, &random).unwrap();
    }
    // One at a time makes no use of the number, so it stays.
    for now in 0..1_000 {
        let lookup = begin(&mut origins, now, &random).unwrap();
        origins.ended(&lookup, UnixMillis(now), Outcome::Answered, 0.5);
    }
    let admitted = (0..1_000).filter(|_| begin(&mut origins, 1_000, &random).is_ok()).count();
    assert_eq!(admitted, 20);
}

#[test]
fn a_lone_origin_is_not_asked_twice_for_one_request() {
    let mut origins = origins(1);
    let failed = begin(&mut origins, 0, &draws()).unwrap();
    origins.ended(&failed, UnixMillis(0), Outcome::Failed, 0.5);
    assert!(!failed.has_alternative);
    assert!(origins.begin(Kind::Lookup, UnixMillis(0), Some(&failed), draws()).is_err());
    assert!(begin(&mut origins, 1, &draws()).is_ok());
}

#[test]
fn calls_that_never_report_back_stop_counting() {
    let mut origins = origins(1);
    let random = draws();
    origins.begin(Kind::Other, UnixMillis(0), None, &random).unwrap();
    while begin(&mut origins, 0, &random).is_ok() {}
    assert!(begin(&mut origins, millis(RESOLVE) - 1, &random).is_err());
    assert!(begin(&mut origins, millis(RESOLVE), &random).is_ok());
    assert_eq!(origins.load(0), 2, "an API call may take longer than a lookup");
    begin(&mut origins, millis(API), &random).unwrap();
    assert_eq!(origins.load(0), 1);
}

fn fail(origins: &mut Origins, kind: Kind, outcome: Outcome, times: usize) {
    for _ in 0..times {
        let call = origins.begin(kind, UnixMillis(0), None, draws()).unwrap();
        origins.ended(&call, UnixMillis(0), outcome, 0.5);
    }
}

#[test]
fn failing_calls_of_the_api_close_neither_lookups_nor_the_api() {
    let mut origins = origins(1);
    fail(&mut origins, Kind::Other, Outcome::Failed, 100);
    assert!(begin(&mut origins, 0, &draws()).is_ok());
    assert!(origins.begin(Kind::Other, UnixMillis(0), None, draws()).is_ok());
}

#[test]
fn the_api_asks_an_origin_that_fails_only_after_the_others() {
    for kind in [Kind::Lookup, Kind::Other] {
        let mut origins = origins(2);
        let broken = begin(&mut origins, 0, &draws()).unwrap();
        let Origins { origins: all, .. } = &mut origins;
        let breaker = all[broken.index].breaker_of(kind);
        (0..5).for_each(|_| breaker.failed(UnixMillis(0), 0.5));
        let random = draws();
        for _ in 0..20 {
            let call = origins.begin(Kind::Other, UnixMillis(0), None, &random).unwrap();
            assert_ne!(call.url, broken.url, "{kind:?}");
            let second = origins.begin(Kind::Other, UnixMillis(0), Some(&call), &random).unwrap();
            assert_eq!(second.url, broken.url, "{kind:?}");
        }
    }
}

#[test]
fn a_refusal_in_front_of_an_origin_is_no_failure_of_it() {
    for status in [400, 401, 403, 404, 408, 413, 414, 431] {
        assert_eq!(Outcome::in_front(status), Outcome::Refused, "{status}");
    }
    for status in [200, 302, 500, 502, 503, 504] {
        assert_eq!(Outcome::in_front(status), Outcome::Failed, "{status}");
    }
    let mut origins = origins(1);
    fail(&mut origins, Kind::Lookup, Outcome::Refused, 1_000);
    let admitted = (0..1_000).filter(|_| begin(&mut origins, 0, &draws()).is_ok()).count();
    assert_eq!(admitted, 20);
}

#[test]
fn a_throttled_origin_gets_fewer_lookups_and_is_never_left_alone() {
    let mut origins = origins(1);
    assert_eq!(Outcome::in_front(429), Outcome::Throttled);
    fail(&mut origins, Kind::Lookup, Outcome::Throttled, 1_000);
    let random = draws();
    let admitted = (0..1_000).filter(|_| begin(&mut origins, 0, &random).is_ok()).count();
    assert!((1..20).contains(&admitted), "{admitted}");
    assert_eq!(begin(&mut origins, 0, &random).unwrap_err(), NotAsked::LimitReached);
}

#[test]
fn what_is_beyond_the_limit_is_told_from_what_is_left_alone() {
    let (mut origins, random) = (origins(1), draws());
    while begin(&mut origins, 0, &random).is_ok() {}
    assert_eq!(begin(&mut origins, 0, &random).unwrap_err(), NotAsked::LimitReached);
    let later = millis(RESOLVE);
    for _ in 0..5 {
        let call = begin(&mut origins, later, &random).unwrap();
        origins.ended(&call, UnixMillis(later), Outcome::Failed, 0.5);
    }
    assert_eq!(begin(&mut origins, later, &random).unwrap_err(), NotAsked::LeftAlone);
}

#[test]
fn lookups_held_back_are_told_once_a_second() {
    let mut origins = origins(1);
    assert_eq!(origins.held_back(UnixMillis(10_000)), Some(1));
    let told = (0..500).filter_map(|_| origins.held_back(UnixMillis(10_500))).count();
    assert_eq!((told, origins.held_back(UnixMillis(11_000))), (0, Some(501)));
}

/// Frozen for half a minute, then healthy: answers within 5 ms.
#[test]
fn after_an_outage_no_lookup_below_the_starting_limit_is_held_back() {
    let (mut origins, random) = (origins(1), draws());
    let (mut waiting, mut now): (Vec<Call>, i64) = (Vec::new(), 1_000_000);
    let back_at = now + 30_000;
    while now < back_at {
        waiting.extend(begin(&mut origins, now, &random));
        let given_up = waiting.extract_if(.., |call| now - call.began.0 >= millis(RESOLVE));
        given_up.for_each(|call| origins.ended(&call, UnixMillis(now), Outcome::Failed, 0.5));
        now += 50;
    }
    waiting.drain(..).for_each(|call| origins.ended(&call, UnixMillis(now), Outcome::Failed, 0.5));
    // The first probe finds it healthy.
    let probe = loop {
        match begin(&mut origins, now, &random) {
            Ok(probe) => break probe,
            Err(_) => now += 10,
        }
    };
    assert!(now - back_at <= 7_000, "{}", now - back_at);
    now += 5;
    origins.ended(&probe, UnixMillis(now), Outcome::Answered, 0.5);
    for round in 0..250 {
        let calls: Vec<Call> = (0..20).map(|_| begin(&mut origins, now, &random).unwrap()).collect();
        calls.iter().for_each(|call| origins.ended(call, UnixMillis(now + 5), Outcome::Answered, 0.5));
        // At once, and over a minute.
        now += if round < 50 { 5 } else { 300 };
    }
}
