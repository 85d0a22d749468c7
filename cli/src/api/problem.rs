//! A problem document (RFC 9457) of the API, for people.

use serde_json::Value;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    pub status: u16,
    pub code: String,
    pub title: String,
    detail: String,
    /// Fields with what is wrong with them.
    pub errors: Vec<(String, String)>,
}

impl Problem {
    /// None if the answer is not a problem document.
    pub fn from_json(status: u16, document: &Value) -> Option<Self> {
        let text = |name: &str| document.get(name).and_then(Value::as_str).map(str::to_owned);
        let errors = document.get("errors").and_then(Value::as_array).into_iter().flatten();
        let errors = errors.filter_map(|error| {
            let part = |name: &str| error.get(name).and_then(Value::as_str).map(str::to_owned);
            Some((part("field")?, part("detail")?))
        });
        Some(Self {
            status,
            code: text("code")?,
            title: text("title")?,
            detail: text("detail").unwrap_or_default(),
            errors: errors.collect(),
        })
    }

    /// The fields to correct, or else the detail.
    pub fn lines(&self) -> Vec<String> {
        if self.errors.is_empty() {
            return Some(self.detail.clone()).filter(|detail| !detail.is_empty()).into_iter().collect();
        }
        self.errors.iter().map(|(field, detail)| format!("{field}: {detail}")).collect()
    }

    /// In one line, for lists of failures.
    pub fn summary(&self) -> String {
        format!("{}: {}", self.title, self.lines().join("; "))
    }

    /// What the user of the command line can do, where the detail does not say it.
    pub fn hint(&self) -> Option<&'static str> {
        match self.code.as_str() {
            "missing_key" | "invalid_key" | "expired_key" => {
                Some("Check SHORTLINE_KEY, or sign in with another key: `shortline login`.")
            }
            "alias_taken" => Some("Choose another --alias, or leave it out for a generated code."),
            "invalid_domain" => Some("`shortline domains` lists the domains."),
            "precondition_failed" => Some("Someone else has changed it since. Look at it and try again."),
            "unknown_field" | "unknown_parameter" => {
                Some("The installation may be older than this program: `shortline --version`.")
            }
            "domain_in_use" => {
                Some("`shortline links list --domain HOST` shows its links; delete them first.")
            }
            _ => None,
        }
    }
}
