//! Arguments of `stats`, `clicks` and `qr`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::links::LINK_HELP;

#[derive(Debug, Args)]
pub struct StatsArgs {
    #[arg(help = "Short URL, domain/code, code or id of a link; by default all links")]
    pub link: Option<String>,
    /// Only links of this domain, or the domain of the code
    #[arg(short, long)]
    pub domain: Option<String>,
    /// Only links that have this tag now
    #[arg(short, long, conflicts_with = "link")]
    pub tag: Option<String>,
    /// Group the clicks: country, region, city, referrer, browser, browser_version, os, device, class, …
    #[arg(short, long, value_name = "WHAT")]
    pub by: Option<String>,
    /// Start: 30d or 12h ago, a date, or a time; by default 30 days ago
    #[arg(short, long, value_name = "TIME")]
    pub since: Option<String>,
    /// End, exclusive; by default now
    #[arg(long, value_name = "TIME")]
    pub until: Option<String>,
    /// Interval of the series
    #[arg(short, long, value_enum)]
    pub interval: Option<IntervalArg>,
    /// Only clicks of this class
    #[arg(long, value_name = "CLASS")]
    pub class: Option<String>,
    /// Only clicks with this value, such as country=DE; repeat it to combine
    #[arg(short = 'w', long = "where", value_name = "WHAT=VALUE")]
    pub filters: Vec<String>,
    /// Time zone in which days start, such as Europe/Berlin or +02:00; by default UTC
    #[arg(long, value_name = "ZONE")]
    pub timezone: Option<String>,
    /// Print the number per interval instead of a summary
    #[arg(long, conflicts_with = "by")]
    pub series: bool,
    /// Groups to show; by default 15 for people, and all for programs
    #[arg(short = 'n', long, value_name = "NUMBER", requires = "by")]
    pub limit: Option<usize>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum IntervalArg {
    Minute,
    Hour,
    Day,
    Week,
    Month,
}

impl IntervalArg {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Minute => "minute",
            Self::Hour => "hour",
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
        }
    }
}

#[derive(Debug, Args)]
pub struct ClicksArgs {
    #[arg(help = "Short URL, domain/code, code or id of a link; by default all links, with -n up to 1000")]
    pub link: Option<String>,
    /// Domain of the code, if several domains have it
    #[arg(short, long)]
    pub domain: Option<String>,
    /// Wait for new clicks and print them as they are stored, oldest first
    #[arg(short, long, alias = "live")]
    pub follow: bool,
    /// Only clicks since then: 30d or 12h ago, a date, or a time
    #[arg(short, long, value_name = "TIME", requires = "link")]
    pub since: Option<String>,
    /// Only clicks before then
    #[arg(long, value_name = "TIME", conflicts_with = "follow", requires = "link")]
    pub until: Option<String>,
    #[command(flatten)]
    pub amount: super::links::Amount,
}

#[derive(Debug, Args)]
pub struct QrArgs {
    #[arg(help = LINK_HELP)]
    pub link: String,
    /// Domain of the code, if several domains have it
    #[arg(short, long)]
    pub domain: Option<String>,
    /// Write an image to this file, as .svg or .png, instead of drawing in the terminal
    #[arg(short = 'f', long, visible_alias = "file", value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Width and height of the image in pixels
    #[arg(long, value_name = "PIXELS", requires = "out")]
    pub size: Option<u32>,
    /// Color of the code, such as 102030; by default the domain's, else black
    #[arg(long, value_name = "COLOR", requires = "out")]
    pub foreground: Option<String>,
    /// Color behind it; by default the domain's, else white
    #[arg(long, value_name = "COLOR", requires = "out")]
    pub background: Option<String>,
    /// Modules of background on each side; scanners need 4, which is the default
    #[arg(long, value_name = "NUMBER", requires = "out")]
    pub margin: Option<u32>,
    /// How much of the code may be damaged: about 7, 15, 25 or 30 %; by default M
    #[arg(long, value_name = "LEVEL", value_parser = ["L", "M", "Q", "H"], ignore_case = true, requires = "out")]
    pub error_correction: Option<String>,
    /// Put the domain's logo into the middle
    #[arg(long, requires = "out")]
    pub logo: bool,
    /// Swap light and dark, for terminals with a light background
    #[arg(long, conflicts_with = "out")]
    pub invert: bool,
}
