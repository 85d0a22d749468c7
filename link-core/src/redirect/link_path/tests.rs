//! Tests of every way to read a path, and of which match wins.

mod appended;

use proptest::prelude::*;

use super::*;
use crate::record::Revision;
use crate::record::tests::record;

/// Composes only the pair of characters that these tests use.
fn nfc(text: &str) -> String {
    text.replace("u\u{308}", "ü")
}

fn names(path: &str) -> Vec<String> {
    let path = link_path(path, nfc).map(|path| path.candidates).unwrap_or_default();
    path.into_iter().map(|candidate| candidate.slug.into()).collect()
}

fn link(forward_path: bool) -> Resolution {
    Resolution::Found { record: LinkRecord { forward_path, ..record() } }
}

/// The match of a path if exactly these names exist. `name/*` forwards paths, and `-name` was deleted. The result is `name`,
/// `name/rest`, `name+`, `name?query`, `-name`, `none` or `no path`.
fn matched(path: &str, names: &[&str]) -> String {
    let Some(parsed) = link_path(path, nfc) else { return "no path".to_owned() };
    let resolutions: Vec<_> = parsed
        .candidates
        .iter()
        .map(|candidate| {
            let slug = candidate.slug.as_str();
            if names.contains(&format!("{slug}/*").as_str()) {
                link(true)
            } else if names.contains(&slug) {
                link(false)
            } else if names.contains(&format!("-{slug}").as_str()) {
                Resolution::Deleted { revision: Revision(1) }
            } else {
                Resolution::NotFound
            }
        })
        .collect();
    match parsed.find_match(|position| Known::Resolved(&resolutions[position])) {
        Match::Link { position, suffix } => {
            let query = suffix.query("");
            let (plus, mark) =
                (if suffix.preview { "+" } else { "" }, if query.is_empty() { "" } else { "?" });
            format!("{}{}{plus}{mark}{query}", parsed.candidates[position].slug, suffix.rest)
        }
        Match::Removed { position } => format!("-{}", parsed.candidates[position].slug),
        Match::NotFound => "none".to_owned(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn code_has_one_candidate() {
    assert_eq!(names("/00Aa9Zz"), ["00Aa9Zz"]);
    assert_eq!(names("/00Aa9Zz/"), ["00Aa9Zz"]);
    assert_eq!(names("/00Aa9Zz+"), ["00Aa9Zz"]);
    assert_eq!(names("/00Aa9Zz&utm_source=x"), ["00Aa9Zz"]);
}

#[test]
fn longest_name_is_the_first_candidate() {
    assert_eq!(names("/a/b/c"), ["a/b/c", "a/b", "a"]);
    assert_eq!(names("/a//b"), ["a"]);
    assert_eq!(names("/a/b/c/d/e/f"), ["a/b/c/d", "a/b/c", "a/b", "a"]);
    assert_eq!(names("/K_."), ["K_.", "K_", "K"]);
    assert_eq!(names("/K......"), ["K......", "K.....", "K....", "K...", "K"]);
    assert_eq!(
        names("/a/b/c/d....."),
        ["a/b/c/d.....", "a/b/c/d....", "a/b/c/d...", "a/b/c/d..", "a/b/c/d", "a/b/c", "a/b", "a"]
    );
}

#[test]
fn case_is_ignored_after_a_generated_code_is_tried() {
    let fold = |text: &str| text.to_lowercase();
    let of = |path: &str| {
        let path = link_path(path, str::to_owned).unwrap();
        let names = path.ignoring_case(&fold);
        let names =
            names.map(|path| path.candidates.iter().map(|name| name.slug.to_string()).collect::<Vec<_>>());
        (path.depends_on_case(&fold), names.unwrap_or_default())
    };
    let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    assert_eq!(of("/sale"), (false, names(&[])));
    assert_eq!(of("/Sale"), (true, names(&["sale"])));
    assert_eq!(of("/%C3%84rmel"), (true, names(&["ärmel"])));
    assert_eq!(of("/00Aa9Zz"), (false, names(&["00Aa9Zz", "00aa9zz"])));
    assert_eq!(of("/00Aa9Zz+"), (false, names(&["00Aa9Zz", "00aa9zz"])));
    assert_eq!(of("/Wiki/a"), (true, names(&["wiki/a", "wiki"])));
    assert_eq!(of("/00Aa9Zz/b."), (true, names(&["00aa9zz/b.", "00aa9zz/b", "00Aa9Zz", "00aa9zz"])));
}

#[test]
fn name_is_decoded_and_composed_but_the_rest_is_not() {
    assert_eq!(names("/gr%C3%BCn"), ["grün"]);
    assert_eq!(names("/gru%CC%88n/%C3%BC"), ["grün/ü", "grün"]);
    assert_eq!(names("/%61b"), ["ab"]);
    assert_eq!(names("/%E2%9D%A4%EF%B8%8F"), ["❤"]);
    assert_eq!(names("/1%EF%B8%8F%E2%83%A3"), ["1\u{20e3}"]);
    assert_eq!(names("/%23%EF%B8%8F%E2%83%A3"), ["#\u{20e3}"]);
    assert_eq!(names("/%F0%9F%91%A9%E2%80%8D%F0%9F%92%BB"), ["👩\u{200d}💻"]);
    assert_eq!(matched("/a/%20x", &["a/*"]), "a/%20x");
}

#[test]
fn text_too_long_for_a_name_is_not_composed() {
    let long = format!("/{}", "u%CC%88".repeat(128));
    assert_eq!(names(&long), ["ü".repeat(128)]);
    let endless = format!("/{}", "%CC%88".repeat(1_000));
    assert_eq!(link_path(&endless, |_| unreachable!("composed")), None);
}

#[test]
fn longest_name_wins_then_exact_then_forwarding() {
    for (path, names, expected) in [
        ("/a/b", &["a/b", "a/*"][..], "a/b"),
        ("/a/b", &["a/b/*", "a/*"], "a/b"),
        ("/a/b/c", &["a/b", "a/*"], "a/b/c"),
        ("/a/b/c", &["a/b/*", "a/*"], "a/b/c"),
        ("/a/b/c", &["a"], "none"),
        ("/a/b.", &["a/b.", "a/b", "a/*"], "a/b."),
        ("/a/b.", &["a/b", "a/*"], "a/b"),
        ("/a/b.", &["a/b/*", "a/*"], "a/b"),
        ("/a/b.", &["a/*"], "a/b."),
        ("/a/", &["a/*"], "a/"),
        ("/a/", &["a"], "a"),
        ("/a/b/", &["a/b", "a/*"], "a/b"),
        ("/a/b/", &["a/*"], "a/b/"),
        ("/a//", &["a"], "a"),
        ("/K_.", &["K_", "K"], "K_"),
        ("/K_.", &["K"], "K"),
        ("/wiki/Foo_(bar)", &["wiki/*", "wiki/Foo"], "wiki/Foo_(bar)"),
        ("/wiki/C%23", &["wiki/*"], "wiki/C%23"),
        ("/K/é", &["K/*"], "K/é"),
        ("/K/日本/x", &["K/*"], "K/日本/x"),
        ("/K/x\"", &["K/*"], "K/x\""),
        ("/K/x\"", &["K/x", "K/*"], "K/x"),
    ] {
        assert_eq!(matched(path, names), expected, "{path} {names:?}");
    }
}

#[test]
fn final_plus_asks_for_a_preview_of_an_exact_name_only() {
    for (path, names, expected) in [
        ("/K+", &["K"][..], "K+"),
        ("/K%2B", &["K"], "K+"),
        ("/a/b+", &["a/b", "a/*"], "a/b+"),
        ("/a/b+", &["a/*"], "a/b+"),
        ("/wiki/C++", &["wiki/*"], "wiki/C++"),
        ("/wiki/C++", &["wiki/*", "wiki/C"], "wiki/C++"),
        ("/wiki/C%2B%2B", &["wiki/*"], "wiki/C%2B%2B"),
        ("/K+.", &["K"], "K+"),
        ("/K+/", &["K"], "K+"),
        ("/K++", &["K"], "no path"),
        ("/K/+", &["K"], "none"),
        ("/+", &["K"], "no path"),
    ] {
        assert_eq!(matched(path, names), expected, "{path} {names:?}");
    }
    // `matched` writes a forwarded plus like a preview, so check the suffix itself.
    let path = link_path("/wiki/C+", nfc).unwrap();
    let forwarding = link(true);
    let known = |position| Known::Resolved(if position == 0 { &Resolution::NotFound } else { &forwarding });
    let suffix = Suffix { rest: "/C+", ..Suffix::default() };
    assert_eq!(path.find_match(known), Match::Link { position: 1, suffix });
}

#[test]
fn deleted_name_is_removed_unless_a_shorter_one_matches() {
    for (path, names, expected) in [
        ("/K", &["-K"][..], "-K"),
        ("/K/", &["-K"], "-K"),
        ("/K.", &["-K"], "-K"),
        ("/K.", &["-K.", "K"], "K"),
        ("/K/x", &["-K"], "none"),
        ("/a/b", &["-a/b", "a/*"], "a/b"),
        ("/a/b", &["-a/b", "a"], "-a/b"),
    ] {
        assert_eq!(matched(path, names), expected, "{path} {names:?}");
    }
}

#[test]
fn failed_lookup_never_yields_not_found() {
    let path = link_path("/a/b/c", nfc).unwrap();
    let forwarding = link(true);
    let link_at = |at, rest| Match::Link { position: at, suffix: Suffix { rest, ..Suffix::default() } };
    use Known::{NotLookedUp, Resolved, Unavailable};
    let missing = Resolution::NotFound;
    for (known, expected) in [
        ([Unavailable, Resolved(&missing), Resolved(&missing)], Match::Unavailable),
        ([Unavailable, Resolved(&forwarding), NotLookedUp], link_at(1, "/c")),
        ([Resolved(&missing), NotLookedUp, NotLookedUp], Match::Undecided { before: 3 }),
        ([NotLookedUp, Resolved(&forwarding), NotLookedUp], Match::Undecided { before: 1 }),
        ([Resolved(&missing), Resolved(&missing), Resolved(&forwarding)], link_at(2, "/b/c")),
        ([Resolved(&missing), Resolved(&missing), Resolved(&missing)], Match::NotFound),
    ] {
        assert_eq!(path.find_match(|position| known[position]), expected);
    }
}

#[test]
fn path_that_no_link_can_have_matches_nothing() {
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
        "/%20",
        "/api/v1",
        "/API",
        "/healthz/x",
        "/favicon.ico/",
        "/%3Cscript%3E",
        "/%2e%2e",
        "/.",
        "/robots.txt",
        "/.well-known/x",
        "/a/b/../c%2Fd",
    ] {
        assert_eq!(matched(path, &[]).replace("none", "no path"), "no path", "{path}");
    }
    assert_eq!(link_path("/robots.txt", nfc), None);
    assert_eq!(link_path("/api/v1", nfc), None);
}

#[test]
fn dot_segments_are_never_forwarded() {
    for path in ["/a/../b", "/a/%2e%2E/b", "/a/.%2e", "/a/./b", "/a/b\\c", "/a/b c", "/a/\u{e9}/%2e."] {
        let result = matched(path, &["a/*"]);
        assert!(["none", "no path", "a"].contains(&result.as_str()), "{path}: {result}");
    }
}

fn path() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        4 => "[a-c]{1,3}",
        2 => Just("/".to_owned()),
        3 => prop::sample::select(vec![".", "-", "+", ")", "&", "%", "%20", "%3F", "%2F", "%E2%80%9D", "%CC%88", "%EF%B8%8F", "%E2%83%A3", "é", "*", "%00", "amp;", "="])
            .prop_map(str::to_owned),
    ];
    prop::collection::vec(part, 0..14).prop_map(|parts| format!("/{}", parts.concat()))
}

proptest! {
    #[test]
    fn candidates_are_distinct_beginnings_of_the_path(path in path()) {
        if let Some(parsed) = link_path(&path, nfc) {
            prop_assert!((1..=MAX_CANDIDATES).contains(&parsed.candidates.len()));
            for (position, candidate) in parsed.candidates.iter().enumerate() {
                let name = percent_decode_str(&path[1..candidate.end]).decode_utf8().unwrap();
                prop_assert_eq!(slug::canonical(&name, nfc), candidate.slug.as_str());
                for shorter in &parsed.candidates[position + 1..] {
                    prop_assert!(shorter.end < candidate.end && shorter.slug != candidate.slug);
                }
            }
        }
    }

    #[test]
    fn link_with_the_exact_name_wins(path in path(), others: bool) {
        let exact = percent_decode_str(&path[1..]).decode_utf8().ok().map(|name| slug::canonical(&name, nfc));
        if let Some(slug) = exact.and_then(|name| name.parse::<Slug>().ok())
            && !path.contains("%2F") && !is_reserved(slug.first_segment())
        {
            let parsed = link_path(&path, nfc).unwrap();
            let (exact, other) = (link(false), link(others));
            let known = |position| Known::Resolved(if position == 0 { &exact } else { &other });
            prop_assert_eq!(parsed.find_match(known), Match::Link { position: 0, suffix: Suffix::default() });
        }
    }

    #[test]
    fn name_and_forwarded_rest_make_up_the_path(path in path()) {
        if let Some(parsed) = link_path(&path, nfc) {
            let forwarding = link(true);
            let known = |position| match position + 1 == parsed.candidates.len() {
                true => Known::Resolved(&forwarding),
                false => Known::Resolved(&Resolution::NotFound),
            };
            if let Match::Link { position, suffix } = parsed.find_match(known) && !suffix.rest.is_empty() {
                prop_assert_eq!(&path[parsed.candidates[position].end..], suffix.rest);
            }
        }
    }
}
