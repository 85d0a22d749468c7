//! Counts what became of the rows, and says it at the end.

use std::collections::{BTreeMap, HashSet};
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
    /// By host: names that are not on a domain of this installation.
    moved: BTreeMap<String, u64>,
    lost: BTreeMap<String, LostField>,
    /// Hashes of the ids of rows, eight bytes for each.
    seen: HashSet<u64>,
}

/// The API's answer for a row.
#[derive(Debug, Clone, Copy, Default)]
pub struct Outcome<'a> {
    pub verdict: &'a str,
    pub is_renamed: bool,
    pub is_repeated: bool,
}

#[derive(Debug, Default)]
struct LostField {
    rows: u64,
    examples: Vec<String>,
}

impl Tally {
    /// Whether an earlier row of this run has the same id.
    pub fn is_duplicate(&mut self, row_id: &str) -> bool {
        let is_new = self.seen.insert(hash_of(&row_id));
        self.duplicates += u64::from(!is_new);
        !is_new
    }

    /// What became of a row; `verdict` is the API's word. Of a row that failed, nothing is here.
    pub fn add(&mut self, row: &SourceRow, is_moved: bool, outcome: Outcome<'_>) {
        self.rows += 1;
        self.repeated += u64::from(outcome.is_repeated);
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
        self.further_names += u64::from(row.is_further_name);
        for Loss { field, example } in &row.losses {
            self.add_loss(field, &row.row_id, example);
        }
        if let Some(host) = row.name.as_ref().and_then(|name| name.host.as_ref()).filter(|_| is_moved) {
            let is_counted = self.moved.len() < MAX_KINDS || self.moved.contains_key(host);
            let host = if is_counted { host.clone() } else { "other hosts".to_owned() };
            *self.moved.entry(host).or_default() += 1;
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
        note(self.renamed, "taken name", "with a suffix");
        note(self.duplicates, "row", "left out: the id or the name of an earlier row");
        note(self.further_names, "further back-half", "of the same link: a link of its own");
        for (host, count) in &self.moved {
            note(*count, "name", &format!("of {host} moved to {others}"));
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
