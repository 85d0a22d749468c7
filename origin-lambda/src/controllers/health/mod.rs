//! Whether the process lives, and whether it can do its work. Restarting or avoiding it is for others to decide.

pub(crate) mod live;
pub(crate) mod ready;
