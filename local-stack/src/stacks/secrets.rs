//! The secrets of a local stack: generated once and kept in its folder, readable only by the owner. Not used in
//! production.

use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

const FILE: &str = "secrets.json";

#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Secrets {
    pub(crate) admin_key: String,
    pub(crate) edge_secret: String,
    /// The key of the permutation behind the codes. It must not change during the life of a database.
    pub(crate) code_key: String,
    /// The root key of the AWS emulator.
    pub(crate) aws_access_key_id: String,
    pub(crate) aws_secret_access_key: String,
}

impl Secrets {
    pub(crate) fn load_or_create(folder: &Path) -> Result<Self> {
        let path = folder.join(FILE);
        match std::fs::read(&path) {
            Ok(text) => serde_json::from_slice(&text)
                .with_context(|| format!("cannot parse {}; start with --fresh", path.display())),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                let secrets = Self::generate()?;
                let mut options = std::fs::OpenOptions::new();
                let file = options.write(true).create_new(true).mode(0o600).open(&path);
                let text = serde_json::to_vec_pretty(&secrets)?;
                file.and_then(|mut file| file.write_all(&text))
                    .with_context(|| format!("cannot write {}", path.display()))?;
                Ok(secrets)
            }
            Err(error) => Err(error).with_context(|| format!("cannot read {}", path.display())),
        }
    }

    fn generate() -> Result<Self> {
        const BASE62: &str = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
        Ok(Self {
            admin_key: format!("slk_{}", random_text(BASE62, 40)?),
            edge_secret: random_text(BASE62, 43)?,
            code_key: random_text("0123456789abcdef", 64)?,
            // In AWS's own format, so that other parts see realistic keys.
            aws_access_key_id: format!("AKIA{}", random_text("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 16)?),
            aws_secret_access_key: random_text(BASE62, 40)?,
        })
    }
}

fn random_text(alphabet: &str, length: usize) -> Result<String> {
    let letters: Vec<char> = alphabet.chars().collect();
    let count = letters.len();
    // Rejects bytes at or above the largest multiple of the alphabet's size, so that all letters are equally likely.
    let limit = 256 - 256 % count;
    let mut text = String::with_capacity(length);
    while text.len() < length {
        let mut bytes = [0u8; 64];
        getrandom::fill(&mut bytes).context("no randomness")?;
        let fair = bytes.iter().map(|byte| usize::from(*byte)).filter(|byte| *byte < limit);
        text.extend(fair.filter_map(|byte| letters.get(byte % count)).take(length - text.len()));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_have_their_formats() {
        let secrets = Secrets::generate().unwrap();
        assert_eq!(secrets.admin_key.len(), 44);
        assert!(secrets.code_key.len() == 64 && secrets.code_key.chars().all(|c| c.is_ascii_hexdigit()));
        assert_eq!(secrets.aws_access_key_id.len(), 20);
        assert_ne!(secrets.edge_secret, Secrets::generate().unwrap().edge_secret);
    }
}
