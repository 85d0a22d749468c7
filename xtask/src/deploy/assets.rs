//! The dashboard's files that the visitor's Worker is uploaded with: those of this build, and the live version's chunks. Pages of the live
//! version then find their chunks at a canary, and in a tab that stays open after the deployment.

use std::collections::BTreeSet;

use anyhow::{Context, Result};

use super::cloud::{Cloud, CloudCommand};
use super::outputs::Outputs;
use super::paths::DeployPaths;

/// Below the dashboard's build and below a domain. SvelteKit's files lie here.
const APP: &str = "dashboard/_app";
/// Names the version's own chunks, so that those of older versions are not carried along.
const LIST: &str = "chunks.json";
/// Of one transfer.
const TIMEOUT_SECONDS: &str = "60";
/// A build has less than a hundred chunks, of up to 120 KB.
const MOST_CHUNKS: usize = 1_000;
const MOST_BYTES: &str = "5000000";

/// Without `has_live_version` nothing is fetched.
pub(super) fn gather(
    cloud: &mut dyn Cloud,
    outputs: &Outputs,
    paths: &DeployPaths,
    has_live_version: bool,
) -> Result<()> {
    let (built, folder) = (paths.dashboard(), paths.worker_assets());
    let lay_out = |cloud: &mut dyn Cloud| {
        cloud.copy_folder(&built, &folder).context("the dashboard is not built; run `cargo xtask package`")
    };
    lay_out(cloud)?;
    if !has_live_version {
        return Ok(());
    }
    let own =
        chunks(&cloud.read(&built.join(APP).join(LIST))?).context("the build's list of chunks is damaged")?;
    let added = match live_chunks(cloud, outputs, &own)? {
        Ok(missing) => fetch(cloud, outputs, paths, &missing)?.map(|()| missing.len()),
        Err(reason) => Err(reason),
    };
    match added {
        Ok(count) => println!("# chunks of the live dashboard that stay available: {count}"),
        Err(reason) => {
            // A file that was cut off would be cached for a year.
            lay_out(cloud)?;
            println!(
                "# the live dashboard's chunks were not added, so its open tabs load the new version: {reason}"
            );
        }
    }
    Ok(())
}

/// Those that this build does not have, or why there is no list.
fn live_chunks(
    cloud: &mut dyn Cloud,
    outputs: &Outputs,
    own: &BTreeSet<String>,
) -> Result<Result<BTreeSet<String>, String>> {
    let output = cloud.look(&curl().args([url(outputs, LIST)]))?;
    if !output.is_success {
        return Ok(Err(output.stderr.trim().to_owned()));
    }
    let live = chunks(&output.stdout).ok_or_else(|| "the list of chunks is damaged".to_owned());
    Ok(live.map(|live| live.difference(own).cloned().collect()))
}

fn fetch(
    cloud: &mut dyn Cloud,
    outputs: &Outputs,
    paths: &DeployPaths,
    chunks: &BTreeSet<String>,
) -> Result<Result<(), String>> {
    if chunks.is_empty() {
        return Ok(Ok(()));
    }
    let folder = paths.worker_assets().join(APP);
    let mut call = curl().args(["--fail-early", "--create-dirs"]);
    for chunk in chunks {
        call =
            call.args(["--output".to_owned(), folder.join(chunk).display().to_string(), url(outputs, chunk)]);
    }
    let output = cloud.look(&call)?;
    Ok(if output.is_success { Ok(()) } else { Err(output.stderr.trim().to_owned()) })
}

fn curl() -> CloudCommand {
    let limits = ["--max-time", TIMEOUT_SECONDS, "--max-filesize", MOST_BYTES];
    CloudCommand::new("curl").args(["--silent", "--show-error", "--fail"]).args(limits)
}

fn url(outputs: &Outputs, file: &str) -> String {
    format!("https://{}/{APP}/{file}", outputs.domain)
}

/// `None` unless every name is that of a file below `immutable/`: they become paths.
fn chunks(list: &str) -> Option<BTreeSet<String>> {
    let names: BTreeSet<String> = serde_json::from_str(list).ok()?;
    let is_name = |part: &str| {
        !part.starts_with('.')
            && !part.is_empty()
            && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
    };
    let is_chunk =
        |name: &String| name.strip_prefix("immutable/").is_some_and(|rest| rest.split('/').all(is_name));
    (names.len() <= MOST_CHUNKS && names.iter().all(is_chunk)).then_some(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_files_below_immutable_are_chunks() {
        let own = chunks(r#"["immutable/entry/start.BD-x_1.js", "immutable/a.css"]"#).unwrap();
        assert_eq!(own.len(), 2);
        for name in [
            "index.html",
            "/etc/passwd",
            "immutable/../_headers",
            "immutable//a",
            "immutable/.a",
            "immutable/a?b",
            "immutable/",
        ] {
            assert_eq!(chunks(&serde_json::json!([name]).to_string()), None, "{name}");
        }
        assert_eq!(chunks("<html>"), None);
    }
}
