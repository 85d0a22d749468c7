//! What a route lets its caller do: each right needs a role, and a key may be bound to some of the rights.

use super::role::Role;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Right {
    /// Create links.
    Create,
    /// Read and list links, tags and domains.
    Read,
    /// Change and restore links, rename and remove tags.
    Change,
    /// Delete links.
    Delete,
    /// Read clicks and what is counted of them.
    Statistics,
    /// See the caller's own key; see and change its sessions and presets. No key is denied this.
    OwnKey,
    /// Everything that concerns others: keys, domains, blocked hosts, webhooks, erasure, the audit.
    Administer,
}

impl Right {
    /// The rights that a key may be bound to.
    pub const ACTIONS: [Self; 5] = [Self::Create, Self::Read, Self::Change, Self::Delete, Self::Statistics];

    /// The lowest role that has the right.
    pub fn role(self) -> Role {
        match self {
            Self::Read | Self::Statistics | Self::OwnKey => Role::Reader,
            Self::Create | Self::Change | Self::Delete => Role::Editor,
            Self::Administer => Role::Admin,
        }
    }

    /// The name by which a key is bound to it.
    pub fn action(self) -> Option<&'static str> {
        match self {
            Self::Create => Some("create"),
            Self::Read => Some("read"),
            Self::Change => Some("change"),
            Self::Delete => Some("delete"),
            Self::Statistics => Some("statistics"),
            Self::OwnKey | Self::Administer => None,
        }
    }

    pub fn from_action(name: &str) -> Option<Self> {
        Self::ACTIONS.into_iter().find(|right| right.action() == Some(name))
    }
}
