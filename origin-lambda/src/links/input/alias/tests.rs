//! Which aliases are accepted, and why others are rejected.

use super::*;

#[test]
fn words_in_every_script_are_accepted() {
    for name in [
        "summer-sale_2026.v2~x",
        "grüße",
        "größe-übung",
        "słońce",
        "tiếng-việt",
        "çağrı",
        "Ålesund",
        "распродажа",
        "їжак",
        "Ελλάδα",
        "հայերեն-և",
        "עברית",
        "العربية",
        "می\u{200c}خواهم",
        "اردو",
        "پښتو",
        "दिल्ली",
        "தமிழ்",
        "ಕನ್ನಡ",
        "বিশ্ব",
        "ਪੰਜਾਬੀ",
        "ગુજરાતી",
        "ଓଡ଼ିଆ",
        "తెలుగు",
        "മലയാളം",
        "සිංහල",
        "ශ්\u{200d}රී",
        "क्\u{200d}ष",
        "क्\u{200c}ष",
        "ร้าน",
        "น้ำ",
        "ลด50",
        "ລາວ",
        "ນ້ຳ",
        "မြန်မာ",
        "ខ្មែរ",
        "བོད་ཡིག",
        "ქართული",
        "አማርኛ",
        "한국어",
        "日本語",
        "コーヒー",
        "ひらがなカタカナ漢字",
        "人々",
        "〇一",
        "商品",
        "中文abc",
        "T恤",
        "日本go",
        "sale-सेल",
        "iphone-акция",
        "распродажа/sale",
        "١٢",
        "ꦗꦮ",
        "ᠮᠣᠩᠭᠣᠯ",
        "ⵜⴰⵎⴰⵣⵉⵖⵜ",
        "ᏣᎳᎩ",
        "𞤀𞤣𞤤𞤢𞤥",
        "ㅋㅋㅋ",
        "ㄱㄴㄷ",
        "ㅋㅋlol",
        "ㅇㅇ",
        "র\u{200d}\u{9cd}যাব",
        "ৰ\u{200d}\u{9cd}যা",
        "ರ\u{200d}\u{ccd}ಯ",
        "раура1",
        "раура/оо7",
        "привет-café",
        "распродажа2026/sale1",
        "১২-৩৪",
        "sale2-२०२६",
        "٠١٢",
        "ẹ̀kọ́",
        "ọ̀sẹ̀",
        "Yorùbá",
        "ǟ-ǘ-ậ-ṩ",
        "г\u{30c}-а\u{304}-о\u{308}\u{301}",
        "ა\u{308}",
        "שָׁלוֹם",
        "בְּרֵאשִׁית",
        "مُحَمَّدٌ",
        "ܫܠܵܡܵܐ",
        "か\u{309a}",
        "กำลังที่นี้",
        "လျှို့ဝှက်",
        "ကျွန်ုပ်",
        "ཧྐྵྨླྺྻྃ",
        "བསྒྲུབས",
        "ហ៊្វីលីព",
        "5\u{d3e}\u{d02}",
        "ትጓ\u{305}ኒሪ",
        "𑄃\u{11128}𑄇\u{11127}\u{11127}\u{11131}",
        "ᨣᩮ\u{1a62}\u{1a62}ᩣ",
        "x̂-r̥̄-ŋ̊",
    ] {
        assert_eq!(alias(name).map(String::from), Ok(name.nfc().collect()), "{name}");
    }
}

#[test]
fn edge_reads_every_character_that_an_alias_may_have() {
    for character in '\u{80}'..=char::MAX {
        // `alias` rejects these before, with the edge's rule: Hebrew varika and musical notation.
        let is_rejected_by_slug = matches!(character, '\u{fb1e}' | '\u{1d100}'..='\u{1d1ff}')
            || is_invisible(character)
            || slug::is_variation_selector(character);
        let is_composed = std::iter::once(character).nfc().eq(std::iter::once(character));
        if is_word_character(character) && is_composed && !is_rejected_by_slug {
            assert!(character.to_string().parse::<Slug>().is_ok(), "{}", describe(character));
        }
    }
}

#[test]
fn emoji_are_accepted_as_unicode_publishes_them() {
    for (text, name) in [
        ("🎉", "🎉"),
        ("sale🎉", "sale🎉"),
        ("👩\u{200d}💻", "👩\u{200d}💻"),
        ("👩🏽\u{200d}💻", "👩🏽\u{200d}💻"),
        ("👨\u{200d}👩\u{200d}👧\u{200d}👦", "👨\u{200d}👩\u{200d}👧\u{200d}👦"),
        ("❤\u{fe0f}", "❤"),
        ("❤\u{fe0f}\u{200d}🔥", "❤\u{200d}🔥"),
        ("👋🏿", "👋🏿"),
        ("🇮🇳🇩🇪", "🇮🇳🇩🇪"),
        (
            "🏴\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}",
            "🏴\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}",
        ),
        ("1\u{fe0f}\u{20e3}", "1\u{20e3}"),
        ("#\u{fe0f}\u{20e3}", "#\u{20e3}"),
        ("*\u{20e3}", "*\u{20e3}"),
        ("©\u{fe0f}™", "©™"),
        ("раз🎉two", "раз🎉two"),
    ] {
        assert_eq!(alias(text).map(String::from), Ok(name.to_owned()), "{text}");
    }
}

#[test]
fn decomposed_alias_is_composed() {
    for (text, name) in [("u\u{308}", "ü"), ("か\u{3099}", "が"), ("한", "한"), ("क\u{93c}", "क\u{93c}")]
    {
        assert_eq!(alias(text).map(String::from), Ok(name.to_owned()));
    }
}

#[test]
fn misplaced_marks_are_rejected_by_name() {
    let twenty = |mark: &str| mark.repeat(20);
    for (text, says) in [
        (format!("e{}", "\u{301}".repeat(40)), "U+0301 COMBINING ACUTE ACCENT here, because it is repeated"),
        ("é\u{301}".to_owned(), "U+0301"),
        ("z\u{310}\u{320}\u{302}\u{323}\u{33f}".to_owned(), "one mark too many"),
        (format!("a{}", twenty("\u{301}\u{30b}")), "one mark too many"),
        (format!("क{}", twenty("\u{941}")), "U+0941 DEVANAGARI VOWEL SIGN U"),
        ("กิิิิ".to_owned(), "U+0E34 THAI CHARACTER SARA I"),
        ("ם\u{5b0}\u{5b0}\u{5b0}".to_owned(), "U+05B0 HEBREW POINT SHEVA"),
        ("𑄇\u{11127}\u{11127}\u{11127}".to_owned(), "U+11127 CHAKMA VOWEL SIGN A"),
        ("ཀ\u{fb2}\u{fb2}".to_owned(), "U+0FB2 TIBETAN SUBJOINED LETTER RA"),
        (format!("ཀ{}", twenty("\u{fb2}\u{fb1}")), "one mark too many"),
        ("a\u{e31}".to_owned(), "U+0E31 THAI CHARACTER MAI HAN-AKAT here, because it does not belong"),
        ("a\u{94d}".to_owned(), "U+094D DEVANAGARI SIGN VIRAMA"),
        ("a\u{64e}".to_owned(), "U+064E ARABIC FATHA"),
        ("a\u{5b0}".to_owned(), "U+05B0 HEBREW POINT SHEVA"),
        ("a\u{301}\u{93e}".to_owned(), "U+093E DEVANAGARI VOWEL SIGN AA"),
        ("1\u{e31}".to_owned(), "U+0E31"),
        ("ก\u{64e}".to_owned(), "U+064E"),
        ("क\u{301}".to_owned(), "U+0301"),
        ("\u{301}a".to_owned(), "U+0301 COMBINING ACUTE ACCENT here, because it has no letter before it"),
        ("a-\u{94d}".to_owned(), "U+094D DEVANAGARI SIGN VIRAMA"),
        ("🎉\u{301}".to_owned(), "U+0301"),
    ] {
        let rejection = alias(&text).unwrap_err();
        assert!(rejection.contains(says), "{text:?}: {rejection}");
    }
}

#[test]
fn digits_of_several_scripts_in_a_word_are_rejected() {
    for (text, says) in [
        ("sale1०", "1 U+0031 DIGIT ONE and ० U+0966 DEVANAGARI DIGIT ZERO"),
        ("1०2", "० U+0966"),
        ("8৪", "৪ U+09EA BENGALI DIGIT FOUR"),
        ("٠۱", "۱ U+06F1 EXTENDED ARABIC-INDIC DIGIT ONE"),
        ("a1٠", "٠ U+0660 ARABIC-INDIC DIGIT ZERO"),
        ("\u{1a89}\u{1a90}", "U+1A90 TAI THAM THAM DIGIT ZERO"),
    ] {
        let rejection = alias(text).unwrap_err();
        assert!(rejection.contains(says), "{text:?}: {rejection}");
    }
}

#[test]
fn invisible_characters_and_lookalikes_are_rejected_by_name() {
    for (text, says) in [
        ("a\u{202e}b", "U+202E RIGHT-TO-LEFT OVERRIDE, which changes the direction"),
        ("a\u{2066}b", "U+2066 LEFT-TO-RIGHT ISOLATE"),
        ("a\u{200f}", "U+200F RIGHT-TO-LEFT MARK"),
        ("a\u{200b}b", "U+200B ZERO WIDTH SPACE"),
        ("a\u{ad}b", "U+00AD SOFT HYPHEN, which is invisible"),
        ("a\u{2060}b", "U+2060 WORD JOINER"),
        ("a\u{feff}", "U+FEFF ZERO WIDTH NO-BREAK SPACE"),
        ("a\u{34f}b", "U+034F COMBINING GRAPHEME JOINER"),
        ("\u{3164}", "U+3164 HANGUL FILLER"),
        ("a\u{200d}b", "U+200D ZERO WIDTH JOINER"),
        ("a\u{200c}b", "U+200C ZERO WIDTH NON-JOINER"),
        ("क\u{200d}", "U+200D"),
        ("👩\u{200d}", "U+200D"),
        ("🎉\u{200d}🎉", "U+200D"),
        ("раураl", "р U+0440 CYRILLIC SMALL LETTER ER"),
        ("gооgle", "о U+043E CYRILLIC SMALL LETTER O"),
        ("αdmin", "α U+03B1 GREEK SMALL LETTER ALPHA"),
        ("раура-login", "р U+0440"),
        ("login-раура1", "р U+0440"),
        ("1соса-login", "с U+0441"),
        ("x_соса2", "с U+0441"),
        ("login-оо7", "о U+043E"),
        ("ab-ο1", "ο U+03BF GREEK SMALL LETTER OMICRON"),
        ("login-ꓮꓐ1", "ꓮ U+A4EE LISU LETTER A"),
        ("login-օօ1", "օ U+0585 ARMENIAN SMALL LETTER OH"),
        ("login/раура", "р U+0440"),
        ("paypal/соса", "с U+0441"),
        ("раура/login", "р U+0440"),
        ("é-раура", "р U+0440"),
        ("login🎉соса", "с U+0441"),
        ("g\u{3147}\u{3147}gle", "ㅇ U+3147 HANGUL LETTER IEUNG"),
        ("\u{3163}ogin", "ㅣ U+3163 HANGUL LETTER I"),
        ("goog丨e", "丨 U+4E28"),
        ("login-\u{3147}", "ㅇ U+3147"),
        ("ａｄｍｉｎ", "U+FF41 FULLWIDTH LATIN SMALL LETTER A, which looks like a"),
        ("１２", "U+FF11 FULLWIDTH DIGIT ONE"),
        ("𝐚dmin", "U+1D41A MATHEMATICAL BOLD SMALL A"),
        ("ﬁn", "U+FB01 LATIN SMALL LIGATURE FI"),
        ("ª", "U+00AA FEMININE ORDINAL INDICATOR"),
        ("Ⅳ", "U+2163 ROMAN NUMERAL FOUR"),
        ("한я", "mix"),
        ("a b", "U+0020 SPACE"),
        ("a!", "! U+0021 EXCLAMATION MARK"),
        ("a#", "# U+0023 NUMBER SIGN"),
        ("a\u{20e3}", "U+20E3 COMBINING ENCLOSING KEYCAP"),
        ("a‿b", "U+203F UNDERTIE"),
        ("→", "U+2192 RIGHTWARDS ARROW"),
        ("½", "U+00BD VULGAR FRACTION ONE HALF"),
        ("a\u{0}", "U+0000"),
        ("\u{e000}", "U+E000"),
        ("a\u{e0061}", "U+E0061 TAG LATIN SMALL LETTER A"),
    ] {
        let rejection = alias(text).unwrap_err();
        assert!(rejection.contains(says), "{text:?}: {rejection}");
    }
}
