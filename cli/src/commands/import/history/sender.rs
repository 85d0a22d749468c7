//! Sends the click history of an import's links. Calls with visits are numbered: what earlier runs have sent is left out, and the last of their calls
//! is sent again, since its answer may have been lost.

use std::iter::Peekable;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::last_call::{LastCall, VisitCall};
use super::records::{Days, History, RowDays, Visits};
use crate::api::client::{Call, Client, segment};
use crate::commands::import::driver::patiently;
use crate::error::CliError;
use crate::output::cell::counted;

/// The API's limits of a call.
const MAX_VISITS: usize = 1_000;
const MAX_ROWS: usize = 1_000;
const MAX_DAYS: usize = 5_000;
/// With every character escaped, what the API makes of it is three times as long, and still fits into its answer.
const MAX_BYTES: usize = 1_000_000;

pub struct Sender<'a> {
    pub client: &'a Client,
    pub import: &'a str,
    pub last_call: LastCall,
    pub shows_progress: bool,
}

/// What the import knows at the end, of all runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sent {
    pub visits: u64,
    pub skipped_visits: u64,
    pub days: u64,
}

impl Sent {
    pub fn report(&self) -> String {
        let Self { visits, skipped_visits, days } = *self;
        let mut lines = vec![match (visits, days) {
            (0, 0) => "The source gives no visits and no clicks by day.".to_owned(),
            (_, 0) => format!("{}: counted here from the time they had.", counted(visits, "visit")),
            (0, _) => format!("{}: in statistics as class imported.", counted(days, "count by day")),
            _ => format!("{}, {}.", counted(visits, "visit"), counted(days, "count by day")),
        }];
        if skipped_visits > 0 {
            let visits = counted(skipped_visits, "visit");
            lines.push(format!("{visits} left out: of rows without a link here, or of links with the visits of another import."));
        }
        lines.join("\n")
    }
}

/// What the import knows before.
pub struct Progress {
    /// When it began.
    pub began: Timestamp,
    /// The number of the last call that brought visits.
    calls: u64,
    sent: Sent,
}

impl Sender<'_> {
    /// None if the server is older and takes no history.
    pub fn progress(&self) -> Result<Option<Progress>, CliError> {
        let import = self.client.json(&Call::get(self.path("")))?;
        let number = |pointer: &str| import.pointer(pointer).and_then(Value::as_u64);
        let began = import.get("created_at").and_then(Value::as_str).and_then(|text| text.parse().ok());
        let sent = |name: &str| number(&format!("/counts/{name}")).unwrap_or_default();
        Ok(number("/visit_calls").zip(began).map(|(calls, began)| Progress {
            began,
            calls,
            sent: Sent { visits: sent("visits"), skipped_visits: sent("skipped_visits"), days: sent("days") },
        }))
    }

    pub fn send(&self, history: History, progress: &Progress) -> Result<Option<Sent>, CliError> {
        match history {
            History::Visits(visits) => self.send_visits(visits, progress)?,
            History::Days(days) => self.send_days(days)?,
        }
        Ok(self.progress()?.map(|progress| progress.sent))
    }

    fn send_visits(&self, visits: Visits, progress: &Progress) -> Result<(), CliError> {
        let Progress { calls, sent, .. } = *progress;
        let mut visits = visits.peekable();
        let (mut number, mut total) = (0, 0);
        if let Some(last) = self.last_call.read()?.filter(|last| (calls..=calls + 1).contains(&last.number)) {
            // Beyond the calls that arrived, it was never sent.
            if last.number == calls && last.visits.is_some() {
                self.post_visits(&last)?;
            }
            (number, total) = (calls, sent.visits + sent.skipped_visits);
            for _ in 0..total {
                visits.next().transpose()?;
            }
        }
        loop {
            let call = next_call(&mut visits)?;
            if call.is_empty() {
                return if number == 0 {
                    Ok(())
                } else {
                    self.last_call.keep(&VisitCall { number, visits: None })
                };
            }
            number += 1;
            total += call.len() as u64;
            // Another machine has sent the calls before, or nothing is remembered of them.
            if number >= calls {
                let call = VisitCall { number, visits: Some(call) };
                self.last_call.keep(&call)?;
                self.post_visits(&call)?;
            }
            self.tell(&format!("{total} visits"));
        }
    }

    fn post_visits(&self, call: &VisitCall) -> Result<Value, CliError> {
        self.post("/visits", &json!({"number": call.number, "visits": call.visits}))
    }

    fn send_days(&self, days: Days) -> Result<(), CliError> {
        let (mut rows, mut count, mut total) = (Vec::new(), 0, 0_usize);
        for row in days {
            let RowDays { row_id, days } = row?;
            for part in days.chunks(MAX_DAYS) {
                if rows.len() == MAX_ROWS || count + part.len() > MAX_DAYS {
                    self.post("/days", &json!({"rows": std::mem::take(&mut rows)}))?;
                    count = 0;
                }
                let part_days: Vec<Value> =
                    part.iter().map(|(day, clicks)| json!({"day": day, "clicks": clicks})).collect();
                rows.push(json!({"row_id": row_id, "days": part_days}));
                count += part.len();
            }
            total += days.len();
            self.tell(&format!("{total} counts by day"));
        }
        if !rows.is_empty() {
            self.post("/days", &json!({"rows": rows}))?;
        }
        Ok(())
    }

    fn post(&self, path: &str, body: &Value) -> Result<Value, CliError> {
        let call = Call::new("POST", self.path(path)).json(body).repeatable();
        patiently(self.client, &call, self.shows_progress)
    }

    fn path(&self, rest: &str) -> String {
        format!("/imports/{}{rest}", segment(self.import))
    }

    fn tell(&self, progress: &str) {
        if self.shows_progress {
            eprint!("\r{progress} …\r");
        }
    }
}

fn next_call(visits: &mut Peekable<Visits>) -> Result<Vec<Value>, CliError> {
    let (mut call, mut bytes) = (Vec::new(), 0);
    while let Some(next) = visits.peek() {
        if let Ok(visit) = next {
            bytes += visit.0.to_string().len() + 1;
            if call.len() == MAX_VISITS || (bytes > MAX_BYTES && !call.is_empty()) {
                break;
            }
        }
        call.extend(visits.next().transpose()?.map(|visit| visit.0));
    }
    Ok(call)
}
