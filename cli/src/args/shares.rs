//! Arguments of `shares`.

use clap::{Args, Subcommand};

use super::confirm::Confirm;
use super::links::{Amount, LINK_HELP};

#[derive(Debug, Subcommand)]
pub enum SharesCommand {
    /// Share the statistics of a link or of a tag, and print the address
    #[command(visible_alias = "add")]
    Create(NewShareArgs),
    /// List the shares of a link or of a tag, oldest first
    #[command(visible_alias = "ls")]
    List {
        #[command(flatten)]
        subject: SubjectArgs,
        #[command(flatten)]
        amount: Amount,
    },
    /// End a share: its address stops working
    #[command(visible_aliases = ["delete", "remove"])]
    Rm {
        /// The share's id, which `shares list` prints
        #[arg(value_name = "ID")]
        share: String,
        #[command(flatten)]
        subject: SubjectArgs,
        #[command(flatten)]
        confirm: Confirm,
    },
}

/// What is shared.
#[derive(Debug, Args)]
pub struct SubjectArgs {
    #[arg(help = LINK_HELP, required_unless_present = "tag")]
    pub link: Option<String>,
    /// Domain of the code, if several domains have it
    #[arg(short, long, conflicts_with = "tag")]
    pub domain: Option<String>,
    /// A tag instead of a link: all links that have it
    #[arg(short, long, conflicts_with = "link")]
    pub tag: Option<String>,
}

#[derive(Debug, Args)]
pub struct NewShareArgs {
    #[command(flatten)]
    pub subject: SubjectArgs,
    /// Title that is shown with the statistics
    #[arg(long)]
    pub title: Option<String>,
    /// When the share ends: 2027-01-31, a time, or in 90d; by default never
    #[arg(long = "expires", visible_alias = "expires-at", value_name = "TIME")]
    pub expires_at: Option<String>,
    /// Time zone in which days are counted, such as Europe/Berlin; by default UTC
    #[arg(long, value_name = "ZONE")]
    pub timezone: Option<String>,
}
