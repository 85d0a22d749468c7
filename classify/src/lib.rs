//! Classifies clicks: what sort of visitor made one, and what statistics group it by. Pure: the same click under the same rules gives
//! the same attributes. For the consumer and the origin, not the Worker, whose bundle is too small for the lists.
//!
//! [`Classifier`] loads only the bot lists, on first use. [`ClickEnricher`] also loads the user-agent parser.

mod attributes;
mod bots;
mod class;
mod orphan_class;
mod user_agent;
mod user_agent_cache;

pub use attributes::{ClickAttributes, ClickEnricher, referrer_host};
pub use bots::BotKind;
pub use class::{Class, Classifier, ClassifierInput};
pub use orphan_class::OrphanClass;

/// The version of everything here that decides the attributes of a click. A change to the code or to `data/` increments it, and
/// `clicks reclassify` then updates stored clicks.
pub const RULES_VERSION: i16 = 3;
