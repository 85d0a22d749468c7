//! What `entry.js` calls: an answer for the facts of a request, without I/O and without a promise. Facts and answers are one
//! text each, and of an answer that was given before its number is enough.
//! Decides which requests have to take the long way; what is answered is decided where that way decides it too.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use js_sys::Promise;
use link_core::click_buffer::FlushAction;
use link_core::record::Resolution;
use link_core::time::UnixMillis;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use worker::wasm_bindgen_futures::future_to_promise;

use super::answering::{Arrival, Visiting, answer};
use super::{Asked, admission, asked_for, click, isolate_so_far, secured};
use crate::answer::Answer;
use crate::answer_numbers::Number;
use crate::bindings::{cache, runtime};
use crate::facts::{Facts, HEADERS};
use crate::isolate::Isolate;
use crate::lifetimes::Copy;
use crate::lookup::candidates::{Names, Resolved};
use crate::lookup::{Key, from_colo, in_memory};
use crate::timeouts::COLO;

thread_local! {
    /// See [`text`].
    static TEXT: Cell<String> = const { Cell::new(String::new()) };
    /// What [`ship`] is to do; the entry calls it before anything else can happen.
    static DUE: Cell<FlushAction> = const { Cell::new(FlushAction::Nothing) };
    /// What the entry found in the colo for the request that now takes the long way, so that it is not read again.
    static KEPT: RefCell<Option<Kept>> = const { RefCell::new(None) };
}

struct Kept {
    key: Key,
    copy: Option<Rc<Copy>>,
    read_at: UnixMillis,
}

/// Who takes the long way asks for it at once. A request that was refused there leaves it behind, and another one that has
/// been on its way for long could meet it.
const KEPT_MILLIS: i64 = 1_000;

/// The names of the headers that belong to the facts, in order.
#[wasm_bindgen]
pub fn header_names() -> String {
    HEADERS.join(" ")
}

/// How long the entry waits for the data centre's cache.
#[wasm_bindgen]
pub fn colo_millis() -> i32 {
    i32::try_from(COLO.as_millis()).unwrap_or(i32::MAX)
}

/// No answer: the long way.
const NONE: i32 = -1;
/// [`text`] is the name under which the data centre's cache may have what is missing, for [`answer_from_colo`].
const LOOK: i32 = -2;

/// [`text`] is an answer that will hardly be given again soon, or is too long to be kept.
const ONCE: i32 = -3;

/// [`NONE`], [`LOOK`], [`ONCE`], or twice the number of an answer; and one more where the number is new, and [`text`] the answer.
#[wasm_bindgen]
pub fn answer_at_once(facts: &str) -> i32 {
    at_once(facts).unwrap_or(NONE)
}

/// As [`answer_at_once`]. `document` is what the cache has, or empty.
#[wasm_bindgen]
pub fn answer_from_colo(facts: &str, document: &str) -> i32 {
    from_document(facts, document).unwrap_or(NONE)
}

/// What the last call meant, an answer as [`Answer::to_json`] writes it.
#[wasm_bindgen]
pub fn text() -> String {
    TEXT.take()
}

fn at_once(facts: &str) -> Option<i32> {
    // Of an earlier request.
    KEPT.take();
    let (isolate, facts) = (isolate_so_far()?, Facts::parse(facts)?);
    let now = runtime::now();
    let own = |answer| Some(numbered(&isolate, &facts, (answer, FlushAction::Nothing)));
    let visiting = match asked_for(&isolate, &facts) {
        Asked::Answered(answer) => return own(answer),
        Asked::Redirected(answer) => return Some(once(&isolate, &facts, (answer, FlushAction::Nothing))),
        Asked::Link(visiting) => visiting,
        Asked::Api(_) | Asked::Readiness => {
            return admission::check(&isolate, &facts, now).err().and_then(own);
        }
    };
    // A flood is what must cost least.
    if let Err(refusal) = visiting.check(&isolate, now) {
        return own(refusal);
    }
    if !may_be_quick(&isolate, &visiting, now) {
        return None;
    }
    if let Some(resolved) = near(&isolate, &visiting, now) {
        let answer = answered(&isolate, &visiting, &resolved, now);
        return answer.map(|answer| numbered(&isolate, &facts, answer));
    }
    // Of several names each may be in another place.
    let [candidate] = visiting.path.candidates.as_slice() else { return None };
    let key = Key { domain: visiting.domain.clone().into_owned(), code: candidate.slug.clone() };
    TEXT.set(cache::name(&key));
    Some(LOOK)
}

fn from_document(facts: &str, document: &str) -> Option<i32> {
    let (isolate, facts) = (isolate_so_far()?, Facts::parse(facts)?);
    let now = runtime::now();
    let Asked::Link(visiting) = asked_for(&isolate, &facts) else { return None };
    let mut names = Names::of(&visiting.domain, &visiting.path);
    let key = names.keys.first()?.clone();
    match from_colo(&isolate.memory, &key, cache::parsed(document), now) {
        Ok(found) => {
            names.learn(0, Ok(found));
            let answer = answered(&isolate, &visiting, &names.resolved().ok()?, now);
            answer.map(|answer| once(&isolate, &facts, answer))
        }
        Err(copy) => {
            KEPT.replace(Some(Kept { key, copy, read_at: now }));
            None
        }
    }
}

/// Once, by the request that it was found for. `None`: the colo was not asked.
pub fn take_kept(key: &Key, now: UnixMillis) -> Option<Option<Rc<Copy>>> {
    let kept = KEPT.take()?;
    (kept.key == *key && now.millis_since(kept.read_at) < KEPT_MILLIS).then_some(kept.copy)
}

/// Ships clicks where an answer said so; for `waitUntil`.
#[wasm_bindgen]
pub fn ship() -> Promise {
    let next = DUE.replace(FlushAction::Nothing);
    future_to_promise(async move {
        if let Some(isolate) = isolate_so_far() {
            click::ship(isolate, next).await;
        }
        Ok(JsValue::UNDEFINED)
    })
}

/// Whether the visit asks for no more than a look at a copy: the day's key is known, and the visitor is no scanner who has a way
/// of his own, nor one to be reported.
fn may_be_quick(isolate: &Isolate, visiting: &Visiting<'_>, now: UnixMillis) -> bool {
    let address = visiting.facts.address;
    isolate.visitor_keys.borrow().wanted(now).is_none()
        && (visiting.is_free(isolate)
            || isolate.misses.borrow().check(address, now).is_ok()
                && !isolate.visitors.borrow().fills_a_lot(address))
}

/// What the path means, if memory alone can tell.
fn near<'a>(isolate: &Isolate, visiting: &Visiting<'a>, now: UnixMillis) -> Option<Resolved<'a>> {
    let mut names = Names::of(&visiting.domain, &visiting.path);
    for position in 0..names.keys.len() {
        if let Some(found) = names.keys.get(position).and_then(|key| in_memory(&isolate.memory, key, now)) {
            names.learn(position, Ok(found));
        }
    }
    names.resolved().ok()
}

/// `None` where the link wants a password, which is not among the facts, or leave, which the origin gives.
fn answered(
    isolate: &Isolate,
    visiting: &Visiting<'_>,
    resolved: &Resolved<'_>,
    now: UnixMillis,
) -> Option<(Answer, FlushAction)> {
    if matches!(&resolved.found.copy.resolution, Resolution::Found { record } if record.password.is_some() || record.gated)
    {
        return None;
    }
    if let Err(refusal) = visiting.admit(isolate, now) {
        return Some((refusal, FlushAction::Nothing));
    }
    let (request_id, method) = (isolate.next_request_id(), visiting.method);
    let (unlocked, leave) = (true, None);
    let arrival = Arrival { visiting, resolved, method, unlocked, leave, began: now, now, request_id };
    Some(answer(isolate, arrival))
}

fn numbered(isolate: &Isolate, facts: &Facts<'_>, (answer, next): (Answer, FlushAction)) -> i32 {
    let json = secured(isolate, facts, answer).to_json(next != FlushAction::Nothing);
    DUE.set(next);
    match isolate.answer_numbers.borrow_mut().of(&json) {
        Number::Known(number) => 2 * number,
        Number::New(number) => {
            TEXT.set(json);
            2 * number + 1
        }
        Number::None => {
            TEXT.set(json);
            ONCE
        }
    }
}

/// Of many links, each in its turn: to keep their answers would cost JavaScript's garbage collector more than it spares.
fn once(isolate: &Isolate, facts: &Facts<'_>, (answer, next): (Answer, FlushAction)) -> i32 {
    TEXT.set(secured(isolate, facts, answer).to_json(next != FlushAction::Nothing));
    DUE.set(next);
    ONCE
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lookup::fixtures::{found, key};

    #[test]
    fn what_the_colo_had_is_for_its_own_name_once_and_at_once() {
        let keep = || {
            let copy = Some(found("https://a.test/", 0));
            KEPT.replace(Some(Kept { key: key(1), copy, read_at: UnixMillis(0) }));
        };
        keep();
        assert_eq!(take_kept(&key(1), UnixMillis(0)), Some(Some(found("https://a.test/", 0))));
        assert_eq!(take_kept(&key(1), UnixMillis(0)), None);
        keep();
        assert_eq!(take_kept(&key(2), UnixMillis(0)), None);
        keep();
        assert_eq!(take_kept(&key(1), UnixMillis(KEPT_MILLIS)), None);
        keep();
        at_once("");
        assert_eq!(take_kept(&key(1), UnixMillis(0)), None);
    }
}
