//! The document as one HTML page, without scripts or external resources.

use std::fmt::Write;
use std::sync::LazyLock;

use serde_json::Value;

use super::document::{document, operations};
use super::operation::Operation;

static PAGE: LazyLock<String> = LazyLock::new(|| page(&document()));

const STYLE: &str = include_str!("page.css");

pub(super) fn html() -> &'static str {
    &PAGE
}

fn page(document: &Value) -> String {
    let mut body = String::new();
    let mut contents = String::new();
    for Operation { method, path, .. } in operations() {
        let shown =
            document["paths"].get(path).and_then(|methods| methods.get(method.as_str().to_lowercase()));
        let Some(operation) = shown else { continue };
        let id = escaped(text(&operation["operationId"]));
        let summary = escaped(text(&operation["summary"]));
        let _ = write!(contents, "<li><a href=\"#{id}\"><code>{method} {path}</code></a> {summary}</li>");
        let _ = write!(
            body,
            "<section id=\"{id}\"><h2><code>{method} {path}</code></h2><p><b>{summary}.</b></p>"
        );
        paragraphs(&mut body, text(&operation["description"]));
        parameters(&mut body, &operation["parameters"]);
        request(&mut body, &operation["requestBody"]);
        responses(&mut body, &operation["responses"]);
        body.push_str("</section>");
    }
    body.push_str("<h1>Schemas</h1>");
    for (name, schema) in entries(document.pointer("/components/schemas")) {
        let name = escaped(name);
        let _ = write!(
            body,
            "<section id=\"schema-{name}\"><h2>{name}</h2><pre>{}</pre></section>",
            pretty(schema)
        );
    }
    let info = &document["info"];
    let mut introduction = String::new();
    paragraphs(&mut introduction, text(&info["description"]));
    format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
         <title>Shortline API</title><style>{STYLE}</style><main><h1>Shortline API</h1><p>Version {version}, \
         <a href=\"/api/v1/openapi.json\">as OpenAPI 3.1</a></p>{introduction}<ul>{contents}</ul>{body}</main></html>",
        version = escaped(text(&info["version"])),
    )
}

fn entries(object: Option<&Value>) -> impl Iterator<Item = (&String, &Value)> {
    object.and_then(Value::as_object).into_iter().flatten()
}

fn parameters(body: &mut String, parameters: &Value) {
    let Some(parameters) = parameters.as_array() else { return };
    body.push_str("<table><tr><th>Parameter</th><th>In</th><th>Description</th></tr>");
    for parameter in parameters {
        let _ = write!(
            body,
            "<tr><td><code>{}</code></td><td>{}</td><td>{} <code>{}</code></td></tr>",
            escaped(text(&parameter["name"])),
            escaped(text(&parameter["in"])),
            prose(text(&parameter["description"])),
            escaped(&parameter["schema"].to_string()),
        );
    }
    body.push_str("</table>");
}

fn request(body: &mut String, request: &Value) {
    if let Some(json) = request.pointer("/content/application~1json") {
        let _ = write!(
            body,
            "<p>Body: {}, for example</p><pre>{}</pre>",
            schema(&json["schema"]),
            pretty(&json["example"])
        );
    }
}

fn responses(body: &mut String, responses: &Value) {
    body.push_str("<table><tr><th>Status</th><th>Response</th></tr>");
    for (status, response) in entries(Some(responses)) {
        let kinds = entries(response.get("content"));
        let shown = kinds
            .filter(|(kind, _)| *kind == "application/json")
            .map(|(_, content)| schema(&content["schema"]));
        let _ = write!(
            body,
            "<tr><td>{status}</td><td>{} {}</td></tr>",
            prose(text(&response["description"])),
            shown.collect::<String>()
        );
    }
    body.push_str("</table>");
}

fn schema(schema: &Value) -> String {
    match text(&schema["$ref"]).rsplit_once('/') {
        Some((_, name)) => format!("<a href=\"#schema-{name}\">{name}</a>", name = escaped(name)),
        None => String::new(),
    }
}

fn paragraphs(body: &mut String, text: &str) {
    for paragraph in text.split("\n\n").filter(|paragraph| !paragraph.is_empty()) {
        let _ = write!(body, "<p>{}</p>", prose(paragraph));
    }
}

/// Markdown, of which the document only uses backticks for code.
fn prose(text: &str) -> String {
    let parts = text.split('`').map(escaped).enumerate();
    parts.map(|(number, part)| if number % 2 == 1 { format!("<code>{part}</code>") } else { part }).collect()
}

fn pretty(value: &Value) -> String {
    escaped(&serde_json::to_string_pretty(value).unwrap_or_default())
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
