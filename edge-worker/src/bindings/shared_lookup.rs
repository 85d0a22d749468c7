//! Single flight over JavaScript promises. A request may not be woken by another's I/O, but may wait for its promise: the
//! leader keeps the promise alive beyond its own answer; followers race it with timers of their own and take over from a
//! leader that hangs. The result is plain data beside the promise. A leader looks up all candidates of its path together,
//! and each of them may be followed separately.

use std::cell::RefCell;
use std::pin::pin;
use std::rc::Rc;
use std::time::Duration;

use futures_util::future::{join_all, select};
use js_sys::Promise;
use link_core::time::UnixMillis;
use wasm_bindgen::JsValue;
use worker::Context;
use worker::wasm_bindgen_futures::{JsFuture, future_to_promise};

use super::cache::ColoCache;
use super::runtime::{now, sleep};
use crate::lookup::single_flight::SingleFlight;
use crate::lookup::{ColoMiss, Found, LinkKey, OriginError, fill};
use crate::timeouts::{FOLLOWER_WAIT, LOOKUP, millis};

type Answer = Result<Found, OriginError>;

/// A lookup that is under way or finished.
#[derive(Clone)]
struct SharedLookup {
    promise: Promise,
    answers: Rc<RefCell<Vec<(LinkKey, Answer)>>>,
}

thread_local! {
    static LOOKUPS: RefCell<SingleFlight<SharedLookup>> = RefCell::default();
    /// For visitors who guess names: the origin may not be asked for them, so only other guessing visitors follow.
    static GUESSED_LOOKUPS: RefCell<SingleFlight<SharedLookup>> = RefCell::default();
}

/// A name that this request waits for.
struct AwaitedName {
    name: ColoMiss,
    flight: Option<(SharedLookup, Role)>,
    answer: Option<Answer>,
}

#[derive(Clone, Copy)]
enum Role {
    /// Does not take over from itself, but checks whether an earlier leader has finished first.
    Leads,
    FollowsUntil(UnixMillis),
}

/// The results of looking the names up, by this request or another, in their order. `from_memory_only` reads memory; `fetch_from_origin`
/// starts one lookup of several names that outlives the request.
pub async fn shared<L: Future<Output = Vec<Answer>> + 'static>(
    names: Vec<ColoMiss>,
    is_guessing: bool,
    context: &Context,
    from_memory_only: impl Fn(&LinkKey) -> Option<Found>,
    fetch_from_origin: impl Fn(Vec<ColoMiss>) -> L,
) -> Vec<Answer> {
    let give_up = now().plus_millis(millis(LOOKUP));
    let waiting = |name| AwaitedName { name, flight: None, answer: None };
    let mut names: Vec<_> = names.into_iter().map(waiting).collect();
    loop {
        let began = now();
        names.iter_mut().for_each(|name| name.check(began, &from_memory_only));
        if names.iter().all(|name| name.answer.is_some()) || began >= give_up {
            let silent = || Err(OriginError::Unavailable("no lookup finished in time".to_owned()));
            return names.into_iter().map(|name| name.answer.unwrap_or_else(silent)).collect();
        }
        names.iter_mut().for_each(|name| name.follow(began, is_guessing));
        let needs_leader = |name: &&mut AwaitedName| name.answer.is_none() && name.flight.is_none();
        let mut led: Vec<_> = names.iter_mut().filter(needs_leader).collect();
        if !led.is_empty() {
            let missing: Vec<ColoMiss> = led.iter().map(|name| name.name.clone()).collect();
            let keys = missing.iter().map(|(key, _)| key.clone()).collect();
            let flight = lead(keys, is_guessing, context, fetch_from_origin(missing));
            led.iter_mut().for_each(|name| name.flight = Some((flight.clone(), Role::Leads)));
        }
        let mut awaited = names.iter().filter(|name| name.answer.is_none());
        let Some((flight, role)) = awaited.find_map(|name| name.flight.clone()) else { continue };
        let until = match role {
            Role::Leads => began.plus_millis(millis(FOLLOWER_WAIT / 2)),
            Role::FollowsUntil(until) => until,
        };
        let wait = until.min(give_up).millis_since(began).unsigned_abs();
        select(JsFuture::from(flight.promise), pin!(sleep(Duration::from_millis(wait)))).await;
    }
}

impl AwaitedName {
    fn check(&mut self, now: UnixMillis, from_memory_only: impl Fn(&LinkKey) -> Option<Found>) {
        if self.answer.is_some() {
            return;
        }
        let (key, _) = &self.name;
        if let Some((flight, role)) = &self.flight {
            let answers = flight.answers.borrow();
            self.answer = answers.iter().find(|(name, _)| name == key).map(|(_, answer)| answer.clone());
            let is_given_up = matches!(role, Role::FollowsUntil(until) if now >= *until);
            drop(answers);
            if is_given_up {
                self.flight = None;
            }
        }
        if self.answer.is_none() {
            self.answer = from_memory_only(key).map(Ok);
        }
    }

    fn follow(&mut self, now: UnixMillis, is_guessing: bool) {
        if self.answer.is_some() || self.flight.is_some() {
            return;
        }
        let (key, _) = &self.name;
        let join = |flights: &RefCell<SingleFlight<SharedLookup>>| flights.borrow().join(key, now);
        let joined = LOOKUPS.with(join);
        let joined = if is_guessing { joined.or_else(|| GUESSED_LOOKUPS.with(join)) } else { joined };
        self.flight = joined.map(|(flight, until)| (flight, Role::FollowsUntil(until)));
    }
}

fn lead(
    keys: Vec<LinkKey>,
    is_guessing: bool,
    context: &Context,
    lookup: impl Future<Output = Vec<Answer>> + 'static,
) -> SharedLookup {
    let flights = if is_guessing { &GUESSED_LOOKUPS } else { &LOOKUPS };
    let number = flights.with_borrow_mut(SingleFlight::number);
    let answers = Rc::<RefCell<Vec<(LinkKey, Answer)>>>::default();
    let (names, result) = (keys.clone(), Rc::clone(&answers));
    let promise = future_to_promise(async move {
        let found = lookup.await;
        *result.borrow_mut() = names.iter().cloned().zip(found).collect();
        flights.with_borrow_mut(|flights| names.iter().for_each(|name| flights.finish(name, number)));
        Ok(JsValue::UNDEFINED)
    });
    let flight = SharedLookup { promise, answers };
    let SharedLookup { promise, answers } = flight.clone();
    context.wait_until(async move {
        let _ = JsFuture::from(promise).await;
        let found = answers.borrow().clone();
        let fills = found.iter().map(async |(key, answer)| {
            if let Ok(Found { copy, fill_colo: true, .. }) = answer {
                fill(&ColoCache, key, copy, now).await;
            }
        });
        join_all(fills).await;
    });
    flights.with_borrow_mut(|flights| {
        keys.into_iter().for_each(|key| flights.lead(key, number, flight.clone(), now()));
    });
    flight
}
