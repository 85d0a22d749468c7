//! Reads named values (of a JSON body or a query string) and gathers everything that is wrong with them. Does not know
//! which fields exist or what they mean.

use serde_json::{Map, Value};

use crate::limits::{MAX_ECHOED_CHARACTERS, MAX_LISTED_ERRORS};
use crate::problem::{self, FieldError, Problem, ProblemCode};

#[derive(Debug)]
pub(crate) struct Fields {
    values: Map<String, Value>,
    /// For a name that nothing asked for.
    unknown: ProblemCode,
    errors: Vec<FieldError>,
    first_code: Option<ProblemCode>,
}

impl Fields {
    pub(crate) fn of_body(values: Map<String, Value>) -> Self {
        Self { values, unknown: ProblemCode::UnknownField, errors: Vec::new(), first_code: None }
    }

    /// A parameter that is given twice is an error as soon as it is read: an array is no text.
    pub(crate) fn of_query(pairs: Vec<(String, String)>) -> Self {
        let mut values = Map::new();
        for (name, value) in pairs {
            let value = if values.contains_key(&name) { Value::Array(Vec::new()) } else { value.into() };
            values.insert(name, value);
        }
        Self { values, unknown: ProblemCode::UnknownParameter, errors: Vec::new(), first_code: None }
    }

    /// `None` where the field is absent or was refused; [`Fields::finish`] tells.
    pub(crate) fn required<T, E: ToString>(
        &mut self,
        name: &'static str,
        code: ProblemCode,
        parse: impl FnOnce(Value) -> Result<T, E>,
    ) -> Option<T> {
        let Some(value) = self.values.remove(name) else {
            self.refuse(ProblemCode::MissingField, name.to_owned(), "is required".to_owned());
            return None;
        };
        self.parsed(name, code, parse(value))
    }

    /// An explicit `null` is the same as leaving the field out.
    pub(crate) fn optional<T, E: ToString>(
        &mut self,
        name: &'static str,
        code: ProblemCode,
        parse: impl FnOnce(Value) -> Result<T, E>,
    ) -> Option<T> {
        let value = self.values.remove(name).filter(|value| !value.is_null())?;
        self.parsed(name, code, parse(value))
    }

    /// The field's value, its default where it is `null`, and `base` where it is absent: a merge patch.
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

    pub(crate) fn take(&mut self, name: &str) -> Option<Value> {
        self.values.remove(name)
    }

    fn parsed<T, E: ToString>(&mut self, name: &str, code: ProblemCode, result: Result<T, E>) -> Option<T> {
        result.map_err(|error| self.refuse(code, name.to_owned(), error.to_string())).ok()
    }

    pub(crate) fn refuse(&mut self, code: ProblemCode, field: String, detail: String) {
        self.first_code.get_or_insert(code);
        self.errors.push(FieldError { field, detail });
    }

    /// `made` is what all the fields together make: present unless one of them was refused.
    pub(crate) fn finish<T>(mut self, made: Option<T>) -> Result<T, Problem> {
        let unknown = self.unknown;
        for name in std::mem::take(&mut self.values).keys().take(MAX_LISTED_ERRORS) {
            self.refuse(unknown, echoed(name), "is not known here".to_owned());
        }
        match (self.first_code, made) {
            (Some(code), _) => Err(Problem::of_fields(code, self.errors)),
            (None, Some(made)) => Ok(made),
            (None, None) => Err(problem::internal("a field was refused without a reason")),
        }
    }
}

/// A name that a client made up, as far as it is repeated.
pub(crate) fn echoed(name: &str) -> String {
    name.chars().take(MAX_ECHOED_CHARACTERS).collect()
}

/// A JSON string as its text.
pub(crate) fn text(value: Value) -> Result<String, &'static str> {
    match value {
        Value::String(text) => Ok(text),
        // Only a query makes one; see `of_query`. A body's array is no text either.
        Value::Array(_) => Err("must be one text"),
        _ => Err("must be a text"),
    }
}
