//! Whether a visit meets the conditions of a rule.

use super::visit::Visit;
use crate::record::rules::Conditions;
use crate::record::user_agent::{Device, OperatingSystem};
use crate::time::UnixMillis;

pub(super) fn hold(conditions: &Conditions, visit: &Visit<'_>, now: UnixMillis) -> bool {
    let user_agent = visit.user_agent.unwrap_or_default();
    is_empty_or_any(&conditions.country, |country| visit.country == Some(country.as_str()))
        && is_empty_or_any(&conditions.device, |device| *device == Device::of(user_agent))
        && is_empty_or_any(&conditions.os, |os| Some(*os) == OperatingSystem::of(user_agent))
        && is_empty_or_any(&conditions.language, |language| {
            visit.preferred_language().is_some_and(|preferred| language.covers(preferred))
        })
        && conditions.query.iter().all(|(name, values)| {
            visit
                .parameters()
                .any(|(given, value)| given == *name && is_empty_or_any(values, |allowed| *allowed == value))
        })
        && conditions.after.is_none_or(|after| now >= after)
        && conditions.before.is_none_or(|before| now < before)
}

fn is_empty_or_any<T>(values: &[T], matches: impl Fn(&T) -> bool) -> bool {
    values.is_empty() || values.iter().any(matches)
}
