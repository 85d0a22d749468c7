//! Arguments of `import`, and the sources that `verify` reads too.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

/// A source, with what is done with its links.
#[derive(Debug, Subcommand)]
pub enum SourceCommand<R: Args> {
    /// From a CSV file of any shortener
    ///
    /// Columns are told apart by their values; names in the first line are hints. The first line may be missing. What was recognised is shown, and --map corrects it.
    Csv(FileArgs<R>),
    /// From Bitly: its API, or a CSV export
    ///
    /// The API is read with a token from BITLY_TOKEN. Every group is read, archived links too. The random back-half and the custom ones of a link are its names. Clicks by day come along as far back as the plan gives them, with one request for each link.
    Bitly(ServiceArgs<R>),
    /// From dub: its API, or a CSV export
    ///
    /// The API is read with a key from DUB_API_KEY.
    Dub(ServiceArgs<R>),
    /// From Short.io: its API, or a CSV export
    ///
    /// The API is read with a key from SHORTIO_API_KEY. A link at the root of a domain has no name here and is listed as failed.
    Shortio(ServiceArgs<R>),
    /// From Rebrandly: its API, or a CSV export
    ///
    /// The API is read with a key from REBRANDLY_API_KEY, and the workspace in REBRANDLY_WORKSPACE if that is set.
    Rebrandly(ServiceArgs<R>),
    /// From Shlink: its API, or short_urls.csv of its web client
    ///
    /// The API is read with a key from SHLINK_API_KEY. Redirect rules whose conditions exist here are carried over, and so are visits.
    Shlink(HostedArgs<R>),
    /// From YOURLS: a CSV export, or an SQL dump
    ///
    /// YOURLS keeps times without a zone: name the server's with --timezone. A dump that says it is in UTC needs none. The visits of a dump that has the table of clicks come along, without their addresses.
    Yourls(FileArgs<R>),
    /// From Kutt: its API
    ///
    /// The API is read with a key from KUTT_API_KEY. Passwords cannot be read: links that have one are created disabled.
    Kutt(HostedArgs<R>),
    /// From Sink: its JSON export, or its API
    ///
    /// The API is read with the site's token from SINK_TOKEN.
    Sink(HostedArgs<R>),
    /// From another Shortline: a backup, links as JSON lines, or its API
    ///
    /// A backup is what `shortline backup` writes: it is checked as a whole first, and its domains are added with their settings, unless --domain names another place for their links; a setting that a domain has here stays, unless --on-conflict replace. JSON lines are what `shortline links list --all -o jsonl` prints. The API is read with a key from SHORTLINE_SOURCE_KEY. Clicks by day of a backup or of the API come along for links that the import creates. Passwords cannot be read: links that have one are created disabled.
    Shortline(HostedArgs<R>),
}

#[derive(Debug, Args)]
pub struct FileArgs<R: Args> {
    /// The file; - reads standard input
    pub file: String,
    #[command(flatten)]
    pub table: TableArgs,
    #[command(flatten)]
    pub run: R,
}

#[derive(Debug, Args)]
pub struct ServiceArgs<R: Args> {
    /// A CSV export; without it, the API is read
    pub file: Option<String>,
    /// Address of the API, if it is not the usual one
    #[arg(long, value_name = "URL", conflicts_with = "file")]
    pub api: Option<String>,
    #[command(flatten)]
    pub table: TableArgs,
    #[command(flatten)]
    pub run: R,
}

#[derive(Debug, Args)]
pub struct HostedArgs<R: Args> {
    /// Address of the installation, such as https://s.example.com, or a file; - reads standard input
    pub from: String,
    #[command(flatten)]
    pub table: TableArgs,
    #[command(flatten)]
    pub run: R,
}

/// How a file is read.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Reading files")]
pub struct TableArgs {
    /// Say which column holds a field: url=COLUMN, by its name or number. Repeatable
    ///
    /// Fields: url, short_url, alias, domain, title, notes, tags, created_at, starts_at, expires_at, expired_url, max_clicks, password, password_protected, status, state, archived, id, clicks, clicks_human.
    #[arg(long, value_name = "FIELD=COLUMN")]
    pub map: Vec<String>,
    /// Zone of times without one, such as Europe/Berlin or +01:00; by default UTC
    #[arg(long, value_name = "ZONE")]
    pub timezone: Option<String>,
}

/// How rows become links.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Importing")]
pub struct RunArgs {
    /// Only show what would become of each row
    #[arg(long)]
    pub dry_run: bool,
    /// What to do where a name is taken
    #[arg(long, value_enum, default_value_t, value_name = "POLICY")]
    pub on_conflict: OnConflict,
    /// Domain for names on hosts that are not yours here; by default the installation's own
    #[arg(short, long)]
    pub domain: Option<String>,
    /// Leave out the click history of the links: visits, or clicks by day
    #[arg(long)]
    pub no_history: bool,
    /// Write the rows that failed, with their own columns and the reason, into this CSV file
    #[arg(long, value_name = "FILE")]
    pub failures: Option<PathBuf>,
    /// Print every row, also those that became what they were
    #[arg(long)]
    pub all: bool,
    /// Go on with the import with this id, such as one begun on another machine
    #[arg(long, value_name = "ID")]
    pub import: Option<String>,
    /// Begin a new import, although an earlier one of this source is remembered
    #[arg(long, conflicts_with = "import")]
    pub restart: bool,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum OnConflict {
    /// Leave the link that has the name as it is
    Skip,
    /// Append -2, -3 and so on
    Suffix,
    /// Give the link that has the name the row's settings
    Replace,
    /// The row fails
    #[default]
    Fail,
}

impl OnConflict {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Skip => "skip",
            Self::Suffix => "suffix",
            Self::Replace => "replace",
            Self::Fail => "fail",
        }
    }
}
