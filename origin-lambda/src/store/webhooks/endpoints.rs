//! The endpoints that are told of events. Does not decide what a URL may be.

use link_core::time::UnixMillis;
use sqlx::postgres::PgConnection;
use time::OffsetDateTime;
use url::Url;
use uuid::Uuid;

use crate::limits::MAX_WEBHOOK_ENDPOINTS;
use crate::store::audit::{AuditKind, Author, Changes, NewEntry, record};
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

impl EndpointSettings {
    /// How it is called where its URL must not be shown: path and query often hold a secret.
    fn name(&self) -> String {
        let url = Url::parse(&self.url).map(|url| url.origin().ascii_serialization());
        url.unwrap_or_default()
    }

    fn changes(before: Option<&Self>, after: Option<&Self>) -> Changes {
        let mut changes = Changes::default();
        if before.map(|settings| &settings.url) != after.map(|settings| &settings.url) {
            let name =
                |settings: Option<&Self>| settings.map(|settings| settings.name().into()).unwrap_or_default();
            changes.push("url", name(before), name(after));
        }
        changes.compare(
            "events",
            before.map(|settings| &settings.events),
            after.map(|settings| &settings.events),
        );
        changes.compare(
            "domains",
            before.map(|settings| &settings.domains),
            after.map(|settings| &settings.domains),
        );
        changes.compare("tags", before.map(|settings| &settings.tags), after.map(|settings| &settings.tags));
        changes.compare(
            "enabled",
            before.map(|settings| settings.enabled),
            after.map(|settings| settings.enabled),
        );
        changes
    }
}

impl Endpoint {
    async fn record(
        &self,
        transaction: &mut PgConnection,
        author: &Author,
        action: &'static str,
        changes: Changes,
    ) -> Result<(), sqlx::Error> {
        let (subject, name) = (self.id.to_string(), self.settings.name());
        let kind = AuditKind::Webhook;
        record(transaction, NewEntry { author, kind, action, subject, name: Some(&name), changes }).await
    }
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
        author: &Author,
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
        self.0
            .run(async {
                let mut transaction = self.0.pool.begin().await?;
                let Some(row) = query.fetch_optional(&mut *transaction).await? else { return Ok(None) };
                let endpoint = Endpoint::from(row);
                let mut changes = EndpointSettings::changes(None, Some(new));
                changes.compare_secrets("secret", None, Some(()));
                endpoint.record(&mut transaction, author, "created", changes).await?;
                transaction.commit().await?;
                Ok(Some(endpoint))
            })
            .await
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
        author: &Author,
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
        self.0
            .run(async {
                let mut transaction = self.0.pool.begin().await?;
                let lock = sqlx::query_as::<_, EndpointRow>(concat!(
                    "SELECT ",
                    endpoint_columns!(),
                    " FROM webhook_endpoints WHERE id = $1 FOR UPDATE"
                ));
                let Some(old) = lock.bind(id).fetch_optional(&mut *transaction).await? else {
                    return Ok(None);
                };
                let changes = EndpointSettings::changes(Some(&Endpoint::from(old).settings), Some(settings));
                let changed = Endpoint::from(query.fetch_one(&mut *transaction).await?);
                if !changes.is_empty() {
                    changed.record(&mut transaction, author, "changed", changes).await?;
                }
                transaction.commit().await?;
                Ok(Some(changed))
            })
            .await
    }

    /// The secret before the new one signs until `previous_until`.
    pub async fn rotate_endpoint(
        &self,
        id: Uuid,
        previous_until: UnixMillis,
        author: &Author,
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
        let mut changes = Changes::default();
        changes.replace_secret("secret");
        changes.compare_times("previous_secret_until", None, Some(previous_until));
        self.0
            .run(async {
                let mut transaction = self.0.pool.begin().await?;
                let Some(row) = query.fetch_optional(&mut *transaction).await? else { return Ok(None) };
                let endpoint = Endpoint::from(row);
                endpoint.record(&mut transaction, author, "rotated", changes).await?;
                transaction.commit().await?;
                Ok(Some(endpoint))
            })
            .await
    }

    /// Whether the endpoint existed. Its messages go with it.
    pub async fn delete_endpoint(&self, id: Uuid, author: &Author) -> Result<bool, StoreError> {
        let query = sqlx::query_as::<_, EndpointRow>(concat!(
            "DELETE FROM webhook_endpoints WHERE id = $1 RETURNING ",
            endpoint_columns!()
        ));
        let query = query.bind(id);
        self.0
            .run(async {
                let mut transaction = self.0.pool.begin().await?;
                let Some(row) = query.fetch_optional(&mut *transaction).await? else { return Ok(false) };
                let endpoint = Endpoint::from(row);
                let changes = EndpointSettings::changes(Some(&endpoint.settings), None);
                endpoint.record(&mut transaction, author, "deleted", changes).await?;
                transaction.commit().await?;
                Ok(true)
            })
            .await
    }

    pub(crate) async fn has_webhook_endpoints(&self) -> Result<bool, StoreError> {
        let query = sqlx::query_scalar("SELECT EXISTS (SELECT FROM webhook_endpoints WHERE enabled)");
        self.0.run(query.fetch_one(&self.0.pool)).await
    }
}
