//! What each command does.

mod accounting;
mod api;
mod backup;
mod blocked;
mod browser;
mod check;
mod clicks;
mod clipboard;
mod columns;
mod context;
mod declared;
mod domains;
mod escrow;
mod identity;
mod import;
mod imports;
mod keys;
mod link_reference;
mod links;
mod orphans;
mod pages;
mod probing;
mod qr;
mod rules;
mod settings;
mod shares;
mod shorten;
mod stats;
mod tags;
mod top;
mod verify;

use crate::app::App;
use crate::args::{AuthCommand, Command};
use crate::error::CliError;

pub use pages::markdown;

pub fn run(app: &mut App, command: &Command) -> Result<(), CliError> {
    match command {
        Command::Login(arguments) => identity::login(app, arguments),
        Command::Logout => identity::logout(app),
        Command::Auth { command } => match command {
            AuthCommand::Login(arguments) => identity::login(app, arguments),
            AuthCommand::Logout => identity::logout(app),
            AuthCommand::Status => identity::whoami(app),
        },
        Command::Context { command } => context::run(app, command.as_ref()),
        Command::Whoami => identity::whoami(app),
        Command::Shorten(arguments) => shorten::run(app, arguments),
        Command::Links { command } => links::run(app, command),
        Command::Stats(arguments) => stats::run(app, arguments),
        Command::Clicks(arguments) => clicks::run(app, arguments),
        Command::Top => top::run(app),
        Command::Qr(arguments) => qr::run(app, arguments),
        Command::Shares { command } => shares::run(app, command),
        Command::Tags { command } => tags::run(app, command.as_ref()),
        Command::Domains { command } => domains::run(app, command.as_ref()),
        Command::Keys { command } => keys::run(app, command.as_ref()),
        Command::Blocked { command } => blocked::run(app, command.as_ref()),
        Command::Orphans { command } => orphans::run(app, command.as_ref()),
        Command::Accounting(arguments) => accounting::run(app, arguments),
        Command::Apply(arguments) => declared::apply(app, arguments),
        Command::Export(arguments) => declared::export(app, arguments),
        Command::Import { command } => import::run(app, command),
        Command::Imports { command } => imports::run(app, command.as_ref()),
        Command::Backup(arguments) => backup::run(app, arguments),
        Command::Escrow(arguments) => escrow::run(app, arguments),
        Command::Check(arguments) => check::run(app, arguments),
        Command::Verify(arguments) => verify::run(app, arguments),
        Command::Api(arguments) => api::run(app, arguments),
        Command::Completions { shell } => pages::completions(app, *shell),
        Command::Man { to } => pages::man(app, to.as_deref()),
        Command::Markdown => app.output.bytes(markdown().as_bytes()),
    }
}
