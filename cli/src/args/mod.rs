//! The command line: every command and option, with the texts of `--help`, the man page and `docs/cli.md`.

pub mod administration;
pub mod backup;
pub mod check;
pub mod confirm;
pub mod declared;
pub mod escrow;
pub mod import;
pub mod links;
pub mod shares;
pub mod statistics;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

pub use administration::AccountingArgs;
use administration::{
    BlockedCommand, DomainsCommand, ImportsCommand, KeysCommand, OrphansCommand, TagsCommand,
};
use backup::BackupArgs;
use check::{CheckArgs, VerifyArgs};
use declared::{ApplyArgs, ExportArgs};
use escrow::EscrowArgs;
use import::{RunArgs, SourceCommand};
use links::{LinksCommand, NewLinkArgs};
use shares::SharesCommand;
use statistics::{ClicksArgs, QrArgs, StatsArgs};

/// Shown by `shortline --help` and in the man page.
pub const EXIT_CODES: &str = "\
Exit codes:
  0  done
  1  failed for another reason
  2  wrong arguments, or a value that the server does not accept
  3  no key, a wrong or expired key, or a key without the right
  4  not found
  5  conflict: the name is taken, or the link has changed since
  6  rate limit still exceeded after waiting
  7  server not reachable, or not able to answer
  8  some of several items failed, a plan has changes, or `check` or `verify` found something";

/// Shorten URLs and manage links, statistics and domains of a Shortline installation
#[derive(Debug, Parser)]
#[command(name = "shortline", version, after_help = EXIT_CODES, subcommand_required = true, arg_required_else_help = true)]
pub struct Cli {
    #[command(flatten)]
    pub global: GlobalArgs,
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Default, Clone, Args)]
#[command(next_help_heading = "Global options")]
pub struct GlobalArgs {
    /// Use this context instead of the current one [env: SHORTLINE_CONTEXT]
    #[arg(short, long, global = true, value_name = "NAME")]
    pub context: Option<String>,
    /// Address of the installation, such as https://go.example.com [env: SHORTLINE_URL]
    #[arg(long, global = true, value_name = "URL")]
    pub server: Option<String>,
    /// How to print the result
    #[arg(short, long, global = true, value_enum, default_value_t, value_name = "FORMAT")]
    pub output: Format,
    /// Print only these fields, in this order, such as code,url,clicks.human
    #[arg(long, global = true, value_delimiter = ',', value_name = "FIELDS")]
    pub fields: Vec<String>,
    /// The same as --output json --fields FIELDS
    #[arg(long, global = true, value_delimiter = ',', value_name = "FIELDS", conflicts_with_all = ["output", "fields"])]
    pub json: Vec<String>,
    /// Print no notes and no progress, only results and errors
    #[arg(short, long, global = true)]
    pub quiet: bool,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Aligned columns, for people
    #[default]
    Table,
    /// Indented JSON, complete as the server sends it
    Json,
    /// One JSON value per line
    Jsonl,
    /// Comma-separated values with a header
    Csv,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Sign in: check a key and remember it
    Login(LoginArgs),
    /// Forget the key of a context
    Logout,
    /// The same as `login`, `logout` and `whoami`
    #[command(hide = true)]
    Auth {
        #[command(subcommand)]
        command: AuthCommand,
    },
    /// List, choose and remove contexts (one per installation)
    Context {
        #[command(subcommand)]
        command: Option<ContextCommand>,
    },
    /// Show the installation, the key and what it may do
    Whoami,
    /// Create a short link and print it
    #[command(visible_alias = "create")]
    Shorten(NewLinkArgs),
    /// Read and change links
    #[command(visible_alias = "link")]
    Links {
        #[command(subcommand)]
        command: LinksCommand,
    },
    /// Count clicks, of one link or of all
    Stats(StatsArgs),
    /// List the clicks of a link, newest first, or follow them
    Clicks(ClicksArgs),
    /// Watch clicks in a live view
    Top,
    /// Draw the QR code of a short link
    Qr(QrArgs),
    /// Share the statistics of a link or of a tag: they are read without a key
    #[command(visible_alias = "share")]
    Shares {
        #[command(subcommand)]
        command: SharesCommand,
    },
    /// List, rename and remove tags
    #[command(visible_alias = "tag")]
    Tags {
        #[command(subcommand)]
        command: Option<TagsCommand>,
    },
    /// List, add, change and remove domains
    #[command(visible_alias = "domain")]
    Domains {
        #[command(subcommand)]
        command: Option<DomainsCommand>,
    },
    /// List, create, rotate and revoke API keys
    #[command(visible_alias = "key")]
    Keys {
        #[command(subcommand)]
        command: Option<KeysCommand>,
    },
    /// List, block and unblock destination hosts
    Blocked {
        #[command(subcommand)]
        command: Option<BlockedCommand>,
    },
    /// List names that visitors requested and no link has
    Orphans {
        #[command(subcommand)]
        command: Option<OrphansCommand>,
    },
    /// Show the click accounting: produced = stored + dropped + dead-lettered + missing
    Accounting(AccountingArgs),
    /// Bring links to what a file declares
    Apply(ApplyArgs),
    /// Write links into a file that `apply` reads
    Export(ExportArgs),
    /// Bring links from another shortener, with their names
    ///
    /// An import can be stopped and started again at any time: the same command goes on, and no row becomes a link twice. Rows that failed are tried again. Names on hosts that are not domains here go to the default domain, or to --domain. What cannot be carried over is counted by field at the end.
    ///
    /// Visits, or clicks by day, come along where the source gives them; the same command goes on with them, too, and counts nothing twice. Further back-halves of a link are kept as its names, up to 20. With --all and -o csv, what is printed can be given to `shortline verify`. Exits with 8 if a row failed.
    Import {
        #[command(subcommand)]
        command: SourceCommand<RunArgs>,
    },
    /// List imports, and the rows that failed
    Imports {
        #[command(subcommand)]
        command: Option<ImportsCommand>,
    },
    /// Write all links, domains, tags and clicks by day into one file
    ///
    /// The file has JSON lines and a checksum, and only you can read it. `shortline import shortline FILE` reads it, into the same installation or another one. Links created while it is written are in it; of links changed meanwhile, the state when they were read.
    ///
    /// Not in it: passwords of links, API keys, webhooks, shares, blocked hosts, logos, deleted links, history and single clicks.
    Backup(BackupArgs),
    /// Write all links as a static site that redirects without a server, and as signed data
    Escrow(EscrowArgs),
    /// Find destinations that are dead, have moved or lead to a warning page
    ///
    /// Asks from this machine, one request at a time for each host, with HEAD and then GET. Every destination is asked once, however many links lead to it: also those of rules and splits, where a link leads after its end, and, without a filter, where domains lead.
    ///
    /// dead: no such host, no connection, a certificate that browsers refuse, no answer, 404, 410, another 5xx than 503, or endless redirects.
    ///
    /// moved: permanent redirects (301, 308) lead to another address, which is named; temporary ones are followed, up to 20.
    ///
    /// warning: a known page that warns about the destination or offers its domain for sale.
    ///
    /// unclear: 401, 403, 429, 503 and what else a browser may see otherwise.
    ///
    /// skipped: private addresses, and what is not http or https.
    ///
    /// A Retry-After of up to two minutes is waited for; a host that asks for more is left alone, and so is one that keeps answering 429 or 503. Exits with 8 if a destination is dead or leads to a warning page.
    Check(CheckArgs),
    /// Check that old and new short URLs lead to the same place, after a move from another shortener
    ///
    /// Reads where each short URL redirects to, and does not go there. How a URL is spelled makes no difference. A link with rules is resolved as for a visitor from this machine. Exits with 8 if a row differs or cannot be resolved.
    ///
    /// With a source, as `shortline import` reads it: `shortline verify bitly`, `shortline verify yourls dump.sql --old-server https://s.example.com`. The import that was made from it says which link became which. A link whose short URL stays the same is compared with its destination, since the address leads to one of the two sides only.
    ///
    /// With a file: columns old, old_url, old_short_url or short_url; new, new_url or new_short_url; expected, destination, long_url, original_url, target or url. Two of the three are enough. `shortline import … --all -o csv` prints such a file. A file with the name of a source is given as ./csv.
    Verify(VerifyArgs),
    /// Send a request to the API and print the answer
    Api(ApiArgs),
    /// Print a completion script for a shell
    #[command(alias = "completion")]
    Completions {
        #[arg(value_enum)]
        shell: Shell,
    },
    /// Print the manual, or write a page per command
    Man {
        /// Write shortline.1, shortline-links.1 and so on into this folder
        #[arg(long, value_name = "FOLDER")]
        to: Option<PathBuf>,
    },
    /// Print the reference as Markdown
    #[command(hide = true)]
    Markdown,
}

#[derive(Debug, Args)]
pub struct LoginArgs {
    /// Address of the installation, such as https://go.example.com
    pub url: Option<String>,
    /// Read the key from standard input
    #[arg(long)]
    pub key_stdin: bool,
    /// Keep the key in a file that only you can read, not in the keyring
    #[arg(long)]
    pub insecure_storage: bool,
}

/// As other programs call it.
#[derive(Debug, Subcommand)]
pub enum AuthCommand {
    /// The same as `shortline login`
    Login(LoginArgs),
    /// The same as `shortline logout`
    Logout,
    /// The same as `shortline whoami`
    Status,
}

#[derive(Debug, Subcommand)]
pub enum ContextCommand {
    /// List the contexts
    #[command(visible_alias = "ls")]
    List,
    /// Make a context the current one
    Use { name: String },
    /// Remove a context and its key
    #[command(visible_aliases = ["remove", "delete"])]
    Rm { name: String },
}

#[derive(Debug, Args)]
pub struct ApiArgs {
    /// GET, POST, PATCH, PUT or DELETE
    #[arg(value_parser = parse_method)]
    pub method: String,
    /// Such as /links or /api/v1/links?limit=5
    pub path: String,
    /// Body as JSON; @FILE reads a file, - standard input
    #[arg(short, long, value_name = "JSON")]
    pub data: Option<String>,
    /// Set a field of the body, or with GET a parameter: text, or JSON with name:=value
    #[arg(short = 'f', long = "field", value_name = "NAME=VALUE", conflicts_with = "data")]
    pub body_fields: Vec<String>,
    /// Send a header
    #[arg(short = 'H', long = "header", value_name = "NAME: VALUE")]
    pub headers: Vec<String>,
    /// Print the status and the headers of the answer to standard error
    #[arg(short, long)]
    pub include: bool,
}

fn parse_method(text: &str) -> Result<String, String> {
    let method = text.to_ascii_uppercase();
    match method.as_str() {
        "GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE" => Ok(method),
        _ => Err("use GET, HEAD, POST, PUT, PATCH or DELETE".to_owned()),
    }
}
