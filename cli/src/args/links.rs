//! Arguments of `shorten` and `links`.

use clap::{Args, Subcommand, ValueEnum};

use super::confirm::Confirm;

/// What every command on an existing link takes.
pub const LINK_HELP: &str = "Short URL, domain/code, code or id of a link";

#[derive(Debug, Args)]
pub struct NewLinkArgs {
    /// The destination; - reads one per line from standard input
    pub url: String,
    /// Domain of the short link; by default the installation's own
    #[arg(short, long)]
    pub domain: Option<String>,
    /// Print an existing link with the same settings, if there is one
    #[arg(long)]
    pub reuse: bool,
    #[command(flatten)]
    pub settings: SettingsArgs,
    /// Copy the short URL to the clipboard
    #[arg(long)]
    pub copy: bool,
    /// Also draw the QR code in the terminal
    #[arg(long)]
    pub qr: bool,
}

/// The settings of a link, for new and existing ones.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Settings of the link")]
pub struct SettingsArgs {
    /// Name after the domain, up to four segments; by default a generated code
    #[arg(short, long)]
    pub alias: Option<String>,
    /// Another name of the same link, such as sommer or other.example/summer; repeat for more. On a change: all other names
    #[arg(long = "also", value_name = "NAME")]
    pub also: Vec<String>,
    /// Title, for lists and search
    #[arg(long)]
    pub title: Option<String>,
    /// Notes, for yourself and other editors
    #[arg(long)]
    pub notes: Option<String>,
    /// Tag; repeat it or separate with commas
    #[arg(short, long = "tag", value_delimiter = ',', value_name = "TAG")]
    pub tags: Vec<String>,
    /// The link's id in your own system
    #[arg(long, value_name = "ID")]
    pub external_id: Option<String>,
    /// HTTP status of the redirect: 301, 302, 307 or 308
    #[arg(long, value_name = "STATUS")]
    pub status: Option<u16>,
    /// Not active before this time: 2027-01-31, 2027-01-31T12:00:00+01:00, or in 3d
    #[arg(long = "starts", visible_alias = "starts-at", value_name = "TIME")]
    pub starts_at: Option<String>,
    /// Expires at this time: 2027-01-31, 2027-01-31T12:00:00+01:00, or in 30d
    #[arg(long = "expires", visible_alias = "expires-at", value_name = "TIME")]
    pub expires_at: Option<String>,
    /// Where visitors go afterwards; by default they see that the link has expired
    #[arg(long, value_name = "URL")]
    pub expired_url: Option<String>,
    /// How many people may follow the link
    #[arg(long, value_name = "NUMBER")]
    pub max_clicks: Option<i64>,
    /// Ask for the password that visitors will have to enter
    #[arg(long)]
    pub password: bool,
    /// Read that password from the first line of standard input
    #[arg(long, conflicts_with = "password")]
    pub password_stdin: bool,
    /// Add the visitor's query string to the destination (--forward-query=false: do not)
    #[arg(long, num_args = 0..=1, require_equals = true, default_missing_value = "true", value_name = "BOOL")]
    pub forward_query: Option<bool>,
    /// Append the rest of the visitor's path to the destination (--forward-path=false: do not)
    #[arg(long, num_args = 0..=1, require_equals = true, default_missing_value = "true", value_name = "BOOL")]
    pub forward_path: Option<bool>,
    /// Send some visitors elsewhere: 'country=DE,AT device=mobile https://example.com/de'. The first matching rule applies
    ///
    /// Conditions: country, device, os, language, query.NAME, after, before. A rule can be JSON too. Repeatable.
    #[arg(long = "rule", value_name = "RULE")]
    pub rules: Vec<String>,
    /// Split visitors by weight, after the rules: --split '70 https://example.com/a' --split '30 https://example.com/b'
    #[arg(long = "split", value_name = "WEIGHT URL")]
    pub split: Vec<String>,
    /// Read all rules from a file with a JSON list; - reads standard input
    #[arg(long, value_name = "FILE", conflicts_with_all = ["rules", "split"])]
    pub rules_file: Option<String>,
    /// Title that messengers and networks show, instead of the destination's own
    #[arg(long, value_name = "TEXT")]
    pub preview_title: Option<String>,
    /// Description that they show below it
    #[arg(long, value_name = "TEXT")]
    pub preview_description: Option<String>,
    /// Image that they show, an https URL
    #[arg(long, value_name = "URL")]
    pub preview_image: Option<String>,
    /// Create or leave it disabled
    #[arg(long)]
    pub disabled: bool,
    /// Set any field of the API, as JSON or text, such as archived=true
    #[arg(long = "set", value_name = "FIELD=VALUE")]
    pub set: Vec<String>,
}

impl SettingsArgs {
    pub fn reads_stdin(&self) -> bool {
        self.password_stdin || self.rules_file.as_deref() == Some("-")
    }
}

#[derive(Debug, Subcommand)]
pub enum LinksCommand {
    /// Create a short link: the same as `shortline shorten`
    #[command(visible_alias = "new")]
    Create(NewLinkArgs),
    /// List links, newest first
    #[command(visible_alias = "ls")]
    List(ListLinksArgs),
    /// Show a link
    #[command(visible_aliases = ["show", "view"])]
    Get(LinkArgs),
    /// Change a link
    #[command(visible_alias = "update")]
    Edit(EditLinkArgs),
    /// Delete links; visitors get 410, and `links restore` undoes it for 30 days
    #[command(visible_aliases = ["delete", "remove"])]
    Rm(RemoveLinksArgs),
    /// Restore a link that was deleted in the last 30 days
    #[command(visible_alias = "undelete")]
    Restore {
        /// The link's id, which `links rm` and `links get` print; with an administrator's key its name, too
        link: String,
    },
    /// Enable links again
    Enable(SomeLinksArgs),
    /// Disable links; visitors get 410 until they are enabled
    Disable(SomeLinksArgs),
    /// Open a link in the browser
    Open(OpenLinkArgs),
}

#[derive(Debug, Clone, Args)]
pub struct LinkArgs {
    #[arg(help = LINK_HELP)]
    pub link: String,
    /// Domain of the code, if several domains have it
    #[arg(short, long)]
    pub domain: Option<String>,
}

#[derive(Debug, Args)]
pub struct SomeLinksArgs {
    #[arg(help = LINK_HELP, required = true, value_name = "LINK")]
    pub links: Vec<String>,
    /// Domain of the codes, if several domains have them
    #[arg(short, long)]
    pub domain: Option<String>,
}

#[derive(Debug, Args)]
pub struct RemoveLinksArgs {
    #[command(flatten)]
    pub links: SomeLinksArgs,
    #[command(flatten)]
    pub confirm: Confirm,
}

#[derive(Debug, Args)]
pub struct OpenLinkArgs {
    #[command(flatten)]
    pub link: LinkArgs,
    /// Open the destination, which counts no click
    #[arg(long, conflicts_with = "dashboard")]
    pub destination: bool,
    /// Open the link in the dashboard
    #[arg(long)]
    pub dashboard: bool,
}

#[derive(Debug, Args)]
pub struct EditLinkArgs {
    #[command(flatten)]
    pub link: LinkArgs,
    /// New destination
    #[arg(short, long)]
    pub url: Option<String>,
    #[command(flatten)]
    pub settings: SettingsArgs,
    /// Add a tag and keep the others
    #[arg(long, value_delimiter = ',', value_name = "TAG", conflicts_with = "tags")]
    pub add_tag: Vec<String>,
    /// Remove a tag and keep the others
    #[arg(long, value_delimiter = ',', value_name = "TAG", conflicts_with = "tags")]
    pub remove_tag: Vec<String>,
    /// Reset a field to its default, such as expires_at, password or rules
    #[arg(long, value_delimiter = ',', value_name = "FIELD")]
    pub clear: Vec<String>,
}

#[derive(Debug, Args)]
pub struct ListLinksArgs {
    #[command(flatten)]
    pub filter: LinkFilter,
    /// Also archived links
    #[arg(long)]
    pub archived: bool,
    /// Sort by this
    #[arg(long, value_enum)]
    pub sort: Option<LinkSort>,
    /// Oldest or lowest first
    #[arg(long)]
    pub reverse: bool,
    #[command(flatten)]
    pub amount: Amount,
}

/// Which links.
#[derive(Debug, Default, Args)]
pub struct LinkFilter {
    /// Only links with this text in code, destination, title or notes
    #[arg(short, long)]
    pub search: Option<String>,
    /// Only links of this domain
    #[arg(short, long)]
    pub domain: Option<String>,
    /// Only links with this tag
    #[arg(short, long)]
    pub tag: Option<String>,
    /// Only links in this state
    #[arg(long, value_parser = ["active", "disabled", "scheduled", "expired", "exhausted", "blocked"])]
    pub state: Option<String>,
    /// Only links with this code or alias, on any domain
    #[arg(long)]
    pub code: Option<String>,
    /// Only the link with this id of your own system
    #[arg(long, value_name = "ID")]
    pub external_id: Option<String>,
    /// Only links that the key with this id has created
    #[arg(long, value_name = "ID")]
    pub created_by: Option<String>,
}

impl LinkFilter {
    /// Whether it selects every link.
    pub fn is_empty(&self) -> bool {
        let Self { search, domain, tag, state, code, external_id, created_by } = self;
        [search, domain, tag, state, code, external_id, created_by].into_iter().all(Option::is_none)
    }
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum LinkSort {
    Created,
    Clicks,
    LastClick,
}

impl LinkSort {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Clicks => "clicks",
            Self::LastClick => "last_click",
        }
    }
}

/// How much of a list to print.
#[derive(Debug, Clone, Copy, Args)]
pub struct Amount {
    /// Print at most this many
    #[arg(short = 'n', long, default_value_t = 50, value_name = "NUMBER")]
    pub limit: u64,
    /// Print all
    #[arg(long, conflicts_with = "limit")]
    pub all: bool,
}

impl Amount {
    /// Where no option can be given.
    pub const DEFAULT: Self = Self { limit: 50, all: false };

    pub fn max(self) -> Option<u64> {
        if self.all { None } else { Some(self.limit) }
    }
}
