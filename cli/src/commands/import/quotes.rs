//! Notices a quotation mark of a table that is never closed: a CSV reader takes the rest of the file for one value.

use std::io::{Error, ErrorKind, Read};

/// More than any value that a link has room for.
const MAX_QUOTED_BYTES: u64 = 1 << 20;

#[derive(Debug)]
pub struct QuoteWatch<R> {
    input: R,
    delimiter: u8,
    place: Place,
    /// From 1.
    line: u64,
    opened_in_line: u64,
    quoted_bytes: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    FieldStart,
    Bare,
    Quoted,
    /// It closes the value, unless another one follows.
    AfterQuote,
}

impl<R> QuoteWatch<R> {
    pub fn new(input: R, delimiter: u8) -> Self {
        Self { input, delimiter, place: Place::FieldStart, line: 1, opened_in_line: 0, quoted_bytes: 0 }
    }

    /// As csv reads it: a quotation mark inside of a bare value is a character like others.
    fn step(&mut self, byte: u8) -> Result<(), Error> {
        self.line += u64::from(byte == b'\n');
        self.place = match (self.place, byte) {
            (Place::FieldStart, b'"') => {
                (self.opened_in_line, self.quoted_bytes) = (self.line, 0);
                Place::Quoted
            }
            (Place::Quoted, b'"') => Place::AfterQuote,
            (Place::AfterQuote, b'"') | (Place::Quoted, _) => Place::Quoted,
            (_, byte) if byte == self.delimiter || matches!(byte, b'\n' | b'\r') => Place::FieldStart,
            _ => Place::Bare,
        };
        self.quoted_bytes += 1;
        if self.place == Place::Quoted && self.quoted_bytes > MAX_QUOTED_BYTES {
            return Err(self.not_closed());
        }
        Ok(())
    }

    fn not_closed(&self) -> Error {
        let line = self.opened_in_line;
        Error::new(ErrorKind::InvalidData, format!("the quotation mark in line {line} is not closed"))
    }
}

impl<R: Read> Read for QuoteWatch<R> {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize, Error> {
        let length = self.input.read(buffer)?;
        if length == 0 && self.place == Place::Quoted {
            return Err(self.not_closed());
        }
        for byte in buffer.iter().take(length) {
            self.step(*byte)?;
        }
        Ok(length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<String, String> {
        let mut found = String::new();
        let read = QuoteWatch::new(text.as_bytes(), b',').read_to_string(&mut found);
        read.map(|_| found).map_err(|error| error.to_string())
    }

    #[test]
    fn quote_that_is_never_closed_is_an_error() {
        let cause = |line: u64| Err(format!("the quotation mark in line {line} is not closed"));
        assert_eq!(read("url,title\nhttps://a/,\"Sale\nhttps://b/,B\n"), cause(2));
        assert_eq!(read("a,\"b\"\"\n"), cause(1));
        assert_eq!(read(&format!("a\n\"{}\"\n", "x".repeat(2 << 20))), cause(2));
        for whole in [
            "a,\"two\nlines\",c\n",
            "a,\"say \"\"x\"\"\"\n",
            "a,5\" screen\n",
            "\"a\"b\",c\n",
            "a,\"\"",
            "\"x\"",
        ] {
            assert_eq!(read(whole).as_deref(), Ok(whole));
        }
    }
}
