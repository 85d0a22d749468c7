//! What sort of visitor made a click, and what statistics group the click by. Pure; the same click under the same rules gives the
//! same attributes. Counts nothing. For the consumer and the origin; never in the Worker, whose bundle has no room for the lists.
//!
//! [`Classifier`] loads the machine lists only, on its first use. [`ClickReader`] also loads the parser of user agents.

mod attributes;
mod bots;
mod class;
mod orphan_class;
mod remembered;
mod user_agent;

pub use attributes::{ClickAttributes, ClickReader};
pub use bots::BotKind;
pub use class::{Class, Classifier, ClassifierInput};
pub use orphan_class::OrphanClass;

/// Version of everything here that decides what a stored click says. A change to the code or to `data/` counts it up, and
/// `clicks reclassify` then brings stored clicks up to it.
pub const RULES_VERSION: i16 = 2;
