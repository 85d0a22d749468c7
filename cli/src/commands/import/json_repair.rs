//! Repairs JSON that a source builds by hand: raw control characters, quotes and backslashes inside of texts.

use serde_json::Value;

/// Read as it is, or repaired.
pub fn parse(bytes: &[u8]) -> Result<Value, serde_json::Error> {
    serde_json::from_slice(bytes)
        .or_else(|_| serde_json::from_str(&repaired(&String::from_utf8_lossy(bytes))))
}

fn repaired(text: &str) -> String {
    let mut repaired = String::with_capacity(text.len() + 16);
    // The brackets that are open.
    let mut open = Vec::new();
    let mut is_in_text = false;
    let mut characters = text.char_indices();
    while let Some((position, character)) = characters.next() {
        let rest = text.get(position + character.len_utf8()..).unwrap_or_default();
        match (is_in_text, character) {
            (false, '{' | '[') => open.push(character),
            (false, '}' | ']') => drop(open.pop()),
            (false, '"') => is_in_text = true,
            (true, '"') if ends_text(rest, open.last() == Some(&'[')) => is_in_text = false,
            (true, '"') => repaired.push('\\'),
            (true, '\\') => {
                let escaped = rest.chars().next().filter(|next| is_escape(*next, rest));
                if let Some(next) = escaped {
                    repaired.push('\\');
                    repaired.push(next);
                    characters.next();
                    continue;
                }
                repaired.push('\\');
            }
            (true, control) if control.is_control() && control < '\u{20}' => {
                repaired.push_str(&format!("\\u{:04x}", u32::from(control)));
                continue;
            }
            _ => {}
        }
        repaired.push(character);
    }
    repaired
}

fn is_escape(next: char, rest: &str) -> bool {
    match next {
        '"' | '\\' | '/' | 'b' | 'f' | 'n' | 'r' | 't' => true,
        'u' => rest.get(1..5).is_some_and(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit())),
        _ => false,
    }
}

/// Whether a quote with this after it ends its text: what follows must be what can follow a text here.
fn ends_text(rest: &str, is_in_list: bool) -> bool {
    let rest = rest.trim_start();
    match rest.chars().next() {
        None | Some('}' | ']') => true,
        Some(':') => !is_in_list,
        Some(',') => {
            let next = rest.get(1..).unwrap_or_default().trim_start();
            if is_in_list { next.starts_with(['"', '{', '[']) } else { begins_with_a_name(next) }
        }
        _ => false,
    }
}

/// `"long_url":`
fn begins_with_a_name(text: &str) -> bool {
    let Some((name, rest)) = text.strip_prefix('"').and_then(|text| text.split_once('"')) else {
        return false;
    };
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    !name.is_empty() && name.bytes().all(is_name) && rest.trim_start().starts_with(':')
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn texts_of_invalid_json_are_read() {
        for (text, title) in [
            (r#"{"title":"plain","tags":["a","b"],"n":1}"#, "plain"),
            ("{\"title\":\"two\nlines\t\u{1}\",\"tags\":[\"a\",\"b\"],\"n\":1}", "two\nlines\t\u{1}"),
            (r#"{"title":"say "hi", you","tags":["a","b"],"n":1}"#, r#"say "hi", you"#),
            (r#"{"title":"C:\path\"x\"","tags":["a","b"],"n":1}"#, r#"C:\path"x""#),
            (r#"{"title":"é\u00e9\u12","tags" : [ "a" , "b" ] ,"n":1}"#, r"éé\u12"),
        ] {
            let expected = json!({"title": title, "tags": ["a", "b"], "n": 1});
            assert_eq!(parse(text.as_bytes()).unwrap(), expected, "{text}");
        }
        let lossy = parse(b"{\"title\":\"a\xff\"}").unwrap();
        assert_eq!(lossy, json!({"title": "a\u{fffd}"}));
        assert!(parse(b"<html>").is_err());
    }
}
