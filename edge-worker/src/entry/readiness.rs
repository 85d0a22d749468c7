//! `GET /readyz`: one check for all requests within a second. Other requests may wait for the check's promise, though not
//! for its I/O.

use std::cell::{Cell, RefCell};
use std::pin::pin;
use std::rc::Rc;

use futures_util::future::{join, select};
use js_sys::Promise;
use link_core::redirect::Answer;
use link_core::time::UnixMillis;
use wasm_bindgen::JsValue;
use worker::Context;
use worker::wasm_bindgen_futures::{JsFuture, future_to_promise};

use crate::bindings::visit_calls;
use crate::isolate::Isolate;
use crate::responses::health;
use edge_runtime::bindings::runtime;
use edge_runtime::timing::timeouts::{READINESS, READINESS_REMEMBERED, millis};

thread_local! {
    static LAST: RefCell<Option<Check>> = const { RefCell::new(None) };
}

#[derive(Clone)]
struct Check {
    promise: Promise,
    began: UnixMillis,
    ended: Rc<Cell<Option<Ended>>>,
}

#[derive(Debug, Clone, Copy)]
struct Ended {
    origin: bool,
    queue: bool,
    at: UnixMillis,
}

pub(super) async fn readiness(isolate: &Rc<Isolate>, request_id: &str, context: &Context) -> Answer {
    let now = runtime::now();
    let last = LAST.with_borrow(Clone::clone);
    let current = last.filter(|check| is_current(check.began, check.ended.get().map(|ended| ended.at), now));
    let check = current.unwrap_or_else(|| begin(isolate, request_id, context, now));
    select(JsFuture::from(check.promise), pin!(runtime::sleep(READINESS))).await;
    let ended = check.ended.get();
    health::readiness(ended.is_some_and(|ended| ended.origin), ended.is_some_and(|ended| ended.queue))
}

/// Whether a check's result is current. The platform has ended a check that should have finished by now.
fn is_current(began: UnixMillis, ended: Option<UnixMillis>, now: UnixMillis) -> bool {
    match ended {
        Some(at) => now.millis_since(at) < millis(READINESS_REMEMBERED),
        None => now.millis_since(began) < millis(READINESS),
    }
}

fn begin(isolate: &Rc<Isolate>, request_id: &str, context: &Context, now: UnixMillis) -> Check {
    let ended = Rc::new(Cell::new(None));
    let (isolate, request_id, outcome) = (Rc::clone(isolate), request_id.to_owned(), Rc::clone(&ended));
    let promise = future_to_promise(async move {
        let origin = isolate.origin(&request_id, None);
        let (origin, queue) = join(visit_calls::is_ready(&origin), isolate.queue().is_ready()).await;
        outcome.set(Some(Ended { origin, queue, at: runtime::now() }));
        Ok(JsValue::UNDEFINED)
    });
    let kept = promise.clone();
    context.wait_until(async move {
        let _ = JsFuture::from(kept).await;
    });
    let check = Check { promise, began: now, ended };
    LAST.set(Some(check.clone()));
    check
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn check_is_current_for_a_second_after_its_end() {
        let now = |millis| UnixMillis(millis);
        assert!(is_current(now(0), None, now(1_999)) && !is_current(now(0), None, now(2_000)));
        assert!(is_current(now(0), Some(now(1_900)), now(2_899)));
        assert!(!is_current(now(0), Some(now(1_900)), now(2_900)));
    }
}
