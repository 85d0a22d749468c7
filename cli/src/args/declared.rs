//! Arguments of `apply` and `export`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::confirm::Confirm;
use super::links::LinkFilter;

#[derive(Debug, Args)]
pub struct ApplyArgs {
    /// TOML file that declares links; `shortline export` writes one
    pub file: PathBuf,
    /// Only show what would be created, changed and removed
    #[arg(long, visible_alias = "dry-run")]
    pub plan: bool,
    /// With --plan: exit with 8 if there is something to do
    #[arg(long, requires = "plan")]
    pub exit_code: bool,
    /// Take over declared links that exist without the file's tag, as after `shortline export`
    #[arg(long)]
    pub adopt: bool,
    #[command(flatten)]
    pub confirm: Confirm,
}

#[derive(Debug, Args)]
pub struct ExportArgs {
    /// Format of the file
    #[arg(long = "as", value_enum, default_value_t, value_name = "FORMAT")]
    pub format: ExportFormat,
    /// Name of the file's links: they will carry the tag managed:NAME
    #[arg(long, default_value = "links")]
    pub name: String,
    #[command(flatten)]
    pub filter: LinkFilter,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum ExportFormat {
    /// For `shortline apply`
    #[default]
    Toml,
}
