//! The command line moves links: a backup into an empty installation, and an import that is killed again and again.

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::Stdio;

use anyhow::{Context, Result, ensure};
use e2e::eventually;
use libtest_mimic::Trial;
use local_stack::StackOptions;
use serde_json::{Value, json};

use crate::cli::{User, field, path};
use crate::shared::{System, on_own_stack, on_shared_stack};

pub fn trials() -> Vec<Trial> {
    vec![
        on_own_stack("import_of_a_backup_fills_an_empty_installation", StackOptions::default, backup),
        on_shared_stack("import_that_is_killed_makes_no_link_twice", killed_import),
    ]
}

/// Of a link: what differs in another installation. Passwords cannot be read, so the link with one is disabled there.
const OWN: [&str; 9] = [
    "id",
    "short_url",
    "revision",
    "published_revision",
    "clicks",
    "created_by",
    "updated_at",
    "password_protected",
    "state",
];

const SECOND: &str = "second.test";

async fn backup(system: &System) -> Result<()> {
    let user = User::new("backup")?;
    user.login(system)?;
    fill(&user)?;
    for _ in 0..3 {
        ensure!(system.client.get("/backup/plain").await?.status == 302);
    }
    eventually("the clicks are counted", async || {
        Ok(user.json(&["links", "get", "backup/plain"])?.pointer("/clicks/total") == Some(&json!(3)))
    })
    .await?;
    let file = user.folder.join("backup.jsonl");
    let written = user.run(&["backup", path(&file)?], "")?;
    ensure!(written.code == 0 && written.stderr.contains("passwords of 1 link."), "{written:?}");
    ensure!(std::fs::metadata(&file)?.permissions().mode() & 0o777 == 0o600);
    let text = std::fs::read_to_string(&file)?;
    let counted = text.lines().find(|line| line.contains("\"backup/plain\"")).context("a link is missing")?;
    let days = field(&serde_json::from_str(counted)?, "days").clone();
    let clicks = days.as_array().into_iter().flatten().filter_map(|day| day.get("classes")?.as_object());
    let clicks = clicks.flat_map(|classes| classes.values()).filter_map(Value::as_u64);
    ensure!(clicks.sum::<u64>() == 3, "{days}");

    let into_itself = user.run(&["import", "shortline", path(&file)?, "--on-conflict", "skip"], "")?;
    ensure!(into_itself.code == 0 && into_itself.stderr.contains("6 skipped"), "{into_itself:?}");
    let counted = user.json(&["links", "get", "backup/plain"])?;
    ensure!(counted.pointer("/clicks/total") == Some(&json!(3)), "its clicks count once: {counted}");

    let empty = System::start(StackOptions::default()).await?;
    let outcome = restore(&user, system, &empty, &file).await;
    empty.stack.stop().await;
    outcome?;
    Ok(std::fs::remove_dir_all(&user.folder)?)
}

/// An installation with every setting of a link and of a domain.
fn fill(user: &User) -> Result<()> {
    user.ok(&["domains", "add", SECOND])?;
    let settings =
        ["--home-url", "https://example.com/home", "--not-found-url", "https://example.com/{path}"];
    let more = ["--robots", "disallow", "--name", "Second", "--color", "102030", "--qr-foreground", "000080"];
    user.ok(&[&["domains", "edit", SECOND], settings.as_slice(), &more].concat())?;
    let default = user.json(&["domains"])?;
    let default = default.as_array().into_iter().flatten().find(|domain| *field(domain, "default") == true);
    let default = default.and_then(|domain| field(domain, "host").as_str()).context("no default domain")?;
    user.ok(&["domains", "edit", default, "--expired-url", "https://example.com/over"])?;

    let full = [
        "--title",
        "Full",
        "--notes",
        "two\nlines",
        "-t",
        "a,b",
        "--external-id",
        "backup-1",
        "--status",
        "307",
        "--starts",
        "30d",
        "--expires",
        "60d",
        "--expired-url",
        "https://example.com/ended",
        "--max-clicks",
        "1000000",
        "--forward-query",
        "--forward-path",
        "--preview-title",
        "Shown",
        "--preview-image",
        "https://example.com/image.png",
        "--rule",
        "country=DE query.a=b https://example.com/de",
        "--split",
        "1 https://example.com/1",
        "--split",
        "3 https://example.com/2",
    ];
    for (url, options) in [
        ("https://example.com/generated", &[][..]),
        ("https://example.com/plain", &["--alias", "backup/plain"]),
        ("https://example.com/full", &[&["--alias", "backup/grüße"], full.as_slice()].concat()),
        ("https://example.com/second", &["--alias", "name", "--domain", SECOND, "--preview-title", "Own"]),
        ("https://example.com/off", &["--alias", "backup/off", "--disabled", "--set", "archived=true"]),
    ] {
        user.ok(&[&["shorten", url], options].concat())?;
    }
    let secret = ["shorten", "https://example.com/secret", "--alias", "backup/secret", "--password-stdin"];
    ensure!(user.run(&secret, "correct horse\n")?.code == 0);
    Ok(())
}

async fn restore(user: &User, system: &System, empty: &System, file: &Path) -> Result<()> {
    let restorer = User::new("restore")?;
    restorer.login(empty)?;
    let import = ["import", "shortline", path(file)?];
    let preview = restorer.run(&[import.as_slice(), &["--dry-run"]].concat(), "")?;
    ensure!(preview.stderr.contains("second.test: would be added"), "{preview:?}");
    let imported = restorer.run(&import, "")?;
    ensure!(imported.code == 0 && imported.stderr.contains("6 rows: 6 created"), "{imported:?}");
    ensure!(imported.stderr.contains("1 count by day"), "{imported:?}");
    let clicks = restorer.json(&["links", "get", "backup/plain"])?;
    ensure!(clicks.pointer("/clicks/total") == Some(&json!(3)), "{clicks}");

    let (mut saved, restored) = (links(user)?, links(&restorer)?);
    let secret = saved.iter_mut().find(|(name, _)| name.ends_with("backup/secret")).context("no secret")?;
    *secret.1 = json!({"link": field(secret.1, "link"), "state": "disabled"});
    ensure!(saved == restored, "\n{saved:#?}\n{restored:#?}");
    ensure!(domains(user)? == domains(&restorer)?, "{:#?}", domains(&restorer)?);

    let again = restorer.run(&import, "")?;
    ensure!(again.code == 0 && again.stderr.contains("6 rows sent by an earlier run"), "{again:?}");
    ensure!(links(&restorer)? == restored);
    let second = user.run(&["backup", path(file)?], "")?;
    ensure!(second.code == 0, "a backup replaces the former one: {second:?}");

    verify(&restorer, &system.stack.edge_url, file).await?;
    Ok(std::fs::remove_dir_all(&restorer.folder)?)
}

/// By name.
fn links(user: &User) -> Result<BTreeMap<String, Value>> {
    let links = user.json(&["links", "list", "--all", "--archived"])?;
    let link = |link: &Value| {
        let name = format!("{}/{}", field(link, "domain"), field(link, "code")).replace('"', "");
        let state = field(link, "state").clone();
        let mut link = link.clone();
        if let Some(fields) = link.as_object_mut() {
            fields.retain(|field, _| !OWN.contains(&field.as_str()));
        }
        (name, json!({"link": link, "state": state}))
    };
    Ok(links.as_array().into_iter().flatten().map(link).collect())
}

fn domains(user: &User) -> Result<Vec<Value>> {
    let domains = user.json(&["domains", "list", "--all"])?;
    let hosts = domains.as_array().into_iter().flatten().filter_map(|domain| field(domain, "host").as_str());
    let domain = |host| {
        let mut domain = user.json(&["domains", "get", host])?;
        if let Some(fields) = domain.as_object_mut() {
            fields.remove("created_at");
        }
        Ok(domain)
    };
    hosts.map(domain).collect()
}

/// Old and new lead to the same place, until one of them is changed.
async fn verify(restorer: &User, old: &str, file: &Path) -> Result<()> {
    // Without the second domain, which leads nowhere here.
    let lines = std::fs::read_to_string(file)?;
    let lines = lines.lines().map(serde_json::from_str::<Value>).collect::<Result<Vec<_>, _>>()?;
    let links = lines.iter().filter_map(|line| line.get("link"));
    let links = links.filter(|link| *field(link, "domain") != SECOND).map(|link| format!("{link}\n"));
    let file = restorer.folder.join("links.jsonl");
    std::fs::write(&file, links.collect::<String>())?;
    let verify =
        ["verify", "shortline", path(&file)?, "--old-server", old, "--allow-private", "--pause", "0s"];
    let result = || {
        let outcome = restorer.run(&[verify.as_slice(), &["--all", "-o", "jsonl"]].concat(), "")?;
        // A link that is off or asks for a password leads nowhere.
        ensure!(outcome.code == 8, "{outcome:?}");
        let plain = outcome.stdout.lines().find(|line| line.contains("/backup/plain"));
        let plain: Value = serde_json::from_str(plain.with_context(|| format!("{outcome:?}"))?)?;
        Ok(field(&plain, "result").clone())
    };
    let before = result()?;
    ensure!(before == "same", "{before}");
    restorer.ok(&["links", "edit", "backup/plain", "--url", "https://example.com/elsewhere"])?;
    // The edge shows an edit within a second.
    eventually("the edit makes a difference", async || Ok(result()? == "different")).await
}

/// The command sends 500 rows in a call.
const ROWS: u64 = 2_000;

async fn killed_import(system: &System) -> Result<()> {
    let user = User::new("killed")?;
    user.login(system)?;
    let file = user.folder.join("killed.csv");
    // Every other row has no name: nothing but what is remembered keeps it from becoming a link again.
    let row = |number: u64| {
        let slug = if number.is_multiple_of(2) { format!("killed-{number}") } else { String::new() };
        format!("{slug},https://example.com/killed/{number},killed\n")
    };
    let rows: String = (0..ROWS).map(row).collect();
    std::fs::write(&file, format!("slug,url,tags\n{rows}"))?;
    let import = ["import", "csv", path(&file)?];
    let mut killed = 0;
    for rows in [None, Some(0), Some(1), Some(501), Some(1_001), Some(1_501)] {
        let mut command = user.command(&import);
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
        if let Some(rows) = rows {
            eventually("the import has got that far", async || {
                Ok(written(system).await?.is_some_and(|written| written >= rows))
            })
            .await?;
        }
        child.kill()?;
        killed += u32::from(child.wait()?.signal() == Some(9));
    }
    ensure!(killed >= 4, "the import ended before it was killed");
    let ended = user.run(&import, "")?;
    ensure!(ended.code == 0 && ended.stderr.contains("2,000 rows: 2,000 created"), "{ended:?}");
    ensure!(written(system).await? == Some(ROWS));
    let links = user.json(&["links", "list", "--all", "--tag", "killed", "--fields", "url"])?;
    let mut urls: Vec<&str> =
        links.as_array().into_iter().flatten().filter_map(|link| field(link, "url").as_str()).collect();
    let mut expected: Vec<String> =
        (0..ROWS).map(|number| format!("https://example.com/killed/{number}")).collect();
    urls.sort_unstable();
    expected.sort_unstable();
    ensure!(urls == expected, "{} links", urls.len());
    Ok(std::fs::remove_dir_all(&user.folder)?)
}

/// Rows of the imports of the file, of which there may be several: one that is killed before it is remembered has no rows.
async fn written(system: &System) -> Result<Option<u64>> {
    let imports = system.client.api_get("/api/v1/imports?limit=100").await?;
    let imports: Value = serde_json::from_str(&imports.body)?;
    let imports = field(&imports, "data").as_array().into_iter().flatten();
    let own = imports.filter(|import| *field(import, "title") == "killed.csv");
    let rows: Vec<u64> = own.filter_map(|import| import.pointer("/counts/rows")?.as_u64()).collect();
    Ok((!rows.is_empty()).then(|| rows.iter().sum()))
}
