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
    /// The version to which a deployment has given a part of the calls.
    pub(super) canary: Option<String>,
    /// The version that serves until Lambda has warmed provisioned instances of `version`.
    pub(super) shifts_from: Option<String>,
    pub(super) label: String,
}

impl ServingVersion {
    /// Tells a canary from what Lambda does by itself: with provisioned concurrency it gives the old version all calls, by the
    /// weight 1, for some minutes after an alias has moved, and for good if instances of the new one do not start. A
    /// deployment's canary has a label; one from the console has a smaller weight, and another version than the last one.
    pub(super) fn told_from_lambdas(mut self, weight: Option<f64>) -> Self {
        if self.canary_prefix().is_some() {
            return self;
        }
        let previous = match self.note().map(|note| note.kind) {
            Some(NoteKind::Replaced(version) | NoteKind::RolledBackFrom(version)) => Some(version),
            Some(NoteKind::First) | None => None,
        };
        if weight.is_some_and(|weight| weight >= 1.0) || (self.canary.is_some() && self.canary == previous) {
            self.shifts_from = self.canary.take();
        }
        self
    }

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
            shifts_from: None,
            label: format!("20261120T000000Z before: {uuid}"),
        };
        let label = before.canary_label("20261125T093000Z");
        assert!(label.len() <= 100, "{}", label.len());
        let canary_prefix = ServingVersion { canary: Some("9".into()), label, ..before.clone() };
        assert_eq!(canary_prefix.deployed_at().as_deref(), Some("20261125T093000Z"));
        assert_eq!(canary_prefix.label_without_canary(), before.label);
        assert_eq!(canary_prefix.note(), before.note());
    }

    #[test]
    fn lambdas_own_shift_is_not_a_canary() {
        let of = |label: &str, weighted: &str, weight| {
            let serving = ServingVersion {
                version: "8".into(),
                canary: Some(weighted.into()),
                shifts_from: None,
                label: label.into(),
            };
            let told = serving.told_from_lambdas(Some(weight));
            (told.canary, told.shifts_from)
        };
        let some = |version: &str| Some(version.to_owned());
        assert_eq!(of("20261125T093000Z before: 7", "7", 1.0), (None, some("7")));
        assert_eq!(of("20261125T093000Z back from: 7", "7", 1.0), (None, some("7")));
        // Lambda may take calls away from the old version step by step.
        assert_eq!(of("20261125T093000Z before: 7", "7", 0.5), (None, some("7")));
        assert_eq!(of("", "7", 1.0), (None, some("7")));
        assert_eq!(of("canary 20261125T093000Z; 20261120T000000Z before: 7", "9", 0.1), (some("9"), None));
        assert_eq!(of("20261125T093000Z before: 7", "9", 0.2), (some("9"), None), "made by hand");
    }
}
