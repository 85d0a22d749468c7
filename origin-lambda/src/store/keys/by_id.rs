//! Keys by their ids, for callers that prove a secret of a key instead of sending it.

use uuid::Uuid;

use super::{KeyRow, StoredKey, StoredKeyRow, key_columns};
use crate::store::audit::{Author, Changes, record};
use crate::store::{LinksDatabase, StoreError};

impl LinksDatabase {
    /// The ids of up to `limit` keys that are not revoked, newest first.
    pub async fn live_key_ids(&self, limit: i64) -> Result<Vec<Uuid>, StoreError> {
        let query =
            sqlx::query_scalar("SELECT id FROM api_keys WHERE revoked_at IS NULL ORDER BY id DESC LIMIT $1");
        self.0.run(query.bind(limit).fetch_all(&self.0.pool)).await
    }

    /// Whether the key exists. Adds to the audit that its secret for YOURLS' API was shown.
    pub async fn record_shown_secret(&self, id: Uuid, author: &Author) -> Result<bool, StoreError> {
        let query = sqlx::query_as::<_, KeyRow>(concat!(
            "SELECT ",
            key_columns!(),
            " FROM api_keys WHERE id = $1 AND revoked_at IS NULL"
        ));
        let query = query.bind(id);
        self.0
            .run(async {
                let mut transaction = self.0.pool.begin().await?;
                let Some(row) = query.fetch_optional(&mut *transaction).await? else { return Ok(false) };
                record(&mut transaction, row.entry(author, "yourls_secret_shown", Changes::default()))
                    .await?;
                transaction.commit().await?;
                Ok(true)
            })
            .await
    }

    pub async fn stored_key_by_id(&self, id: Uuid) -> Result<Option<StoredKey>, StoreError> {
        let query = sqlx::query_as::<_, StoredKeyRow>(
            "SELECT id, role, requests_per_minute, links_per_minute, revoked_at IS NOT NULL AS revoked,
                    expires_at AS ends_at, domains, own_links, actions
             FROM api_keys WHERE id = $1",
        );
        let row = self.0.run(query.bind(id).fetch_optional(&self.0.pool)).await?;
        row.map(StoredKey::try_from).transpose()
    }
}
