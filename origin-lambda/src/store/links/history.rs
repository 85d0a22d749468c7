//! What a change of a link is in its history: the fields that differ, as the API shows them.

use serde_json::Value;

use super::insert::NewLink;
use super::link::{Link, LinkSettings};
use crate::links::rule_json;
use crate::store::audit::Changes;

pub(super) fn changes(old: &Link, new: &NewLink) -> Changes {
    let mut changes = Changes::default();
    changes.compare("domain", &old.domain, &new.domain);
    changes.compare("code", &old.code, &new.code);
    changes.compare("aliases", &old.aliases, &new.aliases);
    compare_settings(&mut changes, &old.settings, &new.settings);
    changes
}

fn compare_settings(changes: &mut Changes, old: &LinkSettings, new: &LinkSettings) {
    // Names every field, so that a new one is not forgotten here.
    let LinkSettings {
        url,
        status,
        title,
        notes,
        tags,
        external_id,
        starts_at,
        expires_at,
        expired_url,
        max_clicks,
        password,
        forward_query,
        forward_path,
        rules,
        preview,
        disabled,
        archived,
    } = old;
    changes.compare("url", url, &new.url);
    changes.compare("status", status, &new.status);
    changes.compare("title", title, &new.title);
    changes.compare("notes", notes, &new.notes);
    changes.compare("tags", tags, &new.tags);
    changes.compare("external_id", external_id, &new.external_id);
    changes.compare_times("starts_at", *starts_at, new.starts_at);
    changes.compare_times("expires_at", *expires_at, new.expires_at);
    changes.compare("expired_url", expired_url, &new.expired_url);
    changes.compare("max_clicks", max_clicks, &new.max_clicks);
    changes.compare_secrets("password", password.as_ref(), new.password.as_ref());
    changes.compare("forward_query", forward_query, &new.forward_query);
    changes.compare("forward_path", forward_path, &new.forward_path);
    if *rules != new.rules {
        let shown = |settings: &LinkSettings| settings.rules.iter().map(rule_json::shown).collect::<Value>();
        changes.compare("rules", shown(old), shown(new));
    }
    changes.compare("preview", preview, &new.preview);
    changes.compare("state", state(*disabled), state(new.disabled));
    changes.compare("archived", archived, &new.archived);
}

/// Of the states only these two are set by clients.
fn state(disabled: bool) -> &'static str {
    if disabled { "disabled" } else { "active" }
}
