//! [`Tasks`] over JavaScript promises, which a request may wait for even if another request made them.

use std::pin::pin;
use std::rc::Rc;
use std::time::Duration;

use futures_util::future::select;
use js_sys::Promise;
use wasm_bindgen::JsValue;
use worker::Context;
use worker::wasm_bindgen_futures::{JsFuture, future_to_promise};

use edge_runtime::bindings::runtime::sleep;
use edge_runtime::lookup::{SharedLookups, Tasks};

thread_local! {
    static SHARED_LOOKUPS: Rc<SharedLookups<Promise>> = Rc::default();
}

/// The shared lookups of this isolate.
pub fn shared_lookups() -> Rc<SharedLookups<Promise>> {
    SHARED_LOOKUPS.with(Rc::clone)
}

/// The tasks of one request.
pub struct RequestTasks<'a>(pub &'a Context);

impl Tasks for RequestTasks<'_> {
    type Task = Promise;

    fn start(&self, work: impl Future<Output = ()> + 'static) -> Promise {
        future_to_promise(async move {
            work.await;
            Ok(JsValue::UNDEFINED)
        })
    }

    fn after(&self, task: &Promise, work: impl Future<Output = ()> + 'static) {
        let task = task.clone();
        self.0.wait_until(async move {
            let _ = JsFuture::from(task).await;
            work.await;
        });
    }

    async fn wait(&self, task: Promise, at_most: Duration) {
        select(JsFuture::from(task), pin!(sleep(at_most))).await;
    }
}
