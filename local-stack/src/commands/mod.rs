//! The commands of the program `local-stack`.

pub(crate) mod dev;
pub(crate) mod logs;
pub(crate) mod pipeline;
pub(crate) mod with_postgres;
