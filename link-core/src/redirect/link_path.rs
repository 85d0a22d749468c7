//! Finds the link that a path refers to, for edge and origin: first the candidate names, then the match among their resolutions.
//! Does not look a name up.
//!
//! The longest name wins. At equal length, the exact name comes first, then a link that forwards paths, then the name without text
//! that people and programs append by mistake.

mod appended;

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

use crate::names::code::Code;
use crate::names::reserved::is_reserved;
use crate::names::slug::{self, MAX_SEGMENTS, Slug, is_allowed, is_sign, is_variation_selector};
use crate::record::{LinkRecord, Resolution};
use appended::{Appended, Character, strip_plus};

/// The longest that an encoded name can be. Percent-encoding triples each byte, and text may be three times as long in UTF-8 before
/// it is composed (Unicode FAQ, normalization). The limit matters, because composing 16 KB of marks takes milliseconds.
const MAX_ENCODED_BYTES: usize = 9 * slug::MAX_BYTES;
/// A name may end in punctuation, or the punctuation was appended to it. Up to this many such characters are removed one by one, and
/// then all of them: `/K_.` may mean `K_.`, `K_` or `K`.
const MAX_SINGLE_REMOVALS: usize = 3;
/// The most names that one path may mean: the whole path, the path without trailing punctuation, and the part before each other
/// slash; and where case is ignored, one that looks like a generated code in two spellings.
pub const MAX_CANDIDATES: usize = 1 + (MAX_SINGLE_REMOVALS + 1) + (MAX_SEGMENTS - 1) + 1;

/// A name that a path may mean.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate<'a> {
    pub slug: Slug,
    /// The position in the path where the name ends, counting the first slash.
    pub end: usize,
    tail: Tail<'a>,
}

/// The text that follows a name in the path.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Tail<'a> {
    /// The tail is empty, or it is the plus sign that asks for a preview.
    Exact { preview: bool },
    Extra {
        /// The path to forward, if the link forwards paths.
        rest: Option<&'a str>,
        /// The tail as text that was appended by mistake.
        appended: Option<Appended<'a>>,
    },
}

/// The part of a path after the name of its link.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Suffix<'a> {
    /// The path to forward, as it was sent: empty, or with a slash at the start. Always empty if the link forwards no paths.
    pub rest: &'a str,
    /// A `+` follows the name: the visitor asks where the link leads.
    pub preview: bool,
    pub(crate) query: Cow<'a, str>,
}

impl Suffix<'_> {
    /// The whole query: `/K&a=b` is read as `/K?a=b`. `sent` is the text after the question mark.
    pub fn query<'q>(&'q self, sent: &'q str) -> Cow<'q, str> {
        match (self.query.as_ref(), sent) {
            (query, "") => Cow::Borrowed(query),
            ("", sent) => Cow::Borrowed(sent),
            (query, sent) => Cow::Owned(format!("{query}&{sent}")),
        }
    }
}

impl<'a> Candidate<'a> {
    /// `None` if the path is longer than the name and the link does not forward paths.
    fn suffix(&self, record: &LinkRecord) -> Option<Suffix<'a>> {
        match &self.tail {
            Tail::Exact { preview } => Some(Suffix { preview: *preview, ..Suffix::default() }),
            Tail::Extra { rest: Some(rest), .. } if record.forward_path => {
                Some(Suffix { rest, ..Suffix::default() })
            }
            Tail::Extra { appended, .. } => {
                let Appended { preview, query } = appended.clone()?;
                Some(Suffix { rest: "", preview, query })
            }
        }
    }

    fn looks_generated(&self) -> bool {
        self.slug.as_str().parse::<Code>().is_ok()
    }

    /// Whether the path is this name, apart from text that was appended by mistake.
    fn is_whole(&self) -> bool {
        !matches!(&self.tail, Tail::Extra { appended: None, .. })
    }
}

/// What the caller knows about a candidate.
#[derive(Debug, Clone, Copy)]
pub enum Known<'r> {
    /// The name has not been looked up yet.
    NotLookedUp,
    /// The lookup failed.
    Unavailable,
    Resolved(&'r Resolution),
}

/// The link that a path refers to. Positions are indexes of [`LinkPath::candidates`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Match<'a> {
    Link {
        position: usize,
        suffix: Suffix<'a>,
    },
    /// The link with this name was deleted.
    Removed {
        position: usize,
    },
    NotFound,
    /// The lookup of a name that may be the match failed.
    Unavailable,
    /// The candidates before this position that were not looked up must be looked up first.
    Undecided {
        before: usize,
    },
}

#[derive(Debug, PartialEq, Eq)]
pub struct LinkPath<'a> {
    /// The possible names, the longest first: at least one, at most [`MAX_CANDIDATES`], and no duplicates.
    pub candidates: Vec<Candidate<'a>>,
}

impl<'a> LinkPath<'a> {
    /// What stands for a document of a domain or a picture, so that it is looked up like a link. No visitor's path means it.
    pub fn of_document(name: Slug) -> Self {
        let tail = Tail::Exact { preview: false };
        Self { candidates: vec![Candidate { slug: name, end: 0, tail }] }
    }

    /// Whether the names are others on a domain that ignores case, so that it must be known first whether the domain does. A name that
    /// looks like a generated code is looked up as it is, and waits for nothing.
    pub fn depends_on_case(&self, fold: &impl Fn(&str) -> String) -> bool {
        self.candidates
            .iter()
            .any(|candidate| !candidate.looks_generated() && candidate.slug.folded(fold).is_some())
    }

    /// The path on a domain that ignores case. `None` if its names are the same. What looks like a generated code may also be an alias.
    pub fn ignoring_case(&self, fold: &impl Fn(&str) -> String) -> Option<Self> {
        let mut candidates = Vec::with_capacity(self.candidates.len() + 1);
        let mut is_other = false;
        for candidate in &self.candidates {
            let folded = candidate.slug.folded(fold);
            is_other |= folded.is_some();
            if folded.is_none() || candidate.looks_generated() {
                candidates.push(candidate.clone());
            }
            candidates.extend(folded.map(|slug| Candidate {
                slug,
                end: candidate.end,
                tail: candidate.tail.clone(),
            }));
        }
        is_other.then_some(Self { candidates })
    }

    /// The match, as far as `known` decides it. A failed lookup of a name does not hide a link with a shorter name.
    pub fn find_match<'r>(&self, known: impl Fn(usize) -> Known<'r>) -> Match<'a> {
        let (mut unknown, mut unavailable, mut removed) = (false, false, None);
        for (position, candidate) in self.candidates.iter().enumerate() {
            match known(position) {
                Known::NotLookedUp => unknown = true,
                Known::Unavailable => unavailable = true,
                Known::Resolved(Resolution::NotFound | Resolution::Document { .. }) => {}
                Known::Resolved(Resolution::Deleted { .. }) if candidate.is_whole() => {
                    removed.get_or_insert(position);
                }
                Known::Resolved(Resolution::Deleted { .. }) => {}
                Known::Resolved(Resolution::Found { record }) => match candidate.suffix(record) {
                    Some(_) if unknown => return Match::Undecided { before: position },
                    Some(suffix) => return Match::Link { position, suffix },
                    None => {}
                },
            }
        }
        match (unknown, unavailable, removed) {
            (true, ..) => Match::Undecided { before: self.candidates.len() },
            (false, true, _) => Match::Unavailable,
            (false, false, Some(position)) => Match::Removed { position },
            (false, false, None) => Match::NotFound,
        }
    }
}

/// Parses a percent-encoded path that begins with a slash. `nfc` converts a text to Unicode's composed form: browsers send a name as
/// typed, and keyboards differ in whether they compose `ü`. `None` if no link can have such a path.
pub fn link_path<'a>(path: &'a str, nfc: impl Fn(&str) -> String) -> Option<LinkPath<'a>> {
    let name = path.strip_prefix('/')?;
    if !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        // Most paths are a single code, which needs no scan.
        let slug: Slug = name.parse().ok()?;
        let tail = Tail::Exact { preview: false };
        let candidates = vec![Candidate { slug, end: path.len(), tail }];
        return (!is_reserved(name)).then_some(LinkPath { candidates });
    }
    let scan = Scan::of(name);
    let mut candidates: Vec<Candidate<'a>> = Vec::new();
    for end in scan.ends() {
        let Some((name, tail)) = name.split_at_checked(end) else { continue };
        let Some(tail) = scan.tail(end, tail) else { continue };
        let Some(slug) = decode_slug(name, &nfc) else { continue };
        let is_known = candidates.iter().any(|candidate| candidate.slug == slug);
        if !is_known && !is_reserved(slug.first_segment()) {
            candidates.push(Candidate { slug, end: end + 1, tail });
        }
    }
    (!candidates.is_empty()).then_some(LinkPath { candidates })
}

/// The positions in a path where a name may end.
#[derive(Debug, Default)]
struct Scan {
    /// The first position that cannot be part of a name. `None` if the name would be too long, also without trailing punctuation.
    limit: Option<usize>,
    /// The slashes before the limit, up to the maximum number of segments.
    slashes: Vec<usize>,
    /// The punctuation right before the limit. It may be part of the name, or appended by mistake.
    punctuation: Vec<usize>,
}

impl Scan {
    fn of(path: &str) -> Self {
        let (mut scan, mut at) = (Self::default(), 0);
        while at <= MAX_ENCODED_BYTES {
            let Some(Character { character: Some(character), is_encoded, end }) = Character::at(path, at)
            else {
                scan.limit = Some(at);
                break;
            };
            match character {
                '/' if !is_encoded => {
                    if scan.slashes.len() < MAX_SEGMENTS {
                        scan.slashes.push(at);
                    }
                    scan.punctuation.push(at);
                }
                _ if is_variation_selector(character) => {}
                _ if !is_allowed(character, next_visible(path, end)) => {
                    scan.limit = Some(at);
                    break;
                }
                _ if is_sign(character) => scan.punctuation.push(at),
                _ => scan.punctuation.clear(),
            }
            at = end;
        }
        if scan.limit.is_none() && !scan.punctuation.is_empty() {
            scan.limit = Some(at);
        }
        scan
    }

    /// The possible ends, the longest name first. At most [`MAX_CANDIDATES`] of them are ends of names: after the last of the slashes
    /// that are kept, a name has too many segments.
    fn ends(&self) -> Vec<usize> {
        let mut ends = self.slashes.clone();
        if let Some(limit) = self.limit {
            ends.push(limit);
            ends.extend(self.punctuation.first());
            ends.extend(self.punctuation.iter().rev().take(MAX_SINGLE_REMOVALS));
        }
        ends.sort_unstable_by(|one, other| other.cmp(one));
        ends.dedup();
        ends
    }

    /// The tail after the name that ends at `end`. `None` if the path cannot refer to that name.
    fn tail<'a>(&self, end: usize, text: &'a str) -> Option<Tail<'a>> {
        if text.is_empty() {
            return Some(Tail::Exact { preview: false });
        }
        // A slug contains no plus sign, encoded or not.
        if strip_plus(text) == Some("") {
            return Some(Tail::Exact { preview: true });
        }
        let rest = (text.starts_with('/') && is_forwardable(text)).then_some(text);
        let appended = self.limit.filter(|limit| end >= self.punctuation.first().copied().unwrap_or(*limit));
        let appended = appended.and_then(|_| Appended::parse(text));
        (rest.is_some() || appended.is_some()).then_some(Tail::Extra { rest, appended })
    }
}

/// The next character that is not a variation selector.
fn next_visible(path: &str, mut at: usize) -> Option<char> {
    loop {
        let Character { character, end, .. } = Character::at(path, at)?;
        match character {
            Some(character) if is_variation_selector(character) => at = end,
            other => return other,
        }
    }
}

pub(super) fn decode_slug(name: &str, nfc: &impl Fn(&str) -> String) -> Option<Slug> {
    if name.len() > MAX_ENCODED_BYTES {
        return None;
    }
    if name
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~' | b'/'))
    {
        return name.parse().ok();
    }
    slug::canonical(&percent_decode_str(name).decode_utf8().ok()?, nfc).parse().ok()
}

/// Whether the text can be added to a destination's path, encoded. Browsers resolve dot segments, encoded ones too (WHATWG URL, section 4.4),
/// and read a backslash as a slash, so that the result could leave the destination's path.
fn is_forwardable(rest: &str) -> bool {
    rest.bytes()
        .all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'\\' | b'#' | b'?') || !byte.is_ascii())
        && !rest.split('/').any(|segment| {
            let segment = segment.to_ascii_lowercase().replace("%2e", ".");
            segment == "." || segment == ".."
        })
}

#[cfg(test)]
mod tests;
