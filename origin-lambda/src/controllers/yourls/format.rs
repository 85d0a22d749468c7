//! The formats of YOURLS' answers: JSON, JSONP, XML and one text.

use axum::http::header::{CONTENT_TYPE, RETRY_AFTER};
use axum::response::{IntoResponse, Response};

use super::answer::{Answer, Fields, Node};
use super::parameters::Parameters;
use crate::http::edge_changes::EdgeChanges;
use crate::limits::MAX_CALLBACK_BYTES;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Format {
    Json,
    Jsonp {
        callback: String,
    },
    /// YOURLS' default.
    Xml,
    Simple,
}

impl Format {
    pub(super) fn of(parameters: &Parameters) -> Result<Self, Answer> {
        match parameters.get("format") {
            "json" => Ok(Self::Json),
            "jsonp" => {
                let callback = match parameters.get("callback") {
                    "" => parameters.get("jsonp"),
                    callback => callback,
                };
                // It begins a script, so it must not be one.
                let is_name = |byte: u8| {
                    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$' | b'.' | b'[' | b']')
                };
                if (1..=MAX_CALLBACK_BYTES).contains(&callback.len()) && callback.bytes().all(is_name) {
                    Ok(Self::Jsonp { callback: callback.to_owned() })
                } else {
                    Err(Answer::error(400, "callback must be the name of a function"))
                }
            }
            "simple" => Ok(Self::Simple),
            _ => Ok(Self::Xml),
        }
    }

    pub(super) fn respond(&self, answer: Answer) -> Response {
        let mut response = self.write(&answer);
        *response.status_mut() = answer.status;
        if let Some(seconds) = answer.retry_after {
            response.headers_mut().insert(RETRY_AFTER, seconds.into());
        }
        if let Some(trace) = answer.trace {
            response.extensions_mut().insert(trace);
        }
        if !answer.changes.is_empty() {
            response.extensions_mut().insert(EdgeChanges(answer.changes));
        }
        response
    }

    fn write(&self, answer: &Answer) -> Response {
        let json = |fields: &Fields| serde_json::to_string(fields).unwrap_or_default();
        let (content_type, body) = match self {
            Self::Json => ("application/json", json(&answer.fields)),
            Self::Jsonp { callback } => {
                let fields = answer.fields.clone().text("callback", callback);
                ("application/javascript; charset=utf-8", format!("{callback}({})", json(&fields)))
            }
            Self::Xml => ("application/xml", xml(&answer.fields)),
            Self::Simple => ("text/plain; charset=utf-8", answer.simple.clone()),
        };
        ([(CONTENT_TYPE, content_type)], body).into_response()
    }
}

fn xml(fields: &Fields) -> String {
    let mut text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n".to_owned();
    write_element(&mut text, "root", &Node::Group(fields.clone()));
    text.push('\n');
    text
}

/// All names are ours, and names of elements.
fn write_element(text: &mut String, name: &str, node: &Node) {
    text.extend(["<", name, ">"]);
    match node {
        Node::Text(value) => {
            value.chars().filter(|character| is_xml(*character)).for_each(|character| match character {
                '&' => text.push_str("&amp;"),
                '<' => text.push_str("&lt;"),
                '>' => text.push_str("&gt;"),
                other => text.push(other),
            })
        }
        Node::Group(group) => group.0.iter().for_each(|(name, node)| write_element(text, name, node)),
    }
    text.extend(["</", name, ">"]);
}

/// XML 1.0 cannot write the others, not even escaped (section 2.2).
fn is_xml(character: char) -> bool {
    matches!(character, '\t' | '\n' | '\r' | ' '..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{10000}'..)
}

#[cfg(test)]
mod tests {
    use axum::body::to_bytes;

    use super::super::answer::fields;
    use super::*;

    fn parameters(pairs: &[(&str, &str)]) -> Parameters {
        Parameters(pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
    }

    #[tokio::test]
    async fn each_format_keeps_its_form() {
        let link = fields([("url", "https://example.com/?a=1&b=<2>\u{1}"), ("clicks", "7")]);
        let links = Fields::default().group("link_2", link.clone()).group("link_10", link);
        let mut written = Vec::new();
        for format in
            [Format::Json, Format::Jsonp { callback: "jQuery1_2.done".into() }, Format::Xml, Format::Simple]
        {
            let fields = Fields::default().group("links", links.clone()).text("statusCode", 200);
            let response = format.write(&Answer::ok(fields).simple("https://go.example.com/a"));
            let content_type = response.headers()["content-type"].to_str().unwrap().to_owned();
            let body = to_bytes(response.into_body(), usize::MAX).await.unwrap();
            written.push(format!("{content_type}\n{}", String::from_utf8(body.to_vec()).unwrap()));
        }
        insta::assert_snapshot!(written.join("\n\n"));
    }

    #[test]
    fn callback_is_the_name_of_a_function() {
        for name in ["f", "a.b", "$", "jQuery_1[0]"] {
            let format = Format::of(&parameters(&[("format", "jsonp"), ("jsonp", name)])).unwrap();
            assert_eq!(format, Format::Jsonp { callback: name.into() });
        }
        for name in ["", "alert(1)//", "a b", "a;b", "é", &"a".repeat(MAX_CALLBACK_BYTES + 1)] {
            assert!(Format::of(&parameters(&[("format", "jsonp"), ("callback", name)])).is_err(), "{name}");
        }
        for other in ["", "xml", "XML", "yaml"] {
            assert_eq!(Format::of(&parameters(&[("format", other)])).unwrap(), Format::Xml);
        }
    }
}
