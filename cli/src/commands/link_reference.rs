//! Finds the link that an argument means: an id, a short URL, `domain/code`, or a code.

use percent_encoding::percent_decode_str;
use serde_json::Value;
use url::Url;

use crate::api::client::{Call, Client, segment};
use crate::api::pages::Items;
use crate::error::CliError;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reference {
    Id(String),
    Url { url: Url, code: String },
    Code(String),
}

pub fn read(text: &str) -> Reference {
    let text = text.trim();
    if is_uuid(text) {
        return Reference::Id(text.to_owned());
    }
    if text.contains("://")
        && let Ok(mut url) = Url::parse(text)
    {
        url.set_query(None);
        url.set_fragment(None);
        let path = url.path().trim_start_matches('/');
        let code = percent_decode_str(path).decode_utf8_lossy().into_owned();
        return Reference::Url { url, code };
    }
    let text = text.trim_start_matches('/');
    // No code has a colon: host:port/code.
    if let Some((host, _)) = text.split_once('/').filter(|(host, _)| host.contains(':'))
        && !host.is_empty()
        && let Reference::Url { url, code } = read(&format!("https://{text}"))
    {
        return Reference::Url { url, code };
    }
    Reference::Code(text.to_owned())
}

pub fn is_uuid(text: &str) -> bool {
    let groups: Vec<&str> = text.split('-').collect();
    groups.iter().map(|group| group.len()).eq([8, 4, 4, 4, 12])
        && groups.iter().all(|group| group.chars().all(|character| character.is_ascii_hexdigit()))
}

/// The link with all its fields.
pub fn find(client: &Client, text: &str, domain: Option<&str>) -> Result<Value, CliError> {
    let reference = read(text);
    let not_found = || CliError::NotFound(format!("there is no link {text}"));
    match &reference {
        Reference::Id(id) => client.json(&Call::get(format!("/links/{}", segment(id)))),
        Reference::Url { url, code } => {
            let links = with_code(client, code, domain)?;
            links.into_iter().find(|link| is_at(link, url)).ok_or_else(not_found)
        }
        Reference::Code(code) => {
            let mut links = with_code(client, code, domain)?;
            if links.is_empty()
                && domain.is_none()
                && let Some((host, code)) = code.split_once('/').filter(|(host, _)| may_be_host(host))
            {
                links = with_code(client, code, Some(host))?;
            }
            match links.as_slice() {
                [] => Err(not_found()),
                [link] => Ok(link.clone()),
                several => {
                    let name = |link: &Value| link.get("domain").and_then(Value::as_str).map(str::to_owned);
                    let domains = several.iter().filter_map(name).collect();
                    Err(CliError::Ambiguous { code: code.clone(), domains })
                }
            }
        }
    }
}

fn may_be_host(text: &str) -> bool {
    text.contains('.') || text == "localhost"
}

fn with_code(client: &Client, code: &str, domain: Option<&str>) -> Result<Vec<Value>, CliError> {
    if code.is_empty() {
        return Err(CliError::usage("name a link: its short URL, code or id"));
    }
    let call = Call::get("/links").query("code", code).maybe("domain", domain).query("archived", "all");
    Items::new(client, call, None).collect()
}

/// Whether the short URL is the link's own. The default domain may have another address than its name.
fn is_at(link: &Value, url: &Url) -> bool {
    let field = |name: &str| link.get(name).and_then(Value::as_str);
    let short_url = field("short_url").and_then(|url| Url::parse(url).ok());
    let same_host = |other: &Url| {
        other.host() == url.host() && other.port_or_known_default() == url.port_or_known_default()
    };
    let bare = |other: &Url| other.host() == url.host() && url.port().is_none();
    short_url.is_some_and(|short_url| same_host(&short_url) || bare(&short_url))
        || field("domain").is_some_and(|domain| url.host_str() == Some(domain))
}

/// A text field of a link.
pub fn text<'a>(link: &'a Value, name: &str) -> &'a str {
    link.get(name).and_then(Value::as_str).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn argument_is_an_id_a_url_or_a_code() {
        let id = "0198c0de-0000-7000-8000-000000000001";
        assert_eq!(read(id), Reference::Id(id.into()));
        assert_eq!(read("summer/sale"), Reference::Code("summer/sale".into()));
        assert_eq!(read("/7G6HVhV"), Reference::Code("7G6HVhV".into()));
        let Reference::Url { code, url } = read("https://go.example.com/gr%C3%BC%C3%9Fe?utm=x#y") else {
            panic!()
        };
        assert_eq!((code.as_str(), url.as_str()), ("grüße", "https://go.example.com/gr%C3%BC%C3%9Fe"));
        let Reference::Url { code, url } = read("127.0.0.1:8787/a/b") else { panic!() };
        assert_eq!((code.as_str(), url.as_str()), ("a/b", "https://127.0.0.1:8787/a/b"));
    }

    #[test]
    fn short_url_belongs_to_its_own_host_only() {
        let link = json!({"domain": "localhost", "short_url": "http://127.0.0.1:8787/7G6HVhV"});
        let is_at = |text: &str| is_at(&link, &Url::parse(text).unwrap());
        assert!(is_at("http://127.0.0.1:8787/7G6HVhV"));
        assert!(is_at("http://localhost:8787/7G6HVhV"));
        assert!(!is_at("http://127.0.0.1:9999/7G6HVhV"));
        assert!(!is_at("https://other.example/7G6HVhV"));
    }
}
