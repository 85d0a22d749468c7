//! Which links the path of a request may mean, and which of them is meant once it is known what is behind their names:
//! the one place for edge and origin. Does not look a name up.
//!
//! Of all readings the longest name wins; at equal length the exact name, then a link that forwards paths, then the name with
//! what people and programs append by mistake taken off.

mod appended;

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

use crate::record::{LinkRecord, Resolution};
use crate::reserved::is_reserved;
use crate::slug::{self, MAX_SEGMENTS, Slug, is_allowed, is_variation_selector};
use appended::{Appended, Character, plus};

/// As long as a name can be as it is sent: three bytes for each that is encoded, and before they are composed three for one
/// (Unicode FAQ, normalization, of UTF-8). To compose 16 KB of marks takes milliseconds.
const MAX_ENCODED_BYTES: usize = 9 * slug::MAX_BYTES;
/// Signs at the end that a name may hold too are taken off one by one, so far, and then all: `/K_.` may be `K_.`, `K_` or `K`.
const MAX_SIGNS_ONE_BY_ONE: usize = 3;
/// Names that one path may mean: the whole path, signs taken off, and what lies before each other slash.
pub const MAX_CANDIDATES: usize = 1 + (MAX_SIGNS_ONE_BY_ONE + 1) + (MAX_SEGMENTS - 1);

/// A name that a path may mean.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate<'a> {
    pub slug: Slug,
    /// Where it ends in the path, the first slash included.
    pub end: usize,
    tail: Tail<'a>,
}

/// What follows a name.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Tail<'a> {
    /// Nothing, or the plus sign that asks for the preview.
    Exact { preview: bool },
    Beyond {
        /// For a link that forwards paths.
        rest: Option<&'a str>,
        appended: Option<Appended<'a>>,
    },
}

/// What a path asks of the link that it means.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Suffix<'a> {
    /// What follows the name, as it was sent: empty, or beginning with a slash. Only for a link that forwards paths.
    pub rest: &'a str,
    /// A `+` behind the name asks where the link leads instead of going there.
    pub preview: bool,
    pub(crate) query: Cow<'a, str>,
}

impl Suffix<'_> {
    /// `/K&a=b` is `/K?a=b`. `sent` is what follows the question mark.
    pub fn query<'q>(&'q self, sent: &'q str) -> Cow<'q, str> {
        match (self.query.as_ref(), sent) {
            (query, "") => Cow::Borrowed(query),
            ("", sent) => Cow::Borrowed(sent),
            (query, sent) => Cow::Owned(format!("{query}&{sent}")),
        }
    }
}

impl<'a> Candidate<'a> {
    /// `None`: the path goes on beyond a link that forwards no paths.
    fn suffix(&self, record: &LinkRecord) -> Option<Suffix<'a>> {
        match &self.tail {
            Tail::Exact { preview } => Some(Suffix { preview: *preview, ..Suffix::default() }),
            Tail::Beyond { rest: Some(rest), .. } if record.forward_path => {
                Some(Suffix { rest, ..Suffix::default() })
            }
            Tail::Beyond { appended, .. } => {
                let Appended { preview, query } = appended.clone()?;
                Some(Suffix { rest: "", preview, query })
            }
        }
    }

    /// Whether the path is this name, but for what was appended.
    fn is_whole(&self) -> bool {
        !matches!(&self.tail, Tail::Beyond { appended: None, .. })
    }
}

/// What is known of a candidate.
#[derive(Debug, Clone, Copy)]
pub enum Known<'r> {
    /// It was not looked up so far.
    NotLookedUp,
    /// It could not be looked up.
    Unavailable,
    Resolved(&'r Resolution),
}

/// What a path means. Positions are those of [`LinkPath::candidates`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Match<'a> {
    Link {
        position: usize,
        suffix: Suffix<'a>,
    },
    /// There was a link with the name.
    Removed {
        position: usize,
    },
    NotFound,
    /// A name that could not be looked up may be the one.
    Unavailable,
    /// The candidates before this position that were not looked up decide.
    Undecided {
        before: usize,
    },
}

#[derive(Debug, PartialEq, Eq)]
pub struct LinkPath<'a> {
    /// The longest name first. Never empty, at most [`MAX_CANDIDATES`], and no name twice.
    pub candidates: Vec<Candidate<'a>>,
}

impl<'a> LinkPath<'a> {
    /// What is meant, as far as is known. A name that could not be looked up does not hide a shorter one.
    pub fn find_match<'r>(&self, known: impl Fn(usize) -> Known<'r>) -> Match<'a> {
        let (mut unknown, mut unavailable, mut removed) = (false, false, None);
        for (position, candidate) in self.candidates.iter().enumerate() {
            match known(position) {
                Known::NotLookedUp => unknown = true,
                Known::Unavailable => unavailable = true,
                Known::Resolved(Resolution::NotFound) => {}
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

/// `path` begins with a slash and is percent-encoded. `nfc` brings a text into Unicode's composed form: browsers send
/// what was typed, and a keyboard may compose `ü` or not. `None` where no link can have such a path.
pub fn link_path<'a>(path: &'a str, nfc: impl Fn(&str) -> String) -> Option<LinkPath<'a>> {
    let name = path.strip_prefix('/')?;
    if !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        // Most paths are a code: one name, and no look at anything else.
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
        let Some(slug) = decoded(name, &nfc) else { continue };
        let is_known = candidates.iter().any(|candidate| candidate.slug == slug);
        if !is_known && !is_reserved(slug.first_segment()) {
            candidates.push(Candidate { slug, end: end + 1, tail });
        }
    }
    (!candidates.is_empty()).then_some(LinkPath { candidates })
}

/// Where in a path a name may end.
#[derive(Debug, Default)]
struct Scan {
    /// What follows is no part of a name. `None` where more of a name follows than one can have.
    limit: Option<usize>,
    /// The slashes before that, as far as a name has segments.
    slashes: Vec<usize>,
    /// The signs right before the limit that a name may hold, and that may have been appended all the same.
    signs: Vec<usize>,
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
                    scan.signs.push(at);
                }
                _ if is_variation_selector(character) => {}
                _ if !is_allowed(character, next_drawn(path, end)) => {
                    scan.limit = Some(at);
                    break;
                }
                '-' | '_' | '.' | '~' | '\u{200c}' | '\u{200d}' => scan.signs.push(at),
                _ => scan.signs.clear(),
            }
            at = end;
        }
        scan
    }

    /// The longest first.
    fn ends(&self) -> Vec<usize> {
        let mut ends = self.slashes.clone();
        if let Some(limit) = self.limit {
            ends.push(limit);
            ends.extend(self.signs.first());
            ends.extend(self.signs.iter().rev().take(MAX_SIGNS_ONE_BY_ONE));
        }
        ends.sort_unstable_by(|one, other| other.cmp(one));
        ends.dedup();
        ends.truncate(MAX_CANDIDATES);
        ends
    }

    /// `None` where the name that ends there cannot be meant.
    fn tail<'a>(&self, end: usize, text: &'a str) -> Option<Tail<'a>> {
        if text.is_empty() {
            return Some(Tail::Exact { preview: false });
        }
        // A slug holds no plus sign, encoded or not.
        if plus(text) == Some("") {
            return Some(Tail::Exact { preview: true });
        }
        let rest = (text.starts_with('/') && is_forwardable(text)).then_some(text);
        let appended = self.limit.filter(|limit| end >= self.signs.first().copied().unwrap_or(*limit));
        let appended = appended.and_then(|_| Appended::parse(text));
        (rest.is_some() || appended.is_some()).then_some(Tail::Beyond { rest, appended })
    }
}

/// The character that follows, but for variation selectors.
fn next_drawn(path: &str, mut at: usize) -> Option<char> {
    loop {
        let Character { character, end, .. } = Character::at(path, at)?;
        match character {
            Some(character) if is_variation_selector(character) => at = end,
            other => return other,
        }
    }
}

fn decoded(name: &str, nfc: &impl Fn(&str) -> String) -> Option<Slug> {
    if name
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~' | b'/'))
    {
        return name.parse().ok();
    }
    slug::canonical(&percent_decode_str(name).decode_utf8().ok()?, nfc).parse().ok()
}

/// Dot segments would climb out of the destination's path in the browser, encoded ones too (WHATWG URL, section 4.4);
/// a backslash is a slash there.
fn is_forwardable(rest: &str) -> bool {
    rest.bytes()
        .all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'\\' | b'"' | b'<' | b'>' | b'#' | b'?'))
        && !rest.split('/').any(|segment| {
            let segment = segment.to_ascii_lowercase().replace("%2e", ".");
            segment == "." || segment == ".."
        })
}

#[cfg(test)]
mod tests;
