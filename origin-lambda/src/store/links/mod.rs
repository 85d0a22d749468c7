//! Links as rows: every statement that reads or writes the table `links`. Does not validate what a client sends.

mod change;
mod conflicts;
mod filter;
mod fingerprint;
mod gate;
mod history;
mod insert;
mod link;
mod list;
pub(crate) mod locale;
mod names;
mod numbered;
mod read;
mod resolve;
mod restore;
mod reuse;
pub(super) mod row;
pub(crate) mod settings_row;
mod state;

pub use conflicts::Conflict;
pub use filter::{LinkFilter, SearchTerms};
pub use gate::GatedVisit;
pub use insert::{Imported, NewLink};
pub use link::{ClickTotals, Link, LinkSettings};
pub use list::{LinkPage, LinkPosition, LinkQuery, LinkSort, Order};
pub use names::{CodeOrigin, LinkName, folded_names};
pub use numbered::{NumberedPage, PageSort};
pub use reuse::DedupKey;
pub use state::LinkState;

pub(super) use change::TombstoneRow;
pub(super) use filter::push_bounds;
pub(super) use fingerprint::fingerprint;
pub(super) use row::{
    LenientLinkRow, LinkRow, RecordRow, link_columns, link_joins, link_of_name, record_columns,
};
