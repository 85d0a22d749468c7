//! Consent to what cannot be undone.

use clap::Args;

#[derive(Debug, Clone, Copy, Args)]
pub struct Confirm {
    /// Do not ask
    #[arg(short, long)]
    pub yes: bool,
}
