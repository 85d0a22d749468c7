//! Sends spans to the collector, after an answer.

use std::rc::Rc;

use worker::{Context, Method};

use super::fetch::{Body, OutgoingCall, call_unsigned};
use super::runtime::{now, random_bytes, sleep};
use crate::timing::timeouts::{COLLECTOR, SPANS_WAIT};
use crate::traces::config::TracesConfig;
use crate::traces::{Export, Traces};

/// Spans that end while a call is under way are sent by the next one, if it still fits into the invocation.
const CALLS: usize = 3;

/// An isolate's traces, with the runtime's clock and randomness.
pub fn traces(config: TracesConfig) -> Rc<Traces> {
    Rc::new(Traces::new(config, random_bytes, now))
}

/// Sends what waits after the answer, if no other invocation does.
pub fn export_later(traces: &Rc<Traces>, context: &Context) {
    let export = traces.next_export();
    if export != Export::Nothing {
        let traces = Rc::clone(traces);
        context.wait_until(async move { self::export(&traces, export).await });
    }
}

pub async fn export(traces: &Traces, export: Export) {
    match export {
        Export::Nothing => return,
        Export::Later => sleep(SPANS_WAIT).await,
        Export::Now => {}
    }
    for _ in 0..CALLS {
        let Some(batch) = traces.batch() else { return };
        let failure = send(&traces.config, &batch.body).await.err();
        if let Some(dropped) = traces.sent(&batch, failure.is_none()) {
            let reason = failure.as_deref().unwrap_or("too many waited");
            tracing::warn!(dropped, reason, "spans were not sent to the collector");
        }
    }
}

async fn send(config: &TracesConfig, body: &str) -> Result<(), String> {
    let mut headers = vec![("content-type", "application/json")];
    headers.extend(config.headers.iter().map(|(name, value)| (name.as_str(), value.0.as_str())));
    let request = OutgoingCall {
        method: Method::Post,
        base_url: &config.endpoint,
        path: "",
        query: "",
        headers,
        body: Body::Bytes(body.as_bytes()),
        service: None,
        streams: false,
    };
    let reply = call_unsigned(&request, COLLECTOR).await.map_err(|error| error.to_string())?;
    if reply.status < 300 { Ok(()) } else { Err(format!("it answered {}", reply.status)) }
}
