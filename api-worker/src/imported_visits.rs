//! Sends the visits of an import to the click queue, before its client gets the answer. What the queue did not take is sent with the
//! client's next attempt: the origin seals the same batches again.

use edge_runtime::click_queue::ClickQueue;
use futures_util::future::join_all;
use link_core::clicks::buffer::SealedBatch;

/// Whether the queue took all of them.
pub async fn send(batches: &[SealedBatch], queue: &impl ClickQueue, request_id: &str) -> bool {
    let sent = join_all(batches.iter().map(|batch| async {
        let cause = match queue.send(batch).await {
            Ok(answer) if answer.status == 200 => return true,
            Ok(answer) => format!("it answered {} {}", answer.status, answer.error_code),
            Err(error) => error,
        };
        let SealedBatch { producer, batch, .. } = batch;
        tracing::warn!(request_id, %producer, batch, cause, "queue did not take a batch of an import");
        false
    }));
    sent.await.into_iter().all(|is_sent| is_sent)
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use edge_runtime::click_queue::QueueAnswer;
    use futures_executor::block_on;
    use link_core::clicks::imported::{ImportProgress, seal_visits};
    use link_core::test_util;

    use super::*;

    /// Does not take the batch with this number.
    struct Failing {
        number: Option<u32>,
        status: Result<u16, String>,
        sent: RefCell<Vec<u32>>,
    }

    impl ClickQueue for Failing {
        async fn send(&self, batch: &SealedBatch) -> Result<QueueAnswer, String> {
            self.sent.borrow_mut().push(batch.batch);
            let fails = self.number == Some(batch.batch);
            let status = if fails { self.status.clone()? } else { 200 };
            Ok(QueueAnswer { status, error_code: String::new(), body: Vec::new() })
        }
    }

    #[test]
    fn visits_are_sent_if_the_queue_takes_every_batch() {
        let producer = "0198c0de000070008000000000000002".parse().unwrap();
        let progress = ImportProgress { producer, day: test_util::MIDNIGHT.day(), batches: 0, visits: 0 };
        let batches = seal_visits(progress, &vec![test_util::click(test_util::MIDNIGHT); 250]);
        for (number, status, expected) in [
            (None, Ok(200), true),
            (Some(1), Ok(503), false),
            (Some(3), Ok(400), false),
            (Some(2), Err("no answer".to_owned()), false),
        ] {
            let queue = Failing { number, status, sent: RefCell::default() };
            assert_eq!(block_on(send(&batches, &queue, "5f3a-1")), expected, "{number:?}");
            // The others are not held up.
            assert_eq!(queue.sent.into_inner(), [1, 2, 3]);
        }
    }
}
