//! `export --as toml`: links in the form that `apply` reads.

use std::fmt::Write;

use serde_json::Value;
use toml_writer::{ToTomlKey, ToTomlValue};

use super::{managed_tag, normal};
use crate::api::client::Client;
use crate::api::pages::Items;
use crate::app::App;
use crate::args::declared::{ExportArgs, ExportFormat};
use crate::commands::links;
use crate::error::CliError;
use crate::output::cell::counted;

/// In this order, after domain and alias.
const FIELDS: [&str; 17] = [
    "url",
    "aliases",
    "title",
    "notes",
    "tags",
    "external_id",
    "status",
    "starts_at",
    "expires_at",
    "expired_url",
    "max_clicks",
    "forward_query",
    "forward_path",
    "rules",
    "preview",
    "state",
    "archived",
];

pub fn run(app: &mut App, arguments: &ExportArgs) -> Result<(), CliError> {
    if !app.output.is_plain() {
        return Err(CliError::usage(
            "export writes TOML for `shortline apply`; for other formats use `shortline links list --all -o csv`",
        ));
    }
    let client = app.client()?;
    let ExportFormat::Toml = arguments.format;
    let head = format!(
        "# Applied with `shortline apply`. The links carry the tag {}.\nname = {}\n",
        managed_tag(&arguments.name),
        arguments.name.to_toml_value()
    );
    // Printed at the end: half a file is valid TOML too, and `apply` would remove the links of the other half.
    let mut file = head;
    let mut with_password = 0;
    for link in exported(&client, arguments) {
        let link = link?;
        if link.get("password_protected") == Some(&Value::Bool(true)) {
            with_password += 1;
        }
        file.push_str(&to_toml(&link, &managed_tag(&arguments.name)));
    }
    app.output.bytes(file.as_bytes())?;
    if with_password > 0 {
        app.warn(&format!(
            "Not in the file: passwords of {}. `apply` leaves them as they are.",
            counted(with_password, "link")
        ));
    }
    Ok(())
}

fn exported<'a>(client: &'a Client, arguments: &ExportArgs) -> Items<'a> {
    Items::new(client, links::filtered(&arguments.filter).query("archived", "all"), None)
}

fn to_toml(link: &Value, tag: &str) -> String {
    let mut text = "\n[[links]]\n".to_owned();
    for (name, field) in [("domain", "domain"), ("alias", "code")] {
        let value = link.get(field).and_then(Value::as_str).unwrap_or_default();
        let _ = writeln!(text, "{name} = {}", value.to_toml_value());
    }
    for name in FIELDS {
        let Some(mut value) = link.get(name).cloned() else { continue };
        if let ("tags", Value::Array(tags)) = (name, &mut value) {
            tags.retain(|known| known != tag);
        }
        // States that follow from something else count as active.
        let normal = normal::field(name, &value);
        let is_default = normal::defaults()
            .any(|(known, default)| known == name && normal::field(name, &default) == normal);
        if !is_default && !value.is_null() {
            let _ = writeln!(text, "{name} = {}", inline(&value));
        }
    }
    text
}

/// A value within a line. TOML has no null: members without a value are left out.
fn inline(value: &Value) -> String {
    match value {
        Value::Null => "\"\"".to_owned(),
        Value::String(text) => text.to_toml_value(),
        Value::Array(items) => format!("[{}]", items.iter().map(inline).collect::<Vec<_>>().join(", ")),
        Value::Object(members) => {
            let members = members.iter().filter(|(_, value)| !value.is_null());
            let members: Vec<String> =
                members.map(|(name, value)| format!("{} = {}", name.to_toml_key(), inline(value))).collect();
            format!("{{ {} }}", members.join(", "))
        }
        Value::Bool(_) | Value::Number(_) => value.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn exported_link_is_valid_toml_without_defaults() {
        let link = json!({
            "id": "x", "domain": "go.example.com", "code": "grüße/2", "url": "https://example.com/?a=\"b\"",
            "aliases": [{"domain": "go.example.com", "code": "sommer"}], "title": "Two\nlines", "notes": null,
            "tags": ["a", "managed:x"], "external_id": null, "status": 302, "starts_at": null, "expires_at": "2027-01-01T00:00:00.000Z",
            "max_clicks": 5, "forward_query": true, "forward_path": false, "state": "expired",
            "preview": {"title": "Shown", "description": null, "image": null},
            "rules": [{"if": {"country": ["DE"], "query": {"a b": ["1"]}}, "url": "https://example.com/de"}],
        });
        let text = to_toml(&link, "managed:x");
        insta::assert_snapshot!(text);
        toml::from_str::<toml::Table>(&text).unwrap();
    }
}
