//! Requests on their way to links: with codes drawn, and grouped so that duplicates share a link.

use std::collections::HashMap;

use link_core::names::code::Code;

use super::request::{CreationOutcome, NewLinkRequest};
use crate::store::links::DedupKey;

/// Link requests, with a code for each that has no alias.
#[derive(Debug, Clone)]
pub(crate) struct PreparedLinks {
    pub(super) requests: Vec<NewLinkRequest>,
    pub(super) codes: Vec<Code>,
}

impl PreparedLinks {
    pub(super) fn merge(batch: Vec<Self>) -> Self {
        let mut all = Self { requests: Vec::new(), codes: Vec::new() };
        for Self { requests, codes } in batch {
            all.requests.extend(requests);
            all.codes.extend(codes);
        }
        all
    }

    /// Requests that all have an alias.
    pub(crate) fn with_aliases(requests: Vec<NewLinkRequest>) -> Self {
        Self { requests, codes: Vec::new() }
    }

    /// Leaves requests out, in order. The codes stay.
    pub(crate) fn retain(&mut self, is_kept: impl IntoIterator<Item = bool>) {
        let mut is_kept = is_kept.into_iter();
        self.requests.retain(|_| is_kept.next().unwrap_or(true));
    }

    pub(crate) fn may_reuse(&self) -> bool {
        self.requests.iter().any(|request| request.reuse)
    }
}

/// A link to create, with the indices of its requests: requests with equal dedup keys share one.
#[derive(Debug)]
pub(super) struct PendingLink {
    pub(super) request: NewLinkRequest,
    indices: Vec<usize>,
    pub(super) outcome: Option<CreationOutcome>,
}

pub(super) fn group_duplicates(requests: Vec<NewLinkRequest>) -> Vec<PendingLink> {
    let mut pending: Vec<PendingLink> = Vec::with_capacity(requests.len());
    let mut known: HashMap<DedupKey, usize> = HashMap::new();
    for (index, request) in requests.into_iter().enumerate() {
        let position = match request.dedup_key() {
            Some(dedup_key) => *known.entry(dedup_key).or_insert(pending.len()),
            None => pending.len(),
        };
        match pending.get_mut(position) {
            Some(item) => item.indices.push(index),
            None => pending.push(PendingLink { request, indices: vec![index], outcome: None }),
        }
    }
    pending
}

pub(super) fn in_order(pending: Vec<PendingLink>) -> Vec<CreationOutcome> {
    let mut outcomes = Vec::new();
    for PendingLink { indices, outcome, .. } in pending {
        let Some(outcome) = outcome else { continue };
        let duplicates = vec![outcome.for_duplicate(); indices.len().saturating_sub(1)];
        outcomes.extend(indices.into_iter().zip([outcome].into_iter().chain(duplicates)));
    }
    outcomes.sort_unstable_by_key(|(index, _)| *index);
    outcomes.into_iter().map(|(_, outcome)| outcome).collect()
}
