//! Child processes, their folders and ports.

pub(crate) mod descendants;
pub(crate) mod interrupt;
pub(crate) mod one_shot;
pub(crate) mod part;
pub(crate) mod ports;
pub(crate) mod process;
pub(crate) mod run_folder;
