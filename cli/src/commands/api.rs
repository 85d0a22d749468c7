//! `api`: any request, for what has no command of its own.

use serde_json::{Map, Value};

use crate::api::client::{Answer, Call};
use crate::api::problem::Problem;
use crate::app::{self, App};
use crate::args::ApiArgs;
use crate::error::CliError;
use crate::output::cell::harmless;

pub fn run(app: &mut App, arguments: &ApiArgs) -> Result<(), CliError> {
    let mut call = Call::new(&arguments.method, path(&arguments.path)?);
    for header in &arguments.headers {
        let Some((name, value)) = header.split_once(':') else {
            return Err(CliError::usage(format!("write 'Name: value' instead of {header:?}")));
        };
        call = call.header(name.trim(), value.trim());
    }
    match body(arguments)? {
        // Such a request has no body: fields are parameters.
        Some(Value::Object(fields)) if matches!(arguments.method.as_str(), "GET" | "HEAD") => {
            for (name, value) in fields {
                call = call.query(&name, value.as_str().map_or_else(|| value.to_string(), str::to_owned));
            }
        }
        Some(body) => call = call.json(&body),
        None => {}
    }
    let client = app.client()?;
    let (answer, _) = client.send_any(&call)?;
    if arguments.include {
        eprintln!("{}", answer.status);
        for (name, value) in &answer.headers {
            app::report(&format!("{name}: {}", String::from_utf8_lossy(value.as_bytes())));
        }
    }
    print(app, &answer)?;
    // The document is printed already; the exit code and the hint are still missing.
    match (answer.status, answer.json()) {
        (200..=299, _) => Ok(()),
        (status, Some(document)) => match Problem::from_json(status, &document) {
            Some(problem) => Err(CliError::Refused(Box::new(problem))),
            None => Err(CliError::Other(format!("the answer has status {status}"))),
        },
        (status, None) => Err(CliError::Other(format!("the answer has status {status}"))),
    }
}

/// `links`, `/links`, `/v1/links` and `/api/v1/links` mean the same.
fn path(text: &str) -> Result<String, CliError> {
    if text.contains("://") {
        return Err(CliError::usage(
            "give the path only, such as /links: the key is for this installation alone",
        ));
    }
    let path = text.trim_start_matches('/');
    let path = path.strip_prefix("api/").unwrap_or(path);
    let path = path.strip_prefix("v1/").unwrap_or(path);
    Ok(format!("/{path}"))
}

fn body(arguments: &ApiArgs) -> Result<Option<Value>, CliError> {
    if let Some(data) = &arguments.data {
        let text = match data.strip_prefix('@') {
            Some(path) => app::read_text(path)?,
            None if data == "-" => app::read_text("-")?,
            None => data.clone(),
        };
        let value = serde_json::from_str(&text);
        return value
            .map(Some)
            .map_err(|error| CliError::usage(format!("the body is not valid JSON: {error}")));
    }
    if arguments.body_fields.is_empty() {
        return Ok(None);
    }
    let mut body = Map::new();
    for field in &arguments.body_fields {
        let (name, value) = match field.split_once(":=") {
            Some((name, json)) if !name.contains('=') => {
                let value = serde_json::from_str(json)
                    .map_err(|error| CliError::usage(format!("{json} is not valid JSON: {error}")))?;
                (name.to_owned(), value)
            }
            _ => match field.split_once('=') {
                Some((name, text)) => (name.to_owned(), Value::from(text)),
                None => return Err(CliError::usage(format!("write NAME=VALUE instead of {field}"))),
            },
        };
        body.insert(name, value);
    }
    Ok(Some(body.into()))
}

/// JSON for people as for `jq`; anything else as it came, but for what could steer a terminal.
fn print(app: &mut App, answer: &Answer) -> Result<(), CliError> {
    match answer.json() {
        Some(Value::Null) => Ok(()),
        Some(value) if (200..=299).contains(&answer.status) => app.output.raw_json(&value),
        Some(value) => app.output.problem_json(&value),
        None if app.output.terminal.is_seen() => String::from_utf8_lossy(&answer.body)
            .lines()
            .try_for_each(|line| app.output.line(&harmless(line))),
        None => app.output.bytes(&answer.body),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn arguments(fields: &[&str], data: Option<&str>) -> ApiArgs {
        ApiArgs {
            method: "POST".into(),
            path: "/links".into(),
            data: data.map(str::to_owned),
            body_fields: fields.iter().map(|field| (*field).to_owned()).collect(),
            headers: Vec::new(),
            include: false,
        }
    }

    #[test]
    fn path_is_relative_to_the_api() {
        for text in ["links?limit=5", "/links?limit=5", "/v1/links?limit=5", "/api/v1/links?limit=5"] {
            assert_eq!(path(text).unwrap(), "/links?limit=5");
        }
        assert!(path("https://elsewhere.example/links").is_err());
    }

    #[test]
    fn body_is_json_or_fields() {
        let from = |fields: &[&str], data| body(&arguments(fields, data)).unwrap();
        let fields = ["url=https://a.example/?x:=1", "tags:=[\"a\"]", "title=5"];
        assert_eq!(
            from(&fields, None),
            Some(json!({"url": "https://a.example/?x:=1", "tags": ["a"], "title": "5"}))
        );
        assert_eq!(from(&[], Some("{\"a\": 1}")), Some(json!({"a": 1})));
        assert_eq!(from(&[], None), None);
        assert!(body(&arguments(&[], Some("{"))).is_err());
    }
}
