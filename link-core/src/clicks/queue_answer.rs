//! Distinguishes permanent from transient errors of SQS. Does not decide about retries.
//! <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html>

/// Errors with status 400 that end by themselves or when an operator acts.
const TRANSIENT_ERRORS: [&str; 7] = [
    "RequestThrottled",
    "ThrottlingException",
    "OverLimit",
    // KMS throttles the queue's key; the two protocols use different names.
    "KmsThrottled",
    "KMS.ThrottlingException",
    // A deleted queue may be created again.
    "QueueDoesNotExist",
    "NonExistentQueue",
];

/// Whether SQS would refuse the same bytes again. `code` is the error's name, with or without a prefix that ends in `#` or a dot.
pub fn is_permanent_refusal(status: u16, code: &str) -> bool {
    let is_transient = TRANSIENT_ERRORS.iter().any(|transient| code.ends_with(transient));
    // 403 occurs while a key or a permission is rotated; 408 and 429 ask the client to retry.
    (400..500).contains(&status) && !matches!(status, 403 | 408 | 429) && !is_transient
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_errors_of_the_message_itself_are_permanent() {
        for (status, code, is_permanent) in [
            (400, "com.amazonaws.sqs#InvalidMessageContents", true),
            (400, "InvalidParameterValueException", true),
            (400, "", true),
            (413, "", true),
            (400, "com.amazonaws.sqs#RequestThrottled", false),
            (400, "com.amazon.coral.availability#ThrottlingException", false),
            (400, "com.amazonaws.sqs#KmsThrottled", false),
            (400, "com.amazonaws.sqs#QueueDoesNotExist", false),
            (400, "AWS.SimpleQueueService.NonExistentQueue", false),
            (403, "com.amazon.coral.service#AccessDeniedException", false),
            (403, "InvalidClientTokenId", false),
            (429, "", false),
            (500, "com.amazonaws.sqs#InternalFailure", false),
            (503, "", false),
        ] {
            assert_eq!(is_permanent_refusal(status, code), is_permanent, "{status} {code}");
        }
    }
}
