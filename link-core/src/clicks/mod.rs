//! Clicks on their way from the edge to the consumer, and the names and times by which they are counted.

pub mod batch;
pub mod buffer;
pub mod calendar;
pub mod imported;
pub mod queue_answer;
pub mod roll_up;
pub mod utm;
