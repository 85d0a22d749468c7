//! The functions that `entry.js` calls: an answer for a request, from memory or from what `entry.js` read from the data
//! centre's cache. They do no I/O and make no promise. Request and answer cross the wasm boundary as one text each; a repeated
//! answer crosses as its number. Decides which requests take the slow path; both paths compose the answer with the same code.

use std::cell::Cell;
use std::rc::Rc;

use js_sys::Promise;
use link_core::clicks::buffer::FlushAction;
use link_core::record::Resolution;
use link_core::redirect::{Answer, PageContext};
use link_core::time::UnixMillis;
use link_core::trace_context::TRACEPARENT;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use worker::wasm_bindgen_futures::future_to_promise;

use super::current_isolate::current_isolate;
use super::dispatch::{Dispatched, dispatch, secured};
use super::letter_case::{self, NamesOfPath};
use super::link_request::LinkRequest;
use super::resolved_visit::{ResolvedVisit, answer};
use super::{admission, click, domain_visit, trace};
use crate::isolate::Isolate;
use crate::requests::request_info::{HEADERS, RequestInfo};
use crate::responses::answer_numbers::AnswerNumber;
use crate::responses::entry_answer::to_json;
use crate::responses::problem;
use edge_runtime::bindings::{cache, runtime};
use edge_runtime::lookup::candidates::{Candidates, ResolvedPath};
use edge_runtime::lookup::{LinkKey, from_colo};
use edge_runtime::timing::timeouts::COLO;
use edge_runtime::traces::TraceStart;

thread_local! {
    /// The text that [`text`] returns.
    static TEXT: Cell<String> = const { Cell::new(String::new()) };
    /// The flush action that [`ship`] runs. The entry calls it before any other request runs.
    static FLUSH: Cell<FlushAction> = const { Cell::new(FlushAction::Nothing) };
}

/// The names of the headers in a [`RequestInfo`], in order.
#[wasm_bindgen]
pub fn header_names() -> String {
    let is_traced = current_isolate().is_some_and(|isolate| isolate.traces.is_some());
    let names = HEADERS.into_iter().chain(is_traced.then_some(TRACEPARENT));
    names.collect::<Vec<_>>().join(" ")
}

/// How long the entry waits for the data centre's cache.
#[wasm_bindgen]
pub fn colo_millis() -> i32 {
    i32::try_from(COLO.as_millis()).unwrap_or(i32::MAX)
}

/// No answer: take the slow path.
const NONE: i32 = -1;
/// [`text`] is the name to read from the data centre's cache; pass the result to [`answer_from_colo`].
const READ_COLO: i32 = -2;

/// [`text`] is an answer that is not kept: it hardly repeats, or is too long.
const ONCE: i32 = -3;

/// Traces are on: read [`header_names`] again, and ask again.
const READ_TRACE: i32 = -4;

/// [`NONE`], [`READ_COLO`], [`ONCE`], [`READ_TRACE`], or twice the number of an answer. One is added where the number is new: then [`text`] is the answer.
#[wasm_bindgen]
pub fn answer_from_memory(info: &str) -> i32 {
    let mut judged = None;
    try_memory(info, &mut judged).unwrap_or_else(|| slow_path(judged))
}

/// Like [`answer_from_memory`]. `document` is what the cache returned, or empty.
#[wasm_bindgen]
pub fn answer_from_colo(info: &str, document: &str) -> i32 {
    let mut judged = None;
    try_document(info, document, &mut judged).unwrap_or_else(|| slow_path(judged))
}

/// The text of the last call: a cache name, or an answer as [`to_json`] writes it.
#[wasm_bindgen]
pub fn text() -> String {
    TEXT.take()
}

fn slow_path(judged: Option<TraceStart>) -> i32 {
    trace::hand_over(judged);
    NONE
}

/// `judged` becomes how the request's trace begins. A sampled request takes the slow path, which records it.
fn try_memory(info: &str, judged: &mut Option<TraceStart>) -> Option<i32> {
    // Left behind by an earlier request.
    cache::forget_entry_read();
    let (isolate, info) = (current_isolate()?, RequestInfo::parse(info)?);
    if let Some(traces) = &isolate.traces {
        let Some(traceparent) = info.traceparent else { return Some(READ_TRACE) };
        *judged = Some(traces.of_stranger(Some(traceparent)));
    }
    let is_sampled = judged.is_some_and(|judged| judged.sampled);
    let now = runtime::now();
    let own = |answer| Some(numbered(&isolate, &info, (answer, FlushAction::Nothing)));
    let link_request = match dispatch(&isolate, &info) {
        Dispatched::Answered(_) | Dispatched::Redirected(_) if is_sampled => return None,
        Dispatched::Answered(answer) => return own(answer),
        Dispatched::Redirected(answer) => return Some(once(&isolate, &info, (answer, FlushAction::Nothing))),
        Dispatched::Link(link_request) => link_request,
        // A copy in memory answers it on the slow path.
        Dispatched::Domain(_) => {
            let refused = admission::check(&isolate, info.address, now).err();
            return refused
                .map(|seconds| Answer::too_many_requests(seconds, info.page_context()))
                .and_then(own);
        }
        Dispatched::Api | Dispatched::Readiness => {
            return admission::check_call(&isolate, info.address, now)
                .err()
                .map(problem::too_many_calls)
                .and_then(own);
        }
    };
    // Refuse first: a flood must cost the least.
    if let Err(seconds) = admission::check(&isolate, link_request.visitor.address, now) {
        return own(Answer::too_many_requests(seconds, info.page_context()));
    }
    if is_sampled || !needs_only_a_copy(&isolate, &link_request, now) {
        return None;
    }
    if let Some(resolved) = from_memory_only(&isolate, &link_request, now) {
        let answer = answer_from_copy(&isolate, &link_request, &resolved, now);
        return answer.map(|answer| numbered(&isolate, &info, answer));
    }
    // The slow path learns whether the domain ignores case.
    if link_request.path.depends_on_case(&runtime::fold) {
        return None;
    }
    // With several candidates each may be in a different place.
    let [candidate] = link_request.path.candidates.as_slice() else { return None };
    let key = LinkKey { domain: link_request.domain.clone().into_owned(), code: candidate.slug.clone() };
    TEXT.set(cache::name(&key));
    Some(READ_COLO)
}

fn try_document(info: &str, document: &str, judged: &mut Option<TraceStart>) -> Option<i32> {
    let (isolate, info) = (current_isolate()?, RequestInfo::parse(info)?);
    // It would not have come here if it were sampled.
    *judged = isolate
        .traces
        .as_ref()
        .map(|traces| TraceStart { sampled: false, ..traces.of_stranger(info.traceparent) });
    let now = runtime::now();
    let Dispatched::Link(link_request) = dispatch(&isolate, &info) else { return None };
    let mut candidates = Candidates::new(&link_request.domain, &link_request.path);
    let key = candidates.keys.first()?.clone();
    match from_colo(&isolate.memory, &key, cache::parsed(document).map(Rc::new), now) {
        Ok(found) => {
            candidates.set(0, Ok(found));
            let answer = answer_from_copy(&isolate, &link_request, &candidates.resolved().ok()?, now);
            answer.map(|answer| once(&isolate, &info, answer))
        }
        Err(copy) => {
            cache::keep_entry_read(key, copy);
            None
        }
    }
}

/// Ships clicks where an answer says `ships`; for `waitUntil`.
#[wasm_bindgen]
pub fn ship() -> Promise {
    let flush = FLUSH.replace(FlushAction::Nothing);
    future_to_promise(async move {
        if let Some(isolate) = current_isolate() {
            click::ship(isolate, flush).await;
        }
        Ok(JsValue::UNDEFINED)
    })
}

/// Whether a cached copy is all that the visit needs: the day's visitor key is known, the visitor is not guessing names
/// (those take a path of their own), and no report of the visitor is due.
fn needs_only_a_copy(isolate: &Isolate, link_request: &LinkRequest<'_>, now: UnixMillis) -> bool {
    let address = link_request.visitor.address;
    isolate.visitor_keys.borrow().day_to_read(now).is_none()
        && (admission::is_allow_listed(isolate, address)
            || isolate.misses.borrow().check(address, now).is_ok()
                && !isolate.visitors.borrow().makes_report_due(address))
}

/// The link that the path means, if memory alone can tell.
fn from_memory_only<'a>(
    isolate: &Isolate,
    link_request: &LinkRequest<'a>,
    now: UnixMillis,
) -> Option<ResolvedPath<'a>> {
    let names = NamesOfPath::from_memory(isolate, link_request, now)?;
    let mut candidates = Candidates::new(&link_request.domain, names.path(link_request));
    candidates.read_memory(&isolate.memory, now);
    candidates.resolved().ok()
}

/// `None` where the link has a password, since the fast path sees neither cookie nor body, or where the origin decides: of a gate, or
/// whether a visitor gets the link's own preview.
fn answer_from_copy(
    isolate: &Isolate,
    link_request: &LinkRequest<'_>,
    resolved: &ResolvedPath<'_>,
    now: UnixMillis,
) -> Option<(Answer, FlushAction)> {
    if let Resolution::Found { record } = &resolved.found.copy.resolution {
        let may_be_preview = || link_request.visitor.may_be_preview();
        if record.password.is_some() || record.gated || record.preview.is_some() && may_be_preview() {
            return None;
        }
    }
    let address = link_request.visitor.address;
    if let Err(seconds) = admission::admit(isolate, address, now) {
        let context = PageContext::of(link_request.visitor.languages, None);
        return Some((Answer::too_many_requests(seconds, context), FlushAction::Nothing));
    }
    let (request_id, method) = (isolate.request_ids.next(), link_request.method);
    let (unlocked, gate) = (true, None);
    let (began, trace, settings) = (now, None, None);
    let mut visit = ResolvedVisit {
        link_request,
        resolved,
        settings,
        method,
        unlocked,
        gate,
        began,
        now,
        request_id,
        trace,
    };
    if let Some(answered) = answer(isolate, &visit) {
        return Some(answered);
    }
    // No redirect of the link: a page, or where the domain leads.
    let settings = domain_visit::settings_from_memory(isolate, &link_request.domain, now);
    let is_known = settings.as_ref().is_some_and(|settings| {
        !letter_case::may_be_alias(&link_request.path, Ok(resolved))
            || letter_case::path_under(&link_request.path, settings).is_none()
    });
    if !is_known {
        // The slow path counts the visitor again.
        admission::give_back(isolate, address, now);
        return None;
    }
    visit.settings = settings.as_ref();
    answer(isolate, &visit)
}

fn numbered(isolate: &Isolate, info: &RequestInfo<'_>, (answer, flush): (Answer, FlushAction)) -> i32 {
    let json = to_json(&secured(isolate, info, answer), flush != FlushAction::Nothing);
    FLUSH.set(flush);
    match isolate.answer_numbers.borrow_mut().number_of(&json) {
        AnswerNumber::Known(number) => 2 * number,
        AnswerNumber::New(number) => {
            TEXT.set(json);
            2 * number + 1
        }
        AnswerNumber::None => {
            TEXT.set(json);
            ONCE
        }
    }
}

/// Not numbered: with many links, keeping each answer costs JavaScript's garbage collector more than it saves.
fn once(isolate: &Isolate, info: &RequestInfo<'_>, (answer, flush): (Answer, FlushAction)) -> i32 {
    TEXT.set(to_json(&secured(isolate, info, answer), flush != FlushAction::Nothing));
    FLUSH.set(flush);
    ONCE
}
