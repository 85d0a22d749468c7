//! Consent to what deletes, revokes or applies.

use clap::Args;

#[derive(Debug, Clone, Copy, Args)]
pub struct Confirm {
    /// Do not ask
    #[arg(short, long)]
    pub yes: bool,
}
