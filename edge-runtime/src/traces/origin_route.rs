//! The pattern of a path at the origin. Paths hold codes, which are no part of a span.

use link_core::edge_origin::{
    CHANGES_ROUTE, CONFIRM_ROUTE, GATE_ROUTE, KEY_ROUTE, RESOLVE_ALL_ROUTE, RESOLVE_ROUTE, UNLOCK_ROUTE,
};

pub const API_ROUTE: &str = "/api/{path}";
const READINESS: &str = "/readyz";

pub fn pattern_of(path: &str) -> &'static str {
    let is_match = |pattern: &&str| {
        let mut parts = path.split('/');
        pattern
            .split('/')
            .all(|part| parts.next().is_some_and(|given| part.starts_with('{') || part == given))
            && parts.next().is_none()
    };
    let patterns = [
        CHANGES_ROUTE,
        CONFIRM_ROUTE,
        KEY_ROUTE,
        READINESS,
        RESOLVE_ROUTE,
        RESOLVE_ALL_ROUTE,
        UNLOCK_ROUTE,
        GATE_ROUTE,
    ];
    patterns.into_iter().find(is_match).unwrap_or(API_ROUTE)
}

#[cfg(test)]
mod tests {
    use link_core::edge_origin::{gate_path, resolve_all_path, resolve_path, unlock_path};
    use link_core::test_util::link_id;

    use super::*;

    #[test]
    fn code_is_not_in_the_pattern() {
        let (domain, code) = ("go.example.com".parse().unwrap(), "canary/unlock".parse().unwrap());
        assert_eq!(pattern_of(&resolve_path(&domain, &code)), RESOLVE_ROUTE);
        assert_eq!(pattern_of(&unlock_path(&domain, &code)), UNLOCK_ROUTE);
        assert_eq!(pattern_of(&resolve_all_path(&domain)), RESOLVE_ALL_ROUTE);
        assert_eq!(pattern_of(&gate_path(link_id())), GATE_ROUTE);
        for path in [CHANGES_ROUTE, CONFIRM_ROUTE, KEY_ROUTE, READINESS] {
            assert_eq!(pattern_of(path), path);
        }
        assert_eq!(pattern_of("/api/v1/links/go.example.com/canary"), API_ROUTE);
    }
}
