//! What a table says about the state of a link: yes and no, and words for on and off.

/// None if it is neither.
pub fn yes_or_no(text: &str) -> Option<bool> {
    match text.to_lowercase().as_str() {
        "yes" | "true" | "1" | "y" | "on" | "ja" | "wahr" => Some(true),
        "no" | "false" | "0" | "n" | "off" | "nein" | "falsch" => Some(false),
        _ => None,
    }
}

pub fn is_state(text: &str) -> bool {
    is_disabled(text, false).is_some()
}

/// None if it is no state. Where `is_negative`, "yes" says that the link is off.
pub fn is_disabled(text: &str, is_negative: bool) -> Option<bool> {
    match text.to_lowercase().as_str() {
        "active" | "enabled" | "aktiv" | "scheduled" => Some(false),
        "disabled" | "inactive" | "paused" | "deactivated" | "inaktiv" | "deaktiviert" | "banned"
        | "blocked" | "expired" | "exhausted" => Some(true),
        text => yes_or_no(text).map(|yes| yes == is_negative),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn yes_of_a_negative_column_disables() {
        for (text, is_negative, expected) in [
            ("true", false, Some(false)),
            ("no", false, Some(true)),
            ("true", true, Some(true)),
            ("false", true, Some(false)),
            ("Disabled", false, Some(true)),
            ("exhausted", false, Some(true)),
            ("active", true, Some(false)),
            ("302", false, None),
        ] {
            assert_eq!(is_disabled(text, is_negative), expected, "{text} {is_negative}");
        }
    }
}
