//! A host name as a client writes it, in the spelling that destinations have. Does not know what is done with it.

use link_core::destination::Destination;
use serde_json::Value;

use crate::fields::text;

/// RFC 1035, section 2.3.4.
const MAX_BYTES: usize = 253;

pub(crate) fn host(value: Value) -> Result<String, String> {
    let text = text(value)?;
    parse(text.trim())
        .ok_or_else(|| "must be a host name such as example.com, without scheme, port and path".to_owned())
}

/// By way of a destination: that way, whatever host a link may lead to is written exactly as the link has it.
pub(crate) fn parse(text: &str) -> Option<String> {
    // What is longer may still be the shorter spelling of something else: "000…0" is the address 0.0.0.0.
    if text.len() > MAX_BYTES {
        return None;
    }
    // An IPv6 address has colons of its own.
    let has_port = text.contains(':') && !(text.starts_with('[') && text.ends_with(']'));
    // A star is a host to the parser, and a pattern to whoever writes one.
    if has_port || text.contains(['/', '\\', '?', '#', '@', '*']) {
        return None;
    }
    let destination = Destination::parse(&format!("https://{text}")).ok()?;
    let host = destination.host();
    (1..=MAX_BYTES).contains(&host.len()).then(|| host.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_spelled_as_in_a_destination() {
        for (text, host) in [
            ("Example.COM", "example.com"),
            ("example.com.", "example.com"),
            ("bücher.example", "xn--bcher-kva.example"),
            ("a_b.example", "a_b.example"),
            ("192.0.2.1", "192.0.2.1"),
            ("0xC0.0.2.1", "192.0.2.1"),
            ("[2001:DB8::0001]", "[2001:db8::1]"),
            ("localhost", "localhost"),
        ] {
            assert_eq!(parse(text).as_deref(), Some(host), "{text}");
        }
    }

    #[test]
    fn what_is_no_bare_host_is_refused() {
        let (long, zeros) = (format!("{}.example", "a".repeat(250)), "0".repeat(254));
        for text in [
            "",
            &zeros,
            ".",
            "/",
            "example.com/",
            "example.com/path",
            "example.com:443",
            "example.com:8443",
            "https://example.com",
            "user@example.com",
            "example.com?",
            "example.com#x",
            "example.com\\x",
            "a b.example",
            "*.example.com",
            "\0",
            "example.com\0",
            "exa\nmple.com",
            "[::1",
            "%00",
            "xn--",
            &long,
        ] {
            assert_eq!(parse(text), None, "{text:?}");
        }
    }
}
