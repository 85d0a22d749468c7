//! Visitors: their limits, the guard against enumeration, and the keys under which they are hashed.

pub mod allow_list;
pub mod enumeration_guard;
pub mod shared_counter;
pub mod visitor_key;
pub mod visitor_limit;
