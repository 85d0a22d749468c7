//! Sets of campaign parameters as rows. Does not decide what a key may save.

use std::collections::BTreeMap;

use sqlx::types::Json;
use uuid::Uuid;

use super::{LinksDatabase, StoreError};
use crate::limits::MAX_CAMPAIGN_PRESETS;

/// Values by the name of their parameter, without `utm_`.
pub type CampaignParameters = BTreeMap<String, String>;

#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct CampaignPreset {
    pub id: Uuid,
    pub name: String,
    #[sqlx(json)]
    pub utm: CampaignParameters,
}

impl LinksDatabase {
    /// Oldest first.
    pub async fn campaign_presets(
        &self,
        principal: Uuid,
        after: Uuid,
        limit: i64,
    ) -> Result<Vec<CampaignPreset>, StoreError> {
        let query = sqlx::query_as(
            "SELECT id, name, utm FROM campaign_presets WHERE principal = $1 AND id > $2 ORDER BY id LIMIT $3",
        );
        let query = query.bind(principal).bind(after).bind(limit);
        self.0.run(query.fetch_all(&self.0.pool)).await
    }

    /// Replaces one of the same name. `None` if the key has as many as it may have, which requests at once may exceed, or was revoked
    /// meanwhile.
    pub async fn save_campaign_preset(
        &self,
        principal: Uuid,
        name: &str,
        utm: &CampaignParameters,
    ) -> Result<Option<CampaignPreset>, StoreError> {
        let query = sqlx::query_as(
            "INSERT INTO campaign_presets (principal, name, utm)
             SELECT $1, $2, $3
             WHERE ((SELECT count(*) FROM campaign_presets WHERE principal = $1) < $4
                    OR EXISTS (SELECT FROM campaign_presets WHERE principal = $1 AND name = $2))
                AND ($1 = '00000000-0000-0000-0000-000000000000'
                    OR EXISTS (SELECT FROM api_keys WHERE id = $1 AND revoked_at IS NULL FOR SHARE))
             ON CONFLICT (principal, name) DO UPDATE SET utm = EXCLUDED.utm
             RETURNING id, name, utm",
        );
        let query = query.bind(principal).bind(name).bind(Json(utm)).bind(MAX_CAMPAIGN_PRESETS);
        self.0.run(query.fetch_optional(&self.0.pool)).await
    }

    /// Whether the key had such a preset.
    pub async fn remove_campaign_preset(&self, principal: Uuid, id: Uuid) -> Result<bool, StoreError> {
        let query = sqlx::query("DELETE FROM campaign_presets WHERE principal = $1 AND id = $2");
        let removed = self.0.run(query.bind(principal).bind(id).execute(&self.0.pool)).await?;
        Ok(removed.rows_affected() > 0)
    }
}
