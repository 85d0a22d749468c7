//! Every destination of a list of links, each once.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::super::link_reference::text;

/// Where a destination is used: the short URL or domain, and the field of the API.
#[derive(Debug, PartialEq, Eq)]
pub struct Use {
    pub short_url: String,
    pub field: String,
}

/// By URL.
#[derive(Debug, Default)]
pub struct Destinations(pub BTreeMap<String, Vec<Use>>);

impl Destinations {
    /// Its URL, those of its rules and their splits, and where it leads after its end.
    pub fn add_link(&mut self, link: &Value) {
        let name = text(link, "short_url");
        for field in ["url", "expired_url"] {
            self.add(link.get(field), name, || field.to_owned());
        }
        let items = |value: &Value, field: &str| {
            value.get(field).and_then(Value::as_array).cloned().unwrap_or_default()
        };
        for (rule_number, rule) in items(link, "rules").iter().enumerate() {
            self.add(rule.get("url"), name, || format!("rules[{rule_number}].url"));
            for (number, branch) in items(rule, "split").iter().enumerate() {
                self.add(branch.get("url"), name, || format!("rules[{rule_number}].split[{number}].url"));
            }
        }
    }

    /// Where its bare name and its unknown names lead, where the installation has that.
    pub fn add_domain(&mut self, domain: &Value) {
        for field in ["home_url", "not_found_url"] {
            self.add(domain.get(field), text(domain, "host"), || field.to_owned());
        }
    }

    fn add(&mut self, url: Option<&Value>, name: &str, field: impl Fn() -> String) {
        if let Some(url) = url.and_then(Value::as_str) {
            let used = Use { short_url: name.to_owned(), field: field() };
            self.0.entry(url.to_owned()).or_default().push(used);
        }
    }
}

/// For the output.
pub fn as_json(uses: &[Use]) -> Value {
    uses.iter().map(|used| json!({"short_url": used.short_url, "field": used.field})).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_destination_is_found_once() {
        let link = |name: &str| {
            json!({"short_url": name, "url": "https://a.example/", "expired_url": "https://over.example/", "rules": [
                {"if": {"country": ["DE"]}, "url": "https://de.example/"},
                {"split": [{"url": "https://a.example/", "weight": 1}, {"url": "https://b.example/"}]},
            ]})
        };
        let mut destinations = Destinations::default();
        destinations.add_link(&link("x"));
        destinations.add_link(&link("y"));
        destinations.add_link(
            &json!({"short_url": "z", "url": "https://z.example/", "expired_url": null, "rules": []}),
        );
        destinations.add_domain(
            &json!({"host": "go.example", "home_url": "https://z.example/", "not_found_url": null}),
        );
        let found: Vec<(&str, String)> = destinations
            .0
            .iter()
            .map(|(url, uses)| {
                let uses: Vec<_> =
                    uses.iter().map(|used| format!("{}:{}", used.short_url, used.field)).collect();
                (url.as_str(), uses.join(" "))
            })
            .collect();
        let expected = [
            ("https://a.example/", "x:url x:rules[1].split[0].url y:url y:rules[1].split[0].url"),
            ("https://b.example/", "x:rules[1].split[1].url y:rules[1].split[1].url"),
            ("https://de.example/", "x:rules[0].url y:rules[0].url"),
            ("https://over.example/", "x:expired_url y:expired_url"),
            ("https://z.example/", "z:url go.example:home_url"),
        ];
        assert_eq!(found, expected.map(|(url, uses)| (url, uses.to_owned())));
    }
}
