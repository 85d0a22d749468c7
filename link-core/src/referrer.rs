//! Removes the parts of a `Referer` that may contain secrets, and keeps where the visitor came from.

use crate::click_batch::{MAX_REFERRER_BYTES, truncated};

/// Scheme, host and path of a referrer. Query, fragment, path parameters (`;jsessionid=…`) and user info may contain secrets of the
/// visitor, and are removed before a click leaves the process. There is no full parser, because this runs for every click and
/// usually only cuts off the end.
pub fn without_secrets(referrer: &str) -> Option<String> {
    let kept = referrer.find(['?', '#', ';']).and_then(|end| referrer.get(..end)).unwrap_or(referrer);
    let authority = authority_start(kept);
    let (before, rest) = kept.split_at(authority);
    let end = rest.find(['/', '\\']).unwrap_or(rest.len());
    match rest.get(..end)?.rfind('@') {
        // Without slashes before the user info, the start of the host is unknown, so only the part after the `@` is kept.
        Some(at) if before.ends_with(['/', '\\']) => {
            truncated(&[before, rest.get(at + 1..)?].concat(), MAX_REFERRER_BYTES)
        }
        Some(at) => truncated(rest.get(at + 1..)?, MAX_REFERRER_BYTES),
        None => truncated(kept, MAX_REFERRER_BYTES),
    }
}

/// The position after the scheme and its slashes. Browsers accept any number of slashes and backslashes. Without slashes, the
/// position is 0.
fn authority_start(text: &str) -> usize {
    let scheme = text.find(':').map_or(0, |colon| colon + 1);
    let rest = text.get(scheme..).unwrap_or_default();
    let slashes = rest.len() - rest.trim_start_matches(['/', '\\']).len();
    if slashes > 0 { scheme + slashes } else { text.len() - text.trim_start_matches(['/', '\\']).len() }
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
            ("//user:secret@mail.example/", "//mail.example/"),
            ("https:user:secret@mail.example/", "mail.example/"),
            ("user:secret@mail.example/a", "mail.example/a"),
            ("https://medium.example/@author/story", "https://medium.example/@author/story"),
            ("android-app://com.slack/", "android-app://com.slack/"),
            ("android-app://com.app/https/host/p?q=secret", "android-app://com.app/https/host/p"),
            ("https://ex\u{e4}mple.com/\u{e4}?x", "https://ex\u{e4}mple.com/\u{e4}"),
            ("https://a.example/b\u{0}c", "https://a.example/bc"),
            ("news.example", "news.example"),
        ] {
            assert_eq!(without_secrets(referrer).as_deref(), Some(kept), "{referrer}");
        }
        for nothing in ["", "?token=secret", "#x", "user:secret@"] {
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
            scheme in "(https|http|android-app|x)://",
            user in "([a-z:@%]{1,12}@)?",
            host in "[a-z.]{1,12}",
            path in "(/[a-z/.]{0,12})?",
            rest in "([?#;].{0,40})?",
        ) {
            let kept = without_secrets(&format!("{scheme}{user}{host}{path}{rest}"));
            prop_assert_eq!(kept, Some(format!("{scheme}{host}{path}")));
        }

        #[test]
        fn no_referrer_keeps_a_query_or_fragment(referrer in ".{0,60}") {
            let kept = without_secrets(&referrer).unwrap_or_default();
            prop_assert!(!kept.contains(['?', '#', ';']), "{}", kept);
        }
    }
}
