//! Batches of an import's visits. The origin seals them; a repeated call makes the same bytes, so that each visit counts once.

use time::Date;

use crate::clicks::batch::{BatchHead, Click, IMPORT_VERSION, OrphanVisits, Producer, seal};
use crate::clicks::buffer::SealedBatch;

/// A batch has a third of the bytes that SQS takes (1 MiB) even if every character of every text is escaped.
pub const MAX_BATCH_VISITS: usize = 100;

/// What an import has sent already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ImportProgress {
    /// The id of the import.
    pub producer: Producer,
    /// UTC day on which it began.
    pub day: Date,
    pub batches: u32,
    pub visits: u64,
}

/// The batches of the import's next visits.
pub fn seal_visits(progress: ImportProgress, visits: &[Click]) -> Vec<SealedBatch> {
    let (mut batch, mut produced) = (progress.batches, progress.visits);
    let chunks = visits.chunks(MAX_BATCH_VISITS).map(|chunk| {
        batch = batch.saturating_add(1);
        produced = produced.saturating_add(chunk.len() as u64);
        let head = BatchHead {
            version: IMPORT_VERSION,
            day: progress.day,
            producer: progress.producer,
            batch,
            produced,
            dropped: Vec::new(),
            orphan_visits: OrphanVisits::default(),
        };
        let encoded: Vec<String> = chunk.iter().map(Click::encode).collect();
        SealedBatch {
            producer: head.producer,
            batch: head.batch,
            clicks: u32::try_from(chunk.len()).unwrap_or(u32::MAX),
            produced: head.produced,
            body: seal(&head, &encoded.join(",")),
            traces: Vec::new(),
            declared: Vec::new(),
        }
    });
    chunks.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clicks::batch::{
        CacheTier, ClickBatch, MAX_DESTINATION_BYTES, MAX_REFERRER_BYTES, MAX_USER_AGENT_BYTES,
    };
    use crate::test_util;
    use crate::time::UnixMillis;

    /// The limit of SQS.
    const MAX_MESSAGE_BYTES: usize = 1_048_576;

    fn visit(time: i64) -> Click {
        Click {
            tier: CacheTier::Imported,
            request_id: "import-1-0".into(),
            country: Some("DE".into()),
            user_agent: Some("Mozilla/5.0 (X11; Linux x86_64)".into()),
            domain: Some("go.example.com".into()),
            ..test_util::click(UnixMillis(time))
        }
    }

    fn progress(batches: u32, visits: u64) -> ImportProgress {
        let producer = "0198c0de000070008000000000000002".parse().unwrap();
        ImportProgress { producer, day: test_util::MIDNIGHT.day(), batches, visits }
    }

    /// The consumer reads it forever.
    #[test]
    fn version_4_format_is_unchanged() {
        let batches = seal_visits(progress(7, 650), &[visit(1_262_304_000_000), visit(1_795_478_399_999)]);
        let bodies: Vec<_> = batches.iter().map(|batch| batch.body.as_str()).collect();
        assert_eq!(bodies, [include_str!("../../fixtures/click-batch-v4.json").trim_end()]);
        let read = ClickBatch::decode(bodies[0]).unwrap();
        assert_eq!((read.head.version, read.head.batch, read.head.produced), (4, 8, 652));
        assert_eq!(read.clicks, [visit(1_262_304_000_000), visit(1_795_478_399_999)]);
    }

    #[test]
    fn batches_are_numbered_on_and_the_same_each_time() {
        let visits: Vec<_> = (0..250).map(visit).collect();
        let batches = seal_visits(progress(3, 300), &visits);
        let numbers: Vec<_> =
            batches.iter().map(|batch| (batch.batch, batch.clicks, batch.produced)).collect();
        assert_eq!(numbers, [(4, 100, 400), (5, 100, 500), (6, 50, 550)]);
        assert_eq!(batches, seal_visits(progress(3, 300), &visits));
        assert_eq!(seal_visits(progress(3, 300), &[]), []);
    }

    #[test]
    fn longest_visits_fit_into_a_message() {
        let longest = |bytes: usize| Some("\u{e9}".repeat(bytes / 2));
        let visit = Click {
            user_agent: longest(MAX_USER_AGENT_BYTES),
            referrer: longest(MAX_REFERRER_BYTES),
            destination: longest(MAX_DESTINATION_BYTES),
            domain: Some("d".repeat(253)),
            ..visit(0)
        };
        let batches = seal_visits(progress(0, 0), &vec![visit; MAX_BATCH_VISITS]);
        assert!(batches[0].body.len() < MAX_MESSAGE_BYTES, "{}", batches[0].body.len());
    }

    #[test]
    fn batch_for_the_edge_keeps_its_form() {
        let batches = seal_visits(progress(0, 0), &[visit(1)]);
        let json = serde_json::to_string(&batches).unwrap();
        insta::assert_snapshot!(json);
        assert_eq!(serde_json::from_str::<Vec<SealedBatch>>(&json).unwrap(), batches);
    }
}
