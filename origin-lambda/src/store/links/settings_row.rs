//! A link's settings as one JSON document, for one link or a thousand, and the SQL that reads it. Does not decide which row they
//! are written to.

use std::collections::BTreeSet;

use link_core::record::preview::LinkPreview;
use link_core::record::rules::Rule;
use link_core::time::UnixMillis;
use serde::Serialize;
use uuid::Uuid;

use super::fingerprint::fingerprint;
use super::link::LinkSettings;
use crate::config::own_hosts::without_www;

/// The fields that [`new_settings`] reads.
#[derive(Serialize)]
pub(crate) struct SettingsRow<'a> {
    url: &'a str,
    status: u16,
    title: Option<&'a str>,
    notes: Option<&'a str>,
    tags: &'a [String],
    external_id: Option<&'a str>,
    starts_at: Option<UnixMillis>,
    expires_at: Option<UnixMillis>,
    expired_url: Option<&'a str>,
    max_clicks: Option<i64>,
    password_hash: Option<&'a str>,
    forward_query: bool,
    forward_path: bool,
    rules: &'a [Rule],
    preview: Option<&'a LinkPreview>,
    disabled: bool,
    archived: bool,
    hosts: Vec<String>,
    /// The same for links with the same settings.
    fingerprint: Option<Uuid>,
    /// The hosts, with and without `www.`; compared with our own domains only.
    own_names: Vec<String>,
    /// The parent names of the hosts: `b.example` and `example` of `a.b.example`; compared with blocked hosts only.
    parents: Vec<String>,
}

impl<'a> SettingsRow<'a> {
    pub(crate) fn of(settings: &'a LinkSettings) -> Self {
        let hosts = settings.hosts();
        Self {
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
            password_hash: settings.password.as_ref().map(|hash| hash.as_str()),
            forward_query: settings.forward_query,
            forward_path: settings.forward_path,
            rules: &settings.rules,
            preview: settings.preview.as_ref(),
            disabled: settings.disabled,
            archived: settings.archived,
            fingerprint: fingerprint(settings),
            own_names: own_names(&hosts),
            parents: hosts.iter().flat_map(|host| parents(host)).map(str::to_owned).collect(),
            hosts,
        }
    }
}

pub(crate) fn own_names(hosts: &[String]) -> Vec<String> {
    let names = hosts.iter().flat_map(|host| [host.as_str(), without_www(host)]);
    names.collect::<BTreeSet<_>>().into_iter().map(str::to_owned).collect()
}

pub(crate) fn parents(host: &str) -> impl Iterator<Item = &str> {
    host.match_indices('.').filter_map(|(at, _)| host.get(at + 1..))
}

/// The columns of `links` that hold settings.
macro_rules! settings_columns {
    () => {
        "url, status, title, notes, tags, external_id, starts_at, expires_at, expired_url, max_clicks, password_hash, \
         forward_query, forward_path, rules, preview, disabled, archived, hosts, fingerprint"
    };
}

/// The values of [`settings_columns`], in their order, from a row called `new`.
macro_rules! settings_values {
    () => {
        "new.url, new.status, new.title, new.notes, new.tags, new.external_id, unix_millis(new.starts_at), \
         unix_millis(new.expires_at), new.expired_url, new.max_clicks, new.password_hash, new.forward_query, \
         new.forward_path, new.rules, new.preview, new.disabled, new.archived, new.hosts, new.fingerprint"
    };
}

/// The columns of [`SettingsRow`] for `jsonb_to_recordset`.
macro_rules! new_settings {
    () => {
        "url text, status smallint, title text, notes text, tags text[], external_id text, starts_at bigint, \
         expires_at bigint, expired_url text, max_clicks bigint, password_hash text, forward_query boolean, \
         forward_path boolean, rules jsonb, preview jsonb, disabled boolean, archived boolean, hosts text[], fingerprint uuid, \
         own_names text[], parents text[]"
    };
}

/// Whether all destinations of a row called `new` are allowed. Own names without a row are checked earlier. `FOR KEY SHARE` locks
/// the tables: a statement that adds a host waits until every write that was checked without it has ended, so that none slips
/// through; see [`crate::store::host_sweep`]. One condition on `host` instead of two, for which the planner would read the whole
/// table for each link.
macro_rules! destinations_allowed {
    () => {
        "NOT EXISTS (SELECT FROM domains WHERE name = ANY(new.own_names) FOR KEY SHARE) \
         AND NOT EXISTS (SELECT FROM blocked_hosts \
                         WHERE host = ANY(new.hosts || new.parents) AND (subdomains OR host = ANY(new.hosts)) FOR KEY SHARE)"
    };
}

pub(crate) use {destinations_allowed, new_settings, settings_columns, settings_values};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn host_is_also_compared_without_www() {
        let hosts = ["a.example", "www.a.example", "www.b.example"].map(str::to_owned);
        assert_eq!(own_names(&hosts), ["a.example", "b.example", "www.a.example", "www.b.example"]);
    }

    #[test]
    fn every_parent_name_of_a_host_is_compared() {
        assert_eq!(parents("a.b.example").collect::<Vec<_>>(), ["b.example", "example"]);
        assert_eq!(parents("localhost").count(), 0);
    }
}
