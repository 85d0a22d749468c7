//! Removes the parts of a `Referer` that may contain secrets, and keeps where the visitor came from.

use crate::clicks::batch::{MAX_REFERRER_BYTES, truncated};

/// The schemes of pages and apps that link to others. What `data:`, `javascript:` or `file:` contains is private.
const KEPT_SCHEMES: [&str; 3] = ["https", "http", "android-app"];

/// Scheme, host and path of a referrer. Query, fragment, path parameters (`;jsessionid=…`) and user info may contain secrets of the
/// visitor, and are removed before a click leaves the process. There is no full parser, because this runs for every click and
/// usually only cuts off the end.
pub fn without_secrets(referrer: &str) -> Option<String> {
    let (scheme, rest) = referrer.split_once(':')?;
    if !KEPT_SCHEMES.iter().any(|kept| scheme.eq_ignore_ascii_case(kept)) {
        return None;
    }
    let rest = rest.find(['?', '#', ';']).and_then(|end| rest.get(..end)).unwrap_or(rest);
    // Browsers accept any number of slashes and backslashes.
    let after_slashes = rest.trim_start_matches(['/', '\\']);
    let before = referrer.get(..scheme.len() + 1 + rest.len() - after_slashes.len())?;
    let authority_length = after_slashes.find(['/', '\\']).unwrap_or(after_slashes.len());
    let (authority, path) = after_slashes.split_at(authority_length);
    let path = path.get(..encoded_delimiter(path).unwrap_or(path.len()))?;
    match authority.rsplit_once('@') {
        None if authority.is_empty() => None,
        None => truncated(referrer.get(..before.len() + authority.len() + path.len())?, MAX_REFERRER_BYTES),
        Some((_, "")) => None,
        Some((_, host)) => truncated(&[before, host, path].concat(), MAX_REFERRER_BYTES),
    }
}

/// The position of the first `?`, `#` or `;` that is percent-encoded, once or several times: some pages put a whole URL into a path.
fn encoded_delimiter(path: &str) -> Option<usize> {
    path.match_indices('%').map(|(at, _)| at).find(|at| {
        let mut code = path.get(at + 1..).unwrap_or_default();
        while let Some(inner) = code.strip_prefix("25") {
            code = inner;
        }
        let code = code.get(..2).unwrap_or_default();
        ["3F", "23", "3B"].iter().any(|delimiter| code.eq_ignore_ascii_case(delimiter))
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn scheme_host_and_path_are_kept() {
        for (referrer, kept) in [
            ("https://mail.example/inbox?token=secret", "https://mail.example/inbox"),
            ("https://mail.example/inbox#token=secret", "https://mail.example/inbox"),
            ("https://mail.example/inbox#a?token=secret", "https://mail.example/inbox"),
            ("https://mail.example?token=secret", "https://mail.example"),
            ("https://mail.example/inbox;jsessionid=secret", "https://mail.example/inbox"),
            ("https://user:secret@mail.example/inbox", "https://mail.example/inbox"),
            ("https://user:se@cret@mail.example/", "https://mail.example/"),
            ("https:\\\\user:secret@mail.example\\", "https:\\\\mail.example\\"),
            ("https:///user:secret@mail.example/", "https:///mail.example/"),
            ("https:user:secret@mail.example/", "https:mail.example/"),
            ("HTTPS://mail.example/", "HTTPS://mail.example/"),
            ("https://mail.example/a%3Ftoken=secret", "https://mail.example/a"),
            ("https://mail.example/a%3bjsessionid=secret", "https://mail.example/a"),
            ("https://mail.example/a%23token=secret", "https://mail.example/a"),
            ("https://mail.example/a%253Ftoken=secret", "https://mail.example/a"),
            ("https://mail.example/%C3%A4%2F%25", "https://mail.example/%C3%A4%2F%25"),
            ("https://us%3Fer:secret@mail.example/", "https://mail.example/"),
            ("https://medium.example/@author/story", "https://medium.example/@author/story"),
            ("android-app://com.slack/", "android-app://com.slack/"),
            ("android-app://com.app/https/host/p?q=secret", "android-app://com.app/https/host/p"),
            ("https://ex\u{e4}mple.com/\u{e4}?x", "https://ex\u{e4}mple.com/\u{e4}"),
            ("https://a.example/b\u{0}c", "https://a.example/bc"),
        ] {
            assert_eq!(without_secrets(referrer).as_deref(), Some(kept), "{referrer}");
        }
        for nothing in [
            "",
            "?token=secret",
            "#x",
            "user:secret@",
            "https://",
            "https://user:secret@",
            "news.example",
            "//mail.example/",
            "data:text/html,secret",
            "javascript:secret",
            "file:///home/secret",
            "about:blank",
            "blob:https://mail.example/secret",
        ] {
            assert_eq!(without_secrets(nothing), None, "{nothing}");
        }
    }

    #[test]
    fn long_query_leaves_room_for_the_path() {
        let referrer = format!("https://a.example/{}?{}", "p".repeat(1_000), "q".repeat(4_000));
        assert_eq!(without_secrets(&referrer).unwrap().len(), "https://a.example/".len() + 1_000);
        let long = without_secrets(&format!("https://a.example/{}", "p".repeat(4_000))).unwrap();
        assert_eq!(long.len(), MAX_REFERRER_BYTES);
    }

    proptest! {
        #[test]
        fn query_fragment_and_user_info_are_removed(
            scheme in "(https|http|android-app)://",
            user in "([a-z:@%]{1,12}@)?",
            host in "[a-z.]{1,12}",
            path in "(/[a-z/.]{0,12})?",
            rest in "(([?#;]|%(25){0,2}(3F|3b|23)).{0,40})?",
        ) {
            prop_assume!(!(path.is_empty() && rest.starts_with('%')));
            let kept = without_secrets(&format!("{scheme}{user}{host}{path}{rest}"));
            prop_assert_eq!(kept, Some(format!("{scheme}{host}{path}")));
        }

        #[test]
        fn no_referrer_keeps_a_query_or_fragment(referrer in "(https:)?\\PC{0,60}") {
            let kept = without_secrets(&referrer);
            prop_assert!(!kept.as_deref().unwrap_or_default().contains(['?', '#', ';']), "{kept:?}");
            prop_assert_eq!(kept.as_deref().and_then(without_secrets), kept);
        }
    }
}
