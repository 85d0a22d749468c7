//! What became of the messages of an invocation.

use aws_lambda_events::event::sqs::SqsBatchResponse;

/// The result for all messages: each is stored, a duplicate, dead-lettered or returned.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct InvocationOutcome {
    pub stored: usize,
    /// Clicks in the stored messages.
    pub clicks: usize,
    /// Messages whose batch was stored before, or came twice in this invocation.
    pub duplicates: usize,
    pub dead_lettered: usize,
    /// Ids of the messages that stay in the queue.
    pub returned: Vec<String>,
}

impl InvocationOutcome {
    /// Lambda deletes the messages that the response does not name.
    pub fn into_response(self) -> SqsBatchResponse {
        let mut response = SqsBatchResponse::default();
        for id in self.returned {
            response.add_failure(id);
        }
        response
    }
}
