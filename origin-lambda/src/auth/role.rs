//! The roles of keys.

use std::str::FromStr;

use thiserror::Error;

/// Each role includes the rights of the previous ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Reads everything except keys.
    Reader,
    /// Creates and changes links and tags.
    Editor,
    /// Manages keys, domains and blocked hosts.
    Admin,
}

#[derive(Debug, Error, PartialEq, Eq)]
#[error("must be admin, editor or reader")]
pub struct InvalidRole;

impl Role {
    pub const ALL: [Self; 3] = [Self::Reader, Self::Editor, Self::Admin];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Reader => "reader",
            Self::Editor => "editor",
            Self::Admin => "admin",
        }
    }
}

impl FromStr for Role {
    type Err = InvalidRole;

    fn from_str(text: &str) -> Result<Self, InvalidRole> {
        Self::ALL.into_iter().find(|role| role.as_str() == text).ok_or(InvalidRole)
    }
}
