//! In which parts URLs differ.

use percent_encoding::percent_decode_str;
use url::Url;

/// None if all lead to the same place. What cannot be read as a URL is compared as text.
pub fn differences(urls: &[&String]) -> Vec<&'static str> {
    let Some((first, others)) = urls.split_first() else { return Vec::new() };
    let mut parts: Vec<&'static str> = Vec::new();
    for other in others {
        for part in pair(first, other) {
            if !parts.contains(&part) {
                parts.push(part);
            }
        }
    }
    parts
}

fn pair(one: &str, other: &str) -> Vec<&'static str> {
    if one == other {
        return Vec::new();
    }
    let (Ok(one), Ok(other)) = (Url::parse(one), Url::parse(other)) else { return vec!["text"] };
    let text = |part: Option<&str>| part.map(decoded);
    let parts = [
        ("scheme", one.scheme() != other.scheme()),
        ("host", one.host() != other.host() || one.port_or_known_default() != other.port_or_known_default()),
        ("path", decoded(one.path()) != decoded(other.path())),
        ("query", text(one.query()) != text(other.query())),
        ("fragment", text(one.fragment()) != text(other.fragment())),
    ];
    parts.into_iter().filter(|(_, differs)| *differs).map(|(name, _)| name).collect()
}

/// `%C3%BC`, `%c3%bc` and `ü` are the same; `%2F` and `/` are not, and neither is any other character with a meaning.
fn decoded(text: &str) -> Vec<u8> {
    let is_reserved = |byte: u8| b"%/?#[]@!$&'()*+,;=: ".contains(&byte) || byte.is_ascii_control();
    let mut bytes = Vec::new();
    let mut rest = text;
    while let Some(position) = rest.find('%') {
        let (before, after) = rest.split_at(position);
        bytes.extend(before.as_bytes());
        let triplet = after.get(..3).unwrap_or(after);
        match *percent_decode_str(triplet).collect::<Vec<u8>>() {
            [byte] if triplet.len() == 3 && !is_reserved(byte) => bytes.push(byte),
            _ => bytes.extend(triplet.to_ascii_uppercase().as_bytes()),
        }
        rest = after.get(triplet.len()..).unwrap_or_default();
    }
    bytes.extend(rest.as_bytes());
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spelling_is_no_difference() {
        for (one, other, expected) in [
            ("https://example.com", "HTTPS://EXAMPLE.com:443/", &[] as &[&str]),
            ("https://example.com/ü", "https://example.com/%c3%BC", &[]),
            ("https://example.com/a%2fb", "https://example.com/a%2Fb", &[]),
            ("https://bücher.example/", "https://xn--bcher-kva.example/", &[]),
            ("https://example.com/a%2Fb", "https://example.com/a/b", &["path"]),
            ("https://example.com/a", "https://example.com/A", &["path"]),
            ("https://example.com/a", "https://example.com/a/", &["path"]),
            ("https://example.com/?a=b%26c", "https://example.com/?a=b&c", &["query"]),
            ("https://example.com/", "https://example.com/?", &["query"]),
            ("http://example.com/", "https://www.example.com/#x", &["scheme", "host", "fragment"]),
            ("https://example.com/%", "https://example.com/%€", &["path"]),
            ("nothing", "https://example.com/", &["text"]),
        ] {
            assert_eq!(differences(&[&one.to_owned(), &other.to_owned()]), expected, "{one} {other}");
        }
        assert!(differences(&[]).is_empty());
    }
}
