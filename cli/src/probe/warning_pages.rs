//! Known pages that stand between a visitor and a destination. They answer 200, so only their address tells.

use url::Url;

const FOR_SALE: &str = "its domain is for sale";
const FILTER: &str = "the filter of your own network blocks it";

/// Host (its subdomains are meant too), path (what is below it is meant too), and what the page says.
const PAGES: [(&str, &str, &str); 19] = [
    ("bitly.com", "/a/warning", "Bitly warns about it"),
    ("tinyurl.com", "/app/nospam", "TinyURL has disabled it"),
    ("tinyurl.com", "/nospam.php", "TinyURL has disabled it"),
    ("twitter.com", "/safety/unsafe_link_warning", "X warns about it"),
    ("x.com", "/safety/unsafe_link_warning", "X warns about it"),
    ("facebook.com", "/flx/warn", "Facebook warns about it"),
    ("facebook.com", "/l.php", "Facebook asks before it leads on"),
    ("google.com", "/interstitial", "Google Safe Browsing warns about it"),
    ("google.com", "/url", "Google asks before it leads on"),
    ("youtube.com", "/redirect", "YouTube asks before it leads on"),
    ("linkedin.com", "/safety/go", "LinkedIn asks before it leads on"),
    ("steamcommunity.com", "/linkfilter", "Steam asks before it leads on"),
    ("block.opendns.com", "/", FILTER),
    ("malware.opendns.com", "/", FILTER),
    ("phish.opendns.com", "/", FILTER),
    ("hugedomains.com", "/domain_profile.cfm", FOR_SALE),
    ("sedo.com", "/search/details", FOR_SALE),
    ("afternic.com", "/forsale", FOR_SALE),
    ("dan.com", "/buy-domain", FOR_SALE),
];

pub fn warning(url: &Url) -> Option<&'static str> {
    let host = url.host_str()?;
    let is_host = |known: &str| {
        host.strip_suffix(known).is_some_and(|before| before.is_empty() || before.ends_with('.'))
    };
    let is_path = |known: &str| {
        url.path()
            .strip_prefix(known)
            .is_some_and(|rest| rest.is_empty() || known.ends_with('/') || rest.starts_with('/'))
    };
    PAGES.iter().find(|(known, path, _)| is_host(known) && is_path(path)).map(|(_, _, what)| *what)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn warning_pages_are_known_by_host_and_path() {
        for (url, expected) in [
            ("https://bitly.com/a/warning?hash=x&url=y", true),
            ("https://www.google.com/url?q=https://example.com/", true),
            ("https://tinyurl.com/app/nospam/tinyurl.com/x", true),
            ("https://phish.opendns.com/main?url=x", true),
            ("https://notbitly.com/a/warning", false),
            ("https://bitly.com/a/warnings", false),
            ("https://www.google.com/urls", false),
            ("https://bitly.com.example/a/warning", false),
            ("https://example.com/", false),
        ] {
            assert_eq!(warning(&Url::parse(url).unwrap()).is_some(), expected, "{url}");
        }
    }
}
