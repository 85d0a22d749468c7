//! The first path segments that Shortline reserves for itself, so that no link can begin with one.

/// Compared without regard to ASCII case, so that a visitor who capitalises a path never gets somebody's link. Lists only paths
/// that are served, or soon will be: every other word may be somebody's best alias.
const RESERVED: &[&str] = &[
    ".well-known",
    "api",
    "cdn-cgi",
    "dashboard",
    "favicon.ico",
    "healthz",
    "internal",
    "openapi.json",
    "readyz",
    "rest",
    "robots.txt",
    "v4",
    "yourls-api.php",
];

pub fn is_reserved(segment: &str) -> bool {
    RESERVED.iter().any(|word| word.eq_ignore_ascii_case(segment))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reserved_word_is_recognised_in_any_case() {
        assert!(is_reserved("healthz") && is_reserved("HealthZ"));
        assert!(!is_reserved("health0") && !is_reserved(""));
    }

    #[test]
    fn words_without_a_route_are_free() {
        for word in
            ["docs", "help", "support", "status", "about", "app", "stats", "pricing", "report", "assets"]
        {
            assert!(!is_reserved(word), "{word}");
        }
    }
}
