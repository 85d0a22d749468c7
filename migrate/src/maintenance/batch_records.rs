//! Deletes expired records of single batches. The producers' counters are not affected.

use anyhow::Result;
use link_core::clicks::batch::{BATCHES_KEPT_DAYS, CLICK_ORDER_KEPT_DAYS};
use sqlx::PgConnection;

use super::producers::PRODUCERS_KEPT_DAYS;

pub(super) struct BatchRecords {
    pub(super) name: &'static str,
    statement: &'static str,
    kept_days: i32,
}

pub(super) const BATCH_RECORDS: [BatchRecords; 5] = [
    BatchRecords {
        name: "records of batches",
        // Those of imports stay: an import may send its visits again after years.
        statement: "DELETE FROM batches WHERE day < (now() AT TIME ZONE 'UTC')::date - $1 AND NOT imported",
        kept_days: BATCHES_KEPT_DAYS,
    },
    BatchRecords {
        name: "records of dropped batches",
        statement: "DELETE FROM dropped_batches WHERE stored_at < now() - make_interval(days => $1)",
        kept_days: BATCHES_KEPT_DAYS,
    },
    // Few, and kept longer, so that a letter that is resent twice still counts once.
    BatchRecords {
        name: "records of dead letters",
        statement: "DELETE FROM dead_batches WHERE letter_at < now() - make_interval(days => $1)",
        kept_days: PRODUCERS_KEPT_DAYS,
    },
    // Usually gone within seconds; only left if nothing sends webhooks.
    BatchRecords {
        name: "clicks for webhooks",
        statement: "DELETE FROM click_outbox WHERE stored_at < now() - make_interval(days => $1)",
        kept_days: 1,
    },
    // The newest expired row stays: a cursor before the first row may have missed deleted ones.
    BatchRecords {
        name: "the order of storing",
        statement: "DELETE FROM stored_transactions WHERE number < (SELECT max(number) FROM stored_transactions
                                                                    WHERE stored_at < now() - make_interval(days => $1))",
        kept_days: CLICK_ORDER_KEPT_DAYS,
    },
];

pub(super) async fn delete_expired(analytics: &mut PgConnection, records: &BatchRecords) -> Result<u64> {
    let query = sqlx::query(records.statement).bind(records.kept_days);
    Ok(query.execute(analytics).await?.rows_affected())
}
