//! What an error of SQS says about a message: refused for ever, or only now. Decides neither retries nor what becomes of the
//! message.
//! <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html>

/// All of them come with 400, and end by themselves or by an operator's hand.
const PASSING: [&str; 7] = [
    "RequestThrottled",
    "ThrottlingException",
    "OverLimit",
    // The queue's key, by its names in either protocol.
    "KmsThrottled",
    "KMS.ThrottlingException",
    // A queue that is gone may be made again.
    "QueueDoesNotExist",
    "NonExistentQueue",
];

/// Whether the same bytes would be refused again. `code` is the error's name, with or without what goes before a `#` or a dot.
pub fn is_permanent_refusal(status: u16, code: &str) -> bool {
    let passes = PASSING.iter().any(|passing| code.ends_with(passing));
    // 403: a key or a permission that is being rotated. 408, 429: asked to come back.
    (400..500).contains(&status) && !matches!(status, 403 | 408 | 429) && !passes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_wrong_with_the_message_is_a_refusal() {
        for (status, code, refuses) in [
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
            assert_eq!(is_permanent_refusal(status, code), refuses, "{status} {code}");
        }
    }
}
