//! Which links the path of a request may mean, and what is left of it for the destination. Does not look one up.

use percent_encoding::percent_decode_str;

use crate::reserved::is_reserved;
use crate::slug::{self, MAX_SEGMENTS, Slug};

/// As long as a name can be as it is sent: three bytes for each that is encoded, and before they are composed three for one
/// (Unicode FAQ, normalization, of UTF-8). To compose 16 KB of marks takes milliseconds.
const MAX_ENCODED_BYTES: usize = 9 * slug::MAX_BYTES;

/// One reading of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate<'a> {
    pub slug: Slug,
    /// What follows the slug, as it was sent: empty, or beginning with a slash. Only a link that forwards paths is meant
    /// where something is left.
    pub rest: &'a str,
}

#[derive(Debug, PartialEq, Eq)]
pub struct LinkPath<'a> {
    /// The whole path first, then what lies before each slash, the longest first. Never empty.
    pub candidates: Vec<Candidate<'a>>,
    /// A `+` at the end asks where the link leads instead of going there.
    pub preview: bool,
}

/// `path` begins with a slash and is percent-encoded. `nfc` brings a text into Unicode's composed form: browsers send
/// what was typed, and a keyboard may compose `ü` or not. `None` where no link can have such a path.
pub fn link_path<'a>(path: &'a str, nfc: impl Fn(&str) -> String) -> Option<LinkPath<'a>> {
    let path = path.strip_prefix('/')?;
    // A slug holds no plus sign, encoded or not, so one at the end is never part of a name.
    let (path, preview) = path.strip_suffix('+').map_or((path, false), |path| (path, true));
    let first = path.split('/').next().unwrap_or_default();
    let slashes = path.match_indices('/').map(|(at, _)| at).take(MAX_SEGMENTS);
    let mut ends: Vec<usize> = slashes.collect();
    if ends.len() < MAX_SEGMENTS {
        ends.push(path.len());
    }
    let candidates: Vec<_> = ends
        .into_iter()
        .rev()
        .filter_map(|end| {
            let (name, rest) = path.split_at_checked(end)?;
            let candidate = Candidate { slug: decoded(name, &nfc)?, rest };
            (is_forwardable(rest) && !is_reserved(candidate.slug.first_segment())).then_some(candidate)
        })
        .collect();
    (!first.is_empty() && !candidates.is_empty()).then_some(LinkPath { candidates, preview })
}

fn decoded(name: &str, nfc: &impl Fn(&str) -> String) -> Option<Slug> {
    if name
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~' | b'/'))
    {
        return name.parse().ok();
    }
    // An encoded slash is no separator, and a slug's segment holds none.
    if name.len() > MAX_ENCODED_BYTES || name.to_ascii_lowercase().contains("%2f") {
        return None;
    }
    nfc(&percent_decode_str(name).decode_utf8().ok()?).parse().ok()
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
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Composes the one pair that these tests use.
    fn nfc(text: &str) -> String {
        text.replace("u\u{308}", "ü")
    }

    fn candidates(path: &str) -> Vec<(String, &str)> {
        let path = link_path(path, nfc).map(|path| path.candidates).unwrap_or_default();
        path.into_iter().map(|candidate| (candidate.slug.into(), candidate.rest)).collect()
    }

    fn named(name: &str, rest: &'static str) -> (String, &'static str) {
        (name.to_owned(), rest)
    }

    #[test]
    fn the_whole_path_is_tried_first_and_then_what_lies_before_each_slash() {
        assert_eq!(candidates("/00Aa9Zz"), [named("00Aa9Zz", "")]);
        assert_eq!(candidates("/a/b/c"), [named("a/b/c", ""), named("a/b", "/c"), named("a", "/b/c")]);
        assert_eq!(candidates("/a/"), [named("a", "/")]);
        assert_eq!(candidates("/a//b"), [named("a", "//b")]);
        let deep = candidates("/a/b/c/d/e/f");
        assert_eq!(deep.first(), Some(&named("a/b/c/d", "/e/f")));
        assert_eq!((deep.len(), deep.last()), (4, Some(&named("a", "/b/c/d/e/f"))));
    }

    #[test]
    fn a_name_is_decoded_and_composed_and_the_rest_is_not() {
        assert_eq!(candidates("/gr%C3%BCn"), [named("grün", "")]);
        assert_eq!(candidates("/gru%CC%88n/%C3%BC"), [named("grün/ü", ""), named("grün", "/%C3%BC")]);
        assert_eq!(candidates("/%61b"), [named("ab", "")]);
        assert_eq!(candidates("/a/%20x"), [named("a", "/%20x")]);
    }

    #[test]
    fn the_longest_name_is_composed_and_what_no_name_can_be_is_not() {
        let long = format!("/{}", "u%CC%88".repeat(128));
        assert_eq!(candidates(&long), [named(&"ü".repeat(128), "")]);
        let endless = format!("/{}", "%CC%88".repeat(1_000));
        assert_eq!(link_path(&endless, |_| unreachable!("composed")), None);
    }

    #[test]
    fn a_plus_sign_at_the_end_asks_for_the_preview() {
        let path = link_path("/00Aa9Zz+", nfc).unwrap();
        assert!(path.preview && path.candidates.len() == 1);
        assert!(!link_path("/00Aa9Zz", nfc).unwrap().preview);
        assert_eq!(link_path("/00Aa9Zz++", nfc), None);
        assert_eq!(link_path("/+", nfc), None);
    }

    #[test]
    fn a_path_that_no_link_can_have_means_none() {
        for path in [
            "",
            "/",
            "//",
            "//a",
            "a",
            "/%",
            "/%zz",
            "/%00",
            "/%FF",
            "/a%2Fb",
            "/a%20b",
            "/api/v1",
            "/API",
            "/healthz/x",
            "/<script>",
            "/a\\b",
            "/%2e%2e",
            "/.",
            "/robots.txt",
            "/a%2B",
        ] {
            assert_eq!(link_path(path, nfc), None, "{path}");
        }
    }

    #[test]
    fn nothing_that_climbs_is_forwarded() {
        for path in ["/a/../b", "/a/%2e%2E/b", "/a/.%2e", "/a/./b", "/a/b\\c", "/a/b c", "/a/\u{e9}"] {
            let forwarded = candidates(path);
            assert!(forwarded.iter().all(|(_, rest)| rest.is_empty()), "{path}: {forwarded:?}");
        }
    }

    proptest! {
        #[test]
        fn no_path_makes_it_panic_and_every_candidate_is_a_beginning(path in "/[a-c/%0-9+.é]{0,24}") {
            if let Some(parsed) = link_path(&path, nfc) {
                prop_assert!((1..=MAX_SEGMENTS).contains(&parsed.candidates.len()));
                for candidate in parsed.candidates {
                    prop_assert!(candidate.rest.is_empty() || candidate.rest.starts_with('/'));
                    prop_assert!(path.strip_suffix('+').unwrap_or(&path).ends_with(candidate.rest));
                }
            }
        }
    }
}
