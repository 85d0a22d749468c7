//! The fingerprint of a link's settings: equal for links that differ only in their names. Stored with each link, so it must never
//! change.

use link_core::record::preview::LinkPreview;
use link_core::record::rules::Rule;
use link_core::time::UnixMillis;
use serde::Serialize;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::link::LinkSettings;

/// Omits defaults, so that a setting that is added later does not change the fingerprints of existing links.
#[derive(Serialize)]
struct Compared<'a> {
    url: &'a str,
    status: u16,
    #[serde(skip_serializing_if = "is_default")]
    title: Option<&'a str>,
    #[serde(skip_serializing_if = "is_default")]
    notes: Option<&'a str>,
    #[serde(skip_serializing_if = "is_default")]
    tags: &'a [String],
    #[serde(skip_serializing_if = "is_default")]
    external_id: Option<&'a str>,
    #[serde(skip_serializing_if = "is_default")]
    starts_at: Option<UnixMillis>,
    #[serde(skip_serializing_if = "is_default")]
    expires_at: Option<UnixMillis>,
    #[serde(skip_serializing_if = "is_default")]
    expired_url: Option<&'a str>,
    #[serde(skip_serializing_if = "is_default")]
    max_clicks: Option<i64>,
    #[serde(skip_serializing_if = "is_default")]
    forward_query: bool,
    #[serde(skip_serializing_if = "is_default")]
    forward_path: bool,
    #[serde(skip_serializing_if = "is_default")]
    rules: &'a [Rule],
    #[serde(skip_serializing_if = "is_default")]
    preview: Option<&'a LinkPreview>,
    #[serde(skip_serializing_if = "is_default")]
    disabled: bool,
    #[serde(skip_serializing_if = "is_default")]
    archived: bool,
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// `None` for a link with a password: its hash is salted, so no two are equal.
pub(in crate::store) fn fingerprint(settings: &LinkSettings) -> Option<Uuid> {
    if settings.password.is_some() {
        return None;
    }
    let compared = Compared {
        url: settings.url.as_str(),
        status: settings.status.into(),
        title: settings.title.as_deref(),
        notes: settings.notes.as_deref(),
        tags: &settings.tags,
        external_id: settings.external_id.as_deref(),
        starts_at: settings.starts_at,
        expires_at: settings.expires_at,
        expired_url: settings.expired_url.as_ref().map(|url| url.as_str()),
        max_clicks: settings.max_clicks,
        forward_query: settings.forward_query,
        forward_path: settings.forward_path,
        rules: &settings.rules,
        preview: settings.preview.as_ref(),
        disabled: settings.disabled,
        archived: settings.archived,
    };
    let digest = Sha256::digest(serde_json::to_vec(&compared).ok()?);
    digest.first_chunk::<16>().map(|half| Uuid::from_bytes(*half))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::password::PasswordHash;

    fn fingerprint_of(change: impl FnOnce(&mut LinkSettings)) -> Option<Uuid> {
        let mut settings = LinkSettings::new("https://example.com/".to_owned().try_into().unwrap());
        change(&mut settings);
        fingerprint(&settings)
    }

    #[test]
    fn fingerprint_of_settings_never_changes() {
        let bare = fingerprint_of(|_| ()).unwrap();
        // SHA-256 of {"url":"https://example.com/","status":302}
        assert_eq!(bare.to_string(), "f60e7106-3cdd-6230-8036-4b517a08b2fa");
        assert_ne!(Some(bare), fingerprint_of(|settings| settings.title = Some("x".into())));
        assert_ne!(Some(bare), fingerprint_of(|settings| settings.disabled = true));
    }

    #[test]
    fn link_with_a_password_has_no_fingerprint() {
        let hash = PasswordHash::from_stored("$argon2id$".into());
        assert_eq!(fingerprint_of(|settings| settings.password = Some(hash)), None);
    }
}
