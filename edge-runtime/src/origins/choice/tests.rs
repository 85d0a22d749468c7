//! Which origin is chosen, and how kinds of calls affect each other.

use std::cell::Cell;

use super::*;

fn origins(count: usize) -> Origins {
    Origins::new(&(0..count).map(|number| format!("http://origin-{number}")).collect::<Vec<_>>())
}

/// Random numbers spread evenly over [0, 1).
fn draws() -> impl Fn() -> f64 {
    let at = Cell::new(0.0);
    move || {
        at.set((at.get() + 0.618_033_988_75) % 1.0);
        at.get()
    }
}

fn begin(origins: &mut Origins, now: i64, random: &impl Fn() -> f64) -> Result<OriginCall, NoOrigin> {
    origins.begin(CallKind::Lookup, UnixMillis(now), None, random)
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
fn failed_call_is_repeated_at_another_origin() {
    let mut origins = origins(2);
    let random = draws();
    for now in 0..20 {
        let Ok(first) = begin(&mut origins, now, &random) else { break };
        origins.ended(&first, UnixMillis(now), CallOutcome::Failed, 0.5);
        let second = origins.begin(CallKind::Lookup, UnixMillis(now), Some(&first), &random).unwrap();
        assert_ne!(first.url, second.url);
        origins.ended(&second, UnixMillis(now), CallOutcome::Answered, 0.5);
    }
}

#[test]
fn failing_origin_is_skipped_until_a_probe_succeeds() {
    let mut origins = origins(1);
    let random = draws();
    for _ in 0..5 {
        let call = begin(&mut origins, 0, &random).unwrap();
        origins.ended(&call, UnixMillis(0), CallOutcome::Failed, 0.5);
    }
    assert!(begin(&mut origins, 500, &random).is_err());
    let probe = begin(&mut origins, 2_000, &random).unwrap();
    assert!(begin(&mut origins, 2_000, &random).is_err());
    origins.ended(&probe, UnixMillis(2_001), CallOutcome::Answered, 0.5);
    assert!(begin(&mut origins, 2_001, &random).is_ok());
}

#[test]
fn concurrency_limit_applies_to_lookups_only() {
    let mut origins = origins(1);
    let random = draws();
    let admitted = (0..1_000).filter(|_| begin(&mut origins, 0, &random).is_ok()).count();
    assert_eq!(admitted, 20);
    assert!(origins.begin(CallKind::Other, UnixMillis(0), None, &random).is_ok());
    assert!(origins.begin(CallKind::Gate, UnixMillis(0), None, &random).is_ok());
}

#[test]
fn api_calls_do_not_use_up_the_limit() {
    let mut origins = origins(1);
    let random = draws();
    for _ in 0..1_000 {
        origins.begin(CallKind::Other, UnixMillis(0), None, &random).unwrap();
    }
    let admitted = (0..1_000).filter(|_| begin(&mut origins, 0, &random).is_ok()).count();
    assert_eq!(admitted, 20);
}

#[test]
fn api_calls_do_not_raise_the_limit() {
    let mut origins = origins(1);
    let random = draws();
    for _ in 0..1_000 {
        origins.begin(CallKind::Other, UnixMillis(0), None, &random).unwrap();
    }
    // One at a time does not reach the limit, so it stays.
    for now in 0..1_000 {
        let lookup = begin(&mut origins, now, &random).unwrap();
        origins.ended(&lookup, UnixMillis(now), CallOutcome::Answered, 0.5);
    }
    let admitted = (0..1_000).filter(|_| begin(&mut origins, 1_000, &random).is_ok()).count();
    assert_eq!(admitted, 20);
}

#[test]
fn single_origin_is_asked_once_per_request() {
    let mut origins = origins(1);
    let failed = begin(&mut origins, 0, &draws()).unwrap();
    origins.ended(&failed, UnixMillis(0), CallOutcome::Failed, 0.5);
    assert!(!failed.has_alternative);
    assert!(origins.begin(CallKind::Lookup, UnixMillis(0), Some(&failed), draws()).is_err());
    assert!(begin(&mut origins, 1, &draws()).is_ok());
}

#[test]
fn calls_that_never_report_back_stop_counting() {
    let mut origins = origins(1);
    let random = draws();
    origins.begin(CallKind::Other, UnixMillis(0), None, &random).unwrap();
    while begin(&mut origins, 0, &random).is_ok() {}
    assert!(begin(&mut origins, millis(RESOLVE) - 1, &random).is_err());
    assert!(begin(&mut origins, millis(RESOLVE), &random).is_ok());
    assert_eq!(origins.load(0), 2, "an API call may take longer than a lookup");
    begin(&mut origins, millis(API), &random).unwrap();
    assert_eq!(origins.load(0), 1);
}

fn fail(origins: &mut Origins, kind: CallKind, outcome: CallOutcome, times: usize) {
    for _ in 0..times {
        let call = origins.begin(kind, UnixMillis(0), None, draws()).unwrap();
        origins.ended(&call, UnixMillis(0), outcome, 0.5);
    }
}

#[test]
fn failing_api_calls_close_nothing() {
    let mut origins = origins(1);
    fail(&mut origins, CallKind::Other, CallOutcome::Failed, 100);
    assert!(begin(&mut origins, 0, &draws()).is_ok());
    assert!(origins.begin(CallKind::Other, UnixMillis(0), None, draws()).is_ok());
}

#[test]
fn api_asks_a_failing_origin_last() {
    for kind in [CallKind::Lookup, CallKind::Other] {
        let mut origins = origins(2);
        let broken = begin(&mut origins, 0, &draws()).unwrap();
        let Origins { origins: all, .. } = &mut origins;
        let breaker = all[broken.index].breaker_of(kind);
        (0..5).for_each(|_| breaker.failed(UnixMillis(0), 0.5));
        let random = draws();
        for _ in 0..20 {
            let call = origins.begin(CallKind::Other, UnixMillis(0), None, &random).unwrap();
            assert_ne!(call.url, broken.url, "{kind:?}");
            let second = origins.begin(CallKind::Other, UnixMillis(0), Some(&call), &random).unwrap();
            assert_eq!(second.url, broken.url, "{kind:?}");
        }
    }
}

#[test]
fn refusal_in_front_of_an_origin_is_not_its_failure() {
    for status in [400, 401, 403, 404, 408, 413, 414, 431] {
        assert_eq!(CallOutcome::in_front(status), CallOutcome::Refused, "{status}");
    }
    for status in [200, 302, 500, 502, 503, 504] {
        assert_eq!(CallOutcome::in_front(status), CallOutcome::Failed, "{status}");
    }
    let mut origins = origins(1);
    fail(&mut origins, CallKind::Lookup, CallOutcome::Refused, 1_000);
    let admitted = (0..1_000).filter(|_| begin(&mut origins, 0, &draws()).is_ok()).count();
    assert_eq!(admitted, 20);
}

#[test]
fn throttled_origin_gets_fewer_lookups_but_some() {
    let mut origins = origins(1);
    assert_eq!(CallOutcome::in_front(429), CallOutcome::Throttled);
    fail(&mut origins, CallKind::Lookup, CallOutcome::Throttled, 1_000);
    let random = draws();
    let admitted = (0..1_000).filter(|_| begin(&mut origins, 0, &random).is_ok()).count();
    assert!((1..20).contains(&admitted), "{admitted}");
    assert_eq!(begin(&mut origins, 0, &random).unwrap_err(), NoOrigin::LimitReached);
}

#[test]
fn limit_and_open_breaker_are_told_apart() {
    let (mut origins, random) = (origins(1), draws());
    while begin(&mut origins, 0, &random).is_ok() {}
    assert_eq!(begin(&mut origins, 0, &random).unwrap_err(), NoOrigin::LimitReached);
    let later = millis(RESOLVE);
    for _ in 0..5 {
        let call = begin(&mut origins, later, &random).unwrap();
        origins.ended(&call, UnixMillis(later), CallOutcome::Failed, 0.5);
    }
    assert_eq!(begin(&mut origins, later, &random).unwrap_err(), NoOrigin::BreakerOpen);
}

#[test]
fn skipped_lookups_are_logged_once_a_second() {
    let mut origins = origins(1);
    assert_eq!(origins.count_skipped(UnixMillis(10_000)), Some(1));
    let logged = (0..500).filter_map(|_| origins.count_skipped(UnixMillis(10_500))).count();
    assert_eq!((logged, origins.count_skipped(UnixMillis(11_000))), (0, Some(501)));
}

/// An origin that hangs for 30 s, then answers within 5 ms.
#[test]
fn after_an_outage_the_initial_limit_applies() {
    let (mut origins, random) = (origins(1), draws());
    let (mut waiting, mut now): (Vec<OriginCall>, i64) = (Vec::new(), 1_000_000);
    let back_at = now + 30_000;
    while now < back_at {
        waiting.extend(begin(&mut origins, now, &random));
        let given_up = waiting.extract_if(.., |call| now - call.began.0 >= millis(RESOLVE));
        given_up.for_each(|call| origins.ended(&call, UnixMillis(now), CallOutcome::Failed, 0.5));
        now += 50;
    }
    waiting.drain(..).for_each(|call| origins.ended(&call, UnixMillis(now), CallOutcome::Failed, 0.5));
    // The first probe finds it healthy.
    let probe = loop {
        match begin(&mut origins, now, &random) {
            Ok(probe) => break probe,
            Err(_) => now += 10,
        }
    };
    assert!(now - back_at <= 7_000, "{}", now - back_at);
    now += 5;
    origins.ended(&probe, UnixMillis(now), CallOutcome::Answered, 0.5);
    for round in 0..250 {
        let calls: Vec<OriginCall> = (0..20).map(|_| begin(&mut origins, now, &random).unwrap()).collect();
        calls.iter().for_each(|call| origins.ended(call, UnixMillis(now + 5), CallOutcome::Answered, 0.5));
        // Back to back, then over a minute.
        now += if round < 50 { 5 } else { 300 };
    }
}
