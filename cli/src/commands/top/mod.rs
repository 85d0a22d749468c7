//! `top`: a live view of the clicks of all links.

mod model;
mod view;

use std::sync::mpsc::{self, Receiver, Sender};
use std::time::Duration;

use ratatui::DefaultTerminal;
use ratatui::crossterm::event::{self, Event, KeyCode, KeyEventKind, KeyModifiers};
use serde_json::Value;
use time::OffsetDateTime;

use super::clicks::Feed;
use crate::api::client::Client;
use crate::app::App;
use crate::error::CliError;
use model::Model;

/// To fill the view at the start.
const FIRST_CLICKS: u64 = 1_000;
const POLL_INTERVAL: Duration = Duration::from_secs(1);
/// After a failure.
const RETRY_INTERVAL: Duration = Duration::from_secs(3);
const FRAME_INTERVAL: Duration = Duration::from_millis(250);

/// What the thread that reads the feed tells.
type Update = Result<Vec<Value>, CliError>;

pub fn run(app: &mut App) -> Result<(), CliError> {
    if !app.output.terminal.is_seen() {
        return Err(CliError::usage(
            "top needs a terminal; `shortline clicks --follow` writes to pipes and files",
        ));
    }
    let client = app.client()?;
    let server = client.server();
    // Before the screen is taken over, so that a wrong key is an ordinary error.
    let feed = Feed::start(&client, FIRST_CLICKS)?;
    let client = client.silent();
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || read(&client, feed, &sender));
    let mut terminal = ratatui::try_init()?;
    let outcome = show(&mut terminal, &receiver, Model::new(server));
    ratatui::try_restore()?;
    outcome
}

/// Until the view is closed.
fn read(client: &Client, mut feed: Feed, sender: &Sender<Update>) {
    let mut update = Ok(feed.take());
    while sender.send(update).is_ok() {
        update = feed.read_on(client).map(|()| feed.take());
        match &update {
            Err(_) => std::thread::sleep(RETRY_INTERVAL),
            Ok(_) if !feed.has_more => std::thread::sleep(POLL_INTERVAL),
            Ok(_) => {}
        }
    }
}

fn show(
    terminal: &mut DefaultTerminal,
    updates: &Receiver<Update>,
    mut model: Model,
) -> Result<(), CliError> {
    loop {
        for update in updates.try_iter() {
            match update {
                Ok(clicks) => model.add(&clicks),
                Err(error) => model.trouble = Some(error.to_string()),
            }
        }
        let now = OffsetDateTime::now_utc();
        if !model.is_paused {
            model.advance(now);
            terminal.draw(|frame| view::draw(frame, &model))?;
        }
        if !event::poll(FRAME_INTERVAL)? {
            continue;
        }
        if let Event::Key(key) = event::read()?
            && key.kind == KeyEventKind::Press
        {
            match key.code {
                KeyCode::Char('q') | KeyCode::Esc => return Ok(()),
                KeyCode::Char('c') if key.modifiers.contains(KeyModifiers::CONTROL) => return Ok(()),
                KeyCode::Char('p' | ' ') => {
                    model.is_paused = !model.is_paused;
                    terminal.draw(|frame| view::draw(frame, &model))?;
                }
                _ => {}
            }
        }
    }
}
