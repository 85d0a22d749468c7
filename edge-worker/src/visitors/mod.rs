//! Visitors: their limits, their classes, and the guard against enumeration.

pub mod allow_list;
pub mod enumeration_guard;
pub mod shared_counter;
pub mod visitor_classes;
pub mod visitor_limit;
