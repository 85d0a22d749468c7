//! The `utm_…` parameters of a click, by which campaigns are counted: those of the visit, then those of the destination. A click carries
//! them as they were written, so that the edge need not decode them. Nothing else of a query is kept.

use std::borrow::Cow;

use crate::clicks::batch::truncated;
use crate::clicks::roll_up::Dimension;
use crate::redirect::visit::form_decoded;

/// All parameters of a click together.
pub const MAX_UTM_BYTES: usize = 512;
/// One value, decoded.
pub const MAX_UTM_VALUE_BYTES: usize = 200;
const PREFIX: &str = "utm_";

/// `query` is the visit's; `location` is where it leads. Most visits have no such parameter, and cost a search for the prefix.
pub fn of_visit(query: &str, location: &str) -> Option<String> {
    let location = location.split_once('#').map_or(location, |(before, _)| before);
    let destination = location.split_once('?').map_or("", |(_, query)| query);
    if !query.contains(PREFIX) && !destination.contains(PREFIX) {
        return None;
    }
    let mut kept = String::new();
    let pairs = query.split('&').chain(destination.split('&')).filter(|pair| dimension_of(pair).is_some());
    for pair in pairs {
        // A forwarded parameter is in both.
        if kept.len() + pair.len() < MAX_UTM_BYTES && !kept.split('&').any(|other| other == pair) {
            if !kept.is_empty() {
                kept.push('&');
            }
            kept.push_str(pair);
        }
    }
    truncated(&kept, MAX_UTM_BYTES)
}

/// The first value of each parameter, decoded. Any text is accepted.
pub fn values(parameters: &str) -> Vec<(Dimension, String)> {
    let mut values: Vec<(Dimension, String)> = Vec::new();
    for pair in parameters.split('&') {
        let Some(dimension) = dimension_of(pair) else { continue };
        let value = pair.split_once('=').map_or(Cow::Borrowed(""), |(_, value)| form_decoded(value));
        let value = truncated(value.trim(), MAX_UTM_VALUE_BYTES);
        if values.iter().all(|(known, _)| *known != dimension) {
            values.extend(value.map(|value| (dimension, value)));
        }
    }
    values
}

fn dimension_of(pair: &str) -> Option<Dimension> {
    let name = pair.split_once('=').map_or(pair, |(name, _)| name);
    Dimension::CAMPAIGN.into_iter().find(|dimension| dimension.as_str() == name)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(query: &str, location: &str, kept: Option<&str>) {
        assert_eq!(of_visit(query, location).as_deref(), kept, "{query} {location}");
    }

    #[test]
    fn parameters_of_visit_and_destination_are_kept() {
        check("", "https://example.com/", None);
        check("id=1&secret=utm", "https://example.com/?id=1", None);
        check("id=1&utm_source=a+b", "https://example.com/", Some("utm_source=a+b"));
        check("", "https://example.com/?utm_medium=m&id=1#utm_term=x", Some("utm_medium=m"));
        check("", "https://example.com/#/page?utm_source=a", None);
        check(
            "utm_source=a",
            "https://example.com/?utm_source=b&utm_term=t",
            Some("utm_source=a&utm_source=b&utm_term=t"),
        );
        check("utm_source=a", "https://example.com/?utm_source=a", Some("utm_source=a"));
        check("utm_id=1&xutm_source=2&UTM_SOURCE=3", "https://example.com/", None);
        check(
            &format!("utm_term={}&utm_source=a", "x".repeat(600)),
            "https://example.com/",
            Some("utm_source=a"),
        );
    }

    #[test]
    fn first_value_counts() {
        use Dimension::{UtmCampaign, UtmSource};
        for (parameters, expected) in [
            ("utm_source=a&utm_source=b", vec![(UtmSource, "a")]),
            ("utm_source=&utm_source=b", vec![(UtmSource, "b")]),
            ("utm_source", vec![]),
            ("utm_campaign=summer%20sale+%C3%BC&x=1", vec![(UtmCampaign, "summer sale \u{fc}")]),
            ("utm_source=a%00b%0d", vec![(UtmSource, "ab")]),
            ("utm_source=%ff", vec![(UtmSource, "\u{fffd}")]),
        ] {
            let expected: Vec<_> =
                expected.into_iter().map(|(name, value)| (name, value.to_owned())).collect();
            assert_eq!(values(parameters), expected, "{parameters}");
        }
    }

    proptest! {
        #[test]
        fn any_query_is_bounded(query in "(utm_source=|utm_term=|&|%|[a-z0-9ü+]|\\PC){0,300}") {
            let kept = of_visit(&query, &query).unwrap_or_default();
            prop_assert!(kept.len() <= MAX_UTM_BYTES);
            prop_assert!(values(&kept).iter().all(|(_, value)| value.len() <= MAX_UTM_VALUE_BYTES));
        }
    }
}
