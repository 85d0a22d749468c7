//! An object of a source's JSON, and how it stands in the file of failures.

use serde_json::Value;

/// What a failed object has in the file of failures: what `import csv` can read, and all of it.
pub const COLUMNS: [&str; 6] = ["short_url", "url", "title", "tags", "created_at", "source"];

#[derive(Debug, Clone, Copy)]
pub struct Item<'a>(pub &'a Value);

impl<'a> Item<'a> {
    /// Null for a field that is not there. `meta/validUntil` is inside of another one.
    pub fn value(&self, path: &str) -> &'a Value {
        path.split('/').try_fold(self.0, |value, name| value.get(name)).unwrap_or(&Value::Null)
    }

    pub fn text(&self, path: &str) -> &'a str {
        self.value(path).as_str().unwrap_or_default()
    }

    pub fn number(&self, path: &str) -> Option<u64> {
        self.value(path).as_u64()
    }

    pub fn is(&self, path: &str) -> bool {
        self.value(path) == &Value::Bool(true)
    }

    /// Of a list of texts, or of objects with a name.
    pub fn tags(&self, path: &str) -> Vec<&'a str> {
        let tags = self.value(path).as_array().into_iter().flatten();
        tags.filter_map(|tag| tag.as_str().or_else(|| tag.get("name")?.as_str())).collect()
    }

    /// Where these fields are, in the order of [`COLUMNS`].
    pub fn original(&self, short_url: &str, [url, title, tags, created_at]: [&str; 4]) -> Vec<String> {
        let text = |path: &str| match self.value(path) {
            Value::Null => String::new(),
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        let tags = self.tags(tags).join("|");
        vec![short_url.to_owned(), text(url), text(title), tags, text(created_at), self.0.to_string()]
    }
}
