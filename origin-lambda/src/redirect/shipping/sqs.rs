//! The click queue on SQS. `link-core` decides which errors are permanent. The client is created with the first click, since
//! reading the AWS configuration takes longer than the rest of a Lambda's start.

use std::fmt;

use aws_sdk_sqs::Client;
use aws_sdk_sqs::error::{DisplayErrorContext, ProvideErrorMetadata, SdkError};
use aws_sdk_sqs::operation::send_message::SendMessageError;
use aws_sdk_sqs::types::MessageAttributeValue;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use link_core::clicks::batch::{BATCH_ATTRIBUTE, CLICKS_ATTRIBUTE, PRODUCED_ATTRIBUTE, PRODUCER_ATTRIBUTE};
use link_core::clicks::buffer::SealedBatch;
use link_core::clicks::queue_answer::is_permanent_refusal;
use link_core::trace_context::TRACEPARENT;
use telemetry::traces::{TARGET, sampled_context};
use tokio::sync::OnceCell;
use tracing::field::Empty;
use tracing::{Instrument, Span, info_span};

use super::queue::{ClickQueue, QueueError};
use crate::limits::QUEUE_TIMEOUTS;

pub struct SqsQueue {
    url: String,
    client: OnceCell<Client>,
}

impl SqsQueue {
    pub fn new(url: String) -> Self {
        Self { url, client: OnceCell::new() }
    }

    /// <https://opentelemetry.io/docs/specs/semconv/messaging/sqs/>
    fn span(&self, batch: &SealedBatch) -> Span {
        info_span!(
            target: TARGET,
            "send clicks",
            otel.kind = "producer",
            otel.status_code = Empty,
            messaging.system = "aws_sqs",
            messaging.operation.type = "send",
            messaging.operation.name = "SendMessage",
            messaging.destination.name = self.url.rsplit('/').next(),
            shortline.batch = batch.batch,
            shortline.clicks = batch.clicks,
        )
    }

    async fn send_message(&self, batch: &SealedBatch) -> Result<(), QueueError> {
        let client = self.client.get_or_init(|| startup::sqs::client(QUEUE_TIMEOUTS)).await;
        let mut call = client.send_message().queue_url(&self.url).message_body(&batch.body);
        let accounting = [
            (PRODUCER_ATTRIBUTE, "String", batch.producer.to_string()),
            (BATCH_ATTRIBUTE, "Number", batch.batch.to_string()),
            (CLICKS_ATTRIBUTE, "Number", batch.clicks.to_string()),
            (PRODUCED_ATTRIBUTE, "Number", batch.produced.to_string()),
        ];
        let trace = sampled_context().map(|context| (TRACEPARENT, "String", context.to_string()));
        for (name, kind, value) in accounting.into_iter().chain(trace) {
            let attribute = MessageAttributeValue::builder().data_type(kind).string_value(value).build();
            let attribute = attribute.map_err(|error| QueueError::Refused(error.to_string()))?;
            call = call.message_attributes(name, attribute);
        }
        match call.send().await {
            Ok(_) => Ok(()),
            Err(error) if is_refusal(&error) => {
                Err(QueueError::Refused(DisplayErrorContext(error).to_string()))
            }
            Err(error) => Err(QueueError::Unavailable(DisplayErrorContext(error).to_string())),
        }
    }
}

impl ClickQueue for SqsQueue {
    fn send<'a>(&'a self, batch: &'a SealedBatch) -> BoxFuture<'a, Result<(), QueueError>> {
        let span = self.span(batch);
        let sending = async move {
            let outcome = self.send_message(batch).await;
            if outcome.is_err() {
                Span::current().record("otel.status_code", "ERROR");
            }
            outcome
        };
        sending.instrument(span).boxed()
    }
}

impl fmt::Debug for SqsQueue {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("SqsQueue").field("url", &self.url).finish_non_exhaustive()
    }
}

fn is_refusal(error: &SdkError<SendMessageError>) -> bool {
    let SdkError::ServiceError(error) = error else { return false };
    is_permanent_refusal(error.raw().status().as_u16(), error.err().code().unwrap_or_default())
}
