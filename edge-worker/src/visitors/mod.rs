//! Visitors: their limits, and the guard against enumeration.

pub mod allow_list;
pub mod enumeration_guard;
pub mod shared_counter;
pub mod visitor_limit;
