//! Reads a request's body as a JSON object. Does not know its fields.

use std::fmt;

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{FromRequest, OptionalFromRequest, Request};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, StatusCode};
use serde::de::{self, Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use crate::http::problem::{self, Problem, ProblemCode};
use crate::limits::MAX_ECHOED_CHARACTERS;

#[derive(Debug)]
pub(crate) struct JsonBody(pub(crate) Map<String, Value>);

impl<S: Send + Sync> FromRequest<S> for JsonBody {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        parse(&bytes(request, state).await?).map(Self)
    }
}

/// For routes whose fields are all optional: no body means no fields.
impl<S: Send + Sync> OptionalFromRequest<S> for JsonBody {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Option<Self>, Problem> {
        let json = may_be_json(request.headers());
        let bytes = Bytes::from_request(request, state).await.map_err(body_rejection)?;
        match (bytes.is_empty(), json) {
            (true, _) => Ok(None),
            (false, true) => parse(&bytes).map(|body| Some(Self(body))),
            (false, false) => Err(unsupported()),
        }
    }
}

/// The body, unless the request declares another content type.
pub(crate) async fn bytes<S: Send + Sync>(request: Request, state: &S) -> Result<Bytes, Problem> {
    if !may_be_json(request.headers()) {
        return Err(unsupported());
    }
    Bytes::from_request(request, state).await.map_err(body_rejection)
}

fn unsupported() -> Problem {
    Problem::new(ProblemCode::UnsupportedMediaType, "send Content-Type: application/json")
}

fn body_rejection(rejection: BytesRejection) -> Problem {
    if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
        problem::body_too_large()
    } else {
        Problem::new(ProblemCode::InvalidBody, "the body was cut off")
    }
}

/// A client without a content type most likely sends JSON; one with another type is mistaken. `curl -d` declares a form by
/// default, and must not fail for that: the body decides.
fn may_be_json(headers: &HeaderMap) -> bool {
    let Some(value) = headers.get(CONTENT_TYPE) else { return true };
    let essence = value.to_str().unwrap_or("").split(';').next().unwrap_or("").trim().to_ascii_lowercase();
    let json =
        essence == "application/json" || essence.starts_with("application/") && essence.ends_with("+json");
    json || essence == "application/x-www-form-urlencoded"
}

pub(crate) fn parse(bytes: &[u8]) -> Result<Map<String, Value>, Problem> {
    // A byte-order mark is not part of the text, and a parser may ignore it (RFC 8259, section 8.1).
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    match serde_json::from_slice(bytes) {
        Ok(Unambiguous(Value::Object(object))) => Ok(object),
        Ok(_) => Err(Problem::new(ProblemCode::InvalidBody, "the body must be a JSON object")),
        Err(error) => Err(Problem::new(ProblemCode::InvalidBody, format!("the body is not JSON: {error}"))),
    }
}

/// A JSON value without duplicate keys: it is unclear which of two values the client meant.
struct Unambiguous(Value);

impl<'de> Deserialize<'de> for Unambiguous {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(UnambiguousVisitor).map(Self)
    }
}

struct UnambiguousVisitor;

impl<'de> Visitor<'de> for UnambiguousVisitor {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Value, A::Error> {
        let mut values = Vec::new();
        while let Some(Unambiguous(value)) = sequence.next_element()? {
            values.push(value);
        }
        Ok(Value::Array(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some(key) = map.next_key::<String>()? {
            if object.contains_key(&key) {
                let key: String = key.chars().take(MAX_ECHOED_CHARACTERS).collect();
                return Err(de::Error::custom(format_args!("the key {key:?} appears twice")));
            }
            let Unambiguous(value) = map.next_value()?;
            object.insert(key, value);
        }
        Ok(Value::Object(object))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn detail(body: &[u8]) -> String {
        format!("{:?}", parse(body).unwrap_err())
    }

    #[test]
    fn object_is_read_unchanged() {
        let body = json!({"a": null, "b": [true, -1, 1.5, "ü\0"], "c": {"d": u64::MAX}});
        assert_eq!(Value::Object(parse(body.to_string().as_bytes()).unwrap()), body);
        assert_eq!(Value::Object(parse(format!("\u{feff}{body}").as_bytes()).unwrap()), body);
    }

    #[test]
    fn anything_but_an_object_is_rejected() {
        for body in ["null", "true", "1", "\"url\"", "[]", "[{}]"] {
            assert!(detail(body.as_bytes()).contains("must be a JSON object"), "{body}");
        }
        for body in ["", "{", "{}x", "{'a':1}", "{\"a\":1e999}", r#"{"a":"\ud800"}"#, "{\"a\":\"\u{1}\"}"] {
            assert!(detail(body.as_bytes()).contains("is not JSON"), "{body}");
        }
        assert!(detail(b"{\"a\":\"\xff\"}").contains("is not JSON"));
        assert!(detail("[".repeat(100_000).as_bytes()).contains("recursion limit"));
    }

    #[test]
    fn duplicate_key_is_rejected_at_any_depth() {
        for body in [r#"{"a":1,"a":1}"#, r#"{"b":[{"a":1,"\u0061":2}]}"#] {
            assert!(
                detail(body.as_bytes()).contains(r#"key \"a\" appears twice"#),
                "{}",
                detail(body.as_bytes())
            );
        }
    }

    #[test]
    fn body_of_another_content_type_is_rejected() {
        let is_accepted = |content_type: &str| {
            may_be_json(&[(CONTENT_TYPE, content_type.parse().unwrap())].into_iter().collect())
        };
        assert!(may_be_json(&HeaderMap::new()));
        for json in ["application/json", "Application/JSON; charset=utf-8", "application/merge-patch+json"] {
            assert!(is_accepted(json), "{json}");
        }
        assert!(is_accepted("application/x-www-form-urlencoded"));
        for other in ["", "text/plain", "text/json", "multipart/form-data; boundary=x", "application/jsonx"] {
            assert!(!is_accepted(other), "{other}");
        }
    }

    proptest! {
        #[test]
        fn parser_accepts_what_serde_json_accepts(bytes in proptest::collection::vec(any::<u8>(), 0..60)) {
            prop_assert_eq!(parse(&bytes).is_ok(), serde_json::from_slice::<Map<String, Value>>(&bytes).is_ok());
        }

        #[test]
        fn parsed_object_equals_that_of_serde_json(text in r#"[{}\[\]",:a\\u0d8-]{0,24}"#) {
            let plain = serde_json::from_str::<Map<String, Value>>(&text).ok();
            if let Ok(object) = parse(text.as_bytes()) {
                prop_assert_eq!(Some(object), plain);
            }
        }
    }
}
