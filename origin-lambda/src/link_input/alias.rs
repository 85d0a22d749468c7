//! Which names may be chosen: letters of every script with their marks, digits (UAX #31, NFC), emoji as Unicode publishes them,
//! and `-_.~`. Refused is what cannot be seen, or passes for something else (UTS #39). Does not decide what a name that a visitor
//! sends may be: the edge has no tables for that.

mod emoji;
mod joiners;

use link_core::reserved::is_reserved;
use link_core::slug::{self, InvalidSlug, Slug};
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;
use unicode_script::{Script, UnicodeScript};
use unicode_security::mixed_script::AugmentedScriptSet;
use unicode_security::skeleton;

/// Letters whose compatibility decomposition is an accident of their encoding: nobody can write the words that have them
/// otherwise. Armenian ech yiwn, Arabic high hamza, Thai and Lao am, Lao ho no and ho mo, Tibetan vocalic rr and ll.
const WITHOUT_ANOTHER_SPELLING: [char; 11] = [
    '\u{587}', '\u{675}', '\u{676}', '\u{677}', '\u{678}', '\u{e33}', '\u{eb3}', '\u{edc}', '\u{edd}',
    '\u{f77}', '\u{f79}',
];
/// Stands between the syllables of a Tibetan word, as UAX #31, table 3a, allows; so do the others there that are letters' own.
const TIBETAN_TSHEG: char = '\u{f0b}';
/// Whose letters pass for Latin ones. Other scripts may stand beside Latin in one word (UTS #39, moderately restrictive).
const LIKE_LATIN: [Script; 7] = [
    Script::Cyrillic,
    Script::Greek,
    Script::Armenian,
    Script::Coptic,
    Script::Cherokee,
    Script::Lisu,
    Script::Deseret,
];

/// As it is stored.
pub(super) fn alias(text: &str) -> Result<Slug, String> {
    let text = slug::canonical(text, |text| text.nfc().collect());
    let slug: Slug = text.parse().map_err(|error: InvalidSlug| match error {
        InvalidSlug::Character(character) => refusal(character),
        other => other.to_string(),
    })?;
    for segment in slug.as_str().split('/') {
        may_be_chosen(segment)?;
    }
    if is_reserved(slug.first_segment()) {
        return Err(format!("must not begin with {}, which is reserved", slug.first_segment()));
    }
    Ok(slug)
}

fn may_be_chosen(segment: &str) -> Result<(), String> {
    if segment.is_ascii() {
        return Ok(());
    }
    let characters: Vec<char> = segment.chars().collect();
    // Between signs and emoji.
    let mut words = vec![String::new()];
    let mut rest = characters.as_slice();
    while let Some((&character, after)) = rest.split_first() {
        let at = characters.len() - rest.len();
        if let Some((_, after)) = emoji::length_at(rest).and_then(|length| rest.split_at_checked(length)) {
            words.push(String::new());
            rest = after;
            continue;
        }
        rest = after;
        if matches!(character, '-' | '_' | '.' | '~') {
            words.push(String::new());
            continue;
        }
        if !is_of_a_word(character) && !joiners::is_called_for(&characters, at) {
            return Err(refusal(character));
        }
        let Some(word) = words.last_mut() else { continue };
        if word.is_empty() && is_combining_mark(character) {
            return Err(format!("must not have {} where there is no letter before it", named(character)));
        }
        word.push(character);
    }
    words.iter().try_for_each(|word| is_of_one_script(word))?;
    imitates_none(&words)
}

fn is_of_a_word(character: char) -> bool {
    let is_letter_mark_or_digit = character.is_ascii_alphanumeric()
        || character == TIBETAN_TSHEG
        || unicode_ident::is_xid_continue(character);
    // Since Unicode 15.1 the joiners continue an identifier; where they may is decided by what is around them.
    let is_joiner = matches!(character, '\u{200c}' | '\u{200d}');
    is_letter_mark_or_digit && !is_joiner && !is_connector(character) && !stands_for_another(character)
}

/// Joins words, as the underscore does, and looks like it.
fn is_connector(character: char) -> bool {
    matches!(
        character,
        '\u{203f}' | '\u{2040}' | '\u{2054}' | '\u{fe33}' | '\u{fe34}' | '\u{fe4d}'..='\u{fe4f}' | '\u{ff3f}'
    )
}

/// A form of other characters that only compatibility has kept, such as a full-width letter.
fn stands_for_another(character: char) -> bool {
    !WITHOUT_ANOTHER_SPELLING.contains(&character)
        && !std::iter::once(character).nfkc().eq(std::iter::once(character).nfc())
}

/// A word is of one script, or of those that one language is written in, or of Latin and another one that cannot pass for it.
fn is_of_one_script(word: &str) -> Result<(), String> {
    let (mut all, mut others) = (AugmentedScriptSet::default(), AugmentedScriptSet::default());
    for character in word.chars() {
        all.intersect_with(AugmentedScriptSet::for_char(character));
        if character.script() != Script::Latin {
            others.intersect_with(AugmentedScriptSet::for_char(character));
        }
    }
    if !all.is_empty() {
        return Ok(());
    }
    let passes_for_latin = |character: &char| LIKE_LATIN.contains(&character.script());
    match word.chars().find(passes_for_latin) {
        Some(character) => Err(format!(
            "must not mix scripts whose letters look alike: this word has {} among letters of another script",
            named(character)
        )),
        None if others.is_empty() => {
            Err(format!("must not mix several scripts in one word, as in {word}; put - between them"))
        }
        None => Ok(()),
    }
}

/// Beside a Latin word no other one may look like a Latin word in every letter.
fn imitates_none(words: &[String]) -> Result<(), String> {
    let has_latin = words.iter().any(|word| word.chars().any(|character| character.is_ascii_alphabetic()));
    let imitation = words.iter().find(|word| {
        !word.is_ascii()
            && word.chars().all(|character| !character.is_ascii())
            && skeleton(word).all(|character| character.is_ascii())
    });
    match imitation.filter(|_| has_latin).and_then(|word| word.chars().next()) {
        Some(character) => Err(format!(
            "must not mix scripts whose letters look alike: one word has {} beside words in Latin letters",
            named(character)
        )),
        None => Ok(()),
    }
}

fn refusal(character: char) -> String {
    let why = match character {
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
            "which changes the direction of text"
        }
        '\u{200c}' | '\u{200d}' => "which cannot be seen and joins nothing here",
        _ if is_invisible(character) => "which cannot be seen",
        _ if character.is_control() => "which is a control character",
        _ if character.is_whitespace() => "which is a space",
        _ if unicode_ident::is_xid_continue(character) && stands_for_another(character) => {
            let plain: String = std::iter::once(character).nfkc().collect();
            return format!("must not hold {}, which looks like {plain}: use that", named(character));
        }
        _ => "which is no letter, digit or emoji",
    };
    format!("may hold letters, digits, emoji, - _ . ~ and slashes, not {}, {why}", named(character))
}

/// Default_Ignorable_Code_Point, as far as it can be met here.
fn is_invisible(character: char) -> bool {
    matches!(character,
        '\u{ad}' | '\u{34f}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180e}' | '\u{200b}'
        | '\u{2060}'..='\u{2065}' | '\u{206a}'..='\u{206f}' | '\u{3164}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fff8}'
        | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

/// `U+202E RIGHT-TO-LEFT OVERRIDE`; where it can be shown safely, itself before that.
fn named(character: char) -> String {
    let code = u32::from(character);
    let name = unicode_names2::name(character).map(|name| format!(" {name}")).unwrap_or_default();
    let is_shown = !is_combining_mark(character)
        && (character.is_ascii_graphic()
            || unicode_ident::is_xid_continue(character) && !is_invisible(character));
    let shown = if is_shown { format!("{character} ") } else { String::new() };
    format!("{shown}U+{code:04X}{name}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_every_script_may_be_chosen() {
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
        ] {
            assert_eq!(alias(name).map(String::from), Ok(name.nfc().collect()), "{name}");
        }
    }

    #[test]
    fn emoji_may_be_chosen_as_unicode_publishes_them() {
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
    fn a_decomposed_name_is_composed() {
        for (text, name) in [("u\u{308}", "ü"), ("か\u{3099}", "が"), ("한", "한"), ("क\u{93c}", "क\u{93c}")]
        {
            assert_eq!(alias(text).map(String::from), Ok(name.to_owned()));
        }
    }

    #[test]
    fn what_cannot_be_seen_or_imitates_is_refused_by_name() {
        for (text, says) in [
            ("a\u{202e}b", "U+202E RIGHT-TO-LEFT OVERRIDE, which changes the direction"),
            ("a\u{2066}b", "U+2066 LEFT-TO-RIGHT ISOLATE"),
            ("a\u{200f}", "U+200F RIGHT-TO-LEFT MARK"),
            ("a\u{200b}b", "U+200B ZERO WIDTH SPACE"),
            ("a\u{ad}b", "U+00AD SOFT HYPHEN, which cannot be seen"),
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
            ("ａｄｍｉｎ", "U+FF41 FULLWIDTH LATIN SMALL LETTER A, which looks like a"),
            ("１２", "U+FF11 FULLWIDTH DIGIT ONE"),
            ("𝐚dmin", "U+1D41A MATHEMATICAL BOLD SMALL A"),
            ("ﬁn", "U+FB01 LATIN SMALL LIGATURE FI"),
            ("ª", "U+00AA FEMININE ORDINAL INDICATOR"),
            ("Ⅳ", "U+2163 ROMAN NUMERAL FOUR"),
            ("한я", "mix"),
            ("\u{301}a", "U+0301 COMBINING ACUTE ACCENT"),
            ("a-\u{94d}", "U+094D DEVANAGARI SIGN VIRAMA"),
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
            let refusal = alias(text).unwrap_err();
            assert!(refusal.contains(says), "{text:?}: {refusal}");
        }
    }
}
