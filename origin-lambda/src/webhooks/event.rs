//! The types of events, and a message as its receiver gets it.

use link_core::names::domain::Domain;
use link_core::names::slug::Slug;
use link_core::webhooks::Delivery;
use serde::Serialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::secret::SigningKey;
use crate::config::site::SiteConfig;
use crate::http::timestamp;
use crate::links::json::short_url;
use crate::store::domain_documents::DOMAIN_UPDATED;
use crate::store::webhooks::LeasedMessage;
use link_core::time::UnixMillis;

/// What an endpoint may ask for. Triggers of the links database write those of links, and new and removed domains.
pub(crate) const EVENT_TYPES: [&str; 11] = [
    "link.created",
    "link.updated",
    "link.deleted",
    "link.expired",
    "link.exhausted",
    "link.blocked",
    "domain.created",
    DOMAIN_UPDATED,
    "domain.deleted",
    IMPORT_FINISHED,
    CLICKS_BATCH,
];
pub(crate) const IMPORT_FINISHED: &str = "import.finished";
pub(crate) const CLICKS_BATCH: &str = "clicks.batch";
/// Sent on request only.
pub(crate) const TEST: &str = "webhook.test";

/// The body of a message. The same at every attempt.
pub(crate) fn body(message: &LeasedMessage, site: &SiteConfig) -> String {
    #[derive(Serialize)]
    struct Body<'a> {
        r#type: &'a str,
        timestamp: String,
        data: Value,
    }
    let timestamp = timestamp::format(message.created_at);
    let data = with_short_url(message.data.clone(), site);
    serde_json::to_string(&Body { r#type: &message.kind, timestamp, data }).unwrap_or_default()
}

/// The database does not know how short links begin.
fn with_short_url(mut data: Value, site: &SiteConfig) -> Value {
    let Some(link) = data.get_mut("link").and_then(Value::as_object_mut) else { return data };
    let text = |name: &str| link.get(name).and_then(Value::as_str).unwrap_or_default();
    let name = text("domain").parse::<Domain>().ok().zip(text("code").parse::<Slug>().ok());
    if let Some((domain, code)) = name {
        link.insert("short_url".to_owned(), json!(short_url(site, &domain, &code)));
    }
    data
}

/// The request to send, signed with every secret that the receiver may have.
pub(crate) fn delivery(
    message: &LeasedMessage,
    lease: Uuid,
    key: &SigningKey,
    site: &SiteConfig,
    now: UnixMillis,
) -> Delivery {
    let (id, body) = (message_id(message.id), body(message, site));
    let unix_seconds = now.0.div_euclid(1_000);
    let mut generations = vec![message.generation];
    if message.previous_until.is_some_and(|end| now < end) {
        generations.push(message.generation - 1);
    }
    let signatures: Vec<_> = generations
        .into_iter()
        .map(|generation| key.secret(message.endpoint, generation).sign(&id, unix_seconds, &body))
        .collect();
    let headers = [
        ("content-type", "application/json".to_owned()),
        ("user-agent", "Shortline-Webhooks/1".to_owned()),
        ("webhook-id", id),
        ("webhook-timestamp", unix_seconds.to_string()),
        ("webhook-signature", signatures.join(" ")),
    ];
    Delivery {
        message: message.id,
        lease,
        url: message.url.clone(),
        headers: headers.map(|(name, value)| (name.to_owned(), value)).into(),
        body,
    }
}

/// The `webhook-id`: the same at every attempt and replay, so that a receiver recognises what it has handled.
pub(crate) fn message_id(id: Uuid) -> String {
    format!("msg_{}", id.simple())
}
