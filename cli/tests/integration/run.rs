//! Runs `shortline` with an environment of its own.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;

#[derive(Debug)]
pub struct Outcome {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

/// A user with a configuration folder and no keyring.
#[derive(Debug)]
pub struct User {
    folder: TempDir,
    server: Option<String>,
}

impl User {
    /// With SHORTLINE_URL and SHORTLINE_KEY.
    pub fn of(server: &str) -> Self {
        Self { folder: tempfile::tempdir().unwrap(), server: Some(server.to_owned()) }
    }

    pub fn nobody() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), server: None }
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_shortline"));
        command.args(arguments).env_clear().env("PATH", "/nowhere").env("HOME", self.folder());
        command.env("XDG_CONFIG_HOME", self.folder()).env("XDG_RUNTIME_DIR", self.folder());
        command.env("DBUS_SESSION_BUS_ADDRESS", format!("unix:path={}/no-bus", self.folder().display()));
        if let Some(server) = &self.server {
            command.env("SHORTLINE_URL", server).env("SHORTLINE_KEY", "slk_test");
        }
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    pub fn run(&self, arguments: &[&str]) -> Outcome {
        self.run_with_input(arguments, "")
    }

    pub fn run_with_input(&self, arguments: &[&str], input: &str) -> Outcome {
        let mut child = self.command(arguments).spawn().unwrap();
        // A command that reads no input may have ended.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        let output = child.wait_with_output().unwrap();
        Outcome {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

pub fn link(code: &str) -> Value {
    json!({
        "id": "0198c0de-0000-7000-8000-000000000001", "domain": "go.example.com", "code": code,
        "short_url": format!("https://go.example.com/{code}"), "url": "https://example.com/landing", "title": "Summer sale",
        "notes": null, "tags": ["summer"], "external_id": null, "status": 302, "starts_at": null, "expires_at": null,
        "expired_url": null, "max_clicks": null, "password_protected": false, "forward_query": false,
        "forward_path": false, "rules": [], "state": "active", "revision": 42, "published_revision": 42,
        "clicks": {"total": 12, "human": 10, "bot": 2}, "created_at": "2026-11-24T00:00:00.000Z",
        "updated_at": "2026-11-24T00:00:00.000Z", "field_of_tomorrow": {"a": [1]},
    })
}

pub fn page(items: &[Value]) -> Value {
    json!({"data": items, "next_cursor": null})
}
