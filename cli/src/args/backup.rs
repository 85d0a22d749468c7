//! Arguments of `backup`.

use std::path::PathBuf;

use clap::Args;

#[derive(Debug, Args)]
pub struct BackupArgs {
    /// File to write; an earlier backup there is replaced at the end
    pub file: PathBuf,
    /// Leave out clicks by day, for which each link that was clicked takes a request
    #[arg(long)]
    pub no_clicks: bool,
}
