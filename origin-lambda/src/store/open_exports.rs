//! Tracks the open exports of each key, over all origins. Does not decide how many are allowed, or how long one may last.

use link_core::time::UnixMillis;
use uuid::Uuid;

use super::{LinksDatabase, StoreError};

/// A slot that an export holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ExportSlot {
    principal: Uuid,
    slot: i32,
    token: Uuid,
}

impl LinksDatabase {
    /// Takes one of the key's slots until `until`, if one is free.
    pub async fn take_export_slot(
        &self,
        principal: Uuid,
        slots: i32,
        now: UnixMillis,
        until: UnixMillis,
    ) -> Result<Option<ExportSlot>, StoreError> {
        let token = Uuid::new_v4();
        // Two requests may try the same slot; one of them then tries another.
        for _ in 0..slots {
            let query = sqlx::query_scalar::<_, i32>(
                "INSERT INTO open_exports AS known (principal, slot, token, until)
                 SELECT $1, slot, $2, $3 FROM generate_series(1, $4) AS wanted(slot)
                 WHERE NOT EXISTS (SELECT FROM open_exports held
                                   WHERE held.principal = $1 AND held.slot = wanted.slot AND held.until > $5)
                 ORDER BY slot LIMIT 1
                 ON CONFLICT (principal, slot) DO UPDATE SET token = excluded.token, until = excluded.until
                     WHERE known.until <= $5
                 RETURNING slot",
            );
            let query =
                query.bind(principal).bind(token).bind(until.date_time()).bind(slots).bind(now.date_time());
            if let Some(slot) = self.0.run(query.fetch_optional(&self.0.pool)).await? {
                return Ok(Some(ExportSlot { principal, slot, token }));
            }
        }
        Ok(None)
    }

    pub async fn free_export_slot(&self, held: ExportSlot) -> Result<(), StoreError> {
        let query = sqlx::query("DELETE FROM open_exports WHERE principal = $1 AND slot = $2 AND token = $3");
        let query = query.bind(held.principal).bind(held.slot).bind(held.token);
        self.0.run(query.execute(&self.0.pool)).await.map(drop)
    }
}
