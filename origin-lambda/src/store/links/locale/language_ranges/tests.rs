//! Tests of which visitors a rule's language matches.

use link_core::names::destination::Destination;
use link_core::record::rules::{Conditions, RuleTarget};
use link_core::redirect::visit::Visit;

use super::*;

fn rules(language: &str) -> Vec<Rule> {
    let conditions = Conditions { language: vec![parse(language).unwrap()], ..Conditions::default() };
    let target = RuleTarget::Url(Destination::parse("https://a.test").unwrap());
    expand(vec![Rule { conditions, target }])
}

fn matches(language: &str, preferred: &str) -> bool {
    let visit = Visit { languages: Some(preferred), ..Visit::default() };
    let preferred = visit.preferred_language().unwrap_or_default();
    rules(language).iter().any(|rule| rule.conditions.language.iter().any(|range| range.covers(preferred)))
}

#[test]
fn language_matches_every_spelling() {
    for (rule, preferred) in [
        ("de", "de"),
        ("DE", "de-CH"),
        ("no", "no"),
        ("no", "nb-NO"),
        ("no", "nn-NO"),
        ("nb", "no"),
        ("nb-NO", "no-NO"),
        ("he", "iw-IL"),
        ("iw", "he-IL"),
        ("he-IL", "iw-IL"),
        ("id", "in-ID"),
        ("in", "id"),
        ("yi", "ji"),
        ("fil", "tl-PH"),
        ("tl", "fil-PH"),
        ("ro", "mo"),
        ("ro-MD", "ro-MD"),
        ("zh", "zh-TW"),
        ("zh", "cmn-Hans-CN"),
        ("zh-Hant", "zh-Hant"),
        ("zh-Hant", "zh-Hant-HK"),
        ("zh-Hant", "zh-HK"),
        ("zh-hant", "ZH-tw"),
        ("zh-Hant", "zh-MO"),
        ("zh-Hant", "cmn-TW"),
        ("zh-Hans", "zh"),
        ("zh-Hans", "zh-CN"),
        ("zh-Hans", "zh-SG"),
        ("zh-Hans", "zh-Hans-HK"),
        ("zh-Hans", "cmn-Hans-CN"),
        ("zh-TW", "zh-Hant-TW"),
        ("zh-Hant-TW", "zh-TW"),
        ("zh-yue", "yue-HK"),
        ("yue", "yue-Hant-HK"),
        ("sr-Latn", "sr-Latn-RS"),
        ("sr-Latn", "sr-ME"),
        ("sr-Latn", "sh"),
        ("sr-Cyrl", "sr"),
        ("sr-Cyrl", "sr-RS"),
        ("sr", "sh-RS"),
        ("uz-Arab", "uz-AF"),
        ("pa-Arab", "pa-PK"),
        ("fa", "prs"),
        ("en-UK", "en-GB"),
        ("en-Latn", "en-US"),
        ("es-419", "es-MX"),
        ("es-419", "es-419"),
        ("ca-valencia", "ca-valencia"),
    ] {
        assert!(matches(rule, preferred), "{rule} {preferred}: {:?}", rules(rule));
    }
}

#[test]
fn language_does_not_match_others() {
    for (rule, preferred) in [
        ("de", "en"),
        ("de", "den"),
        ("nn", "no"),
        ("nb", "nn"),
        ("he", "yi"),
        ("zh-Hant", "zh"),
        ("zh-Hant", "zh-CN"),
        ("zh-Hant", "zh-Hans-HK"),
        ("zh-Hans", "zh-TW"),
        ("zh-Hans", "zh-Hant"),
        ("zh-Hans", "zh-Hant-CN"),
        ("zh-Hans", "zhx"),
        ("zh-TW", "zh-HK"),
        ("zh-TW", "zh"),
        ("sr-Latn", "sr"),
        ("sr-Latn", "sr-RS"),
        ("sr-Cyrl", "sr-ME"),
        ("sr-Cyrl", "sr-Latn-RS"),
        ("pt-BR", "pt"),
        ("pt-BR", "pt-PT"),
        ("es-419", "es-ES"),
        ("es-419", "es"),
        ("en-GB", "en-US"),
    ] {
        assert!(!matches(rule, preferred), "{rule} {preferred}: {:?}", rules(rule));
    }
}

#[test]
fn unknown_language_is_rejected_with_a_suggestion() {
    for (text, hint) in [
        ("jp", "such as ja"),
        ("cz", "such as cs"),
        ("xx", "xx is not a language"),
        ("dk", "such as da"),
        ("by", "such as be: by is a country"),
        ("kz", "such as kk"),
        ("gb", "such as en"),
    ] {
        assert!(parse(text).unwrap_err().contains(hint), "{text}: {:?}", parse(text));
    }
    for text in ["", "d", "english", "zh~hk", "de_DE", "*"] {
        assert!(parse(text).is_err(), "{text}");
    }
}

/// ISO 639-1.
const TWO_LETTERS: &str = "aa ab ae af ak am an ar as av ay az ba be bg bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv dz ee \
    el en eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik io is it iu ja jv ka kg \
    ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na nb nd ne ng nl nn no nr nv \
    ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg si sk sl sm sn so sq sr ss st su sv sw ta te tg th ti tk tl \
    tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu";

#[test]
fn every_language_is_accepted_and_expands_to_few_bytes() {
    for code in TWO_LETTERS.split_whitespace() {
        let bytes = serde_json::to_vec(&rules(code)).unwrap().len();
        assert!(bytes < 300, "{code}: {bytes}");
        assert!(matches(code, code), "{code}");
    }
    for code in ["zh-Hans", "zh-Hant", "sr-Cyrl", "en-001", "ar-Arab", "pt-001"] {
        let bytes = serde_json::to_vec(&rules(code)).unwrap().len();
        assert!(bytes < 2_000, "{code}: {bytes}");
    }
}
