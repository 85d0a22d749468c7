//! Structured logs: every `tracing` event becomes one line of JSON on the runtime's console, which Workers Logs index.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};
use worker::{console_error, console_log, console_warn};

/// May be called again: the first subscriber stays.
pub fn install() {
    let _ = tracing::subscriber::set_global_default(Console);
}

struct Console;

impl Subscriber for Console {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        *metadata.level() <= Level::INFO
    }

    // The Worker uses no spans: an event carries its own request id.
    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let metadata = event.metadata();
        let mut fields = Fields::default();
        let now = String::from(js_sys::Date::new_0().to_iso_string());
        fields.0.insert("timestamp", Value::Text(now));
        fields.0.insert("level", Value::Text(metadata.level().as_str().to_owned()));
        fields.0.insert("target", Value::Text(metadata.target().to_owned()));
        event.record(&mut fields);
        // Strings and integers always serialise.
        let line = serde_json::to_string(&fields).unwrap_or_default();
        match *metadata.level() {
            Level::ERROR => console_error!("{line}"),
            Level::WARN => console_warn!("{line}"),
            _ => console_log!("{line}"),
        }
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

#[derive(Default, Serialize)]
struct Fields(BTreeMap<&'static str, Value>);

#[derive(Serialize)]
#[serde(untagged)]
enum Value {
    Signed(i64),
    Unsigned(u64),
    Text(String),
}

impl Visit for Fields {
    fn record_i64(&mut self, field: &Field, value: i64) {
        self.0.insert(field.name(), Value::Signed(value));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.0.insert(field.name(), Value::Unsigned(value));
    }

    /// Nothing logs a fraction. The default would bring what formats one into the bundle.
    #[expect(clippy::cast_possible_truncation, reason = "a whole number")]
    fn record_f64(&mut self, field: &Field, value: f64) {
        self.0.insert(field.name(), Value::Signed(value as i64));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name(), Value::Text(value.to_owned()));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.0.insert(field.name(), Value::Text(format!("{value:?}")));
    }
}
