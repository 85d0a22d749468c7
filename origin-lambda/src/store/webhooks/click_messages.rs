//! Messages about clicks, whose sums come from the other database.

use std::collections::HashMap;

use serde_json::Value;
use uuid::Uuid;

use crate::store::{LinksDatabase, StoreError};

/// An endpoint that wants to know of clicks, and of which links.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct ClickFilter {
    #[sqlx(rename = "id")]
    pub endpoint: Uuid,
    domains: Vec<String>,
    tags: Vec<String>,
}

impl ClickFilter {
    pub(crate) fn takes_all(&self) -> bool {
        self.domains.is_empty() && self.tags.is_empty()
    }

    pub(crate) fn takes(&self, domain: &str, tags: &[String]) -> bool {
        (self.domains.is_empty() || self.domains.iter().any(|wanted| wanted == domain))
            && (self.tags.is_empty() || self.tags.iter().any(|wanted| tags.contains(wanted)))
    }
}

#[derive(Debug, Clone, PartialEq)]
pub struct NewClickMessage {
    pub endpoint: Uuid,
    pub data: Value,
}

impl LinksDatabase {
    pub async fn click_filters(&self, kind: &str) -> Result<Vec<ClickFilter>, StoreError> {
        let query = sqlx::query_as::<_, ClickFilter>(
            "SELECT id, domains, tags FROM webhook_endpoints WHERE enabled AND $1 = ANY (events) ORDER BY id",
        );
        self.0.run(query.bind(kind).fetch_all(&self.0.pool)).await
    }

    /// The domain and tags of each link that still exists.
    pub async fn link_labels(
        &self,
        ids: &[Uuid],
    ) -> Result<HashMap<Uuid, (String, Vec<String>)>, StoreError> {
        if ids.is_empty() {
            return Ok(HashMap::new());
        }
        let query = sqlx::query_as::<_, (Uuid, String, Vec<String>)>(
            "SELECT id, domain, tags FROM links WHERE id = ANY ($1)",
        );
        let rows = self.0.run(query.bind(ids).fetch_all(&self.0.pool)).await?;
        Ok(rows.into_iter().map(|(id, domain, tags)| (id, (domain, tags))).collect())
    }

    /// Writes the messages of a source once, however often this is called.
    pub async fn insert_click_messages(
        &self,
        kind: &str,
        source: Uuid,
        messages: Vec<NewClickMessage>,
    ) -> Result<(), StoreError> {
        let (endpoints, data): (Vec<Uuid>, Vec<Value>) =
            messages.into_iter().map(|message| (message.endpoint, message.data)).unzip();
        let query = sqlx::query(
            "INSERT INTO webhook_messages (endpoint, type, data, source)
             SELECT endpoint, $3, data, $4 FROM UNNEST($1::uuid[], $2::jsonb[]) AS new (endpoint, data)
             WHERE endpoint IN (SELECT id FROM webhook_endpoints)
             ON CONFLICT (endpoint, source) DO NOTHING",
        )
        .bind(endpoints)
        .bind(data)
        .bind(kind)
        .bind(source);
        self.0.run(query.execute(&self.0.pool)).await.map(drop)
    }
}
