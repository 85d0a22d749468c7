//! Which links a bulk change is about: ids, or a filter as in a list.

use std::collections::HashSet;

use link_core::record::LinkId;
use link_core::time::UnixMillis;
use serde_json::{Map, Value};

use crate::app::App;
use crate::auth::LinkBounds;
use crate::http::fields::Fields;
use crate::http::problem::{Problem, ProblemCode};
use crate::limits::{MAX_CHANGED_LINKS, MAX_COUNTED_LINKS};
use crate::links::input::values;
use crate::links::list;
use crate::store::links::{LinkFilter, SearchTerms};

#[derive(Debug)]
pub(super) struct BulkSelection {
    /// In the order of the request. `None`: what matches the filter.
    ids: Option<Vec<LinkId>>,
    /// What a link must match when it is changed, ids or not.
    pub(super) filter: LinkFilter,
    /// The filter as the client sent it.
    pub(super) conditions: Option<Map<String, Value>>,
    pub(super) dry_run: bool,
}

pub(super) enum SelectedLinks {
    Ids(Vec<LinkId>),
    /// A dry run found so many, or more.
    TooMany(i64),
}

impl BulkSelection {
    /// Reads the rest of a body, of which `rest` was read.
    pub(super) fn read<T>(
        mut fields: Fields,
        bounds: &LinkBounds,
        rest: Option<T>,
    ) -> Result<(Self, T), Problem> {
        let ids = fields.optional("ids", ProblemCode::InvalidIds, ids);
        let filter = fields.optional("filter", ProblemCode::InvalidFilter, |value| match value {
            Value::Object(filter) if !filter.is_empty() => Ok(filter),
            _ => Err("must be an object with at least one condition"),
        });
        let dry_run = fields.optional("dry_run", ProblemCode::InvalidDryRun, values::boolean);
        if ids.is_some() == filter.is_some() {
            let detail = "give either ids or a filter".to_owned();
            fields.reject(ProblemCode::InvalidIds, "ids".to_owned(), detail);
        }
        let rest = fields.finish(rest)?;
        let conditions = filter.clone();
        let filter = match filter {
            Some(conditions) => {
                let mut fields = Fields::from_body(conditions);
                let filter = list::filter(&mut fields, bounds.clone());
                fields.finish(Some(filter))?
            }
            None => LinkFilter::everything_within(bounds.clone()),
        };
        Ok((Self { ids, filter, conditions, dry_run: dry_run.unwrap_or(false) }, rest))
    }

    pub(super) fn names_ids(&self) -> bool {
        self.ids.is_some()
    }

    pub(super) async fn find(
        &self,
        app: &App,
        terms: &SearchTerms,
        now: UnixMillis,
    ) -> Result<SelectedLinks, Problem> {
        if let Some(ids) = &self.ids {
            return Ok(SelectedLinks::Ids(ids.clone()));
        }
        let one_more = i64::try_from(MAX_CHANGED_LINKS + 1).unwrap_or(i64::MAX);
        let ids = app.links.matching_links(&self.filter, terms, one_more, now).await?;
        if ids.len() <= MAX_CHANGED_LINKS {
            return Ok(SelectedLinks::Ids(ids));
        }
        let matched = app.links.count_links(&self.filter, terms, MAX_COUNTED_LINKS, now).await?;
        if self.dry_run {
            return Ok(SelectedLinks::TooMany(matched));
        }
        let or_more = if matched < MAX_COUNTED_LINKS { "" } else { " or more" };
        let detail = format!(
            "{matched}{or_more} links match; a request changes at most {MAX_CHANGED_LINKS}, so narrow the filter"
        );
        Err(Problem::new(ProblemCode::TooManyLinks, detail))
    }
}

/// Each once.
fn ids(value: Value) -> Result<Vec<LinkId>, String> {
    let invalid = || format!("must be a list of 1 to {MAX_CHANGED_LINKS} ids");
    let Value::Array(values) = value else { return Err(invalid()) };
    if !(1..=MAX_CHANGED_LINKS).contains(&values.len()) {
        return Err(invalid());
    }
    let mut known = HashSet::new();
    let mut ids = Vec::with_capacity(values.len());
    for value in values {
        let id: LinkId = value.as_str().and_then(|text| text.parse().ok()).ok_or_else(invalid)?;
        if known.insert(id) {
            ids.push(id);
        }
    }
    Ok(ids)
}
