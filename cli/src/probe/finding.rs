//! What is known of one URL.

use serde::{Deserialize, Serialize};

/// In the order in which results are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    Dead,
    /// A page that warns about the destination, or offers its domain for sale.
    Warning,
    /// It works, and its server says that it has another address now.
    Moved,
    /// A browser may see something else than this program does.
    Unclear,
    /// Nothing was asked.
    Skipped,
    Ok,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    pub url: String,
    pub result: Verdict,
    /// Of the last answer.
    pub status: Option<u16>,
    pub detail: Option<String>,
    /// Where permanent redirects lead, before the first temporary one.
    pub moved_to: Option<String>,
    /// Where redirects lead, if there are any.
    pub final_url: Option<String>,
    /// RFC 3339.
    pub checked_at: String,
    /// The host asked not to be asked before this time.
    #[serde(default)]
    pub retry_at: Option<String>,
    /// Whether a later run may rely on it.
    #[serde(skip)]
    pub is_lasting: bool,
}
