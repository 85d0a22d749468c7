//! The operator's command for clicks. Takes the environment of the consumer; decides only how things are shown.

use std::collections::BTreeSet;
use std::process::ExitCode;

use anyhow::{Context as _, Result};
use clap::{Args, Parser, Subcommand};
use classify::RULES_VERSION;
use link_core::click_batch::Producer;
use link_core::time::UnixMillis;
use log_consumer::config::Config;
use log_consumer::operator::dead_letters::{DeadLetterQueue, Letter, Selection};
use log_consumer::operator::reclassification::{Reclassification, Tally};
use log_consumer::store::Partition;

#[derive(Debug, Parser)]
#[command(
    name = "clicks",
    about = "Deals with Shortline's clicks by hand. Takes the consumer's environment."
)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Messages that could not be stored
    #[command(subcommand)]
    DeadLetters(DeadLetters),
    /// Read clicks again that older rules have classified; one that was stopped goes on where it was
    Reclassify {
        /// Only count what would change
        #[arg(long)]
        dry_run: bool,
    },
}

#[derive(Debug, Subcommand)]
enum DeadLetters {
    /// One line for each
    List,
    /// One letter with its body
    Show { id: String },
    /// Send letters to the click queue again; one that was sent before counts nothing
    Redrive(Chosen),
    /// Delete letters for ever; their clicks stay in the books as dead-lettered
    Discard(Chosen),
}

#[derive(Debug, Args)]
struct Chosen {
    /// Ids as `list` shows them
    #[arg(required_unless_present = "all")]
    ids: Vec<String>,
    #[arg(long, conflicts_with = "ids")]
    all: bool,
    /// Only say which letters are meant
    #[arg(long)]
    dry_run: bool,
}

impl Chosen {
    fn selection(&self) -> Selection {
        if self.all { Selection::All } else { Selection::These(self.ids.iter().cloned().collect()) }
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match run(Arguments::parse().command).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(command: Command) -> Result<()> {
    let config = Config::from_env().context("configuration")?;
    match command {
        Command::DeadLetters(command) => dead_letters(command, &DeadLetterQueue::open(config).await).await,
        Command::Reclassify { dry_run } => {
            reclassify(&Reclassification::open(config, RULES_VERSION, dry_run)).await
        }
    }
}

async fn reclassify(reclassification: &Reclassification) -> Result<()> {
    let changed = if reclassification.dry_run { "would change" } else { "changed" };
    let progress = |partition: &Partition, tally: &Tally| {
        println!("{}: {} clicks of older rules, {} {changed}", partition.name, tally.clicks, tally.changed);
    };
    let tally = reclassification.run(progress).await?;
    for ((before, now), clicks) in &tally.classes {
        println!("{clicks} {before} → {now}");
    }
    println!("{} clicks read again by rule {RULES_VERSION}, {} {changed}", tally.clicks, tally.changed);
    Ok(())
}

async fn dead_letters(command: DeadLetters, queue: &DeadLetterQueue) -> Result<()> {
    let (chosen, done) = match &command {
        DeadLetters::List => return list(queue, &Selection::All).await,
        DeadLetters::Show { id } => {
            for letter in queue.list(&Selection::These(BTreeSet::from([id.clone()]))).await? {
                println!("{}\n{}", line(&letter), letter.body);
            }
            return Ok(());
        }
        DeadLetters::Redrive(chosen) | DeadLetters::Discard(chosen) if chosen.dry_run => {
            return list(queue, &chosen.selection()).await;
        }
        DeadLetters::Redrive(chosen) => (chosen, "sent again"),
        DeadLetters::Discard(chosen) => (chosen, "discarded"),
    };
    let progress = |letter: &Letter| println!("{done}  {}", line(letter));
    let letters = match &command {
        DeadLetters::Redrive(_) => queue.redrive(&chosen.selection(), progress).await?,
        _ => queue.discard(&chosen.selection(), progress).await?,
    };
    println!("{letters} {done}");
    Ok(())
}

async fn list(queue: &DeadLetterQueue, selection: &Selection) -> Result<()> {
    let letters = queue.list(selection).await?;
    for letter in &letters {
        println!("{}", line(letter));
    }
    let clicks: u64 =
        letters.iter().filter_map(|letter| letter.batch).map(|batch| u64::from(batch.clicks)).sum();
    println!("{} letters, {clicks} clicks", letters.len());
    Ok(())
}

fn line(letter: &Letter) -> String {
    let batch = letter.batch.map_or_else(
        || "batch unknown".to_owned(),
        |batch| format!("{} #{} of {} clicks", Producer(batch.producer), batch.batch, batch.clicks),
    );
    let time = letter.sent_at.map_or_else(String::new, |time| UnixMillis(time).date_time().to_string());
    format!("{}  {time}  {batch}  {}", letter.id, letter.reason)
}
