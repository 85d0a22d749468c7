//! ClickHouse's engine as a process of its own, which can be killed like a server. Calls block.

use std::io::{BufRead, BufReader, Lines, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use anyhow::{Context, Result, bail};
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

const PROGRAM: &str = include_str!("clickhouse.py");

/// Ends with the value.
pub(super) struct ClickHouse {
    process: Child,
    requests: ChildStdin,
    answers: Lines<BufReader<ChildStdout>>,
    python: PathBuf,
    data: PathBuf,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Answer {
    Answer(Option<Vec<Vec<Value>>>),
    Error(String),
}

impl ClickHouse {
    /// Keeps its data in the folder, over restarts too.
    pub(super) fn start(python: PathBuf, data: PathBuf) -> Result<Self> {
        let mut command = Command::new(&python);
        command.args(["-c", PROGRAM]).arg(&data).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = command.spawn().context("cannot start ClickHouse")?;
        let requests = process.stdin.take().context("ClickHouse has no input")?;
        let output = process.stdout.take().context("ClickHouse has no output")?;
        let answers = BufReader::new(output).lines();
        let mut started = Self { process, requests, answers, python, data };
        started.answer()?;
        Ok(started)
    }

    /// `kill -9`, and a new process on the same data.
    pub(super) fn crash(&mut self) -> Result<()> {
        self.process.kill().context("cannot kill ClickHouse")?;
        // Its data is free only now.
        self.process.wait().context("cannot wait for ClickHouse")?;
        *self = Self::start(self.python.clone(), self.data.clone())?;
        Ok(())
    }

    pub(super) fn load(&mut self, block: Uuid, file: &Path) -> Result<()> {
        self.send(&json!({ "load": block, "file": file }))?;
        self.answer().map(drop).with_context(|| format!("block {block}"))
    }

    /// Sends a block and does not wait for it.
    pub(super) fn begin_load(&mut self, block: Uuid, file: &Path) -> Result<()> {
        self.send(&json!({ "load": block, "file": file }))
    }

    /// Rows of a key and a number.
    pub(super) fn figures(&mut self, query: &str) -> Result<Vec<(String, i128)>> {
        self.send(&json!({ "query": query }))?;
        let rows = self.answer()?.context("no rows")?;
        rows.into_iter().map(figure).collect()
    }

    fn send(&mut self, request: &Value) -> Result<()> {
        self.requests.write_all(format!("{request}\n").as_bytes()).context("ClickHouse is gone")
    }

    fn answer(&mut self) -> Result<Option<Vec<Vec<Value>>>> {
        let line = self.answers.next().context("ClickHouse ended")??;
        match serde_json::from_str(&line).with_context(|| line.clone())? {
            Answer::Answer(rows) => Ok(rows),
            Answer::Error(error) => bail!("ClickHouse: {error}"),
        }
    }
}

impl Drop for ClickHouse {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// 64-bit numbers are texts in ClickHouse's JSON.
fn figure(row: Vec<Value>) -> Result<(String, i128)> {
    let [Value::String(key), number] = row.as_slice() else { bail!("not a figure: {row:?}") };
    let number = number.as_str().map_or_else(|| number.to_string(), str::to_owned);
    Ok((key.clone(), number.parse().with_context(|| number.clone())?))
}
