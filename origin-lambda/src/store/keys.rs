//! API keys as rows, and their usage in the current minute. Does not decide what a key may do.

mod by_id;

use link_core::names::domain::Domain;
use link_core::time::UnixMillis;
use time::OffsetDateTime;
use uuid::Uuid;

use super::audit::{AuditKind, Author, Changes, NewEntry, record};
use super::{LinksDatabase, StoreError};
use crate::auth::api_key::KeyHash;
use crate::auth::{AccessDenied, KeyBounds, LinkBounds, Right, Role};

#[derive(Debug, Clone)]
pub struct NewKey {
    pub name: String,
    pub role: Role,
    pub hash: KeyHash,
    pub requests_per_minute: u32,
    pub links_per_minute: u32,
    pub expires_at: Option<UnixMillis>,
    pub domains: Vec<Domain>,
    pub own_links: bool,
    pub actions: Vec<Right>,
}

impl NewKey {
    fn changes(&self) -> Changes {
        let mut changes = Changes::default();
        changes.compare_secrets("key", None, Some(()));
        changes.compare("name", None, Some(&self.name));
        changes.compare("role", None, Some(self.role.as_str()));
        changes.compare("requests_per_minute", None, Some(self.requests_per_minute));
        changes.compare("links_per_minute", None, Some(self.links_per_minute));
        changes.compare_times("expires_at", None, self.expires_at);
        changes.compare("domains", None, Some(&self.domains).filter(|domains| !domains.is_empty()));
        changes.compare("own_links", None, Some(self.own_links).filter(|own_links| *own_links));
        let actions: Vec<_> = self.actions.iter().filter_map(|action| action.action()).collect();
        changes.compare("actions", None, Some(actions).filter(|actions| !actions.is_empty()));
        changes
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKey {
    pub id: Uuid,
    pub name: String,
    pub role: Role,
    pub requests_per_minute: u32,
    pub links_per_minute: u32,
    pub created_at: UnixMillis,
    pub expires_at: Option<UnixMillis>,
    /// To the minute: written with the usage.
    pub last_used_at: Option<UnixMillis>,
    /// Until when the key before the last rotation works.
    pub previous_until: Option<UnixMillis>,
    pub bounds: KeyBounds,
}

/// The stored side of a key that came with a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredKey {
    pub id: Uuid,
    pub role: Role,
    pub requests_per_minute: u32,
    pub links_per_minute: u32,
    pub revoked: bool,
    /// The earlier of the key's own expiry and, for the key before a rotation, the end of its grace period.
    pub ends_at: Option<UnixMillis>,
    pub bounds: KeyBounds,
}

impl StoredKey {
    pub(crate) fn check_valid(&self, now: UnixMillis) -> Result<(), AccessDenied> {
        if self.revoked {
            Err(AccessDenied::RevokedKey)
        } else if self.ends_at.is_some_and(|end| now >= end) {
            Err(AccessDenied::ExpiredKey)
        } else {
            Ok(())
        }
    }
}

#[derive(sqlx::FromRow)]
struct KeyRow {
    id: Uuid,
    name: String,
    role: String,
    requests_per_minute: i32,
    links_per_minute: i32,
    created_at: OffsetDateTime,
    expires_at: Option<OffsetDateTime>,
    last_used_at: Option<OffsetDateTime>,
    previous_until: Option<OffsetDateTime>,
    #[sqlx(flatten)]
    bounds: BoundsRow,
}

impl KeyRow {
    fn entry<'a>(&'a self, author: &'a Author, action: &'static str, changes: Changes) -> NewEntry<'a> {
        NewEntry {
            author,
            kind: AuditKind::Key,
            action,
            subject: self.id.to_string(),
            name: Some(&self.name),
            changes,
        }
    }
}

#[derive(sqlx::FromRow)]
struct BoundsRow {
    domains: Vec<String>,
    own_links: bool,
    actions: Vec<String>,
}

impl BoundsRow {
    /// Fails for an action that only a newer release knows: without it the key would be bound to less, or to nothing.
    fn read(self, key: Uuid) -> Result<KeyBounds, StoreError> {
        let domains: Result<Vec<Domain>, _> = self.domains.iter().map(|name| name.parse()).collect();
        let actions: Option<Vec<Right>> = self.actions.iter().map(|name| Right::from_action(name)).collect();
        Ok(KeyBounds {
            links: LinkBounds {
                domains: domains.map_err(|_| StoreError::Damaged("api_keys.domains"))?,
                creator: self.own_links.then_some(key),
            },
            actions: actions.ok_or(StoreError::Damaged("api_keys.actions"))?,
        })
    }
}

#[derive(sqlx::FromRow)]
struct StoredKeyRow {
    id: Uuid,
    role: String,
    requests_per_minute: i32,
    links_per_minute: i32,
    revoked: bool,
    ends_at: Option<OffsetDateTime>,
    #[sqlx(flatten)]
    bounds: BoundsRow,
}

impl TryFrom<KeyRow> for ApiKey {
    type Error = StoreError;

    fn try_from(row: KeyRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.id,
            name: row.name,
            role: role(&row.role)?,
            requests_per_minute: limit(row.requests_per_minute)?,
            links_per_minute: limit(row.links_per_minute)?,
            created_at: row.created_at.into(),
            expires_at: row.expires_at.map(UnixMillis::from),
            last_used_at: row.last_used_at.map(UnixMillis::from),
            previous_until: row.previous_until.map(UnixMillis::from),
            bounds: row.bounds.read(row.id)?,
        })
    }
}

impl TryFrom<StoredKeyRow> for StoredKey {
    type Error = StoreError;

    fn try_from(row: StoredKeyRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.id,
            role: role(&row.role)?,
            requests_per_minute: limit(row.requests_per_minute)?,
            links_per_minute: limit(row.links_per_minute)?,
            revoked: row.revoked,
            ends_at: row.ends_at.map(UnixMillis::from),
            bounds: row.bounds.read(row.id)?,
        })
    }
}

fn role(text: &str) -> Result<Role, StoreError> {
    text.parse().map_err(|_| StoreError::Damaged("api_keys.role"))
}

fn limit(number: i32) -> Result<u32, StoreError> {
    number.try_into().map_err(|_| StoreError::Damaged("api_keys: a limit"))
}

/// The columns of a [`KeyRow`].
macro_rules! key_columns {
    () => {
        "id, name, role, requests_per_minute, links_per_minute, created_at, expires_at, last_used_at, previous_until, \
         domains, own_links, actions"
    };
}

use key_columns;

impl LinksDatabase {
    /// `None` if the key would be bound to a domain that does not exist. The default domain has no row.
    pub async fn insert_key(
        &self,
        new: &NewKey,
        default_domain: &Domain,
        author: &Author,
        now: UnixMillis,
    ) -> Result<Option<ApiKey>, StoreError> {
        let query = sqlx::query_as::<_, KeyRow>(concat!(
            "INSERT INTO api_keys (name, role, key_hash, requests_per_minute, links_per_minute, expires_at, created_at,
                                   domains, own_links, actions)
             SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10
             WHERE NOT EXISTS (SELECT FROM unnest($8::text[]) AS bound (name)
                               WHERE bound.name <> $11 AND bound.name NOT IN (SELECT domains.name FROM domains))
             RETURNING ",
            key_columns!()
        ))
        .bind(&new.name)
        .bind(new.role.as_str())
        .bind(new.hash.0)
        .bind(i64::from(new.requests_per_minute))
        .bind(i64::from(new.links_per_minute))
        .bind(new.expires_at.map(UnixMillis::date_time))
        .bind(now.date_time())
        .bind(new.domains.iter().map(Domain::as_str).collect::<Vec<_>>())
        .bind(new.own_links)
        .bind(new.actions.iter().filter_map(|action| action.action()).collect::<Vec<_>>())
        .bind(default_domain.as_str());
        let row = self
            .0
            .run(async {
                let mut transaction = self.0.pool.begin().await?;
                let Some(row) = query.fetch_optional(&mut *transaction).await? else { return Ok(None) };
                record(&mut transaction, row.entry(author, "created", new.changes())).await?;
                transaction.commit().await?;
                Ok(Some(row))
            })
            .await?;
        row.map(ApiKey::try_from).transpose()
    }

    /// Oldest first, without revoked keys.
    pub async fn keys(&self, after: Uuid, limit: i64) -> Result<Vec<ApiKey>, StoreError> {
        let query = sqlx::query_as::<_, KeyRow>(concat!(
            "SELECT ",
            key_columns!(),
            " FROM api_keys WHERE revoked_at IS NULL AND id > $1 ORDER BY id LIMIT $2"
        ));
        let query = query.bind(after).bind(limit);
        let rows = self.0.run(query.fetch_all(&self.0.pool)).await?;
        rows.into_iter().map(ApiKey::try_from).collect()
    }

    pub async fn key(&self, id: Uuid) -> Result<Option<ApiKey>, StoreError> {
        let query = sqlx::query_as::<_, KeyRow>(concat!(
            "SELECT ",
            key_columns!(),
            " FROM api_keys WHERE id = $1 AND revoked_at IS NULL"
        ));
        let row = self.0.run(query.bind(id).fetch_optional(&self.0.pool)).await?;
        row.map(ApiKey::try_from).transpose()
    }

    /// Whether the key existed. Its row stays, so that a rejected key can still be identified.
    pub async fn revoke_key(&self, id: Uuid, author: &Author, now: UnixMillis) -> Result<bool, StoreError> {
        let query = sqlx::query_as::<_, KeyRow>(concat!(
            "UPDATE api_keys SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL RETURNING ",
            key_columns!()
        ));
        let query = query.bind(id).bind(now.date_time());
        let presets = sqlx::query("DELETE FROM campaign_presets WHERE principal = $1").bind(id);
        self.0
            .run(async {
                let mut transaction = self.0.pool.begin().await?;
                let Some(row) = query.fetch_optional(&mut *transaction).await? else { return Ok(false) };
                presets.execute(&mut *transaction).await?;
                record(&mut transaction, row.entry(author, "revoked", Changes::default())).await?;
                transaction.commit().await?;
                Ok(true)
            })
            .await
    }

    /// The current key works until `previous_until`; the key before that stops working.
    pub async fn rotate_key(
        &self,
        id: Uuid,
        hash: KeyHash,
        previous_until: UnixMillis,
        author: &Author,
    ) -> Result<Option<ApiKey>, StoreError> {
        let query = sqlx::query_as::<_, KeyRow>(concat!(
            "UPDATE api_keys SET previous_hash = key_hash, previous_until = $3, key_hash = $2
             WHERE id = $1 AND revoked_at IS NULL
             RETURNING ",
            key_columns!()
        ))
        .bind(id)
        .bind(hash.0)
        .bind(previous_until.date_time());
        let mut changes = Changes::default();
        changes.replace_secret("key");
        changes.compare_times("previous_until", None, Some(previous_until));
        let row = self
            .0
            .run(async {
                let mut transaction = self.0.pool.begin().await?;
                let Some(row) = query.fetch_optional(&mut *transaction).await? else { return Ok(None) };
                record(&mut transaction, row.entry(author, "rotated", changes)).await?;
                transaction.commit().await?;
                Ok(Some(row))
            })
            .await?;
        row.map(ApiKey::try_from).transpose()
    }

    /// Read for every request: a revoked key stops working with the next one.
    pub async fn stored_key(&self, hash: KeyHash) -> Result<Option<StoredKey>, StoreError> {
        // `least` ignores nulls, which mean no expiry.
        let query = sqlx::query_as::<_, StoredKeyRow>(
            "SELECT id, role, requests_per_minute, links_per_minute, revoked_at IS NOT NULL AS revoked,
                    least(expires_at, CASE WHEN key_hash <> $1 THEN previous_until END) AS ends_at,
                    domains, own_links, actions
             FROM api_keys WHERE key_hash = $1 OR previous_hash = $1",
        );
        let row = self.0.run(query.bind(hash.0).fetch_optional(&self.0.pool)).await?;
        row.map(StoredKey::try_from).transpose()
    }

    /// Adds the unreported usage to the minute that starts at `window`, and `wanted` if it still fits. Returns the minute's total
    /// and whether `wanted` fitted. If another origin's clock has already reached the next minute, the usage counts for that one.
    pub async fn add_usage(
        &self,
        id: Uuid,
        kind: RateLimitKind,
        usage: Usage,
        window: UnixMillis,
        now: UnixMillis,
    ) -> Result<(u32, bool), StoreError> {
        let query = sqlx::query_as::<_, (i32, bool)>(match kind {
            RateLimitKind::Requests => add_usage!("window_requests", "window_start"),
            RateLimitKind::Links => add_usage!("window_links", "links_window_start"),
        });
        let query = query
            .bind(id)
            .bind(window.date_time())
            .bind(usage.unreported)
            .bind(i64::from(usage.wanted))
            .bind(i64::from(usage.limit))
            .bind(now.date_time());
        let (total, fits) = self.0.run(query.fetch_one(&self.0.pool)).await?;
        Ok((total.try_into().map_err(|_| StoreError::Damaged("api_keys: usage of a minute"))?, fits))
    }
}

/// What a key may do a limited number of times per minute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RateLimitKind {
    Requests,
    Links,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Usage {
    /// Already let through, so it counts even beyond the limit. Negative if more was given back.
    pub unreported: i64,
    pub wanted: u32,
    pub limit: u32,
}

macro_rules! add_usage {
    ($used:literal, $window:literal) => {
        concat!(
            "UPDATE api_keys SET ",
            $used,
            " = minute.used + CASE WHEN minute.used + $4 <= $5 THEN $4::integer ELSE 0 END, ",
            $window,
            " = greatest(api_keys.",
            $window,
            ", $2),
                 last_used_at = greatest(last_used_at, $6)
             FROM (SELECT greatest(0, $3::integer + CASE WHEN ",
            $window,
            " >= $2 THEN ",
            $used,
            " ELSE 0 END) AS used
                   FROM api_keys WHERE id = $1 FOR NO KEY UPDATE) AS minute
             WHERE id = $1
             RETURNING ",
            $used,
            ", minute.used + $4 <= $5"
        )
    };
}

use add_usage;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn key_expires_at_its_exact_millisecond() {
        let key = StoredKey {
            id: Uuid::nil(),
            role: Role::Reader,
            requests_per_minute: 1,
            links_per_minute: 1,
            revoked: false,
            ends_at: Some(UnixMillis(5)),
            bounds: KeyBounds::default(),
        };
        assert_eq!(key.check_valid(UnixMillis(4)), Ok(()));
        assert_eq!(key.check_valid(UnixMillis(5)), Err(AccessDenied::ExpiredKey));
        let revoked = StoredKey { revoked: true, ..key };
        assert_eq!(revoked.check_valid(UnixMillis(4)), Err(AccessDenied::RevokedKey));
    }
}
