//! The lookup of a link: memory, colo, origin, replica. `order` holds the order, which the slow path, the tests and the model of
//! interleavings all run; `copies` holds its first steps, which the fast path runs too.

pub mod candidates;
mod copies;
pub mod freshness;
mod from_origin;
mod link_key;
pub mod memory;
mod order;
mod shared;
mod single_flight;
mod systems;

pub use copies::{Found, from_colo, from_memory};
pub use from_origin::{Lookup, fill};
pub use link_key::LinkKey;
pub use shared::SharedLookups;
pub use systems::{Colo, Origin, OriginError, Replica, ReplicaReadError, ReplicaWriteError, Tasks};

#[cfg(any(test, feature = "test-util"))]
pub mod fixtures;
#[cfg(test)]
mod tests;
