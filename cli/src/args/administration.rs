//! Arguments of `tags`, `domains`, `keys`, `blocked`, `orphans`, `imports` and `accounting`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::confirm::Confirm;
use super::links::Amount;

#[derive(Debug, Args)]
pub struct ListArgs {
    #[command(flatten)]
    pub amount: Amount,
}

#[derive(Debug, Subcommand)]
pub enum TagsCommand {
    /// List tags with the number of their links
    #[command(visible_alias = "ls")]
    List {
        /// Only tags that start with this text
        #[arg(short, long)]
        search: Option<String>,
        #[command(flatten)]
        amount: Amount,
    },
    /// Rename a tag on all links; an existing tag with the new name is merged, which cannot be undone
    Rename {
        old: String,
        new: String,
        #[command(flatten)]
        confirm: Confirm,
    },
    /// Remove a tag from all links
    #[command(visible_aliases = ["delete", "remove"])]
    Rm {
        name: String,
        #[command(flatten)]
        confirm: Confirm,
    },
}

#[derive(Debug, Subcommand)]
pub enum DomainsCommand {
    /// List the domains
    #[command(visible_alias = "ls")]
    List(ListArgs),
    /// Show a domain with its settings
    #[command(visible_aliases = ["show", "view"])]
    Get {
        /// The domain, such as go.example.com
        host: String,
    },
    /// Add a domain
    #[command(visible_alias = "create")]
    Add {
        /// The domain, such as go.example.com
        host: String,
    },
    /// Change the settings of a domain: where it leads without a link, and how its pages and QR codes look
    #[command(visible_alias = "update")]
    Edit(Box<EditDomainArgs>),
    /// Remove a domain without links
    #[command(visible_aliases = ["delete", "remove"])]
    Rm {
        host: String,
        #[command(flatten)]
        confirm: Confirm,
    },
}

#[derive(Debug, Args)]
pub struct EditDomainArgs {
    /// The domain, such as go.example.com
    pub host: String,
    /// Where the bare domain leads
    #[arg(long, value_name = "URL")]
    pub home_url: Option<String>,
    /// Where names without a link lead; {path} in it is the path that was asked for
    #[arg(long, value_name = "URL")]
    pub not_found_url: Option<String>,
    /// Where links that have ended lead, unless they have their own
    #[arg(long, value_name = "URL")]
    pub expired_url: Option<String>,
    /// Whether crawlers may follow the links
    #[arg(long, value_name = "ROBOTS", value_parser = ["allow", "disallow"])]
    pub robots: Option<String>,
    /// Whether aliases are found whatever their case; generated codes are always exact
    #[arg(long, value_name = "BOOLEAN")]
    pub ignore_case: Option<bool>,
    /// Name that the domain's own pages show
    #[arg(long)]
    pub name: Option<String>,
    /// Color of these pages, such as 102030
    #[arg(long, value_name = "COLOR")]
    pub color: Option<String>,
    /// Color of QR codes
    #[arg(long, value_name = "COLOR")]
    pub qr_foreground: Option<String>,
    /// Color behind QR codes
    #[arg(long, value_name = "COLOR")]
    pub qr_background: Option<String>,
    /// PNG for these pages and for QR codes
    #[arg(long, value_name = "FILE")]
    pub logo: Option<PathBuf>,
    /// JSON file that the domain serves as /.well-known/apple-app-site-association
    #[arg(long, value_name = "FILE")]
    pub apple_app_site_association: Option<String>,
    /// JSON file that the domain serves as /.well-known/assetlinks.json
    #[arg(long, value_name = "FILE")]
    pub assetlinks: Option<String>,
    /// Reset a setting to its default, such as home_url or logo
    #[arg(long, value_delimiter = ',', value_name = "FIELD")]
    pub clear: Vec<String>,
    /// Set any field of the API, as JSON or text
    #[arg(long = "set", value_name = "FIELD=VALUE")]
    pub set: Vec<String>,
}

#[derive(Debug, Subcommand)]
pub enum ImportsCommand {
    /// List imports, newest first
    #[command(visible_alias = "ls")]
    List(ListArgs),
    /// Show an import, with its rows by their last verdict
    #[command(visible_aliases = ["show", "view"])]
    Get {
        /// The import's id, which `imports list` prints
        id: String,
    },
    /// List the rows that failed, with the reason; -o csv prints a file
    Failures {
        /// The import's id, which `imports list` prints
        id: String,
        #[command(flatten)]
        amount: Amount,
    },
}

#[derive(Debug, Subcommand)]
pub enum KeysCommand {
    /// List the keys, without their secret part
    #[command(visible_alias = "ls")]
    List(ListArgs),
    /// Show a key, without its secret part
    #[command(visible_aliases = ["show", "view"])]
    Get {
        /// Id or name
        id: String,
    },
    /// Create a key and print it; it is shown only this once
    #[command(visible_alias = "add")]
    Create(NewKeyArgs),
    /// Replace a key and print the new one; it is shown only this once
    Rotate {
        /// Id or name
        id: String,
        /// How long the old key keeps working, such as 2h or 7d; by default a day
        #[arg(long, value_name = "DURATION")]
        grace: Option<String>,
    },
    /// Revoke a key at once
    #[command(visible_aliases = ["rm", "delete"])]
    Revoke {
        /// Id or name
        id: String,
        #[command(flatten)]
        confirm: Confirm,
    },
}

/// What a key can be bound to.
const ACTIONS: [&str; 5] = ["create", "read", "change", "delete", "statistics"];

#[derive(Debug, Args)]
pub struct NewKeyArgs {
    /// What the key is for, such as Newsletter
    pub name: String,
    /// reader: see everything; editor: also change links; admin: everything
    #[arg(short, long, value_enum)]
    pub role: RoleArg,
    /// When the key expires: 2027-01-31, a time, or in 90d; by default never
    #[arg(long = "expires", visible_alias = "expires-at", value_name = "TIME")]
    pub expires_at: Option<String>,
    /// Requests per minute
    #[arg(long, value_name = "NUMBER")]
    pub requests_per_minute: Option<u32>,
    /// Links created or changed per minute
    #[arg(long, value_name = "NUMBER")]
    pub links_per_minute: Option<u32>,
    /// Bind the key to this domain; repeat it or separate with commas
    #[arg(short, long = "domain", value_delimiter = ',', value_name = "HOST")]
    pub domains: Vec<String>,
    /// Bind the key to the links that it creates
    #[arg(long)]
    pub own_links: bool,
    /// Bind the key to this action; repeat it or separate with commas
    #[arg(long = "action", value_delimiter = ',', value_name = "ACTION", value_parser = ACTIONS)]
    pub actions: Vec<String>,
    /// Set any field of the API, as JSON or text
    #[arg(long = "set", value_name = "FIELD=VALUE")]
    pub set: Vec<String>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum RoleArg {
    Reader,
    Editor,
    Admin,
}

impl RoleArg {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Reader => "reader",
            Self::Editor => "editor",
            Self::Admin => "admin",
        }
    }
}

#[derive(Debug, Subcommand)]
pub enum BlockedCommand {
    /// List the blocked hosts
    #[command(visible_alias = "ls")]
    List(ListArgs),
    /// Block a host; links that lead to it stop working
    #[command(visible_alias = "block")]
    Add {
        host: String,
        /// Why, for the list
        #[arg(long)]
        reason: Option<String>,
        /// Block only the host itself, not its subdomains
        #[arg(long)]
        exact: bool,
    },
    /// Unblock a host
    #[command(visible_aliases = ["unblock", "delete", "remove"])]
    Rm {
        host: String,
        #[command(flatten)]
        confirm: Confirm,
    },
}

#[derive(Debug, Subcommand)]
pub enum OrphansCommand {
    /// List the names of the last 30 days, most frequent first
    #[command(visible_alias = "ls")]
    List {
        #[command(flatten)]
        filter: OrphanFilter,
        #[command(flatten)]
        amount: Amount,
    },
    /// Delete names from the list
    #[command(visible_aliases = ["delete", "remove"])]
    Rm {
        /// Only this name, as it is listed
        #[arg(long)]
        name: Option<String>,
        #[command(flatten)]
        filter: OrphanFilter,
        #[command(flatten)]
        confirm: Confirm,
    },
}

#[derive(Debug, Default, Args)]
pub struct OrphanFilter {
    /// Only names of this domain
    #[arg(short, long)]
    pub domain: Option<String>,
    /// Only typos of people, or only probes of scanners
    #[arg(long, value_parser = ["person", "probe"])]
    pub class: Option<String>,
}

#[derive(Debug, Args)]
pub struct AccountingArgs {
    /// Only this producer, with the numbers of its missing batches
    #[arg(long, value_name = "ID")]
    pub producer: Option<String>,
    /// Also list the producers
    #[arg(long)]
    pub producers: bool,
}
