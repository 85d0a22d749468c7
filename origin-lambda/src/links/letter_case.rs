//! The spelling of a name without regard to case. The edge makes it with the runtime's own functions, in the same steps.

use unicode_normalization::UnicodeNormalization;

/// Over upper case, so that letters meet which have one capital between them, such as `ß` and `ss`; lower case first, since `ẞ` has no
/// other capital. Both sigmas are one letter: which one ends a word depends on what is around it.
pub(crate) fn fold(text: &str) -> String {
    text.to_lowercase().to_uppercase().to_lowercase().replace('ς', "σ").nfc().collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_spelling_of_a_name_folds_to_one() {
        for spellings in [
            ["Summer-Sale", "SUMMER-SALE", "sUMMER-sALE"],
            ["Grüße", "GRÜSSE", "grüsse"],
            ["straße", "STRAẞE", "STRASSE"],
            ["Οδός", "ΟΔΌΣ", "οδόσ"],
            ["İstanbul", "i̇stanbul", "İSTANBUL"],
            ["Привет", "ПРИВЕТ", "привет"],
        ] {
            let [one, other, third] = spellings.map(fold);
            assert!(one == other && other == third, "{one} {other} {third}");
        }
    }

    #[test]
    fn folding_any_letter_again_changes_nothing() {
        for letter in '\0'..=char::MAX {
            let folded = fold(&letter.to_string());
            assert_eq!(fold(&folded), folded, "{letter:?}");
        }
    }

    proptest! {
        #[test]
        fn name_is_found_in_any_case(name in r"[\p{Lu}\p{Ll}\p{Lo}0-9._~/-]{1,24}") {
            let name: String = name.nfc().collect();
            let folded = fold(&name);
            prop_assert_eq!(&fold(&folded), &folded);
            prop_assert_eq!(&fold(&name.to_uppercase()), &folded);
            prop_assert_eq!(&fold(&name.to_lowercase()), &folded);
        }
    }
}
