//! Short codes: their alphabet, their parser, and the keyed permutation between ids and codes.
//! Does not decide which ids are issued; the origin leases those from its database.

use std::fmt;
use std::str::FromStr;

use aes::Aes256;
use aes::cipher::{BlockCipherEncrypt, KeyInit};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use thiserror::Error;

use crate::hex::hex;

/// The number of characters in a code. At most one in 3,500 of the 62^7 codes is issued (see [`DEFAULT_CEILING`]), which makes
/// guessing hopeless.
pub const LENGTH: usize = 7;
const RADIX: u64 = 62;
/// The number of seven-character codes, 62^7.
pub const SPACE: u64 = RADIX.pow(7);
/// Ids are issued below this limit, 0.03 % of [`SPACE`], unless configured otherwise.
pub const DEFAULT_CEILING: u64 = 1_000_000_000;

/// Seven characters of `0-9A-Za-z`. A valid code need not belong to a link.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Code([u8; LENGTH]);

#[derive(Debug, Error, PartialEq, Eq)]
#[error("a code is seven characters of 0-9, A-Z and a-z")]
pub struct MalformedCode;

impl Code {
    pub fn as_str(&self) -> &str {
        // Every constructor accepts ASCII only.
        str::from_utf8(&self.0).unwrap_or_default()
    }

    fn from_number(number: u64) -> Self {
        let mut digits = [b'0'; LENGTH];
        let mut buffer = [0u8; 11];
        // Any u64 fits into eleven bytes, so the encoder cannot run out of room.
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

/// The AES-256 key of the permutation. The key can never change: with another key, new ids would yield codes that are already taken,
/// and issued codes could not be distinguished from guessed ones.
#[derive(Clone)]
pub struct CodeKey([u8; 32]);

#[derive(Debug, Error, PartialEq, Eq)]
#[error("a code key is 64 hexadecimal digits (32 random bytes); create one with `openssl rand -hex 32`")]
pub struct MalformedCodeKey;

impl CodeKey {
    /// Identifies the key without revealing it. Stored beside the ids that the key was used for.
    pub fn fingerprint(&self) -> String {
        let digest = Sha256::new().chain_update("shortline code key\n").chain_update(self.0).finalize();
        hex(digest.split_at(16).0)
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

/// The bijection between ids below [`SPACE`] and codes: FF1 (NIST SP 800-38G) over seven base-62 numerals, without a tweak. All numbers
/// of so short a text fit into 64 bits, so the edge needs no library for big integers.
pub struct CodeCipher {
    aes: Aes256,
    /// The encrypted first block, which contains the parameters of FF1 and is the same for every text (step 6.ii).
    first_block: Block,
}

type Block = [u8; 16];

/// A text consists of a left half of three numerals and a right half of four (step 1).
const LEFT: u64 = RADIX.pow(3);
const RIGHT: u64 = RADIX.pow(4);
const ROUNDS: u8 = 10;

#[derive(Debug, Clone, Copy, Error, PartialEq, Eq)]
#[error("id {0} is too large: there are only {SPACE} seven-character codes")]
pub struct IdOutOfSpace(pub u64);

impl CodeCipher {
    // Once an isolate: compiled with the Worker, for size.
    #[inline]
    pub fn new(key: &CodeKey) -> Self {
        let aes = Aes256::new(&key.0.into());
        // The block contains version, method and addition; the radix in three bytes; the number of rounds; the length of the left
        // half; and the lengths of text and tweak in four bytes each (step 5).
        let first_block = encrypted(&aes, [1, 2, 1, 0, 0, 62, ROUNDS, 3, 0, 0, 0, 7, 0, 0, 0, 0]);
        Self { aes, first_block }
    }

    pub fn code(&self, id: u64) -> Result<Code, IdOutOfSpace> {
        if id >= SPACE {
            return Err(IdOutOfSpace(id));
        }
        let (mut left, mut right) = (id / RIGHT, id % RIGHT);
        for round in 0..ROUNDS {
            let size = half_size(round);
            (left, right) = (right, (left + self.function(round, right) % size) % size);
        }
        Ok(Code::from_number(left * RIGHT + right))
    }

    /// The id that yields this code, even if that id was never issued.
    pub fn id(&self, code: &Code) -> u64 {
        let number = code.number();
        let (mut left, mut right) = (number / RIGHT, number % RIGHT);
        for round in (0..ROUNDS).rev() {
            let size = half_size(round);
            (left, right) = ((right + size - self.function(round, left) % size) % size, left);
        }
        left * RIGHT + right
    }

    /// Eight bytes of the round's pseudorandom block (steps 6.i to 6.iv).
    fn function(&self, round: u8, number: u64) -> u64 {
        let mut block = self.first_block;
        // The second block contains the empty tweak with its padding, the round, and the number in three bytes.
        let [.., high, middle, low] = number.to_be_bytes();
        for (byte, mixed) in block.iter_mut().skip(12).zip([round, high, middle, low]) {
            *byte ^= mixed;
        }
        encrypted(&self.aes, block).iter().take(8).fold(0, |number, byte| number << 8 | u64::from(*byte))
    }
}

/// The number of values of the half that the round changes.
fn half_size(round: u8) -> u64 {
    if round.is_multiple_of(2) { LEFT } else { RIGHT }
}

fn encrypted(aes: &Aes256, block: Block) -> Block {
    let mut block = block.into();
    aes.encrypt_block(&mut block);
    block.into()
}

impl fmt::Debug for CodeCipher {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("CodeCipher")
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use fpe::ff1::{FF1, FlexibleNumeralString};
    use proptest::prelude::*;

    use super::*;

    const KEY: &str = "2b7e151628aed2a6abf7158809cf4f3cef4359d8d580aa4f7f036d6f04fc6a94";

    fn cipher() -> CodeCipher {
        CodeCipher::new(&KEY.parse().unwrap())
    }

    #[test]
    fn key_always_maps_ids_to_the_same_codes() {
        let codes =
            [0, 1, 2, DEFAULT_CEILING - 1, SPACE - 1].map(|id| cipher().code(id).unwrap().to_string());
        insta::assert_json_snapshot!(codes);
    }

    /// The number as seven base-62 numerals, the most significant first.
    fn numerals(number: u64) -> Vec<u16> {
        (0..7).rev().map(|position| u16::try_from(number / RADIX.pow(position) % RADIX).unwrap()).collect()
    }

    #[test]
    fn ids_at_the_ends_of_the_space_round_trip() {
        let cipher = cipher();
        let ids = [0, 1, 61, 62, DEFAULT_CEILING - 1, DEFAULT_CEILING, SPACE - 2, SPACE - 1];
        for id in ids {
            assert_eq!(cipher.id(&cipher.code(id).unwrap()), id);
        }
        assert_eq!(cipher.code(SPACE), Err(IdOutOfSpace(SPACE)));
        assert_eq!(cipher.code(u64::MAX), Err(IdOutOfSpace(u64::MAX)));
    }

    #[test]
    fn codes_at_the_ends_of_the_space_round_trip() {
        let cipher = cipher();
        for text in ["0000000", "0000001", "zzzzzzz", "zzzzzzy"] {
            let code: Code = text.parse().unwrap();
            assert_eq!(cipher.code(cipher.id(&code)).unwrap(), code);
        }
    }

    #[test]
    fn consecutive_ids_yield_distinct_codes() {
        let cipher = cipher();
        let codes: HashSet<Code> = (0..100_000).map(|id| cipher.code(id).unwrap()).collect();
        assert_eq!(codes.len(), 100_000);
    }

    #[test]
    fn consecutive_ids_yield_unrelated_codes() {
        let cipher = cipher();
        let code = |id| cipher.code(id).unwrap();
        let same_start = (0..10_000).filter(|id| code(*id).0[..3] == code(id + 1).0[..3]).count();
        // About 10,000 / 62^3 = 0.04 pairs share three characters by chance.
        assert!(same_start <= 3, "{same_start} neighbours share their first three characters");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(20_000))]

        #[test]
        fn every_id_round_trips(id in 0..SPACE) {
            let cipher = cipher();
            prop_assert_eq!(cipher.id(&cipher.code(id).unwrap()), id);
        }

        /// Compares with a library that is tested against NIST's examples, because none of these has our radix and length.
        #[test]
        fn permutation_is_ff1(id in 0..SPACE) {
            let text = FlexibleNumeralString::from(numerals(id));
            let permuted = FF1::<Aes256>::new(&KEY.parse::<CodeKey>().unwrap().0, 62).unwrap().encrypt(&[], &text);
            prop_assert_eq!(numerals(cipher().code(id).unwrap().number()), Vec::from(permuted.unwrap()));
        }

        #[test]
        fn every_code_round_trips(text in "[0-9A-Za-z]{7}") {
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
    fn fingerprints_differ_and_debug_output_hides_the_key() {
        let one: CodeKey = "00".repeat(32).parse().unwrap();
        let other: CodeKey = "01".repeat(32).parse().unwrap();
        assert_ne!(one.fingerprint(), other.fingerprint());
        assert!(!format!("{other:?}").contains("0101"));
    }

    #[test]
    fn key_must_have_64_hexadecimal_digits() {
        for text in ["", "00", &"0g".repeat(32), &"0".repeat(65), &"é".repeat(32)] {
            assert_eq!(text.parse::<CodeKey>().unwrap_err(), MalformedCodeKey);
        }
    }
}
