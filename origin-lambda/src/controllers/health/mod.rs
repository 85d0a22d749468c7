//! Health checks: whether the process runs, and whether it can do its work. Others decide whether to restart or avoid it.

pub(crate) mod live;
pub(crate) mod ready;
