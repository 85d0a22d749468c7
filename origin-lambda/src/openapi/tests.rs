//! Compares the document with the router and the problem codes.

use std::collections::BTreeSet;

use serde_json::Value;

use super::document::{document, operations};
use super::page;
use crate::http::problem::ProblemCode;
use crate::router::{self, Audience};

#[test]
fn every_public_route_is_documented_and_no_other() {
    let documented: BTreeSet<_> =
        operations().iter().map(|operation| format!("{} {}", operation.method, operation.path)).collect();
    let public: BTreeSet<_> = router::routes()
        .iter()
        .filter(|route| route.audience != Audience::Edge)
        .map(|route| format!("{} {}", route.method, route.path))
        .collect();
    assert_eq!(documented, public);
}

#[test]
fn every_problem_code_is_documented() {
    let text = document().to_string();
    let missing: Vec<_> =
        ProblemCode::ALL.iter().filter(|code| !text.contains(&format!("\"{}\"", code.as_str()))).collect();
    let undocumented = [
        ProblemCode::WrongPassword,
        ProblemCode::TooManyPasswords,
        ProblemCode::NotFound,
        ProblemCode::MethodNotAllowed,
    ];
    assert!(missing.iter().all(|code| undocumented.contains(code)), "{missing:?}");
}

#[test]
fn every_reference_resolves() {
    fn references<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
        match value {
            Value::Object(object) => {
                found.extend(object.get("$ref").and_then(Value::as_str));
                object.values().for_each(|value| references(value, found));
            }
            Value::Array(values) => values.iter().for_each(|value| references(value, found)),
            _ => {}
        }
    }
    let document = document();
    let mut found = Vec::new();
    references(&document, &mut found);
    assert!(!found.is_empty());
    for reference in found {
        let pointer = reference.strip_prefix('#').unwrap();
        assert!(document.pointer(pointer).is_some(), "{reference}");
    }
}

#[test]
fn page_lists_every_operation() {
    let page = page::html();
    for operation in operations() {
        assert!(page.contains(operation.path), "{}", operation.path);
    }
    assert!(!page.contains("<script") && !page.contains("http-equiv"), "no scripts");
}
