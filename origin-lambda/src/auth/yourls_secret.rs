//! The secret of a key for YOURLS' API, derived so that none is stored, and the signatures that are made with it.
//! <https://yourls.org/docs/guide/advanced/passwordless-api>

use std::fmt;

use link_core::hex::hex;
use md5::{Digest as _, Md5};
use sha2::{Digest, Sha256, Sha384, Sha512};
use subtle::ConstantTimeEq;
use uuid::Uuid;

use super::secret::hmac_sha256;

/// As many digits as YOURLS' own secrets have: half of the HMAC.
pub(crate) const SECRET_DIGITS: usize = 32;

/// Derives the secrets of all keys.
#[derive(Clone)]
pub struct YourlsSecrets(Vec<u8>);

/// The secret of one key.
pub(crate) struct YourlsSecret(String);

impl YourlsSecrets {
    pub fn new(signing_secret: &str) -> Self {
        Self([b"shortline yourls\n", signing_secret.as_bytes()].concat())
    }

    pub(crate) fn secret_of(&self, key: Uuid) -> YourlsSecret {
        let mut digits = hex(&hmac_sha256(&self.0, key.to_string().as_bytes()));
        digits.truncate(SECRET_DIGITS);
        YourlsSecret(digits)
    }
}

impl YourlsSecret {
    pub(crate) fn expose(&self) -> &str {
        &self.0
    }

    /// Whether a signature without a time is this secret.
    pub(crate) fn is(&self, signature: &str) -> bool {
        self.0.as_bytes().ct_eq(signature.as_bytes()).into()
    }

    /// Whether a signature is a hash of time and secret, in either order. Its length tells which hash: MD5 is that of clients from
    /// before YOURLS 1.10.5, and does not need to withstand collisions here.
    pub(crate) fn has_signed(&self, timestamp: &str, signature: &str) -> bool {
        let is_hash = |text: String| {
            let text = text.as_bytes();
            let hash = match signature.len() {
                32 => hex(&Md5::digest(text)),
                64 => hex(&Sha256::digest(text)),
                96 => hex(&Sha384::digest(text)),
                128 => hex(&Sha512::digest(text)),
                _ => return false,
            };
            bool::from(hash.as_bytes().ct_eq(signature.as_bytes()))
        };
        // `|` instead of `||`: the time must not reveal which one matched.
        is_hash(format!("{timestamp}{}", self.0)) | is_hash(format!("{}{timestamp}", self.0))
    }
}

impl fmt::Debug for YourlsSecrets {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("YourlsSecrets")
    }
}

impl fmt::Debug for YourlsSecret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("YourlsSecret")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_key_has_its_own_secret_for_ever() {
        let secrets = YourlsSecrets::new("a-signing-secret");
        let secret = |key| secrets.secret_of(Uuid::from_u128(key)).0;
        assert_eq!(secret(1).len(), SECRET_DIGITS);
        assert_eq!(secret(1), secrets.secret_of(Uuid::from_u128(1)).0);
        assert_ne!(secret(1), secret(2));
        assert_ne!(secret(1), YourlsSecrets::new("another").secret_of(Uuid::from_u128(1)).0);
        assert_eq!(format!("{secrets:?} {:?}", secrets.secret_of(Uuid::nil())), "YourlsSecrets YourlsSecret");
    }

    #[test]
    fn signature_with_a_time_is_accepted_in_every_hash_and_order() {
        let secret = YourlsSecret("0123456789abcdef0123456789abcdef".into());
        // `printf '%s' 17954784000123456789abcdef0123456789abcdef | md5sum`, and so on.
        for signature in SIGNATURES {
            assert!(secret.has_signed("1795478400", signature), "{signature}");
            assert!(!secret.has_signed("1795478401", signature), "{signature}");
        }
        assert!(!secret.has_signed("1795478400", "") && !secret.has_signed("1795478400", &secret.0));
        assert!(secret.is(&secret.0) && !secret.is(&secret.0[1..]) && !secret.is(""));
    }

    const SIGNATURES: [&str; 5] = [
        "213cd11745ed94603f835eeded92d384",
        "cd7ab9fdbbd5fc14c55aa2fc73b8809d",
        "53fa2c7fed25e0b45e93fe283103489732cf0cd635056aaf2620ebe4ddaa461a",
        "05b45f40003b0ced62e7c49912d126641a77ac23bdfa2c22d24d28122e742802355255a1d0cdbeb841837fc2d4476e2a",
        "b9fad46ab295f25bcd42dfb81c0541e056b9a9b4369b0dfb65911435e30f466218b0869f05f93bd8f434dc1aa12ffc9b35fe54496074e10ad89a2b092eafd76e",
    ];
}
