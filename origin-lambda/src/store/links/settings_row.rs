//! A link's settings on their way into the table: one JSON document for one link or a thousand, and the SQL that takes it
//! apart. Does not decide which row they go into.

use std::collections::BTreeSet;

use link_core::rules::Rule;
use link_core::time::UnixMillis;
use serde::Serialize;
use uuid::Uuid;

use super::LinkSettings;
use super::fingerprint::fingerprint;
use crate::own_hosts::without_www;

/// Fields as [`new_settings`] reads them.
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
    disabled: bool,
    hosts: Vec<String>,
    /// Of links with the same settings it is the same.
    fingerprint: Option<Uuid>,
    /// The hosts, and what they are without `www.`. Only for the comparison with domains of ours.
    own_names: Vec<String>,
    /// The names above the hosts: `b.example` and `example` of `a.b.example`. Only for the comparison with what is blocked.
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
            disabled: settings.disabled,
            fingerprint: fingerprint(settings),
            own_names: own_names(&hosts),
            parents: hosts.iter().flat_map(|host| parents(host)).map(str::to_owned).collect(),
            hosts,
        }
    }
}

fn own_names(hosts: &[String]) -> Vec<String> {
    let names = hosts.iter().flat_map(|host| [host.as_str(), without_www(host)]);
    names.collect::<BTreeSet<_>>().into_iter().map(str::to_owned).collect()
}

fn parents(host: &str) -> impl Iterator<Item = &str> {
    host.match_indices('.').filter_map(|(at, _)| host.get(at + 1..))
}

/// The columns of `links` that settings fill.
macro_rules! settings_columns {
    () => {
        "url, status, title, notes, tags, external_id, starts_at, expires_at, expired_url, max_clicks, password_hash, \
         forward_query, forward_path, rules, disabled, hosts, fingerprint"
    };
}

/// What goes into [`settings_columns`], in their order, from a row called `new`.
macro_rules! settings_values {
    () => {
        "new.url, new.status, new.title, new.notes, new.tags, new.external_id, unix_millis(new.starts_at), \
         unix_millis(new.expires_at), new.expired_url, new.max_clicks, new.password_hash, new.forward_query, \
         new.forward_path, new.rules, new.disabled, new.hosts, new.fingerprint"
    };
}

/// The columns of [`SettingsRow`] for `jsonb_to_recordset`.
macro_rules! new_settings {
    () => {
        "url text, status smallint, title text, notes text, tags text[], external_id text, starts_at bigint, \
         expires_at bigint, expired_url text, max_clicks bigint, password_hash text, forward_query boolean, \
         forward_path boolean, rules jsonb, disabled boolean, hosts text[], fingerprint uuid, own_names text[], \
         parents text[]"
    };
}

/// Whether a row called `new` leads only where a link may lead. Names of ours that have no row are checked before.
/// `FOR KEY SHARE` is for its lock on the tables: whoever adds a host waits until every write that was judged without it
/// has ended, so that none slips through; see [`crate::store::host_sweep`]. One condition on `host` and not two, which the
/// planner would answer by reading the whole list for each link.
macro_rules! leads_where_it_may {
    () => {
        "NOT EXISTS (SELECT FROM domains WHERE name = ANY(new.own_names) FOR KEY SHARE) \
         AND NOT EXISTS (SELECT FROM blocked_hosts \
                         WHERE host = ANY(new.hosts || new.parents) AND (subdomains OR host = ANY(new.hosts)) FOR KEY SHARE)"
    };
}

pub(crate) use {leads_where_it_may, new_settings, settings_columns, settings_values};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn host_is_compared_with_domains_without_www_too() {
        let hosts = ["a.example", "www.a.example", "www.b.example"].map(str::to_owned);
        assert_eq!(own_names(&hosts), ["a.example", "b.example", "www.a.example", "www.b.example"]);
    }

    #[test]
    fn the_names_above_a_host_are_all_its_parents() {
        assert_eq!(parents("a.b.example").collect::<Vec<_>>(), ["b.example", "example"]);
        assert_eq!(parents("localhost").count(), 0);
    }
}
