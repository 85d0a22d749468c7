//! The command line against the real stack: a person's first hour, and links as code.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};
use e2e::eventually;
use libtest_mimic::Trial;
use local_stack::checkout::Checkout;
use local_stack::tools;
use serde_json::Value;

use crate::shared::{System, on_shared_stack};

pub fn trials() -> Vec<Trial> {
    vec![
        on_shared_stack("shortline_creates_counts_and_deletes_a_link", first_hour),
        on_shared_stack("import_goes_on_and_makes_no_link_twice", import),
        on_shared_stack("links_as_code_settle_after_one_run", as_code),
    ]
}

/// A user with a folder of their own, and no keyring.
pub struct User {
    program: PathBuf,
    pub folder: PathBuf,
}

#[derive(Debug)]
pub struct Outcome {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl User {
    pub fn new(name: &str) -> Result<Self> {
        let checkout = Checkout::here();
        // Alone: built together with the stack, it would change the features that the stack is compiled with.
        tools::run(
            tools::cargo().args(["build", "--locked", "--package", "cli"]).current_dir(checkout.root()),
        )?;
        let folder = checkout.runs().join(format!("cli-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&folder)?;
        Ok(Self { program: checkout.program("shortline"), folder })
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        command.args(arguments).env_clear().env("HOME", &self.folder).env("XDG_RUNTIME_DIR", &self.folder);
        command
    }

    pub fn run(&self, arguments: &[&str], input: &str) -> Result<Outcome> {
        let mut command = self.command(arguments);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().context("shortline does not start")?;
        let mut stdin = child.stdin.take().context("no standard input")?;
        // A command that reads no input may have ended.
        let _ = stdin.write_all(input.as_bytes());
        drop(stdin);
        let output = child.wait_with_output()?;
        Ok(Outcome {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8(output.stdout)?,
            stderr: String::from_utf8(output.stderr)?,
        })
    }

    /// What a command that must succeed prints.
    pub fn ok(&self, arguments: &[&str]) -> Result<String> {
        let outcome = self.run(arguments, "")?;
        ensure!(outcome.code == 0, "{arguments:?}: {outcome:?}");
        Ok(outcome.stdout)
    }

    pub fn json(&self, arguments: &[&str]) -> Result<Value> {
        let text = self.ok(&[arguments, &["-o", "json"]].concat())?;
        serde_json::from_str(&text).with_context(|| format!("{arguments:?} prints no JSON: {text}"))
    }

    pub fn login(&self, system: &System) -> Result<()> {
        let login = ["login", &system.stack.edge_url, "--key-stdin", "--context", "test"];
        let outcome = self.run(&login, &system.stack.admin_key)?;
        ensure!(outcome.code == 0, "{outcome:?}");
        Ok(())
    }
}

async fn first_hour(system: &System) -> Result<()> {
    let user = User::new("first-hour")?;
    user.login(system)?;
    ensure!(field(&user.json(&["whoami"])?, "role") == "admin");
    let arguments = [
        "shorten",
        "https://example.com/cli",
        "--alias",
        "cli/first-hour",
        "--title",
        "Ünï",
        "-t",
        "cli-a,cli-b",
        "--expires",
        "30d",
        "--max-clicks",
        "100000000",
        "--forward-query",
        "--rule",
        "country=XX query.ref=never https://example.com/never",
        "--split",
        "1 https://example.com/one",
        "--split",
        "1 https://example.com/two",
    ];
    let short_url = user.ok(&arguments)?;
    ensure!(short_url.trim_end().ends_with("/cli/first-hour"), "{short_url}");
    let short_url = short_url.trim_end();
    // Each way to name it means the same link.
    let link = user.json(&["links", "get", short_url])?;
    let id = field(&link, "id").as_str().context("no id")?;
    for name in ["cli/first-hour", id] {
        ensure!(user.json(&["links", "get", name])? == link, "{name}");
    }
    ensure!(
        *field(&link, "tags") == serde_json::json!(["cli-a", "cli-b"])
            && field(&link, "rules").as_array().is_some_and(|rules| rules.len() == 2)
    );
    ensure!(user.ok(&["qr", short_url])?.contains('▄'));
    let taken = user.run(&["shorten", "https://example.com/", "--alias", "cli/first-hour"], "")?;
    ensure!(taken.code == 5 && taken.stderr.contains("Choose another --alias"), "{taken:?}");

    let followed = system.client.get("/cli/first-hour").await?;
    ensure!(followed.status == 302, "{followed:?}");
    eventually("the click is counted", async || {
        Ok(field(&user.json(&["stats", short_url, "--by", "class"])?, "total") == 1)
    })
    .await?;
    let clicks = user.ok(&["clicks", short_url, "-o", "csv", "--fields", "status,tier"])?;
    ensure!(clicks.starts_with("status,tier\r\n302,"), "{clicks}");

    user.ok(&["links", "disable", short_url])?;
    ensure!(system.client.get("/cli/first-hour").await?.status == 410);
    user.ok(&["links", "enable", short_url])?;
    user.ok(&[
        "links",
        "edit",
        short_url,
        "--add-tag",
        "cli-c",
        "--remove-tag",
        "cli-a",
        "--clear",
        "title,rules",
    ])?;
    user.ok(&["links", "edit", short_url, "--preview-title", "Shown", "--preview-description", "Below"])?;
    let edited = user.json(&["links", "get", short_url])?;
    ensure!(edited.pointer("/preview/title") == Some(&"Shown".into()), "{edited}");
    user.ok(&["links", "edit", short_url, "--clear", "preview"])?;
    let edited = user.json(&["links", "get", short_url])?;
    ensure!(field(&edited, "preview").is_null(), "{edited}");
    ensure!(
        *field(&edited, "tags") == serde_json::json!(["cli-b", "cli-c"])
            && field(&edited, "title").is_null()
            && *field(&edited, "rules") == serde_json::json!([])
    );
    for list in [
        &["tags", "list", "--search", "cli-"][..],
        &["domains"],
        &["keys"],
        &["blocked"],
        &["orphans"],
        &["accounting"],
        &["imports"],
    ] {
        user.json(list)?;
    }
    picture(&user, short_url)?;
    share(system, &user, short_url).await?;
    let key = user.ok(&["keys", "create", "CLI test", "--role", "reader", "--expires", "1h"])?;
    ensure!(key.starts_with("slk_"), "the key alone is printed");

    ensure!(user.run(&["links", "rm", short_url], "")?.code == 2, "a deletion needs --yes");
    user.ok(&["links", "rm", short_url, "--yes"])?;
    ensure!(user.run(&["links", "get", short_url], "")?.code == 4);
    ensure!(system.client.get("/cli/first-hour").await?.status == 410);
    Ok(std::fs::remove_dir_all(&user.folder)?)
}

fn picture(user: &User, short_url: &str) -> Result<()> {
    let file = user.folder.join("code.svg");
    user.ok(&["qr", short_url, "--out", path(&file)?, "--foreground", "#000080", "--margin", "2"])?;
    let picture = std::fs::read_to_string(&file)?;
    ensure!(picture.starts_with("<svg") && picture.contains("#000080"), "{picture}");
    let faint = user.run(&["qr", short_url, "--out", path(&file)?, "--foreground", "eeeeee"], "")?;
    ensure!(faint.code == 2 && faint.stderr.contains("foreground"), "{faint:?}");
    Ok(())
}

/// The address needs no key, until the share ends.
async fn share(system: &System, user: &User, short_url: &str) -> Result<()> {
    let url = user.ok(&["shares", "create", short_url, "--title", "For you", "--expires", "1h"])?;
    let path = url.trim_end().find("/api/").and_then(|start| url.trim_end().get(start..));
    let path = path.with_context(|| format!("no address: {url}"))?;
    let shared = system.client.get(path).await?;
    ensure!(shared.status == 200 && shared.body.contains("For you"), "{shared:?}");
    let shares = user.json(&["shares", "list", short_url])?;
    let id = shares.pointer("/0/id").and_then(Value::as_str).context("the share is not listed")?;
    user.ok(&["shares", "rm", id, short_url, "--yes"])?;
    ensure!(system.client.get(path).await?.status == 404);
    Ok(())
}

const DECLARED: &str = r#"
name = "e2e"
[[links]]
alias = "code/plain"
url = "HTTPS://Example.com"
[[links]]
alias = "code/full"
url = "https://example.com/full?a=b c"
title = " Full "
notes = "two\nlines"
tags = ["z", "a"]
external_id = "cli-e2e-1"
status = 307
expires_at = 2099-01-31
expired_url = "https://example.com"
max_clicks = 5
forward_query = true
preview = { title = " Shown ", image = "https://EXAMPLE.com/image.png" }
state = "disabled"
rules = [
  { if = { country = "de", language = ["DE-ch", "en"], device = "mobile", query = { ref = "x" }, before = "2098-01-01T00:00:00+01:00" }, url = "https://example.com/de" },
  { split = [{ url = "https://example.com/1" }, { weight = 3, url = "https://EXAMPLE.com/2" }] },
]
"#;

/// The real API's forms of all values are recognised as what the file says.
async fn import(system: &System) -> Result<()> {
    let user = User::new("import")?;
    user.login(system)?;
    let file = user.folder.join("links.csv");
    std::fs::write(
        &file,
        "link,url,title,tags,created_at,expires_at\n\
         bit.ly/cli-import-a,https://example.com/import/a,A,x|y,2020-10-26T17:20:40+0000,\n\
         bit.ly/cli-import-b,https://example.com/import/b,,,,2020-12-31\n\
         bit.ly/cli import,https://example.com/import/c,,,,\n\
         ,https://example.com/import/nameless,,,,\n",
    )?;
    let file = file.to_str().context("no path")?;
    let failures = user.folder.join("failed.csv");
    let arguments = ["import", "csv", file, "--failures", failures.to_str().context("no path")?];
    let preview =
        user.run(&[arguments.as_slice(), &["--dry-run", "-o", "jsonl", "--fields", "verdict"]].concat(), "")?;
    let verdicts: Vec<&str> = preview.stdout.lines().collect();
    let expected =
        ["created", "created", "failed", "created"].map(|verdict| format!(r#"{{"verdict":"{verdict}"}}"#));
    ensure!(preview.code == 8 && verdicts == expected, "{preview:?}");
    let imported = user.run(&arguments, "")?;
    ensure!(imported.code == 8 && imported.stderr.contains("4 rows: 3 created"), "{imported:?}");
    let failed = std::fs::read_to_string(&failures)?;
    ensure!(failed.lines().count() == 2 && failed.contains("invalid_alias"), "{failed}");
    let link = user.json(&["links", "get", "cli-import-a"])?;
    let created = field(&link, "created_at").as_str().unwrap_or_default();
    ensure!(created.starts_with("2020-10-26T17:20:40") && field(&link, "title") == "A", "{link}");
    ensure!(system.client.get("/cli-import-a").await?.status == 302);
    ensure!(system.client.get("/cli-import-b").await?.status == 410);
    let again = user.run(&arguments, "")?;
    ensure!(again.stderr.contains("3 rows sent by an earlier run"), "{again:?}");
    let nameless = user.json(&["links", "list", "--search", "import/nameless"])?;
    ensure!(nameless.as_array().is_some_and(|links| links.len() == 1), "{nameless}");
    Ok(())
}

async fn as_code(system: &System) -> Result<()> {
    let user = User::new("as-code")?;
    user.login(system)?;
    let file = user.folder.join("links.toml");
    std::fs::write(&file, DECLARED)?;
    ensure!(plan(&user, &file)? == 2, "two links are to be created");
    user.ok(&["apply", path(&file)?, "--yes"])?;
    ensure!(
        plan(&user, &file)? == 0,
        "a second run has something to do: {}",
        user.ok(&["apply", path(&file)?, "--plan"])?
    );

    let exported = user.ok(&["export", "--as", "toml", "--name", "e2e", "--tag", "managed:e2e"])?;
    std::fs::write(&file, &exported)?;
    ensure!(plan(&user, &file)? == 0, "the export has something to do:\n{exported}");

    // Somebody else's change is undone, and what the file no longer has is removed.
    user.ok(&["links", "edit", "code/plain", "--title", "by hand"])?;
    let (plain, _) = DECLARED.split_once("[[links]]\nalias = \"code/full\"").context("no second link")?;
    std::fs::write(&file, plain)?;
    let steps = user.json(&["apply", path(&file)?, "--plan"])?;
    let actions: Vec<_> =
        steps.as_array().into_iter().flatten().map(|step| field(step, "action").clone()).collect();
    ensure!(actions == ["change", "remove"], "{steps}");
    user.ok(&["apply", path(&file)?, "--yes"])?;
    ensure!(field(&user.json(&["links", "get", "code/plain"])?, "title").is_null());
    ensure!(user.run(&["links", "get", "code/full"], "")?.code == 4);

    // A link of others is left alone.
    user.ok(&["shorten", "https://example.com/theirs", "--alias", "code/theirs"])?;
    std::fs::write(
        &file,
        format!("{plain}\n[[links]]\nalias = \"code/theirs\"\nurl = \"https://example.com/ours\"\n"),
    )?;
    let refused = user.run(&["apply", path(&file)?, "--yes"], "")?;
    ensure!(refused.code == 2 && refused.stderr.contains("--adopt"), "{refused:?}");
    ensure!(field(&user.json(&["links", "get", "code/theirs"])?, "url") == "https://example.com/theirs");
    Ok(std::fs::remove_dir_all(&user.folder)?)
}

pub fn field<'a>(value: &'a Value, name: &str) -> &'a Value {
    value.get(name).unwrap_or(&Value::Null)
}

/// The number of steps.
fn plan(user: &User, file: &Path) -> Result<usize> {
    Ok(user.json(&["apply", path(file)?, "--plan"])?.as_array().map_or(0, Vec::len))
}

pub fn path(file: &Path) -> Result<&str> {
    file.to_str().context("the path is no text")
}
