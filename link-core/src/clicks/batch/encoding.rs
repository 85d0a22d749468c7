//! Encodes clicks and batches so that neither SQS nor Postgres refuses or alters text that a visitor sent.

use std::io;

use serde::Serialize;

use super::{BatchHead, Click};

impl Click {
    /// The click as JSON in ASCII. Each click is encoded when it happens, so that the buffer knows its exact size.
    pub fn encode(&self) -> String {
        let mut json = Vec::with_capacity(384);
        let mut serializer = serde_json::Serializer::with_formatter(&mut json, AsciiFormatter);
        // Writing plain strings and numbers into memory cannot fail.
        let _ = self.serialize(&mut serializer);
        String::from_utf8(json).unwrap_or_default()
    }
}

/// The message body of a batch. `encoded_clicks` are results of [`Click::encode`], separated by commas.
pub fn seal(head: &BatchHead, encoded_clicks: &str) -> String {
    let mut body = serde_json::to_string(head).unwrap_or_default();
    body.pop();
    body.reserve(encoded_clicks.len() + 16);
    body.push_str(",\"clicks\":[");
    body.push_str(encoded_clicks);
    body.push_str("]}");
    body
}

/// The visitor's text without control characters and Unicode noncharacters (SQS refuses or alters them, Postgres refuses NUL),
/// truncated to `max_bytes` of UTF-8. `None` if nothing is left.
pub fn truncated(text: &str, max_bytes: usize) -> Option<String> {
    // Nearly all texts need no change, and this runs for every click.
    if (1..=max_bytes).contains(&text.len()) && text.bytes().all(|byte| (b' '..=b'~').contains(&byte)) {
        return Some(text.to_owned());
    }
    let mut kept = String::with_capacity(text.len().min(max_bytes));
    for character in text.chars().filter(|character| is_allowed_in_message(*character)) {
        if kept.len() + character.len_utf8() > max_bytes {
            break;
        }
        kept.push(character);
    }
    (!kept.is_empty()).then_some(kept)
}

/// Whether SQS and Postgres store the character unchanged.
pub(super) fn is_allowed_in_message(character: char) -> bool {
    let scalar = u32::from(character);
    let is_noncharacter = (0xFDD0..=0xFDEF).contains(&scalar) || scalar & 0xFFFE == 0xFFFE;
    !character.is_control() && !is_noncharacter
}

/// Escapes everything beyond ASCII, so that no hop can change the encoding.
struct AsciiFormatter;

impl serde_json::ser::Formatter for AsciiFormatter {
    fn write_string_fragment<W: ?Sized + io::Write>(
        &mut self,
        writer: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        if fragment.is_ascii() {
            return writer.write_all(fragment.as_bytes());
        }
        let mut units = [0u16; 2];
        for character in fragment.chars() {
            if character.is_ascii() {
                write!(writer, "{character}")?;
            } else {
                for unit in character.encode_utf16(&mut units) {
                    write!(writer, "\\u{unit:04x}")?;
                }
            }
        }
        Ok(())
    }
}
