//! Lints the architecture: which crate may import which, where the Workers runtime is used, where SQL is written.
//! `ARCHITECTURE.md` gives the reasons.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use super::circles::Sources;

/// The Workers, and what they share.
const EDGE: [&str; 3] = ["api-worker", "edge-runtime", "edge-worker"];
const DEPLOYABLES: [&str; 4] = ["api-worker", "edge-worker", "origin-lambda", "log-consumer"];
/// The tables of `classify` are too large for a Worker and for the crates it links.
const NEVER_CLASSIFY: [&str; 5] = ["api-worker", "edge-runtime", "edge-worker", "link-core", "migrate"];
/// Crates that would tie `link-core` or `classify` to a platform.
const IMPURE: [&str; 8] =
    ["axum", "getrandom", "lambda_http", "lambda_runtime", "reqwest", "sqlx", "tokio", "worker"];

/// Crates that build, run and measure the product. Each may only import those before it.
const TOOLING: [&str; 4] = ["local-stack", "bench", "xtask", "e2e"];
const PRODUCT: [&str; 10] = [
    "api-worker",
    "classify",
    "edge-runtime",
    "edge-worker",
    "link-core",
    "log-consumer",
    "migrate",
    "origin-lambda",
    "startup",
    "telemetry",
];

/// The command line is a client: it knows the public API and no other crate.
const CLI: &str = "cli";

/// Known circles: the crate, and its files separated by spaces. Never add one; an entry that is no longer needed is an
/// error.
const KNOWN_CIRCLES: &[(&str, &str)] = &[];

pub(crate) fn check(root: &Path) -> Result<()> {
    let violations = violations(root)?;
    if violations.is_empty() {
        return Ok(());
    }
    bail!("the code breaks rules of ARCHITECTURE.md:\n  {}", violations.join("\n  "))
}

fn violations(root: &Path) -> Result<Vec<String>> {
    let mut found = Vec::new();
    for deployable in DEPLOYABLES {
        let others = DEPLOYABLES.iter().filter(|other| **other != deployable);
        found.extend(forbidden_dependencies(root, deployable, others)?);
    }
    found.extend(forbidden_dependencies(root, "edge-runtime", DEPLOYABLES.iter())?);
    for package in ["link-core", "classify"] {
        found.extend(forbidden_dependencies(root, package, DEPLOYABLES.iter().chain(&IMPURE))?);
    }
    for package in NEVER_CLASSIFY {
        found.extend(forbidden_dependencies(root, package, [&"classify"].into_iter())?);
    }
    for product in PRODUCT {
        found.extend(forbidden_dependencies(root, product, TOOLING.iter())?);
    }
    for (index, tool) in TOOLING.iter().enumerate() {
        found.extend(forbidden_dependencies(root, tool, TOOLING.iter().skip(index + 1))?);
    }
    found.extend(forbidden_dependencies(root, CLI, PRODUCT.iter().chain(&TOOLING))?);
    for package in PRODUCT.iter().chain(&TOOLING) {
        found.extend(forbidden_dependencies(root, package, [&CLI].into_iter())?);
    }
    let mut sources: BTreeMap<PathBuf, String> = BTreeMap::new();
    let members = members(root)?;
    for file in rust_files(root, &members)? {
        let text = std::fs::read_to_string(root.join(&file))
            .with_context(|| format!("cannot read {}", file.display()))?;
        found.extend(file_violations(&file, &text));
        sources.insert(file, text);
    }
    found.extend(circle_violations(&members, &sources, KNOWN_CIRCLES));
    Ok(found)
}

fn circle_violations(
    members: &[String],
    sources: &BTreeMap<PathBuf, String>,
    known: &[(&str, &str)],
) -> Vec<String> {
    let mut found = Vec::new();
    let mut needed = Vec::new();
    for member in members {
        let folder = Path::new(member).join("src");
        let of_crate =
            sources.iter().filter_map(|(file, text)| Some((file.strip_prefix(&folder).ok()?, text.as_str())));
        for circle in Sources::new(of_crate).circles() {
            let circle = (member.as_str(), circle.join(" "));
            if known.contains(&(circle.0, circle.1.as_str())) {
                needed.push(circle);
            } else {
                found
                    .push(format!("these files of {} import each other in a circle: {}", circle.0, circle.1));
            }
        }
    }
    let stale = known
        .iter()
        .filter(|(member, files)| !needed.iter().any(|circle| circle.0 == *member && circle.1 == *files));
    found.extend(stale.map(|(member, files)| {
        format!("KNOWN_CIRCLES lists a circle of {member} that does not exist: {files}")
    }));
    found
}

/// The folders of the workspace's members.
fn members(root: &Path) -> Result<Vec<String>> {
    let text = std::fs::read_to_string(root.join("Cargo.toml")).context("cannot read Cargo.toml")?;
    let manifest: toml::Table = text.parse().context("cannot parse Cargo.toml")?;
    let members = manifest.get("workspace").and_then(|workspace| workspace.get("members")?.as_array());
    let members = members.context("Cargo.toml has no workspace members")?;
    Ok(members.iter().filter_map(|member| member.as_str().map(str::to_owned)).collect())
}

fn forbidden_dependencies<'a>(
    root: &Path,
    package: &str,
    forbidden: impl Iterator<Item = &'a &'a str>,
) -> Result<Vec<String>> {
    let path = root.join(package).join("Cargo.toml");
    let text = std::fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    let manifest: toml::Table = text.parse().with_context(|| format!("cannot parse {}", path.display()))?;
    let has = |name: &str| {
        ["dependencies", "dev-dependencies", "build-dependencies"]
            .iter()
            .any(|section| manifest.get(*section).is_some_and(|section| section.get(name).is_some()))
    };
    Ok(forbidden.filter(|name| has(name)).map(|name| format!("{package} depends on {name}")).collect())
}

fn file_violations(file: &Path, text: &str) -> Vec<String> {
    let package = file.iter().next().and_then(|first| first.to_str()).unwrap_or_default();
    let path = file.to_string_lossy();
    let mut found = Vec::new();
    if !text.starts_with("//!") {
        found.push(format!("{path} does not start with a `//!` comment that says what it is for"));
    }
    let is_product_code = path.contains("/src/");
    let uses_runtime = |line: &str| line.contains("worker::") || line.contains("use worker");
    if EDGE.contains(&package)
        && !path.contains("/entry/")
        && !path.contains("/bindings/")
        && text.lines().any(uses_runtime)
    {
        found.push(format!("{path} uses `worker`; only the entry and the bindings may"));
    }
    if DEPLOYABLES.contains(&package)
        && is_product_code
        && !path.contains("/store/")
        && text.contains("sqlx::query")
    {
        found.push(format!("{path} contains SQL; only `store` may"));
    }
    found
}

/// The Rust files of all workspace members, relative to the root.
fn rust_files(root: &Path, members: &[String]) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for member in members {
        for folder in ["src", "tests"] {
            collect(root, &Path::new(member).join(folder), &mut files)?;
        }
    }
    files.sort();
    Ok(files)
}

fn collect(root: &Path, folder: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    let Ok(entries) = std::fs::read_dir(root.join(folder)) else { return Ok(()) };
    for entry in entries {
        let entry = entry.with_context(|| format!("cannot list {}", folder.display()))?;
        let path = folder.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            collect(root, &path, files)?;
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checkout_follows_the_architecture() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        assert_eq!(violations(root).unwrap(), Vec::<String>::new());
    }

    #[test]
    fn violations_name_the_file() {
        for (file, text, expected) in [
            ("edge-worker/src/lookup.rs", "//! x\nuse worker::Env;", Some("uses `worker`")),
            ("edge-worker/src/lookup.rs", "//! x\nfn f(_: worker::Env) {}", Some("uses `worker`")),
            ("edge-worker/src/bindings/cache.rs", "//! x\nuse worker::Cache;", None),
            ("edge-worker/src/entry/mod.rs", "//! x\nuse worker::Env;", None),
            ("origin-lambda/src/codes.rs", "//! x\nsqlx::query(\"\")", Some("contains SQL")),
            ("origin-lambda/src/store/codes.rs", "//! x\nsqlx::query(\"\")", None),
            ("log-consumer/tests/integration/main.rs", "//! x\nsqlx::query(\"\")", None),
            ("link-core/src/code.rs", "use std::fmt;", Some("does not start with")),
        ] {
            let found = file_violations(Path::new(file), text);
            match expected {
                Some(expected) => {
                    assert!(found.len() == 1 && found[0].contains(expected), "{file}: {found:?}")
                }
                None => assert!(found.is_empty(), "{file}: {found:?}"),
            }
        }
    }

    #[test]
    fn new_circles_and_stale_entries_are_violations() {
        let sources: BTreeMap<PathBuf, String> = [
            ("a/src/b.rs", "use crate::c::C;"),
            ("a/src/c.rs", "use crate::b::B;"),
            ("a/src/lib.rs", "mod b;\nmod c;"),
        ]
        .map(|(file, text)| (file.into(), text.to_owned()))
        .into();
        let members = ["a".to_owned()];
        let found = circle_violations(&members, &sources, &[]);
        assert!(found.len() == 1 && found[0].ends_with("circle: b.rs c.rs"), "{found:?}");
        assert_eq!(circle_violations(&members, &sources, &[("a", "b.rs c.rs")]), Vec::<String>::new());
        let found = circle_violations(&members, &sources, &[("a", "b.rs c.rs"), ("a", "d.rs e.rs")]);
        assert!(found.len() == 1 && found[0].contains("d.rs e.rs"), "{found:?}");
    }
}
