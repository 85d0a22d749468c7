//! Counts what became of the rows, and says it at the end.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap};
use std::hash::{DefaultHasher, Hash, Hasher};

use super::row::{Loss, SourceRow};
use crate::output::cell::{counted, grouped};

const MAX_EXAMPLES: usize = 3;
/// Columns and hosts that are counted one by one.
const MAX_KINDS: usize = 100;

#[derive(Debug, Default)]
pub struct Tally {
    pub rows: u64,
    pub created: u64,
    pub replaced: u64,
    pub skipped: u64,
    pub failed: u64,
    renamed: u64,
    /// Rows that an earlier run has sent already.
    repeated: u64,
    duplicates: u64,
    further_names: u64,
    /// Rows that ask for something else than an earlier run was asked for.
    changed: u64,
    /// By host, and by the domain that an earlier run has moved them to: names that are not on a domain of this installation.
    moved: BTreeMap<(String, Option<String>), u64>,
    /// Further names that became links.
    own_links: u64,
    lost: BTreeMap<String, LostField>,
    /// Hashes of the ids of rows and of their contents, sixteen bytes for each row.
    seen: HashMap<u64, u64>,
}

/// How a row stands to the earlier ones of this run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Repetition {
    New,
    /// The same row again.
    Same,
    /// Another row under the id of an earlier one.
    OtherContent,
}

/// The API's answer for a row.
#[derive(Debug, Clone, Copy, Default)]
pub struct Outcome<'a> {
    pub verdict: &'a str,
    pub is_renamed: bool,
    pub is_repeated: bool,
    pub is_changed: bool,
    /// Where an earlier run has created the link.
    pub domain: Option<&'a str>,
}

#[derive(Debug, Default)]
struct LostField {
    rows: u64,
    examples: Vec<String>,
}

impl Tally {
    pub fn repetition(&mut self, row_id: &str, content: &str) -> Repetition {
        let content = hash_of(&content);
        match self.seen.entry(hash_of(&row_id)) {
            Entry::Occupied(seen) if *seen.get() == content => Repetition::Same,
            Entry::Occupied(_) => Repetition::OtherContent,
            Entry::Vacant(place) => {
                place.insert(content);
                Repetition::New
            }
        }
    }

    /// What it loses was counted with the row that it repeats.
    pub fn add_duplicate(&mut self) {
        self.rows += 1;
        self.skipped += 1;
        self.duplicates += 1;
    }

    /// What became of a row, whose names on `other_hosts` moved. Of a row that failed, nothing is here.
    pub fn add(&mut self, row: &SourceRow, other_hosts: &[String], outcome: Outcome<'_>) {
        self.rows += 1;
        self.repeated += u64::from(outcome.is_repeated);
        self.changed += u64::from(outcome.is_changed);
        match outcome.verdict {
            "created" => self.created += 1,
            "replaced" => self.replaced += 1,
            "skipped" => self.skipped += 1,
            _ => {
                self.failed += 1;
                return;
            }
        }
        self.renamed += u64::from(outcome.is_renamed);
        self.further_names += row.further_names.len() as u64;
        self.own_links += u64::from(row.is_further_name);
        for Loss { field, example } in &row.losses {
            self.add_loss(field, &row.row_id, example);
        }
        for host in other_hosts {
            let place = (host.clone(), outcome.domain.map(str::to_owned));
            let is_counted = self.moved.len() < MAX_KINDS || self.moved.contains_key(&place);
            let place = if is_counted { place } else { ("other hosts".to_owned(), None) };
            *self.moved.entry(place).or_default() += 1;
        }
    }

    fn add_loss(&mut self, field: &str, row_id: &str, example: &str) {
        let is_counted = self.lost.len() < MAX_KINDS || self.lost.contains_key(field);
        let lost = self.lost.entry(if is_counted { field } else { "other fields" }.to_owned()).or_default();
        lost.rows += 1;
        if lost.examples.len() < MAX_EXAMPLES {
            lost.examples.push(format!("{row_id}: {example}"));
        }
    }

    /// `others` is where names on other hosts went.
    pub fn report(&self, is_dry_run: bool, others: &str) -> String {
        let mut lines = vec![format!(
            "{}{}: {} created, {} replaced, {} skipped, {} failed.",
            counted(self.rows, "row"),
            if is_dry_run { ", nothing was written" } else { "" },
            grouped(self.created),
            grouped(self.replaced),
            grouped(self.skipped),
            grouped(self.failed)
        )];
        let mut note = |count: u64, noun: &str, text: &str| {
            if count > 0 {
                lines.push(format!("{} {text}.", counted(count, noun)));
            }
        };
        note(self.repeated, "row", "sent by an earlier run: with the verdict it gave");
        note(self.changed, "row", "changed since an earlier run sent it, and not written");
        note(self.renamed, "taken name", "with a suffix");
        note(self.duplicates, "row", "skipped: the same as an earlier row");
        note(self.further_names, "further back-half", "kept as another name of its link");
        note(self.own_links, "further back-half", "more than a link may have: a link of its own");
        for ((host, domain), count) in &self.moved {
            let domain = domain.as_deref().unwrap_or(others);
            note(*count, "name", &format!("of {host} moved to {domain}"));
        }
        if !self.lost.is_empty() {
            lines.push("Not carried over:".to_owned());
        }
        for (field, LostField { rows, examples }) in &self.lost {
            lines.push(format!("  {field}: {}, such as {}", counted(*rows, "row"), examples.join("; ")));
        }
        lines.join("\n")
    }
}

/// Of eight bytes: two of a million texts have the same one in one of forty million runs.
pub fn hash_of(value: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}
