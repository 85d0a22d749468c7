//! What a deployment writes beside each thing that it moves: when, and what was there before. Decides what a roll-back takes
//! back: the last deployment, whole or broken off, and nothing older.

use std::fmt;

/// In front of a note while its deployment tries the next version.
const CANARY: &str = "canary ";
const BEFORE: &str = "before: ";
const FIRST: &str = "first";
const BACK: &str = "back from: ";
/// Cloudflare's words for a Worker that was uploaded and made to serve in one call, as Terraform does with the placeholder.
const UPLOADED: &str = "Automatic deployment on upload.";

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Note {
    /// When its deployment began, `20261125T093000Z`: as a text it sorts by time.
    pub(super) at: String,
    pub(super) way: Way,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Way {
    Before(String),
    /// There was nothing before that could serve.
    First,
    /// That deployment was taken back.
    Back(String),
}

impl Note {
    fn parse(text: &str) -> Option<Self> {
        let (at, way) = text.split_once(' ')?;
        let way = if way == FIRST {
            Way::First
        } else if let Some(version) = way.strip_prefix(BEFORE) {
            Way::Before(version.to_owned())
        } else {
            Way::Back(way.strip_prefix(BACK)?.to_owned())
        };
        Some(Self { at: at.to_owned(), way })
    }
}

/// At most 90 bytes with a Worker's version: Cloudflare cuts a deployment's message at 100.
impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.way {
            Way::Before(version) => write!(f, "{} {BEFORE}{version}", self.at),
            Way::First => write!(f, "{} {FIRST}", self.at),
            Way::Back(version) => write!(f, "{} {BACK}{version}", self.at),
        }
    }
}

/// What serves now, as its cloud tells it.
#[derive(Clone, Debug)]
pub(super) struct Standing {
    pub(super) version: String,
    /// It has a part of the calls besides.
    pub(super) canary: Option<String>,
    pub(super) label: String,
}

impl Standing {
    pub(super) fn note(&self) -> Option<Note> {
        Note::parse(self.settled_label())
    }

    /// Of a Worker: no deployment has been here, nor anybody who said a word about theirs.
    pub(super) fn is_placeholder(&self) -> bool {
        self.canary.is_none() && ["", UPLOADED].contains(&self.label.as_str())
    }

    /// Of a function: no deployment but its first has been here. Those of another hand leave no note.
    pub(super) fn is_at_its_beginning(&self) -> bool {
        let is_first = |note: Note| note.way == Way::First;
        self.trial().is_none() && self.note().is_none_or(is_first)
    }

    /// Without what a canary puts in front of it.
    pub(super) fn settled_label(&self) -> &str {
        self.trial().map_or(&self.label, |(_, settled)| settled)
    }

    pub(super) fn canary_label(&self, at: &str) -> String {
        format!("{CANARY}{at}; {}", self.label)
    }

    /// The last deployment that touched it.
    pub(super) fn deployed_at(&self) -> Option<String> {
        self.trial().map(|(at, _)| at.to_owned()).or_else(|| self.note().map(|note| note.at))
    }

    fn trial(&self) -> Option<(&str, &str)> {
        self.label.strip_prefix(CANARY)?.split_once("; ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notes_are_read_as_they_are_written() {
        for way in [Way::Before("7".into()), Way::First, Way::Back("8".into())] {
            let note = Note { at: "20261125T093000Z".into(), way };
            assert_eq!(Note::parse(&note.to_string()), Some(note));
        }
        assert_eq!(Note::parse("somebody's own words"), None);
        assert_eq!(Note::parse(""), None);
    }

    #[test]
    fn a_canary_keeps_the_note_that_it_is_put_in_front_of() {
        let uuid = "3f2504e0-4f89-41d3-9a0c-0305e82c3301";
        let before =
            Standing { version: "8".into(), canary: None, label: format!("20261120T000000Z before: {uuid}") };
        let label = before.canary_label("20261125T093000Z");
        assert!(label.len() <= 100, "{}", label.len());
        let trial = Standing { canary: Some("9".into()), label, ..before.clone() };
        assert_eq!(trial.deployed_at().as_deref(), Some("20261125T093000Z"));
        assert_eq!(trial.settled_label(), before.label);
        assert_eq!(trial.note(), before.note());
    }
}
