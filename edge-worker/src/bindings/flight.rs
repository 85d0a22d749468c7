//! One lookup for all who ask for a name at once. A request may not be woken by another's I/O, but may wait for its
//! JavaScript promise: the leader keeps that alive beyond its own answer, the followers race it with timers of their own
//! and take over from a leader that hangs. What was found is plain data beside it.

use std::cell::RefCell;
use std::pin::pin;
use std::rc::Rc;
use std::time::Duration;

use futures_util::future::select;
use js_sys::Promise;
use wasm_bindgen::JsValue;
use worker::Context;
use worker::wasm_bindgen_futures::{JsFuture, future_to_promise};

use super::cache::ColoCache;
use super::runtime::{now, sleep};
use crate::lookup::flights::Flights;
use crate::lookup::{Found, Key, NoAnswer, fill};
use crate::timeouts::{FOLLOWED, LOOKUP, millis};

type Outcome = Rc<RefCell<Option<Result<Found, NoAnswer>>>>;

thread_local! {
    static FLIGHTS: RefCell<Flights<(Promise, Outcome)>> = RefCell::default();
}

/// What a lookup of the name finds, this request's or another's. `nearest` looks where it costs nothing, `look_further`
/// makes a lookup that outlives the request.
pub async fn shared<L: Future<Output = Result<Found, NoAnswer>> + 'static>(
    key: &Key,
    context: &Context,
    nearest: impl Fn() -> Option<Found>,
    look_further: impl Fn() -> L,
) -> Result<Found, NoAnswer> {
    let give_up = now().plus_millis(millis(LOOKUP));
    let mut own: Option<(Promise, Outcome)> = None;
    loop {
        if let Some(found) = nearest() {
            return Ok(found);
        }
        let began = now();
        if began >= give_up {
            return Err(NoAnswer::Unavailable("no lookup of it ended".to_owned()));
        }
        // Who leads does not take over from itself, but looks whether one who led before has landed first.
        let look_again = began.plus_millis(millis(FOLLOWED / 2));
        let flight = match own.clone() {
            Some(own) => Some((own, look_again)),
            None => FLIGHTS.with_borrow(|flights| flights.join(key, began)),
        };
        let ((landing, outcome), until) = flight.unwrap_or_else(|| {
            let flight = lead(key, context, look_further());
            own = Some(flight.clone());
            (flight, look_again)
        });
        let patience = until.min(give_up).millis_since(began).unsigned_abs();
        select(JsFuture::from(landing), pin!(sleep(Duration::from_millis(patience)))).await;
        if let Some(found) = outcome.borrow().clone() {
            return found;
        }
    }
}

fn lead(
    key: &Key,
    context: &Context,
    lookup: impl Future<Output = Result<Found, NoAnswer>> + 'static,
) -> (Promise, Outcome) {
    let (outcome, number) = (Outcome::default(), FLIGHTS.with_borrow_mut(Flights::number));
    let (name, landing) = (key.clone(), Rc::clone(&outcome));
    let promise = future_to_promise(async move {
        let found = lookup.await;
        *landing.borrow_mut() = Some(found);
        FLIGHTS.with_borrow_mut(|flights| flights.landed(&name, number));
        Ok(JsValue::UNDEFINED)
    });
    let (name, landed, flight) = (key.clone(), Rc::clone(&outcome), (promise.clone(), outcome));
    context.wait_until(async move {
        let _ = JsFuture::from(promise).await;
        let found = landed.borrow().clone();
        if let Some(Ok(Found { copy, fill_colo: true, .. })) = found {
            fill(&ColoCache, &name, &copy, now).await;
        }
    });
    FLIGHTS.with_borrow_mut(|flights| flights.lead(key.clone(), number, flight.clone(), now()));
    flight
}
