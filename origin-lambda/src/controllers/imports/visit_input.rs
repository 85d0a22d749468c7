//! Reads the visits of a request. One that is invalid fails the request: a number stands for the same visits each time.

use link_core::clicks::batch::{MAX_USER_AGENT_BYTES, truncated};
use link_core::redirect::referrer;
use link_core::time::UnixMillis;
use serde::Serialize;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::row_input::identified;
use crate::http::fields::{Fields, shortened, text};
use crate::http::problem::{FieldError, Problem, ProblemCode};
use crate::http::timestamp;
use crate::limits::{MAX_IMPORT_VISITS, MAX_VISIT_CALLS};

#[derive(Debug)]
pub(super) struct VisitsInput {
    pub(super) number: i32,
    pub(super) visits: Vec<VisitInput>,
}

/// A visit without what a click must not have.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(super) struct VisitInput {
    pub(super) row_id: String,
    pub(super) time: UnixMillis,
    pub(super) country: Option<String>,
    pub(super) referrer: Option<String>,
    pub(super) user_agent: Option<String>,
}

impl VisitsInput {
    pub(super) fn read(body: Map<String, Value>, now: UnixMillis) -> Result<Self, Problem> {
        let mut fields = Fields::from_body(body);
        let number = fields.required("number", ProblemCode::InvalidNumber, |value| {
            let number = value.as_i64().and_then(|number| i32::try_from(number).ok());
            let number = number.filter(|number| (1..=MAX_VISIT_CALLS).contains(number));
            number.ok_or_else(|| format!("must be a whole number from 1 to {MAX_VISIT_CALLS}"))
        });
        let visits = fields.required("visits", ProblemCode::InvalidVisits, |value| match value {
            Value::Array(visits) if (1..=MAX_IMPORT_VISITS).contains(&visits.len()) => Ok(visits),
            _ => Err(format!("must be a list of 1 to {MAX_IMPORT_VISITS} visits")),
        });
        let (number, visits) = fields.finish(number.zip(visits))?;
        let (mut read, mut errors) = (Vec::with_capacity(visits.len()), Vec::new());
        for (position, value) in visits.into_iter().enumerate() {
            match visit(value, now) {
                Ok(visit) => read.push(visit),
                Err((field, detail)) => {
                    errors.push(FieldError { field: format!("visits[{position}]{field}"), detail });
                }
            }
        }
        if errors.is_empty() {
            Ok(Self { number, visits: read })
        } else {
            Err(Problem::from_fields(ProblemCode::InvalidVisits, errors))
        }
    }

    /// The same for the same visits.
    pub(super) fn digest(&self) -> Vec<u8> {
        Sha256::digest(serde_json::to_vec(&self.visits).unwrap_or_default()).to_vec()
    }
}

/// The field of an error, and what is wrong with it.
fn visit(value: Value, now: UnixMillis) -> Result<VisitInput, (String, String)> {
    let at = |field: &'static str| move |detail: String| (format!(".{field}"), detail);
    let (row_id, mut rest) = identified(value, "must be an object with row_id and time")
        .map_err(|(field, detail)| (field.to_owned(), detail))?;
    let mut optional = |name: &str| rest.remove(name).filter(|value| !value.is_null());
    let time = optional("time").ok_or_else(|| "is required".to_owned());
    let time = time.and_then(|value| moment(value, now)).map_err(at("time"))?;
    let country = optional("country").map(country).transpose().map_err(at("country"))?;
    let mut given = |name: &'static str| {
        optional(name).map(text).transpose().map_err(|detail| at(name)(detail.to_owned()))
    };
    let (referrer, user_agent) = (given("referrer")?, given("user_agent")?);
    if let Some(name) = rest.keys().next() {
        return Err((format!(".{}", shortened(name)), "is not a known field".to_owned()));
    }
    Ok(VisitInput {
        row_id,
        time,
        country,
        referrer: referrer.as_deref().and_then(referrer::without_secrets),
        user_agent: user_agent.and_then(|text| truncated(&text, MAX_USER_AGENT_BYTES)),
    })
}

fn moment(value: Value, now: UnixMillis) -> Result<UnixMillis, String> {
    let moment = timestamp::parse(&text(value)?).map_err(|error| error.to_string())?;
    if (UnixMillis(0)..=now).contains(&moment) {
        Ok(moment)
    } else {
        Err("must be from 1970 on and not in the future".to_owned())
    }
}

fn country(value: Value) -> Result<String, String> {
    let code = text(value)?;
    if code.len() == 2 && code.bytes().all(|byte| byte.is_ascii_alphabetic()) {
        Ok(code.to_ascii_uppercase())
    } else {
        Err("must be two letters (ISO 3166-1)".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn now() -> UnixMillis {
        timestamp::parse("2026-11-24T00:00:00Z").unwrap()
    }

    #[test]
    fn visit_is_read_without_secrets() {
        let value = json!({
            "row_id": "17", "time": "2019-06-01T12:00:00+02:00", "country": "de", "user_agent": "a\u{0}b",
            "referrer": "https://me:secret@news.example/a?token=secret",
        });
        let expected = VisitInput {
            row_id: "17".into(),
            time: timestamp::parse("2019-06-01T10:00:00Z").unwrap(),
            country: Some("DE".into()),
            referrer: Some("https://news.example/a".into()),
            user_agent: Some("ab".into()),
        };
        assert_eq!(visit(value, now()), Ok(expected));
        let bare = visit(json!({"row_id": "1", "time": "1970-01-01T00:00:00Z", "country": null}), now());
        assert!(bare.is_ok_and(|visit| visit.country.is_none() && visit.user_agent.is_none()));
    }

    #[test]
    fn invalid_field_of_a_visit_is_named() {
        for (change, field) in [
            (json!({"row_id": null}), ".row_id"),
            (json!({"time": null}), ".time"),
            (json!({"time": "2026-11-24T00:00:00.001Z"}), ".time"),
            (json!({"time": "1969-12-31T23:59:59.999Z"}), ".time"),
            (json!({"country": "DEU"}), ".country"),
            (json!({"referrer": 1}), ".referrer"),
            (json!({"ip": "192.0.2.1"}), ".ip"),
        ] {
            let mut value = json!({"row_id": "1", "time": "2020-01-01T00:00:00Z"});
            let change = change.as_object().unwrap().clone();
            value.as_object_mut().unwrap().extend(change);
            assert_eq!(visit(value, now()).map_err(|(field, _)| field), Err(field.to_owned()));
        }
    }

    #[test]
    fn digest_tells_visits_apart() {
        let digest = |visits: Value| {
            let body = json!({"number": 1, "visits": visits});
            VisitsInput::read(body.as_object().unwrap().clone(), now()).unwrap().digest()
        };
        let visit = |row_id: &str, country: &str| json!({"row_id": row_id, "time": "2020-01-01T00:00:00Z", "country": country});
        let one = digest(json!([visit("1", "DE"), visit("2", "DE")]));
        assert_eq!(one, digest(json!([visit("1", "de"), visit("2", "DE")])));
        for other in [json!([visit("2", "DE"), visit("1", "DE")]), json!([visit("1", "DE")])] {
            assert_ne!(one, digest(other));
        }
    }
}
