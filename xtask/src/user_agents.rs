//! `cargo xtask refresh-user-agents`: updates the bot lists and browser expressions in `classify/data` from their
//! packages, each with version, date and licence. The tests of `classify` check them against corpora.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};
use local_stack::checkout::Checkout;
use local_stack::tools;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use time::OffsetDateTime;

const DATA: &str = "classify/data";
/// The lists, and the corpus of human user agents they are tested with.
const NPM_PACKAGES: [&str; 3] = ["crawler-user-agents", "isbot", "user-agents"];
const PARSER: &str = "ua-parser";
/// The tag of crawlers that create link previews.
const PREVIEW: &str = "social-preview";

#[derive(Deserialize)]
struct Crawler {
    pattern: String,
    #[serde(default)]
    tags: Vec<String>,
}

/// The used part of uap-core's `regexes.yaml`; devices are ignored.
#[derive(Deserialize)]
struct Expressions {
    user_agent_parsers: Vec<Browser>,
    os_parsers: Vec<OperatingSystem>,
}

#[derive(Deserialize)]
struct Browser {
    regex: String,
    family_replacement: Option<String>,
    v1_replacement: Option<String>,
}

#[derive(Deserialize)]
struct OperatingSystem {
    regex: String,
    os_replacement: Option<String>,
    os_v1_replacement: Option<String>,
    os_v2_replacement: Option<String>,
}

/// The source of a data file.
struct Source<'a> {
    name: &'a str,
    version: &'a str,
    licence: &'a str,
    address: &'a str,
}

pub(crate) fn refresh(checkout: &Checkout) -> Result<()> {
    tools::ensure(checkout)?;
    let mut npm = Command::new("npm");
    npm.args(["install", "--save-dev", "--save-exact", "--ignore-scripts", "--no-audit", "--no-fund"]);
    npm.args(NPM_PACKAGES.map(|package| format!("{package}@latest"))).current_dir(checkout.root());
    tools::run(&mut npm)?;
    tools::run(tools::cargo().args(["update", "--package", PARSER]).current_dir(checkout.root()))?;
    crawlers(checkout)?;
    isbot(checkout)?;
    expressions(checkout)?;
    println!(
        "Now run `cargo xtask test crates -- classify`. If a class has changed, increment `RULES_VERSION`."
    );
    Ok(())
}

fn crawlers(checkout: &Checkout) -> Result<()> {
    let folder = checkout.node_modules().join("crawler-user-agents");
    let crawlers: Vec<Crawler> = json(&folder.join("crawler-user-agents.json"))?;
    let is_preview = |crawler: &Crawler| crawler.tags.iter().any(|tag| tag == PREVIEW);
    let (previews, bots): (Vec<_>, Vec<_>) = crawlers.iter().partition(|crawler| is_preview(crawler));
    let kinds = [("preview", previews), ("bot", bots)];
    let lines = kinds.into_iter().flat_map(|(kind, crawlers)| {
        crawlers.into_iter().map(move |crawler| format!("{kind}\t{}", crawler.pattern))
    });
    let version = version(&folder)?;
    let source = Source {
        name: "crawler-user-agents",
        version: &version,
        licence: "MIT",
        address: "https://github.com/monperrus/crawler-user-agents",
    };
    let note = ": what it tags social-preview is `preview`, the rest `bot`.";
    write(checkout, "crawler-user-agents.tsv", &source, note, lines.collect())
}

fn isbot(checkout: &Checkout) -> Result<()> {
    let folder = checkout.node_modules().join("isbot");
    let mut node = Command::new("node");
    node.args([
        "--input-type=module",
        "--eval",
        "import { list } from 'isbot'; console.log(JSON.stringify(list))",
    ]);
    let output = node.current_dir(checkout.root()).output().context("cannot run node")?;
    ensure!(output.status.success(), "isbot's list: {}", String::from_utf8_lossy(&output.stderr));
    let patterns: Vec<String> = serde_json::from_slice(&output.stdout).context("isbot's list")?;
    let version = version(&folder)?;
    let source = Source {
        name: "isbot",
        version: &version,
        licence: "Unlicense",
        address: "https://github.com/omrilotan/isbot",
    };
    write(checkout, "isbot.txt", &source, ".", patterns)
}

fn expressions(checkout: &Checkout) -> Result<()> {
    let (version, folder) = parser(checkout)?;
    let Expressions { user_agent_parsers, os_parsers } =
        yaml(checkout, &folder.join("uap-core/regexes.yaml")).context("uap-core's regexes.yaml")?;
    let line = |kind: &str, regex: &str, name: Option<String>, versions: [Option<String>; 2]| {
        let versions = versions.map(Option::unwrap_or_default).join("\t");
        let versions = if versions == "\t" { String::new() } else { format!("\t{versions}") };
        format!("{kind}\t{regex}\t{}{versions}", name.unwrap_or_default())
    };
    let browsers = user_agent_parsers.into_iter().map(|browser| {
        line("browser", &browser.regex, browser.family_replacement, [browser.v1_replacement, None])
    });
    let systems = os_parsers.into_iter().map(|system| {
        let versions = [system.os_v1_replacement, system.os_v2_replacement];
        line("os", &system.regex, system.os_replacement, versions)
    });
    let source = Source {
        name: "uap-core of the crate ua-parser",
        version: &version,
        licence: "Apache-2.0",
        address: "https://github.com/ua-parser/uap-core",
    };
    let note = ": browsers and systems, with the versions that an expression does not match itself; devices are left out.";
    write(checkout, "uap-core.tsv", &source, note, browsers.chain(systems).collect())
}

/// Version and folder of the crate, whose sources contain uap-core.
fn parser(checkout: &Checkout) -> Result<(String, PathBuf)> {
    #[derive(Deserialize)]
    struct Metadata {
        packages: Vec<Package>,
    }
    #[derive(Deserialize)]
    struct Package {
        name: String,
        version: String,
        manifest_path: PathBuf,
    }
    let mut cargo = tools::cargo();
    cargo.args(["metadata", "--format-version", "1", "--filter-platform", "host-tuple"]);
    let output = cargo.current_dir(checkout.root()).output().context("cannot run cargo")?;
    ensure!(output.status.success(), "cargo metadata: {}", String::from_utf8_lossy(&output.stderr));
    let metadata: Metadata = serde_json::from_slice(&output.stdout).context("cargo metadata")?;
    let package = metadata.packages.into_iter().find(|package| package.name == PARSER);
    let package = package.with_context(|| format!("nothing depends on {PARSER}"))?;
    let folder = package.manifest_path.parent().context("the manifest has no folder")?;
    Ok((package.version, folder.to_path_buf()))
}

fn version(package: &Path) -> Result<String> {
    #[derive(Deserialize)]
    struct Manifest {
        version: String,
    }
    Ok(json::<Manifest>(&package.join("package.json"))?.version)
}

fn json<T: DeserializeOwned>(path: &Path) -> Result<T> {
    serde_json::from_str(&read(path)?).with_context(|| format!("cannot parse {}", path.display()))
}

/// By PyYAML, which comes with the AWS emulator: a parser in Rust would only make this program compile longer.
fn yaml<T: DeserializeOwned>(checkout: &Checkout, path: &Path) -> Result<T> {
    let mut python = Command::new(checkout.python());
    python.args(["-c", "import json, sys, yaml; json.dump(yaml.safe_load(open(sys.argv[1])), sys.stdout)"]);
    let output = python.arg(path).output().context("cannot run python3")?;
    ensure!(output.status.success(), "PyYAML: {}", String::from_utf8_lossy(&output.stderr));
    Ok(serde_json::from_slice(&output.stdout)?)
}

fn read(path: &Path) -> Result<String> {
    std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))
}

fn write(checkout: &Checkout, file: &str, source: &Source<'_>, note: &str, lines: Vec<String>) -> Result<()> {
    if let Some(line) = lines.iter().find(|line| line.starts_with('#') || line.contains('\n')) {
        bail!("{file} cannot contain {line:?}");
    }
    let Source { name, version, licence, address } = source;
    let today = OffsetDateTime::now_utc().date();
    let head = format!(
        "# {name} {version}, fetched on {today}, {licence} licence ({address}).\n# Written by `cargo xtask refresh-user-agents`{note}\n"
    );
    let path = checkout.root().join(DATA).join(file);
    std::fs::write(&path, head + &lines.join("\n") + "\n")
        .with_context(|| format!("cannot write {}", path.display()))?;
    println!("{DATA}/{file}: {name} {version}, {} lines", lines.len());
    Ok(())
}
