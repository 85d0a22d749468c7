//! Tests of the text that is removed from the end of a path, and of a query without a question mark.

use super::*;

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
