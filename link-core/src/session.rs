//! The session cookie of the dashboard and the headers that come with it. Does not decide what a session may do: the origin looks
//! each one up.

/// Browsers accept this prefix only with `Secure`, `Path=/` and no `Domain`, so no other host can set or read the cookie.
pub const COOKIE: &str = "__Host-shortline-session";
/// A request that a cookie authenticates and that is no GET or HEAD must have this header, with any value. A form cannot set it, and
/// a page of another origin is not allowed to; see [`crate::cors`].
pub const PAGE_HEADER: &str = "shortline-dashboard";
/// Where the browser says who made the request (Fetch Metadata).
pub const FETCH_SITE: &str = "sec-fetch-site";

/// 32 random bytes in base64url without padding.
pub const TOKEN_CHARACTERS: usize = 43;

/// The token in a `Cookie` header (RFC 6265, section 4.2). `None` if it has not the shape of one, so that only what could be a session
/// is looked up.
pub fn token(cookies: &str) -> Option<&str> {
    let mut named = cookies.split(';').filter_map(|pair| {
        let (name, value) = pair.trim_ascii().split_once('=')?;
        (name == COOKIE).then_some(value)
    });
    named.next().filter(|value| {
        value.len() == TOKEN_CHARACTERS
            && value.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn token_is_found_among_other_cookies() {
        let value = "a-_Z".repeat(10) + "abc";
        for cookies in [
            format!("{COOKIE}={value}"),
            format!("theme=dark; {COOKIE}={value}; x=y"),
            format!("a=b;{COOKIE}={value};"),
        ] {
            assert_eq!(token(&cookies), Some(value.as_str()), "{cookies}");
        }
    }

    #[test]
    fn anything_but_a_token_is_no_session() {
        let value = "a".repeat(TOKEN_CHARACTERS);
        for cookies in [
            String::new(),
            format!("{COOKIE}="),
            format!("{COOKIE}={value}x"),
            format!("{COOKIE}={}", &value[1..]),
            format!("{COOKIE}={}+", &value[1..]),
            format!("{COOKIE}=\"{}\"", &value[2..]),
            format!("shortline-session={value}"),
            format!("__host-shortline-session={value}"),
            format!("x{COOKIE}={value}"),
        ] {
            assert_eq!(token(&cookies), None, "{cookies}");
        }
    }
}
