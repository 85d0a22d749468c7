//! The command line brings the visits of another shortener: each counts once, although the import is killed again and again.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::Stdio;

use anyhow::{Context, Result, ensure};
use e2e::eventually;
use libtest_mimic::Trial;
use serde_json::{Value, json};

use crate::cli::{User, field, path};
use crate::shared::{System, on_shared_stack};

pub fn trials() -> Vec<Trial> {
    vec![on_shared_stack("visits_count_once_though_the_import_is_killed", killed)]
}

const LINKS: usize = 40;
/// The command sends 1,000 in a call.
const VISITS: usize = 6_500;

async fn killed(system: &System) -> Result<()> {
    let user = User::new("history")?;
    user.login(system)?;
    let file = user.folder.join("history.sql");
    write_dump(&file)?;
    let import = ["import", "yourls", path(&file)?];
    let mut killed = 0;
    for calls in [0, 1, 3, 5] {
        let mut command = user.command(&import);
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
        eventually("the import has got that far", async || {
            let import = of_dump(system).await?;
            let number = |pointer| import.pointer(pointer).and_then(Value::as_u64).unwrap_or_default();
            Ok(number("/counts/rows") == LINKS as u64 && number("/visit_calls") >= calls)
        })
        .await?;
        child.kill()?;
        killed += u32::from(child.wait()?.signal() == Some(9));
    }
    ensure!(killed >= 3, "the import ended before it was killed");
    let ended = user.run(&import, "")?;
    ensure!(ended.code == 0 && ended.stderr.contains("6,500 visits: counted here"), "{ended:?}");
    ensure!(!ended.stderr.contains("  clicks:"), "{ended:?}");
    counted(system, &user).await?;
    // A run that has nothing to do adds nothing.
    let again = user.run(&import, "")?;
    ensure!(again.code == 0 && again.stderr.contains("6,500 visits: counted here"), "{again:?}");
    counted(system, &user).await?;
    Ok(std::fs::remove_dir_all(&user.folder)?)
}

/// Over eight years.
fn write_dump(file: &Path) -> Result<()> {
    let mut dump = "-- MySQL dump\n/*!40103 SET TIME_ZONE='+00:00' */;\n".to_owned();
    for link in 0..LINKS {
        writeln!(
            dump,
            "INSERT INTO `yourls_url` VALUES ('history-{link}','https://example.com/{link}','Old','2018-01-01 00:00:00','192.0.2.1',{});",
            visits_of(link)
        )?;
    }
    let visits = (0..VISITS).map(|number| {
        format!(
            "({number},'20{}-{:02}-{:02} 12:00:{:02}','history-{}','direct','Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0','192.0.2.7','DE')",
            18 + number % 8,
            1 + number % 12,
            1 + number % 28,
            number % 60,
            link_of(number)
        )
    });
    let visits: Vec<String> = visits.collect();
    for rows in visits.chunks(500) {
        writeln!(dump, "INSERT INTO `yourls_log` VALUES {};", rows.join(","))?;
    }
    Ok(std::fs::write(file, dump)?)
}

/// Every fourth visit is of the last link; a quarter of the others have none.
fn link_of(visit: usize) -> usize {
    if visit.is_multiple_of(4) { LINKS - 1 } else { visit % LINKS }
}

fn visits_of(link: usize) -> usize {
    (0..VISITS).filter(|visit| link_of(*visit) == link).count()
}

/// The import of the dump. One that is killed before it is remembered has no rows.
async fn of_dump(system: &System) -> Result<Value> {
    let imports = system.client.api_get("/api/v1/imports?limit=100").await?.json()?;
    let imports = field(&imports, "data").as_array().cloned().unwrap_or_default();
    let mut own = imports.into_iter().filter(|import| *field(import, "title") == "history.sql");
    Ok(own.find(|import| import.pointer("/counts/rows") != Some(&json!(0))).unwrap_or_default())
}

async fn counted(system: &System, user: &User) -> Result<()> {
    let import = of_dump(system).await?;
    let id = field(&import, "id").as_str().context("no import")?.to_owned();
    let accounting = format!("/api/v1/pipeline?producer={}", id.replace('-', ""));
    eventually("the visits are stored", async || {
        let accounting = system.client.api_get(&accounting).await?.json()?;
        let number = |name: &str| accounting.pointer(&format!("/producers/0/{name}")).and_then(Value::as_u64);
        ensure!(number("stored") <= Some(VISITS as u64), "{accounting}");
        Ok(["stored", "produced"].map(number) == [Some(VISITS as u64); 2])
    })
    .await?;
    let expected: BTreeMap<String, u64> =
        (0..LINKS).map(|link| (format!("history-{link}"), visits_of(link) as u64)).collect();
    let mut found = BTreeMap::new();
    eventually("each link has its visits", async || {
        let links = user.json(&["links", "list", "--all", "--search", "history-"])?;
        let links = links.as_array().into_iter().flatten();
        let clicks = links.filter_map(|link| {
            Some((field(link, "code").as_str()?.to_owned(), link.pointer("/clicks/total")?.as_u64()?))
        });
        found = clicks.collect();
        Ok(found == expected)
    })
    .await
    .with_context(|| format!("{found:?}"))
}
