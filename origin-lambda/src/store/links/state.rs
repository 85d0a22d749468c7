//! The state of a link at a moment, as the API shows and filters it: computed, never stored. What visitors meet is decided by
//! `link-core`, in the same order.

use link_core::time::UnixMillis;

use super::Link;

/// The first that applies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkState {
    /// It leads to a host that the operator blocks, or to a domain of the shortener.
    Blocked,
    /// By its owner.
    Disabled,
    /// Its start is yet to come.
    Scheduled,
    Expired,
    /// Its maximum of clicks is reached.
    Exhausted,
    Active,
}

impl LinkState {
    pub const ALL: [Self; 6] =
        [Self::Blocked, Self::Disabled, Self::Scheduled, Self::Expired, Self::Exhausted, Self::Active];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Blocked => "blocked",
            Self::Disabled => "disabled",
            Self::Scheduled => "scheduled",
            Self::Expired => "expired",
            Self::Exhausted => "exhausted",
            Self::Active => "active",
        }
    }

    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == name)
    }
}

impl Link {
    pub fn state(&self, now: UnixMillis) -> LinkState {
        let settings = &self.settings;
        if self.blocked {
            LinkState::Blocked
        } else if settings.disabled {
            LinkState::Disabled
        } else if settings.starts_at.is_some_and(|start| now < start) {
            LinkState::Scheduled
        } else if settings.expires_at.is_some_and(|expiry| now >= expiry) {
            LinkState::Expired
        } else if self.exhausted {
            LinkState::Exhausted
        } else {
            LinkState::Active
        }
    }
}
