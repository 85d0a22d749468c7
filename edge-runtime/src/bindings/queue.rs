//! Sends sealed batches to SQS, and checks that the queue exists.
//! <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html>

use std::time::Duration;

use link_core::clicks::batch::{BATCH_ATTRIBUTE, CLICKS_ATTRIBUTE, PRODUCED_ATTRIBUTE, PRODUCER_ATTRIBUTE};
use link_core::clicks::buffer::SealedBatch;
use link_core::trace_context::{TRACEPARENT, TraceContext};
use serde::{Deserialize, Serialize, Serializer};
use worker::Method;

use super::fetch::{Body, FetchError, OutgoingCall, Reply, call};
use crate::click_queue::{ClickQueue, QueueAnswer};
use crate::config::AwsConfig;
use crate::timing::timeouts::{QUEUE_ATTEMPT, READINESS};
use crate::traces::{Sending, Traces};

#[derive(Clone, Copy)]
pub struct Sqs<'a> {
    pub queue_url: &'a str,
    pub aws: &'a AwsConfig,
    pub traces: Option<&'a Traces>,
}

impl ClickQueue for Sqs<'_> {
    async fn send(&self, batch: &SealedBatch) -> Result<QueueAnswer, String> {
        let sending = self.traces.map(|traces| Sending::begin(traces, batch, queue_name(self.queue_url)));
        let traceparent = sending.as_ref().and_then(Sending::context);
        let answer = self.attempt(batch, traceparent).await;
        if let Some(sending) = sending {
            match &answer {
                Ok(answer) if answer.status == 200 => sending.end(None),
                Ok(answer) => sending.end(Some(&answer.status.to_string())),
                Err(_) => sending.end(Some("unreachable")),
            }
        }
        answer
    }
}

impl Sqs<'_> {
    pub async fn is_ready(&self) -> bool {
        let body = json(&GetQueueAttributes { queue_url: self.queue_url, attribute_names: ["QueueArn"] });
        let reply = self.call("AmazonSQS.GetQueueAttributes", &body, READINESS).await;
        reply.is_ok_and(|reply| reply.status == 200)
    }

    async fn attempt(
        &self,
        batch: &SealedBatch,
        traceparent: Option<TraceContext>,
    ) -> Result<QueueAnswer, String> {
        let attribute = |data_type, string_value| Some(Attribute { data_type, string_value });
        let message = SendMessage {
            queue_url: self.queue_url,
            message_body: &batch.body,
            message_attributes: Attributes([
                (PRODUCER_ATTRIBUTE, attribute("String", batch.producer.to_string())),
                (BATCH_ATTRIBUTE, attribute("Number", batch.batch.to_string())),
                (CLICKS_ATTRIBUTE, attribute("Number", batch.clicks.to_string())),
                (PRODUCED_ATTRIBUTE, attribute("Number", batch.produced.to_string())),
                (TRACEPARENT, traceparent.and_then(|context| attribute("String", context.to_string()))),
            ]),
        };
        let reply = self.call("AmazonSQS.SendMessage", &json(&message), QUEUE_ATTEMPT).await;
        let Reply { status, body, .. } = reply.map_err(|error| error.to_string())?;
        Ok(QueueAnswer { status, error_code: error_code(&body), body })
    }

    /// SQS's JSON protocol: every action is a POST to the endpoint, which is the queue's URL without its path.
    async fn call(&self, action: &str, body: &str, timeout: Duration) -> Result<Reply, FetchError> {
        let request = OutgoingCall {
            method: Method::Post,
            base_url: endpoint(self.queue_url),
            path: "/",
            query: "",
            headers: vec![("content-type", "application/x-amz-json-1.0"), ("x-amz-target", action)],
            body: Body::Bytes(body.as_bytes()),
            service: Some("sqs"),
            streams: false,
        };
        call(self.aws, &request, timeout).await
    }
}

// SQS's requests as types of our own: `serde_json::Value` would add 10 KB of float tables to the bundle.

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct SendMessage<'a> {
    queue_url: &'a str,
    message_body: &'a str,
    message_attributes: Attributes,
}

/// An absent one is left out.
struct Attributes([(&'static str, Option<Attribute>); 5]);

impl Serialize for Attributes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let present = self.0.iter().filter_map(|(name, attribute)| Some((name, attribute.as_ref()?)));
        serializer.collect_map(present)
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Attribute {
    data_type: &'static str,
    string_value: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct GetQueueAttributes<'a> {
    queue_url: &'a str,
    attribute_names: [&'static str; 1],
}

/// Strings always serialise.
fn json(message: &impl Serialize) -> String {
    serde_json::to_string(message).unwrap_or_default()
}

/// The error's name in SQS's JSON protocol; empty where a proxy answers.
fn error_code(body: &[u8]) -> String {
    #[derive(Deserialize)]
    struct SqsError {
        #[serde(rename = "__type")]
        code: String,
    }
    serde_json::from_slice(body).map_or_else(|_| String::new(), |error: SqsError| error.code)
}

/// The last part of its URL.
fn queue_name(queue_url: &str) -> &str {
    queue_url.rsplit('/').next().unwrap_or(queue_url)
}

fn endpoint(queue_url: &str) -> &str {
    let authority = queue_url.find("://").map_or(0, |at| at + 3);
    let path = queue_url.get(authority..).and_then(|rest| rest.find('/'));
    path.and_then(|at| queue_url.get(..authority + at)).unwrap_or(queue_url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn error_name_is_read_where_present() {
        let throttled = br#"{"__type":"com.amazonaws.sqs#RequestThrottled","message":"slow down"}"#;
        assert_eq!(error_code(throttled), "com.amazonaws.sqs#RequestThrottled");
        for other in [&b"<html>"[..], b"", b"{}"] {
            assert_eq!(error_code(other), "");
        }
    }

    #[test]
    fn endpoint_is_the_queue_url_without_path() {
        assert_eq!(
            endpoint("https://sqs.eu-central-1.amazonaws.com/1/clicks"),
            "https://sqs.eu-central-1.amazonaws.com"
        );
        assert_eq!(endpoint("http://127.0.0.1:4566/0/clicks"), "http://127.0.0.1:4566");
        assert_eq!(endpoint("http://127.0.0.1:4566"), "http://127.0.0.1:4566");
    }
}
