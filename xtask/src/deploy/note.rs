//! The note that a deployment leaves on each version it changes: when, and the previous version. A roll-back undoes the
//! last deployment, complete or interrupted, and nothing older.

use std::fmt;

/// Prefix of a note while a canary runs.
const CANARY: &str = "canary ";
const BEFORE: &str = "before: ";
const FIRST: &str = "first";
const BACK: &str = "back from: ";
/// Cloudflare's message for a Worker that was uploaded and deployed in one call, as Terraform does with the
/// placeholder.
const UPLOADED: &str = "Automatic deployment on upload.";

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct DeploymentNote {
    /// When its deployment started, `20261125T093000Z`: sorts by time.
    pub(super) at: String,
    pub(super) kind: NoteKind,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum NoteKind {
    Replaced(String),
    /// There was no previous version.
    First,
    /// That deployment was rolled back.
    RolledBackFrom(String),
}

impl DeploymentNote {
    fn parse(text: &str) -> Option<Self> {
        let (at, kind) = text.split_once(' ')?;
        let kind = if kind == FIRST {
            NoteKind::First
        } else if let Some(version) = kind.strip_prefix(BEFORE) {
            NoteKind::Replaced(version.to_owned())
        } else {
            NoteKind::RolledBackFrom(kind.strip_prefix(BACK)?.to_owned())
        };
        Some(Self { at: at.to_owned(), kind })
    }
}

/// At most 90 bytes with a Worker's version: Cloudflare truncates a deployment's message at 100.
impl fmt::Display for DeploymentNote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            NoteKind::Replaced(version) => write!(f, "{} {BEFORE}{version}", self.at),
            NoteKind::First => write!(f, "{} {FIRST}", self.at),
            NoteKind::RolledBackFrom(version) => write!(f, "{} {BACK}{version}", self.at),
        }
    }
}

/// The version that serves now, as reported by its cloud.
#[derive(Clone, Debug)]
pub(super) struct ServingVersion {
    pub(super) version: String,
    /// The version that gets a part of the calls.
    pub(super) canary: Option<String>,
    pub(super) label: String,
}

impl ServingVersion {
    pub(super) fn note(&self) -> Option<DeploymentNote> {
        DeploymentNote::parse(self.label_without_canary())
    }

    /// Whether the Worker was never deployed, neither by this command nor with a message of somebody else.
    pub(super) fn is_placeholder(&self) -> bool {
        self.canary.is_none() && ["", UPLOADED].contains(&self.label.as_str())
    }

    /// Whether the function had no deployment after its first. Deployments by other means leave no note.
    pub(super) fn is_before_second_deployment(&self) -> bool {
        let is_first = |note: DeploymentNote| note.kind == NoteKind::First;
        self.canary_prefix().is_none() && self.note().is_none_or(is_first)
    }

    /// The label without a canary's prefix.
    pub(super) fn label_without_canary(&self) -> &str {
        self.canary_prefix().map_or(&self.label, |(_, rest)| rest)
    }

    pub(super) fn canary_label(&self, at: &str) -> String {
        format!("{CANARY}{at}; {}", self.label)
    }

    /// The last deployment that changed it.
    pub(super) fn deployed_at(&self) -> Option<String> {
        self.canary_prefix().map(|(at, _)| at.to_owned()).or_else(|| self.note().map(|note| note.at))
    }

    fn canary_prefix(&self) -> Option<(&str, &str)> {
        self.label.strip_prefix(CANARY)?.split_once("; ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notes_round_trip() {
        for kind in [NoteKind::Replaced("7".into()), NoteKind::First, NoteKind::RolledBackFrom("8".into())] {
            let note = DeploymentNote { at: "20261125T093000Z".into(), kind };
            assert_eq!(DeploymentNote::parse(&note.to_string()), Some(note));
        }
        assert_eq!(DeploymentNote::parse("another message"), None);
        assert_eq!(DeploymentNote::parse(""), None);
    }

    #[test]
    fn canary_label_keeps_the_previous_note() {
        let uuid = "3f2504e0-4f89-41d3-9a0c-0305e82c3301";
        let before = ServingVersion {
            version: "8".into(),
            canary: None,
            label: format!("20261120T000000Z before: {uuid}"),
        };
        let label = before.canary_label("20261125T093000Z");
        assert!(label.len() <= 100, "{}", label.len());
        let canary_prefix = ServingVersion { canary: Some("9".into()), label, ..before.clone() };
        assert_eq!(canary_prefix.deployed_at().as_deref(), Some("20261125T093000Z"));
        assert_eq!(canary_prefix.label_without_canary(), before.label);
        assert_eq!(canary_prefix.note(), before.note());
    }
}
