//! One lookup for all who ask for a name at once. A request may not be woken by another's I/O, but may wait for its
//! JavaScript promise: the leader keeps that alive beyond its own answer, the followers race it with timers of their own
//! and take over from a leader that hangs. What was found is plain data beside it. A leader looks up all names of its path
//! together, and each of them may be followed by itself.

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
use crate::lookup::flights::Flights;
use crate::lookup::{Found, Key, Missing, NoAnswer, fill};
use crate::timeouts::{FOLLOWED, LOOKUP, millis};

type Answer = Result<Found, NoAnswer>;

/// A lookup that is under way or over.
#[derive(Clone)]
struct Flight {
    promise: Promise,
    answers: Rc<RefCell<Vec<(Key, Answer)>>>,
}

thread_local! {
    static FLIGHTS: RefCell<Flights<Flight>> = RefCell::default();
    /// Of visitors who guess names: for them the origin is perhaps not asked, so only others of their kind follow.
    static GUESSES: RefCell<Flights<Flight>> = RefCell::default();
}

/// A name that somebody waits for.
struct Waiting {
    name: Missing,
    flight: Option<(Flight, Role)>,
    answer: Option<Answer>,
}

#[derive(Clone, Copy)]
enum Role {
    /// Does not take over from itself, but looks whether one who led before has landed first.
    Leads,
    FollowsUntil(UnixMillis),
}

/// What lookups of the names find, this request's or another's, in their order. `nearest` looks where it costs nothing,
/// `look_further` makes one lookup of several names that outlives the request.
pub async fn shared<L: Future<Output = Vec<Answer>> + 'static>(
    names: Vec<Missing>,
    is_guessing: bool,
    context: &Context,
    nearest: impl Fn(&Key) -> Option<Found>,
    look_further: impl Fn(Vec<Missing>) -> L,
) -> Vec<Answer> {
    let give_up = now().plus_millis(millis(LOOKUP));
    let waiting = |name| Waiting { name, flight: None, answer: None };
    let mut names: Vec<_> = names.into_iter().map(waiting).collect();
    loop {
        let began = now();
        names.iter_mut().for_each(|name| name.look(began, &nearest));
        if names.iter().all(|name| name.answer.is_some()) || began >= give_up {
            let silent = || Err(NoAnswer::Unavailable("no lookup of it ended".to_owned()));
            return names.into_iter().map(|name| name.answer.unwrap_or_else(silent)).collect();
        }
        names.iter_mut().for_each(|name| name.follow(began, is_guessing));
        let needs_leader = |name: &&mut Waiting| name.answer.is_none() && name.flight.is_none();
        let mut led: Vec<_> = names.iter_mut().filter(needs_leader).collect();
        if !led.is_empty() {
            let missing: Vec<Missing> = led.iter().map(|name| name.name.clone()).collect();
            let keys = missing.iter().map(|(key, _)| key.clone()).collect();
            let flight = lead(keys, is_guessing, context, look_further(missing));
            led.iter_mut().for_each(|name| name.flight = Some((flight.clone(), Role::Leads)));
        }
        let mut awaited = names.iter().filter(|name| name.answer.is_none());
        let Some((flight, role)) = awaited.find_map(|name| name.flight.clone()) else { continue };
        let until = match role {
            Role::Leads => began.plus_millis(millis(FOLLOWED / 2)),
            Role::FollowsUntil(until) => until,
        };
        let patience = until.min(give_up).millis_since(began).unsigned_abs();
        select(JsFuture::from(flight.promise), pin!(sleep(Duration::from_millis(patience)))).await;
    }
}

impl Waiting {
    fn look(&mut self, now: UnixMillis, nearest: impl Fn(&Key) -> Option<Found>) {
        if self.answer.is_some() {
            return;
        }
        let (key, _) = &self.name;
        if let Some((flight, role)) = &self.flight {
            let answers = flight.answers.borrow();
            self.answer = answers.iter().find(|(name, _)| name == key).map(|(_, answer)| answer.clone());
            let is_left = matches!(role, Role::FollowsUntil(until) if now >= *until);
            drop(answers);
            if is_left {
                self.flight = None;
            }
        }
        if self.answer.is_none() {
            self.answer = nearest(key).map(Ok);
        }
    }

    fn follow(&mut self, now: UnixMillis, is_guessing: bool) {
        if self.answer.is_some() || self.flight.is_some() {
            return;
        }
        let (key, _) = &self.name;
        let join = |flights: &RefCell<Flights<Flight>>| flights.borrow().join(key, now);
        let joined = FLIGHTS.with(join);
        let joined = if is_guessing { joined.or_else(|| GUESSES.with(join)) } else { joined };
        self.flight = joined.map(|(flight, until)| (flight, Role::FollowsUntil(until)));
    }
}

fn lead(
    keys: Vec<Key>,
    is_guessing: bool,
    context: &Context,
    lookup: impl Future<Output = Vec<Answer>> + 'static,
) -> Flight {
    let flights = if is_guessing { &GUESSES } else { &FLIGHTS };
    let number = flights.with_borrow_mut(Flights::number);
    let answers = Rc::<RefCell<Vec<(Key, Answer)>>>::default();
    let (names, landing) = (keys.clone(), Rc::clone(&answers));
    let promise = future_to_promise(async move {
        let found = lookup.await;
        *landing.borrow_mut() = names.iter().cloned().zip(found).collect();
        flights.with_borrow_mut(|flights| names.iter().for_each(|name| flights.landed(name, number)));
        Ok(JsValue::UNDEFINED)
    });
    let flight = Flight { promise, answers };
    let Flight { promise, answers } = flight.clone();
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
