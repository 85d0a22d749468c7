//! Tests of every way to read a path, and of which match wins.

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
fn text_appended_by_mistake_is_removed() {
    for appended in [
        "/",
        "//",
        ".",
        "..",
        "...",
        ",",
        ";",
        ":",
        "!",
        "!!!",
        "'",
        "\"",
        "(",
        ")",
        ").",
        "]",
        "}",
        ">",
        "*",
        "**",
        "_",
        "~",
        "-",
        "--",
        "=",
        "|",
        "`",
        "@",
        "%",
        "%2F",
        "%5C",
        "%2",
        "%E2%80",
        "%FF",
        "%00",
        "%0A",
        "%0D%0A",
        "%09",
        "%20",
        "%20%20",
        "%20and%20more",
        "%22",
        "%22%3E",
        "%22%3Elink%3C/a%3E",
        "%27",
        "%29",
        "%5D",
        "%5D(https://a.test/)",
        "%7D",
        "%3E",
        "%3Cbr%3E",
        "%3C/a%3E",
        "%60",
        "%7C",
        "%2C",
        "%2E",
        "%3B",
        "%3A",
        "%21",
        "%3F",
        "%3F%3F",
        "%3D",
        "%2A%2A",
        "%5Cn",
        "%5Cu003e",
        ";jsessionid=1",
        "%23section",
        "/.",
        "./",
        "./././././.",
        ".)",
        ".%22",
        "),",
        "/%20",
        ".%0A",
        "&",
        "&nbsp;",
        "&quot;",
        "&quot;&gt;text",
        "&gt;",
        "%26nbsp%3B",
        "%C2%A0",
        "%C2%AB",
        "%C2%BB",
        "%C2%AD",
        "%E2%80%8B",
        "%E2%80%8D",
        "%E2%80%8E",
        "%E2%80%93",
        "%E2%80%94",
        "%E2%80%98",
        "%E2%80%99",
        "%E2%80%9C",
        "%E2%80%9D",
        "%E2%80%9E",
        "%E2%80%A6",
        "%E2%80%A8",
        "%E2%80%A2",
        "%E2%80%BA",
        "%EF%BB%BF",
        "%EF%BF%BD",
        "%E3%80%80",
        "%E3%80%81",
        "%E3%80%82",
        "%E3%80%82%E8%AF%A6",
        "%E3%80%8D",
        "%E3%80%8F",
        "%E3%80%91",
        "%EF%BC%81",
        "%EF%BC%88",
        "%EF%BC%89",
        "%EF%BC%8C",
        "%EF%BC%8E",
        "%EF%BC%9A",
        "%EF%BC%9B",
        "%EF%BC%9F",
        "%EF%BD%9E",
        "%EF%BD%A1",
        "%D8%8C",
        "%D8%9F",
        "%DB%94",
        "%E0%A5%A4",
        "%E1%81%8B",
        "%D6%89",
        "%EF%B8%8F",
        "...%E2%80%9D%EF%BC%89%20",
        "%E2%80%9D.)%0A",
    ] {
        assert_eq!(matched(&format!("/K{appended}"), &["K"]), "K", "{appended}");
        assert_eq!(matched(&format!("/a/b{appended}"), &["a/b"]), "a/b", "{appended}");
        assert_eq!(matched(&format!("/%E0%A4%95%E0%A5%8D{appended}"), &["क्"]), "क्", "{appended}");
    }
}

#[test]
fn punctuation_of_every_script_is_removed() {
    for appended in "߸߹෴৽৳༺༻༼༽࿐࿔᥄᥅᭞꧁꧍꩜꫰꓾꓿꘍꛲𑅀𞥞𞥟⟨⟩⟦⟧⟪⟫⌈⌉⦅⦆〈〉⁽⁾゠‼⁉〰・·་❗".chars()
    {
        for appended in [appended.to_string(), format!("་{appended}."), encoded(appended)] {
            assert_eq!(matched(&format!("/K{appended}"), &["K"]), "K", "{appended}");
        }
    }
    for path in ["/བོད་ཡིག", "/བོད་ཡིག་", "/བོད་ཡིག་།", "/བོད་ཡིག་།།"]
    {
        assert_eq!(matched(path, &["བོད་ཡིག"]), "བོད་ཡིག", "{path}");
    }
    assert_eq!(matched("/བོད་ཡིག་", &["བོད་ཡིག", "བོད་ཡིག་"]), "བོད་ཡིག་");
    assert_eq!(matched("/K・x", &["K"]), "none");
}

fn encoded(character: char) -> String {
    character.to_string().bytes().map(|byte| format!("%{byte:02X}")).collect()
}

#[test]
fn any_amount_of_appended_text_is_removed() {
    for appended in [".", "/", "!", "%2E", "%E2%80%9D", "-", "་", "./"] {
        assert_eq!(matched(&format!("/K{}", appended.repeat(2_400)), &["K"]), "K", "{appended}");
    }
    assert_eq!(matched(&format!("/K{}x", ".".repeat(2_400)), &["K"]), "no path");
    assert_eq!(matched(&format!("/K/{}", "x".repeat(2_400)), &["K"]), "none");
    assert_eq!(matched(&format!("/K/{}", "x".repeat(2_400)), &["K/*"]).len(), 2_402);
}

#[test]
fn query_without_a_question_mark_is_read() {
    for (path, expected) in [
        ("/K&utm_source=x", "K?utm_source=x"),
        ("/K&a=b&c=d", "K?a=b&c=d"),
        ("/K&amp;a=b", "K?a=b"),
        ("/K&amp;c=d&amp;a=b", "K?c=d&a=b"),
        ("/K&amp;c=d&a=b", "K?c=d&a=b"),
        ("/K&amp;amp;a=b", "K?a=b"),
        ("/K&#38;a=b", "K?a=b"),
        ("/K&#038;a=b&#038;c=d", "K?a=b&c=d"),
        ("/K&#x26;a=b", "K?a=b"),
        ("/K&#X0026;a=b", "K?a=b"),
        ("/K&AMP;a=b", "K?a=b"),
        ("/K&%2338;a=b", "K?a=b"),
        ("/K%26amp%3Ba%3Db%26amp%3Bc%3Dd", "K?a=b&c=d"),
        ("/K%3Fa=b&amp;c=d", "K?a=b&c=d"),
        ("/K&amp;", "K"),
        ("/K&amp;nbsp;", "K"),
        ("/K&#39;a=b", "K"),
        ("/K&a=b&copy=c", "K?a=b&copy=c"),
        ("/K/&a=b", "K?a=b"),
        ("/K.&a=b", "K?a=b"),
        ("/K&&a=b", "K?a=b"),
        ("/K%26a=b", "K?a=b"),
        ("/K%3Fa=b", "K?a=b"),
        ("/K%3fa=b&c=d", "K?a=b&c=d"),
        ("/K%3Fa%3Db%26c%3Dd", "K?a=b&c=d"),
        ("/K/%3Fa=b", "K?a=b"),
        ("/K%3F&a=b", "K?a=b"),
        ("/K&flag", "K?flag"),
        ("/K&x=R&D;", "K?x=R&D;"),
        ("/K+&a=b", "K+?a=b"),
    ] {
        assert_eq!(matched(path, &["K"]), expected, "{path}");
    }
    let parsed = link_path("/K&a=b", nfc).unwrap();
    let found = link(false);
    let Match::Link { suffix, .. } = parsed.find_match(|_| Known::Resolved(&found)) else { panic!() };
    assert_eq!((suffix.query("c=d"), suffix.query("")), ("a=b&c=d".into(), "a=b".into()));
}

#[test]
fn letters_after_a_name_are_not_removed() {
    for path in [
        "/Kx", "/K.x", "/K,x", "/K!x", "/K)x", "/K-x", "/K'x", "/K:80", "/K%2Fx", "/K%C3%BC", "/K/x", "/K@x",
        "/K.+", "/K=x",
    ] {
        assert!(["none", "no path"].contains(&matched(path, &["K"]).as_str()), "{path}");
    }
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
