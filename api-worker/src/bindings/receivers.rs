//! The receivers of webhooks.

use std::time::Duration;

use edge_runtime::bindings::fetch::{Body, FetchError, OutgoingCall, answer_head};
use link_core::webhooks::{Delivery, Outcome, Reply, SEND_TIMEOUT_SECONDS};
use worker::Method;

use crate::webhooks::Receivers;

pub struct PublicReceivers;

impl Receivers for PublicReceivers {
    async fn send(&self, delivery: &Delivery) -> Outcome {
        let headers = delivery.headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let call = OutgoingCall {
            method: Method::Post,
            base_url: &delivery.url,
            path: "",
            query: "",
            headers: headers.collect(),
            body: Body::Bytes(delivery.body.as_bytes()),
            service: None,
            streams: true,
        };
        let answered = answer_head(&call, Duration::from_secs(SEND_TIMEOUT_SECONDS)).await;
        let (reply, retry_after_seconds) = match answered {
            Ok((status, headers)) => {
                let retry_after = headers.get("retry-after").ok().flatten();
                (Reply::Status(status), retry_after.and_then(|seconds| seconds.trim().parse().ok()))
            }
            Err(FetchError::Timeout(_)) => (Reply::Timeout, None),
            Err(FetchError::Connection(_)) => (Reply::Unreachable, None),
        };
        Outcome { message: delivery.message, lease: delivery.lease, reply, retry_after_seconds }
    }
}
