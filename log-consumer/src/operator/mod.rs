//! Commands that an operator runs on clicks. The Lambda uses none of this.

pub mod dead_letters;
pub mod reclassification;
