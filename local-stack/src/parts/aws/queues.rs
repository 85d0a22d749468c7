//! The click queue and its dead-letter queue, with the attributes that Terraform sets in production.

use anyhow::Result;
use serde_json::{Value, json};

use crate::parts::aws::client::{ACCOUNT, AwsClient, REGION, text_of};

pub(crate) const CLICKS: &str = "shortline-clicks";
const DEAD_LETTERS: &str = "shortline-clicks-dead";

/// High on purpose: messages return to the queue while the database is down, and readable ones must not become dead
/// letters. The consumer itself moves unreadable messages there.
const MAX_RECEIVE_COUNT: u32 = 1000;

const RETENTION_SECONDS: u32 = 14 * 24 * 3600;

#[derive(Clone, Debug)]
pub(crate) struct Queues {
    pub(crate) click_queue_url: String,
    pub(crate) dead_letter_queue_url: String,
}

impl Queues {
    /// Creates missing queues and sets the attributes of both.
    pub(crate) async fn ensure(aws: &AwsClient, visibility_timeout_seconds: u32) -> Result<Self> {
        let dead_letter_queue_url =
            ensure_queue(aws, DEAD_LETTERS, json!({"MessageRetentionPeriod": RETENTION_SECONDS.to_string()}))
                .await?;
        let redrive = json!({"deadLetterTargetArn": arn(DEAD_LETTERS), "maxReceiveCount": MAX_RECEIVE_COUNT});
        let attributes = json!({
            "VisibilityTimeout": visibility_timeout_seconds.to_string(),
            "MessageRetentionPeriod": RETENTION_SECONDS.to_string(),
            "RedrivePolicy": redrive.to_string(),
        });
        let click_queue_url = ensure_queue(aws, CLICKS, attributes).await?;
        Ok(Self { click_queue_url, dead_letter_queue_url })
    }
}

pub(crate) fn arn(queue: &str) -> String {
    format!("arn:aws:sqs:{REGION}:{ACCOUNT}:{queue}")
}

async fn ensure_queue(aws: &AwsClient, name: &str, attributes: Value) -> Result<String> {
    // Without attributes: creating a queue that exists with other attributes would fail.
    let created = aws.sqs("CreateQueue", json!({"QueueName": name})).await?;
    let url = text_of(&created, "QueueUrl")?.to_owned();
    aws.sqs("SetQueueAttributes", json!({"QueueUrl": url, "Attributes": attributes})).await?;
    Ok(url)
}
