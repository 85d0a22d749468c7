//! The pages that visitors see when a link does not simply redirect: one look, light and dark, nothing loaded from anywhere.
//! Decides neither status nor wording.

use std::fmt::Write;
use std::sync::LazyLock;

use sha2::{Digest, Sha256};

const STYLE: &str = include_str!("pages.css");

/// Nothing but this one style may be loaded, nothing run, and nobody may frame the page. A form may be sent, and its answer may
/// redirect anywhere, as links do: browsers hold redirects to `form-action` too.
pub static CONTENT_SECURITY_POLICY: LazyLock<String> = LazyLock::new(|| {
    format!(
        "default-src 'none'; style-src 'sha256-{}'; form-action 'self' https: http:; base-uri 'none'; frame-ancestors 'none'",
        base64(&Sha256::digest(STYLE))
    )
});

/// Of our own words alone: what comes from a request or a record goes through [`escaped`].
pub fn page(title: &str, content: &str) -> String {
    format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" \
         content=\"width=device-width, initial-scale=1\"><title>{title}</title><style>{STYLE}</style></head><body><main>\
         <h1>{title}</h1>{content}</main></body></html>"
    )
}

pub fn message(title: &str, text: &str) -> String {
    page(title, &format!("<p>{text}</p>"))
}

/// Sent to the address it came from.
pub fn password_form(wrong: bool) -> String {
    let hint =
        if wrong { "<p role=\"alert\" class=\"wrong\">That was not it. Please try again.</p>" } else { "" };
    page(
        "This link is protected",
        &format!(
            "<p>Whoever shared it can tell you the password.</p>{hint}<form method=\"post\"><label for=\"password\">Password\
             </label><input id=\"password\" name=\"password\" type=\"password\" autocomplete=\"off\" maxlength=\"128\" \
             required autofocus><button>Continue</button></form>"
        ),
    )
}

/// Where a link leads, for those who want to know before they go. `path` is the link's own.
pub fn preview(destination: &str, path: &str) -> String {
    page(
        "Where this link leads",
        &format!(
            "<p class=\"destination\">{}</p><p><a class=\"button\" rel=\"noreferrer\" href=\"{}\">Go there</a></p>",
            escaped(destination),
            escaped(path)
        ),
    )
}

/// For text and for attributes in double quotes.
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            other => safe.push(other),
        }
    }
    safe
}

/// RFC 4648, section 4; once in an isolate's life, so that no library is worth its bytes.
fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let bits =
            chunk.iter().fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
        for place in 0..=chunk.len() {
            let index = bits >> (18 - 6 * place) & 63;
            let letter =
                usize::try_from(index).ok().and_then(|index| ALPHABET.get(index)).copied().unwrap_or(b'=');
            text.push(char::from(letter));
        }
        let _ = write!(text, "{:=<1$}", "", 3 - chunk.len());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_that_of_the_rfc() {
        // RFC 4648, section 10.
        for (bytes, text) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
            ("foobar", "Zm9vYmFy"),
        ] {
            assert_eq!(base64(bytes.as_bytes()), text);
        }
    }

    #[test]
    fn nothing_of_a_destination_is_markup() {
        let page = preview("https://a.test/\"><script>'&", "/\"onload=");
        assert!(page.contains("https://a.test/&quot;&gt;&lt;script&gt;&#39;&amp;"), "{page}");
        assert!(page.contains("href=\"/&quot;onload=\""), "{page}");
    }

    #[test]
    fn no_page_asks_anyone_for_anything() {
        for page in [message("a", "b"), password_form(true), preview("https://a.test/", "/x")] {
            for loaded in ["src=", "<link", "<script", "url(", "@import"] {
                assert!(!page.contains(loaded), "{loaded} in {page}");
            }
        }
    }
}
