//! Short codes: their alphabet, how one is parsed, and the keyed permutation between ids and codes.
//! Does not decide which ids are issued; the origin leases those from its database.

use std::fmt;
use std::str::FromStr;

use aes::Aes256;
use fpe::ff1::{FF1, FlexibleNumeralString};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use thiserror::Error;

/// Characters in a code. 62^7 codes at one in 3,500 issued (see [`DEFAULT_CEILING`]) make guessing hopeless.
pub const LENGTH: usize = 7;
const RADIX: u64 = 62;
/// The number of seven-character codes, 62^7.
pub const SPACE: u64 = RADIX.pow(7);
/// Ids are issued below this unless configured otherwise: 0.03 % of [`SPACE`].
pub const DEFAULT_CEILING: u64 = 1_000_000_000;

/// Seven characters of `0-9A-Za-z`. Having one does not mean that a link has it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Code([u8; LENGTH]);

#[derive(Debug, Error, PartialEq, Eq)]
#[error("a code is seven characters of 0-9, A-Z and a-z")]
pub struct MalformedCode;

impl Code {
    pub fn as_str(&self) -> &str {
        // Every constructor admits ASCII only.
        str::from_utf8(&self.0).unwrap_or_default()
    }

    fn from_number(number: u64) -> Self {
        let mut digits = [b'0'; LENGTH];
        let mut buffer = [0u8; 11];
        // Eleven bytes hold any u64, so the encoder cannot run out of room.
        let length = base62::encode_bytes(number, &mut buffer).unwrap_or_default();
        for (digit, encoded) in digits.iter_mut().rev().zip(buffer.iter().take(length).rev()) {
            *digit = *encoded;
        }
        Self(digits)
    }

    fn number(&self) -> u64 {
        base62::decode(self.0).ok().and_then(|number| u64::try_from(number).ok()).unwrap_or_default()
    }
}

impl FromStr for Code {
    type Err = MalformedCode;

    fn from_str(text: &str) -> Result<Self, MalformedCode> {
        let bytes: [u8; LENGTH] = text.as_bytes().try_into().map_err(|_| MalformedCode)?;
        bytes.iter().all(u8::is_ascii_alphanumeric).then_some(Self(bytes)).ok_or(MalformedCode)
    }
}

impl TryFrom<String> for Code {
    type Error = MalformedCode;

    fn try_from(text: String) -> Result<Self, MalformedCode> {
        text.parse()
    }
}

impl From<Code> for String {
    fn from(code: Code) -> Self {
        code.as_str().to_owned()
    }
}

impl fmt::Display for Code {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Code({self})")
    }
}

/// The AES-256 key of the permutation. It is for life: under another key, issued ids would yield codes that are
/// already taken, and nobody could tell an issued code from a guessed one.
#[derive(Clone)]
pub struct CodeKey([u8; 32]);

#[derive(Debug, Error, PartialEq, Eq)]
#[error("a code key is 64 hexadecimal digits (32 random bytes, for instance of `openssl rand -hex 32`)")]
pub struct MalformedCodeKey;

impl CodeKey {
    /// Tells two keys apart without giving either away; stored beside the ids that the key was used for.
    pub fn fingerprint(&self) -> String {
        let digest = Sha256::new().chain_update("shortline code key\n").chain_update(self.0).finalize();
        digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect()
    }
}

impl FromStr for CodeKey {
    type Err = MalformedCodeKey;

    fn from_str(text: &str) -> Result<Self, MalformedCodeKey> {
        if text.len() != 64 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(MalformedCodeKey);
        }
        let mut key = [0u8; 32];
        for (byte, at) in key.iter_mut().zip((0..64).step_by(2)) {
            let pair = text.get(at..at + 2).ok_or(MalformedCodeKey)?;
            *byte = u8::from_str_radix(pair, 16).map_err(|_| MalformedCodeKey)?;
        }
        Ok(Self(key))
    }
}

impl fmt::Debug for CodeKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "CodeKey(fingerprint {})", self.fingerprint())
    }
}

/// The bijection between ids below [`SPACE`] and codes: FF1 (NIST SP 800-38G) over seven base-62 numerals.
pub struct CodeCipher {
    ff1: FF1<Aes256>,
}

#[derive(Debug, Error, PartialEq, Eq)]
#[error("id {0} lies outside the {SPACE} seven-character codes")]
pub struct IdOutOfSpace(pub u64);

impl CodeCipher {
    pub fn new(key: &CodeKey) -> Self {
        #[expect(clippy::expect_used, reason = "62 is a radix that FF1 takes, whatever the key")]
        let ff1 = FF1::new(&key.0, 62).expect("FF1 takes radix 62");
        Self { ff1 }
    }

    pub fn code(&self, id: u64) -> Result<Code, IdOutOfSpace> {
        if id >= SPACE {
            return Err(IdOutOfSpace(id));
        }
        let numerals = FlexibleNumeralString::from(numerals(id));
        let permuted = self.ff1.encrypt(&[], &numerals).map_err(|_| IdOutOfSpace(id))?;
        Ok(Code::from_number(number(&Vec::from(permuted))))
    }

    /// The id that yields this code, whether or not it was ever issued.
    pub fn id(&self, code: &Code) -> u64 {
        let numerals = FlexibleNumeralString::from(numerals(code.number()));
        // Seven numerals below 62 are what FF1 was set up for, so it cannot refuse them.
        self.ff1.decrypt(&[], &numerals).map_or(SPACE, |permuted| number(&Vec::from(permuted)))
    }
}

impl fmt::Debug for CodeCipher {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("CodeCipher")
    }
}

/// Seven base-62 numerals, the most significant first. `number` lies below [`SPACE`].
fn numerals(mut number: u64) -> Vec<u16> {
    let mut numerals = vec![0; LENGTH];
    for numeral in numerals.iter_mut().rev() {
        *numeral = u16::try_from(number % RADIX).unwrap_or_default();
        number /= RADIX;
    }
    numerals
}

fn number(numerals: &[u16]) -> u64 {
    numerals.iter().fold(0, |number, numeral| number * RADIX + u64::from(*numeral))
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proptest::prelude::*;

    use super::*;

    fn cipher() -> CodeCipher {
        CodeCipher::new(&"2b7e151628aed2a6abf7158809cf4f3cef4359d8d580aa4f7f036d6f04fc6a94".parse().unwrap())
    }

    #[test]
    fn a_key_maps_ids_to_the_same_codes_for_ever() {
        let codes =
            [0, 1, 2, DEFAULT_CEILING - 1, SPACE - 1].map(|id| cipher().code(id).unwrap().to_string());
        insta::assert_json_snapshot!(codes);
    }

    #[test]
    fn the_permutation_agrees_with_nist_sp_800_38g_sample_9() {
        // FF1-AES256, radix 36, sample 9 of NIST's "Example Values" (the cipher below ours; ours differs in radix).
        let key =
            "2B7E151628AED2A6ABF7158809CF4F3CEF4359D8D580AA4F7F036D6F04FC6A94".parse::<CodeKey>().unwrap();
        let tweak = [0x37, 0x37, 0x37, 0x37, 0x70, 0x71, 0x72, 0x73, 0x37, 0x37, 0x37];
        let plain = FlexibleNumeralString::from((0..19).collect::<Vec<u16>>());
        let cipher = FF1::<Aes256>::new(&key.0, 36).unwrap().encrypt(&tweak, &plain).unwrap();
        let expected = [33, 28, 8, 10, 0, 10, 35, 17, 2, 10, 31, 34, 10, 21, 34, 35, 30, 32, 13];
        assert_eq!(Vec::<u16>::from(cipher), expected);
    }

    #[test]
    fn ids_at_the_edges_of_the_space_come_back() {
        let cipher = cipher();
        let edges = [0, 1, 61, 62, DEFAULT_CEILING - 1, DEFAULT_CEILING, SPACE - 2, SPACE - 1];
        for id in edges {
            assert_eq!(cipher.id(&cipher.code(id).unwrap()), id);
        }
        assert_eq!(cipher.code(SPACE), Err(IdOutOfSpace(SPACE)));
        assert_eq!(cipher.code(u64::MAX), Err(IdOutOfSpace(u64::MAX)));
    }

    #[test]
    fn codes_at_the_edges_of_the_space_come_back() {
        let cipher = cipher();
        for text in ["0000000", "0000001", "zzzzzzz", "zzzzzzy"] {
            let code: Code = text.parse().unwrap();
            assert_eq!(cipher.code(cipher.id(&code)).unwrap(), code);
        }
    }

    #[test]
    fn a_hundred_thousand_consecutive_ids_yield_as_many_codes() {
        let cipher = cipher();
        let codes: HashSet<Code> = (0..100_000).map(|id| cipher.code(id).unwrap()).collect();
        assert_eq!(codes.len(), 100_000);
    }

    #[test]
    fn consecutive_ids_share_no_visible_sequence() {
        let cipher = cipher();
        let code = |id| cipher.code(id).unwrap();
        let same_start = (0..10_000).filter(|id| code(*id).0[..3] == code(id + 1).0[..3]).count();
        // By chance 10,000 / 62^3 = 0.04 pairs share three characters.
        assert!(same_start <= 3, "{same_start} neighbours share their first three characters");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(20_000))]

        #[test]
        fn every_id_comes_back_from_its_code(id in 0..SPACE) {
            let cipher = cipher();
            prop_assert_eq!(cipher.id(&cipher.code(id).unwrap()), id);
        }

        #[test]
        fn every_code_comes_back_from_its_id(text in "[0-9A-Za-z]{7}") {
            let cipher = cipher();
            let code: Code = text.parse().unwrap();
            prop_assert_eq!(cipher.code(cipher.id(&code)).unwrap(), code);
        }

        #[test]
        fn different_ids_yield_different_codes(one in 0..SPACE, other in 0..SPACE) {
            let cipher = cipher();
            prop_assert_eq!(one == other, cipher.code(one).unwrap() == cipher.code(other).unwrap());
        }

        #[test]
        fn only_seven_base62_characters_parse(text in ".{0,9}") {
            let well_formed = text.len() == 7 && text.bytes().all(|byte| byte.is_ascii_alphanumeric());
            prop_assert_eq!(text.parse::<Code>().is_ok(), well_formed);
        }
    }

    #[test]
    fn keys_have_different_fingerprints_and_never_show_themselves() {
        let one: CodeKey = "00".repeat(32).parse().unwrap();
        let other: CodeKey = "01".repeat(32).parse().unwrap();
        assert_ne!(one.fingerprint(), other.fingerprint());
        assert!(!format!("{other:?}").contains("0101"));
    }

    #[test]
    fn a_key_that_is_not_64_hexadecimal_digits_is_refused() {
        for text in ["", "00", &"0g".repeat(32), &"0".repeat(65), &"é".repeat(32)] {
            assert_eq!(text.parse::<CodeKey>().unwrap_err(), MalformedCodeKey);
        }
    }
}
