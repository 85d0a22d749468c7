//! Which first path segments belong to Shortline itself and can never be a code. Does not route them.

/// Compared without regard to ASCII case, so that a visitor who capitalises a path never meets someone's link.
/// Some are not served yet: a word cannot be taken back once a link has it.
const RESERVED: &[&str] = &[
    ".well-known",
    "about",
    "abuse",
    "account",
    "admin",
    "api",
    "app",
    "assets",
    "cdn-cgi",
    "contact",
    "dashboard",
    "docs",
    "favicon.ico",
    "health",
    "healthz",
    "help",
    "imprint",
    "internal",
    "legal",
    "login",
    "logout",
    "metrics",
    "openapi",
    "openapi.json",
    "pricing",
    "privacy",
    "readyz",
    "report",
    "rest",
    "robots.txt",
    "security",
    "settings",
    "signin",
    "signup",
    "sitemap",
    "sitemap.xml",
    "static",
    "stats",
    "status",
    "support",
    "terms",
    "v4",
    "webhook",
    "yourls-api.php",
];

pub fn is_reserved(segment: &str) -> bool {
    RESERVED.iter().any(|word| word.eq_ignore_ascii_case(segment))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reserved_word_is_recognised_in_any_case() {
        assert!(is_reserved("healthz") && is_reserved("HealthZ"));
        assert!(!is_reserved("health0") && !is_reserved(""));
    }
}
