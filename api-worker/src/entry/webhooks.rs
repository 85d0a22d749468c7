//! When webhooks are sent: after the answer to a write, and by the schedule.

use std::rc::Rc;
use std::time::Duration;

use edge_runtime::bindings::runtime::{self, RuntimeClock};
use edge_runtime::timing::timeouts::{BACKLOG, WEBHOOKS_AFTER_WRITE, millis};
use worker::Context;

use crate::bindings::receivers::PublicReceivers;
use crate::isolate::Isolate;

pub(super) fn send_later(isolate: &Rc<Isolate>, context: &Context, request_id: &str) {
    let (isolate, request_id) = (Rc::clone(isolate), request_id.to_owned());
    context.wait_until(async move { send_within(&isolate, &request_id, WEBHOOKS_AFTER_WRITE).await });
}

pub(super) async fn send_scheduled(isolate: &Isolate) {
    send_within(isolate, &isolate.request_ids.next(), BACKLOG).await;
}

async fn send_within(isolate: &Isolate, request_id: &str, time: Duration) {
    let (origin, until) = (isolate.origin(request_id, None), runtime::now().plus_millis(millis(time)));
    if let Err(error) = isolate.sending.send_due(&origin, &PublicReceivers, &RuntimeClock, until).await {
        tracing::warn!(request_id, %error, "webhooks are sent later");
    }
}
