//! The state of a link at a point in time, as the API shows and filters it: computed, never stored. `link-core` decides what
//! visitors see, in the same order.

use link_core::time::UnixMillis;

use super::link::Link;

/// The first variant that applies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkState {
    /// A destination is a blocked host or one of our domains.
    Blocked,
    /// Disabled by an editor.
    Disabled,
    /// Its start is in the future.
    Scheduled,
    Expired,
    /// The maximum of clicks is reached.
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

    pub fn from_name(name: &str) -> Option<Self> {
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
