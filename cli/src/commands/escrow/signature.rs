//! The operator's Ed25519 key.

use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use ring::digest::{SHA256, digest};
use ring::rand::SystemRandom;
use ring::signature::{Ed25519KeyPair, KeyPair};
use ureq::tls::PrivateKey;

use crate::error::CliError;

/// What precedes the 32 bytes of an Ed25519 public key in its SubjectPublicKeyInfo (RFC 8410).
const PUBLIC_KEY_PREFIX: [u8; 12] = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];

pub struct SigningKey {
    pair: Ed25519KeyPair,
    pub is_new: bool,
}

impl SigningKey {
    pub fn read(file: &Path) -> Result<Self, CliError> {
        let pem = std::fs::read(file).map_err(|error| CliError::file("read", file, error))?;
        Ok(Self { pair: parse(file, &pem)?, is_new: false })
    }

    /// Makes the key if the file does not exist.
    pub fn read_or_make(file: &Path) -> Result<Self, CliError> {
        let exists = file.try_exists().map_err(|error| CliError::file("read", file, error))?;
        if exists { Self::read(file) } else { Ok(Self { pair: make(file)?, is_new: true }) }
    }

    pub fn sign(&self, bytes: &[u8]) -> Vec<u8> {
        self.pair.sign(bytes).as_ref().to_vec()
    }

    pub fn public_key_pem(&self) -> String {
        pem("PUBLIC KEY", &self.public_key())
    }

    /// SHA-256 of the public key as OpenSSL writes it in DER.
    pub fn fingerprint(&self) -> String {
        sha256(&self.public_key())
    }

    fn public_key(&self) -> Vec<u8> {
        [PUBLIC_KEY_PREFIX.as_slice(), self.pair.public_key().as_ref()].concat()
    }
}

pub fn sha256(bytes: &[u8]) -> String {
    digest(&SHA256, bytes).as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Keys of OpenSSL have no public part; ring's own have one.
fn parse(file: &Path, pem: &[u8]) -> Result<Ed25519KeyPair, CliError> {
    let wrong = || {
        CliError::file("read", file, "it is not an Ed25519 key in PEM: openssl genpkey -algorithm ed25519")
    };
    let key = PrivateKey::from_pem(pem).map_err(|_| wrong())?;
    Ed25519KeyPair::from_pkcs8_maybe_unchecked(key.der()).map_err(|_| wrong())
}

fn make(file: &Path) -> Result<Ed25519KeyPair, CliError> {
    let wrong = |error: std::io::Error| CliError::file("write", file, error);
    let der = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new())
        .map_err(|_| CliError::Other("no randomness".to_owned()))?;
    if let Some(folder) = file.parent() {
        std::fs::create_dir_all(folder).map_err(wrong)?;
    }
    let mut options = std::fs::OpenOptions::new();
    let mut opened = options.write(true).create_new(true).mode(0o600).open(file).map_err(wrong)?;
    let text = pem("PRIVATE KEY", der.as_ref());
    opened.write_all(text.as_bytes()).and_then(|()| opened.sync_all()).map_err(wrong)?;
    parse(file, text.as_bytes())
}

fn pem(label: &str, der: &[u8]) -> String {
    let mut text = format!("-----BEGIN {label}-----\n");
    let encoded = BASE64_STANDARD.encode(der);
    for line in encoded.as_bytes().chunks(64) {
        text.push_str(&String::from_utf8_lossy(line));
        text.push('\n');
    }
    text + &format!("-----END {label}-----\n")
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use ring::signature::{ED25519, UnparsedPublicKey};

    use super::*;

    #[test]
    fn made_key_is_private_and_signs_the_same_later() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("new/key.pem");
        assert!(SigningKey::read(&file).is_err() && !file.exists());
        let made = SigningKey::read_or_make(&file).unwrap();
        assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        let read = SigningKey::read_or_make(&file).unwrap();
        assert!(made.is_new && !read.is_new);
        assert_eq!(made.fingerprint(), read.fingerprint());
        let signature = read.sign(b"sums");
        let public = UnparsedPublicKey::new(&ED25519, made.pair.public_key().as_ref());
        public.verify(b"sums", &signature).unwrap();
        assert!(public.verify(b"other", &signature).is_err());
    }

    #[test]
    fn key_of_openssl_is_read() {
        // The example of RFC 8410, section 10.3.
        let pem = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n-----END PRIVATE KEY-----\n";
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("key.pem");
        std::fs::write(&file, pem).unwrap();
        let key = SigningKey::read_or_make(&file).unwrap();
        let public = "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n-----END PUBLIC KEY-----\n";
        assert_eq!(key.public_key_pem(), public);
        std::fs::write(&file, "x").unwrap();
        assert!(SigningKey::read_or_make(&file).is_err());
    }
}
