//! Arguments of `escrow`.

use std::path::PathBuf;

use clap::Args;

#[derive(Debug, Args)]
pub struct EscrowArgs {
    /// Folder to write; an earlier escrow there is replaced
    pub folder: PathBuf,
    /// Ed25519 key in PEM (PKCS #8) that signs the checksums
    ///
    /// By default escrow-key.pem beside the configuration, which is made if there is none. Keep it, and publish the fingerprint that is printed.
    #[arg(long, value_name = "FILE")]
    pub signing_key: Option<PathBuf>,
}
