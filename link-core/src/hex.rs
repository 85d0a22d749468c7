//! Bytes as hexadecimal digits, which are lower-case when written. Encodes without the formatter, which the edge would call for each byte.

pub fn hex(bytes: &[u8]) -> String {
    let digit = |half: u8| char::from_digit(half.into(), 16).unwrap_or_default();
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 0xf)]).collect()
}

#[inline]
pub fn from_hex(text: &str) -> Option<Vec<u8>> {
    let pairs = text.as_bytes().chunks(2).map(|pair| u8::from_str_radix(str::from_utf8(pair).ok()?, 16).ok());
    pairs.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_byte_becomes_two_lower_case_digits() {
        assert_eq!(hex(&[0x00, 0x0f, 0x10, 0xab, 0xff]), "000f10abff");
        assert_eq!(hex(&[]), "");
        assert_eq!(from_hex("000f10ABff"), Some(vec![0x00, 0x0f, 0x10, 0xab, 0xff]));
        assert_eq!((from_hex(""), from_hex("0g"), from_hex("aé")), (Some(vec![]), None, None));
    }
}
