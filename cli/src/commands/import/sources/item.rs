//! An object of a source's JSON, and how it stands in the file of failures.

use serde_json::Value;
use url::Url;

use super::super::draft::{Draft, Reading};
use super::super::names::Name;
use super::super::row::SourceRow;

/// What a failed object has in the file of failures: what `import csv` can read, and all of it.
pub const COLUMNS: [&str; 8] =
    ["short_url", "alias", "aliases", "url", "title", "tags", "created_at", "source"];

/// Completes what [`Item::original`] begins: a row stands in the file under its own names, and a name without a host as one.
pub fn under_its_names(mut row: SourceRow) -> SourceRow {
    let (short_url, alias) = match row.name.as_ref().map(|name| (absolute(name), name)) {
        Some((Some(short_url), _)) => (short_url, String::new()),
        Some((None, name)) => (String::new(), name.back_half.clone()),
        None => Default::default(),
    };
    let further = row.further_names.iter();
    let further = further.map(|name| absolute(name).unwrap_or_else(|| name.back_half.clone()));
    let further = further.collect::<Vec<_>>().join("|");
    let others = row.original.split_off(row.original.len().min(1));
    row.original = [short_url, alias, further].into_iter().chain(others).collect();
    row
}

fn absolute(name: &Name) -> Option<String> {
    let mut url = Url::parse(&format!("https://{}", name.host.as_ref()?)).ok()?;
    url.set_path(&name.back_half);
    Some(url.into())
}

/// Where a source has what every link can have. Empty: it has none.
pub struct Paths {
    pub short_url: &'static str,
    pub url: &'static str,
    pub title: &'static str,
    pub notes: &'static str,
    pub tags: &'static str,
    pub created_at: &'static str,
}

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

    pub fn draft<'r>(&self, paths: &Paths, reading: &'r Reading) -> Draft<'r> {
        let mut draft = Draft::new(reading);
        draft.short_url(self.text(paths.short_url));
        draft.url(self.text(paths.url));
        draft.title(self.text(paths.title));
        draft.notes(self.text(paths.notes));
        draft.tags(self.tags(paths.tags));
        draft.created_at(self.value(paths.created_at));
        draft
    }

    /// In the order of [`COLUMNS`], but for the aliases.
    pub fn original(&self, paths: &Paths) -> Vec<String> {
        let text = |path: &str| match self.value(path) {
            Value::Null => String::new(),
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        // What the source calls notes is all that it has of a title, or there is none.
        let title = if paths.title.is_empty() { paths.notes } else { paths.title };
        let tags = self.tags(paths.tags).join("|");
        vec![
            text(paths.short_url),
            text(paths.url),
            text(title),
            tags,
            text(paths.created_at),
            self.0.to_string(),
        ]
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::super::draft::tests::reading;
    use super::*;

    #[test]
    fn each_row_stands_in_the_file_under_its_own_names() {
        let object = json!({"short": "https://bit.ly/XXXX", "url": "https://example.com/"});
        let paths = Paths { short_url: "short", url: "url", title: "", notes: "", tags: "", created_at: "" };
        let reading = reading();
        let mut draft = Item(&object).draft(&paths, &reading);
        for name in
            [Name::new(Some("bit.ly"), "XXXX"), Name::new(Some("bit.ly"), "my Grüße"), Name::new(None, "abc")]
        {
            draft.name(name);
        }
        let rows = draft.rows(None, Item(&object).original(&paths));
        let shown: Vec<String> = rows
            .into_iter()
            .map(|row| {
                let row = under_its_names(row);
                assert_eq!(row.original.len(), COLUMNS.len());
                row.original.into_iter().take(4).collect::<Vec<_>>().join(",")
            })
            .collect();
        let expected = ["https://bit.ly/XXXX,,https://bit.ly/my%20Gr%C3%BC%C3%9Fe|abc,https://example.com/"];
        assert_eq!(shown, expected);
    }
}
