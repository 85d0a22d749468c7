//! The `clicks` command for operators. Reads the consumer's environment variables.

use std::collections::BTreeSet;
use std::process::ExitCode;

use anyhow::Result;
use clap::{Args, Parser, Subcommand};
use classify::RULES_VERSION;
use link_core::clicks::batch::Producer;
use link_core::time::UnixMillis;
use log_consumer::config::Config;
use log_consumer::operator::dead_letters::{DeadLetterQueue, ReceivedLetter, Selection};
use log_consumer::operator::reclassification::Reclassification;
use log_consumer::store::{Partition, ReclassificationTally};

#[derive(Debug, Parser)]
#[command(
    name = "clicks",
    about = "Manages Shortline's dead letters and reclassifies clicks. Set the consumer's environment variables."
)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Manage messages that could not be stored
    #[command(subcommand)]
    DeadLetters(DeadLetterCommand),
    /// Reclassify clicks that older rules classified; run it again to continue after an interruption
    Reclassify {
        /// Only count the clicks that would change
        #[arg(long)]
        dry_run: bool,
    },
}

#[derive(Debug, Subcommand)]
enum DeadLetterCommand {
    /// List letters, one per line
    List,
    /// Show one letter with its body
    Show { id: String },
    /// Send letters to the click queue again; clicks that are already stored do not count twice
    Redrive(LetterArguments),
    /// Delete letters permanently; their clicks stay counted as dead-lettered
    Discard(LetterArguments),
}

#[derive(Debug, Args)]
struct LetterArguments {
    /// The ids that `list` shows
    #[arg(required_unless_present = "all")]
    ids: Vec<String>,
    /// Select all letters
    #[arg(long, conflicts_with = "ids")]
    all: bool,
    /// Only list the selected letters
    #[arg(long)]
    dry_run: bool,
}

impl LetterArguments {
    fn selection(&self) -> Selection {
        if self.all { Selection::All } else { Selection::Ids(self.ids.iter().cloned().collect()) }
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    startup::exit_code(run(Arguments::parse().command).await)
}

async fn run(command: Command) -> Result<()> {
    let config = Config::from_lookup(&startup::environment)?;
    match command {
        Command::DeadLetters(command) => dead_letters(command, &DeadLetterQueue::open(config).await).await,
        Command::Reclassify { dry_run } => {
            reclassify(&Reclassification::open(config, RULES_VERSION, dry_run)).await
        }
    }
}

async fn reclassify(reclassification: &Reclassification) -> Result<()> {
    let changed = if reclassification.dry_run { "would change" } else { "changed" };
    let progress = |partition: &Partition, tally: &ReclassificationTally| {
        println!(
            "{}: {} clicks classified by older rules, {} {changed}",
            partition.name, tally.clicks, tally.changed
        );
    };
    let tally = reclassification.run(progress).await?;
    for ((before, after), clicks) in &tally.classes {
        println!("{clicks} {before} → {after}");
    }
    println!("{} clicks checked against rules {RULES_VERSION}, {} {changed}", tally.clicks, tally.changed);
    Ok(())
}

async fn dead_letters(command: DeadLetterCommand, queue: &DeadLetterQueue) -> Result<()> {
    let (arguments, done) = match &command {
        DeadLetterCommand::List => return list(queue, &Selection::All).await,
        DeadLetterCommand::Show { id } => {
            for letter in queue.list(&Selection::Ids(BTreeSet::from([id.clone()]))).await? {
                println!("{}\n{}", line(&letter), letter.body);
            }
            return Ok(());
        }
        DeadLetterCommand::Redrive(arguments) | DeadLetterCommand::Discard(arguments)
            if arguments.dry_run =>
        {
            return list(queue, &arguments.selection()).await;
        }
        DeadLetterCommand::Redrive(arguments) => (arguments, "sent again"),
        DeadLetterCommand::Discard(arguments) => (arguments, "discarded"),
    };
    let progress = |letter: &ReceivedLetter| println!("{done}  {}", line(letter));
    let letters = match &command {
        DeadLetterCommand::Redrive(_) => queue.redrive(&arguments.selection(), progress).await?,
        _ => queue.discard(&arguments.selection(), progress).await?,
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

fn line(letter: &ReceivedLetter) -> String {
    let batch = letter.batch.map_or_else(
        || "batch unknown".to_owned(),
        |batch| format!("{} #{} of {} clicks", Producer(batch.producer), batch.batch, batch.clicks),
    );
    let time = letter.sent_at.map_or_else(String::new, |time| UnixMillis(time).date_time().to_string());
    format!("{}  {time}  {batch}  {}", letter.id, letter.reason)
}
