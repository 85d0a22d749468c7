//! Reads the fields of a JSON body or a query string and collects all errors for one problem.

use serde_json::{Map, Value};

use crate::http::problem::{self, FieldError, Problem, ProblemCode};
use crate::limits::{MAX_ECHOED_CHARACTERS, MAX_LISTED_ERRORS};

#[derive(Debug)]
pub(crate) struct Fields {
    values: Map<String, Value>,
    /// The code for a field that no route reads.
    unknown_code: ProblemCode,
    errors: Vec<FieldError>,
    first_code: Option<ProblemCode>,
}

impl Fields {
    pub(crate) fn from_body(values: Map<String, Value>) -> Self {
        Self { values, unknown_code: ProblemCode::UnknownField, errors: Vec::new(), first_code: None }
    }

    /// A parameter that is given several times becomes an array, which [`text`] rejects.
    pub(crate) fn from_query(pairs: Vec<(String, String)>) -> Self {
        let mut values = Map::new();
        for (name, value) in pairs {
            let value = match values.remove(&name) {
                None => value.into(),
                Some(Value::Array(mut earlier)) => {
                    earlier.push(value.into());
                    Value::Array(earlier)
                }
                Some(earlier) => Value::Array(vec![earlier, value.into()]),
            };
            values.insert(name, value);
        }
        Self { values, unknown_code: ProblemCode::UnknownParameter, errors: Vec::new(), first_code: None }
    }

    /// `None` if the field is absent or invalid, which [`Fields::finish`] reports.
    pub(crate) fn required<T, E: ToString>(
        &mut self,
        name: &'static str,
        code: ProblemCode,
        parse: impl FnOnce(Value) -> Result<T, E>,
    ) -> Option<T> {
        let Some(value) = self.values.remove(name) else {
            self.reject(ProblemCode::MissingField, name.to_owned(), "is required".to_owned());
            return None;
        };
        self.parsed(name, code, parse(value))
    }

    /// `null` is the same as leaving the field out.
    pub(crate) fn optional<T, E: ToString>(
        &mut self,
        name: &'static str,
        code: ProblemCode,
        parse: impl FnOnce(Value) -> Result<T, E>,
    ) -> Option<T> {
        let value = self.values.remove(name).filter(|value| !value.is_null())?;
        self.parsed(name, code, parse(value))
    }

    /// The field's value, its default if it is `null`, or `base` if it is absent: a merge patch.
    pub(crate) fn merged<T: Default, E: ToString>(
        &mut self,
        name: &'static str,
        code: ProblemCode,
        base: T,
        parse: impl FnOnce(Value) -> Result<T, E>,
    ) -> T {
        match self.values.remove(name) {
            None => base,
            Some(Value::Null) => T::default(),
            Some(value) => self.parsed(name, code, parse(value)).unwrap_or_default(),
        }
    }

    /// The field's value, or `base` if it is absent. In a merge patch `null` would remove what must be there, so `parse` refuses it.
    pub(crate) fn replaced<T, E: ToString>(
        &mut self,
        name: &'static str,
        code: ProblemCode,
        base: T,
        parse: impl FnOnce(Value) -> Result<T, E>,
    ) -> T {
        let Some(value) = self.values.remove(name) else { return base };
        self.parsed(name, code, parse(value)).unwrap_or(base)
    }

    pub(crate) fn take(&mut self, name: &str) -> Option<Value> {
        self.values.remove(name)
    }

    fn parsed<T, E: ToString>(&mut self, name: &str, code: ProblemCode, result: Result<T, E>) -> Option<T> {
        result.map_err(|error| self.reject(code, name.to_owned(), error.to_string())).ok()
    }

    pub(crate) fn reject(&mut self, code: ProblemCode, field: String, detail: String) {
        self.first_code.get_or_insert(code);
        self.errors.push(FieldError { field, detail });
    }

    /// `result` is built of all fields and present unless one was rejected.
    pub(crate) fn finish<T>(mut self, result: Option<T>) -> Result<T, Problem> {
        let unknown_code = self.unknown_code;
        for name in std::mem::take(&mut self.values).keys().take(MAX_LISTED_ERRORS) {
            self.reject(unknown_code, shortened(name), "is not a known field".to_owned());
        }
        match (self.first_code, result) {
            (Some(code), _) => Err(Problem::from_fields(code, self.errors)),
            (None, Some(result)) => Ok(result),
            (None, None) => Err(problem::internal("a field was rejected without a reason")),
        }
    }
}

/// A client's field name, cut to what an error repeats.
pub(crate) fn shortened(name: &str) -> String {
    name.chars().take(MAX_ECHOED_CHARACTERS).collect()
}

/// The text of a JSON string.
pub(crate) fn text(value: Value) -> Result<String, &'static str> {
    match value {
        Value::String(text) => Ok(text),
        // A query parameter that is given twice; see `from_query`.
        Value::Array(_) => Err("must be a single string"),
        _ => Err("must be a string"),
    }
}
