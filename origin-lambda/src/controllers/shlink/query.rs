//! The parameters of a query string, as PHP reads them: lists are `tags[]=a&tags[]=b`, flags are the texts true and false.

use link_core::time::UnixMillis;
use url::form_urlencoded;

use super::error::ShlinkError;
use crate::http::timestamp;

#[derive(Debug)]
pub(super) struct Query(Vec<(String, String)>);

impl Query {
    pub(super) fn read(text: &str) -> Self {
        Self(form_urlencoded::parse(text.as_bytes()).into_owned().collect())
    }

    /// The last one counts. An empty one is as good as none.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let last = self.0.iter().rev().find(|(given, _)| given == name);
        last.map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
    }

    pub(super) fn list(&self, name: &str) -> Vec<String> {
        let is_of_list = |given: &str| {
            given.strip_prefix(name).is_some_and(|rest| rest.starts_with('[') && rest.ends_with(']'))
        };
        self.0.iter().filter(|(given, _)| is_of_list(given)).map(|(_, value)| value.clone()).collect()
    }

    pub(super) fn is_true(&self, name: &str) -> bool {
        matches!(self.get(name), Some("true" | "1"))
    }

    /// From 1.
    pub(super) fn number(&self, name: &'static str) -> Result<Option<usize>, ShlinkError> {
        let Some(text) = self.get(name) else { return Ok(None) };
        match text.parse() {
            Ok(number) if number > 0 => Ok(Some(number)),
            _ => Err(ShlinkError::invalid_data(&[name])),
        }
    }

    pub(super) fn moment(&self, name: &'static str) -> Result<Option<UnixMillis>, ShlinkError> {
        let Some(text) = self.get(name) else { return Ok(None) };
        moment(text).map(Some).ok_or_else(|| ShlinkError::invalid_data(&[name]))
    }
}

/// A time with an offset, or a date.
pub(super) fn moment(text: &str) -> Option<UnixMillis> {
    // Not every client encodes the plus of an offset.
    let text = if text.len() > 19 { text.replace(' ', "+") } else { text.replace(' ', "T") };
    let complete = match text.len() {
        10 => format!("{text}T00:00:00Z"),
        19 => format!("{text}Z"),
        _ => text,
    };
    timestamp::parse(&complete).ok()
}

/// As PHP's `DATE_ATOM`, in UTC.
pub(super) fn atom(moment: UnixMillis) -> String {
    let text = timestamp::format(moment);
    format!("{}+00:00", text.get(..19).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_read_as_php_reads_them() {
        let query = Query::read("tags[]=a&tags%5B%5D=b+c&tags[2]=d&tag=x&page=&page=3&excludeBots=true&n=0");
        assert_eq!(query.list("tags"), ["a", "b c", "d"]);
        assert_eq!(query.number("page").unwrap(), Some(3));
        assert_eq!(query.number("itemsPerPage").unwrap(), None);
        assert!(query.number("n").is_err() && query.number("tag").is_err());
        assert!(query.is_true("excludeBots") && !query.is_true("tag"));
    }

    #[test]
    fn time_is_read_with_and_without_its_parts() {
        for (text, written) in [
            ("2016-08-21T20:34:16+02:00", "2016-08-21T18:34:16+00:00"),
            ("2016-08-21T20:34:16 02:00", "2016-08-21T18:34:16+00:00"),
            ("2016-08-21T18:34:16.500Z", "2016-08-21T18:34:16+00:00"),
            ("2016-08-21 18:34:16", "2016-08-21T18:34:16+00:00"),
            ("2016-08-21", "2016-08-21T00:00:00+00:00"),
        ] {
            assert_eq!(moment(text).map(atom).as_deref(), Some(written), "{text}");
        }
        assert_eq!((moment("yesterday"), moment("2016-13-01"), moment("")), (None, None, None));
    }
}
