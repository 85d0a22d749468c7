//! The document against what it describes.

use std::collections::BTreeSet;

use serde_json::Value;

use super::*;
use crate::problem::ProblemCode;

#[test]
fn every_public_route_is_described_and_nothing_else() {
    let described: BTreeSet<_> =
        operations().iter().map(|operation| format!("{} {}", operation.method, operation.path)).collect();
    let public: BTreeSet<_> = router::table()
        .iter()
        .filter(|row| row.audience != Audience::Edge)
        .map(|row| format!("{} {}", row.method, row.path))
        .collect();
    assert_eq!(described, public);
}

#[test]
fn every_problem_code_of_an_operation_is_documented() {
    let text = document().to_string();
    let unknown: Vec<_> =
        ProblemCode::ALL.iter().filter(|code| !text.contains(&format!("\"{}\"", code.as_str()))).collect();
    let elsewhere = [
        ProblemCode::WrongPassword,
        ProblemCode::TooManyPasswords,
        ProblemCode::NotFound,
        ProblemCode::MethodNotAllowed,
    ];
    assert!(unknown.iter().all(|code| elsewhere.contains(code)), "{unknown:?}");
}

#[test]
fn every_reference_leads_somewhere() {
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
fn the_page_names_every_operation() {
    let page = page();
    for operation in operations() {
        assert!(page.contains(operation.path), "{}", operation.path);
    }
    assert!(!page.contains("<script") && !page.contains("http-equiv"), "no scripts");
}
