//! The endpoints that are told of events. Does not decide what a URL may be.

use link_core::time::UnixMillis;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::limits::MAX_WEBHOOK_ENDPOINTS;
use crate::store::{LinksDatabase, StoreError};

/// What an administrator sets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EndpointSettings {
    pub url: String,
    pub events: Vec<String>,
    pub domains: Vec<String>,
    pub tags: Vec<String>,
    pub enabled: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    pub id: Uuid,
    pub settings: EndpointSettings,
    pub disabled_reason: Option<String>,
    pub generation: i32,
    pub previous_until: Option<UnixMillis>,
    pub failing_since: Option<UnixMillis>,
    pub last_error: Option<String>,
    pub last_success_at: Option<UnixMillis>,
    pub created_at: UnixMillis,
    pub updated_at: UnixMillis,
}

#[derive(sqlx::FromRow)]
struct EndpointRow {
    id: Uuid,
    url: String,
    events: Vec<String>,
    domains: Vec<String>,
    tags: Vec<String>,
    enabled: bool,
    disabled_reason: Option<String>,
    generation: i32,
    previous_until: Option<OffsetDateTime>,
    failing_since: Option<OffsetDateTime>,
    last_error: Option<String>,
    last_success_at: Option<OffsetDateTime>,
    created_at: OffsetDateTime,
    updated_at: OffsetDateTime,
}

impl From<EndpointRow> for Endpoint {
    fn from(row: EndpointRow) -> Self {
        let EndpointRow { url, events, domains, tags, enabled, .. } = row;
        Self {
            id: row.id,
            settings: EndpointSettings { url, events, domains, tags, enabled },
            disabled_reason: row.disabled_reason,
            generation: row.generation,
            previous_until: row.previous_until.map(UnixMillis::from),
            failing_since: row.failing_since.map(UnixMillis::from),
            last_error: row.last_error,
            last_success_at: row.last_success_at.map(UnixMillis::from),
            created_at: row.created_at.into(),
            updated_at: row.updated_at.into(),
        }
    }
}

macro_rules! endpoint_columns {
    () => {
        "id, url, events, domains, tags, enabled, disabled_reason, generation, previous_until, failing_since, last_error, \
         last_success_at, created_at, updated_at"
    };
}

impl LinksDatabase {
    /// `None` if there are as many endpoints as there may be.
    pub async fn insert_endpoint(
        &self,
        new: &EndpointSettings,
        now: UnixMillis,
    ) -> Result<Option<Endpoint>, StoreError> {
        let query = sqlx::query_as::<_, EndpointRow>(concat!(
            "INSERT INTO webhook_endpoints (url, events, domains, tags, enabled, created_at, updated_at)
             SELECT $1, $2, $3, $4, $5, $6, $6 WHERE (SELECT count(*) FROM webhook_endpoints) < $7
             RETURNING ",
            endpoint_columns!()
        ))
        .bind(&new.url)
        .bind(&new.events)
        .bind(&new.domains)
        .bind(&new.tags)
        .bind(new.enabled)
        .bind(now.date_time())
        .bind(MAX_WEBHOOK_ENDPOINTS);
        Ok(self.0.run(query.fetch_optional(&self.0.pool)).await?.map(Endpoint::from))
    }

    /// Oldest first.
    pub async fn endpoints(&self, after: Uuid, limit: i64) -> Result<Vec<Endpoint>, StoreError> {
        let query = sqlx::query_as::<_, EndpointRow>(concat!(
            "SELECT ",
            endpoint_columns!(),
            " FROM webhook_endpoints WHERE id > $1 ORDER BY id LIMIT $2"
        ));
        let rows = self.0.run(query.bind(after).bind(limit).fetch_all(&self.0.pool)).await?;
        Ok(rows.into_iter().map(Endpoint::from).collect())
    }

    pub async fn endpoint(&self, id: Uuid) -> Result<Option<Endpoint>, StoreError> {
        let query = sqlx::query_as::<_, EndpointRow>(concat!(
            "SELECT ",
            endpoint_columns!(),
            " FROM webhook_endpoints WHERE id = $1"
        ));
        Ok(self.0.run(query.bind(id).fetch_optional(&self.0.pool)).await?.map(Endpoint::from))
    }

    /// An endpoint that is enabled again starts without its past failures.
    pub async fn change_endpoint(
        &self,
        id: Uuid,
        settings: &EndpointSettings,
        now: UnixMillis,
    ) -> Result<Option<Endpoint>, StoreError> {
        let query = sqlx::query_as::<_, EndpointRow>(concat!(
            "UPDATE webhook_endpoints SET url = $2, events = $3, domains = $4, tags = $5, enabled = $6, updated_at = $7,
                 disabled_reason = CASE WHEN NOT $6 THEN coalesce(disabled_reason, 'disabled by an administrator') END,
                 failing_since = CASE WHEN enabled OR NOT $6 THEN failing_since END,
                 last_error = CASE WHEN enabled OR NOT $6 THEN last_error END
             WHERE id = $1
             RETURNING ",
            endpoint_columns!()
        ))
        .bind(id)
        .bind(&settings.url)
        .bind(&settings.events)
        .bind(&settings.domains)
        .bind(&settings.tags)
        .bind(settings.enabled)
        .bind(now.date_time());
        Ok(self.0.run(query.fetch_optional(&self.0.pool)).await?.map(Endpoint::from))
    }

    /// The secret before the new one signs until `previous_until`.
    pub async fn rotate_endpoint(
        &self,
        id: Uuid,
        previous_until: UnixMillis,
        now: UnixMillis,
    ) -> Result<Option<Endpoint>, StoreError> {
        let query = sqlx::query_as::<_, EndpointRow>(concat!(
            "UPDATE webhook_endpoints SET generation = generation + 1, previous_until = $2, updated_at = $3
             WHERE id = $1
             RETURNING ",
            endpoint_columns!()
        ))
        .bind(id)
        .bind(previous_until.date_time())
        .bind(now.date_time());
        Ok(self.0.run(query.fetch_optional(&self.0.pool)).await?.map(Endpoint::from))
    }

    /// Whether the endpoint existed. Its messages go with it.
    pub async fn delete_endpoint(&self, id: Uuid) -> Result<bool, StoreError> {
        let query = sqlx::query("DELETE FROM webhook_endpoints WHERE id = $1");
        Ok(self.0.run(query.bind(id).execute(&self.0.pool)).await?.rows_affected() == 1)
    }

    pub(crate) async fn has_webhook_endpoints(&self) -> Result<bool, StoreError> {
        let query = sqlx::query_scalar("SELECT EXISTS (SELECT FROM webhook_endpoints WHERE enabled)");
        self.0.run(query.fetch_one(&self.0.pool)).await
    }
}
