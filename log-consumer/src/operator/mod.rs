//! What an operator does with clicks by hand; the Lambda uses none of it.

pub mod dead_letters;
pub mod reclassification;
