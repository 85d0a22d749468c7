//! Finds and builds the previous release: the commit before the newest migration was added, since it does not know that
//! migration, or the one named by `--before`.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use local_stack::checkout::Checkout;
use local_stack::tools;

/// The commit before these migrations does not compile on its own; this earlier one does.
const BUILDABLE_BEFORE: [(&str, &str); 1] =
    [("migrations/links/0002_everything_a_link_can_be.sql", "ceb581f")];

pub(super) struct PreviousRelease {
    pub(super) binary: PathBuf,
    pub(super) migrations: PathBuf,
}

pub(super) fn named(root: &Path, commit: &str) -> Result<String> {
    resolve(root, commit).with_context(|| missing(root, commit))
}

/// The commit before the newest migration; HEAD if that is not committed yet.
pub(super) fn newest_migration(root: &Path, database: &str) -> Result<String> {
    let folder = format!("migrations/{database}");
    let entries = std::fs::read_dir(root.join(&folder)).with_context(|| format!("cannot list {folder}"))?;
    let newest = entries.flatten().map(|entry| entry.file_name()).max();
    let newest = format!("{folder}/{}", newest.context("no migrations")?.to_string_lossy());
    if let Some((_, commit)) = BUILDABLE_BEFORE.iter().find(|(migration, _)| *migration == newest) {
        return named(root, commit);
    }
    let added = git(root, &["log", "--diff-filter=A", "--format=%H", "--", &newest])?;
    let Some(commit) = added.lines().next_back() else { return named(root, "HEAD") };
    resolve(root, &format!("{commit}^")).with_context(|| missing(root, &format!("before {newest}")))
}

fn resolve(root: &Path, commit: &str) -> Result<String> {
    let found = git(root, &["rev-parse", "--verify", "--quiet", "--short", &format!("{commit}^{{commit}}")])?;
    Ok(found.trim().to_owned())
}

fn missing(root: &Path, commit: &str) -> String {
    let is_shallow =
        git(root, &["rev-parse", "--is-shallow-repository"]).is_ok_and(|output| output.trim() == "true");
    let remedy = if is_shallow {
        "this clone is shallow: run `git fetch --unshallow` to get its history"
    } else {
        "name another commit with `--before`"
    };
    format!("there is no commit {commit} here; {remedy}")
}

fn git(root: &Path, arguments: &[&str]) -> Result<String> {
    let output = Command::new("git").args(arguments).current_dir(root).output().context("cannot run git")?;
    if !output.status.success() {
        bail!("git {}: {}", arguments.join(" "), String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(String::from_utf8(output.stdout)?)
}

/// Builds in a separate folder, once per commit, in a few minutes.
pub(super) fn build(checkout: &Checkout, commit: &str, package: &str) -> Result<PreviousRelease> {
    let folder = checkout.shortline().join("rehearsal");
    let source = folder.join(format!("source-{commit}"));
    let built = PreviousRelease {
        binary: folder.join(format!("{package}-{commit}")),
        migrations: source.join("migrations"),
    };
    if built.binary.exists() {
        return Ok(built);
    }
    std::fs::create_dir_all(&source).with_context(|| format!("cannot create {}", source.display()))?;
    let archive = folder.join("source.tar");
    let mut git = Command::new("git");
    git.args(["archive", "--format=tar", "--output"]).arg(&archive).arg(commit).current_dir(checkout.root());
    tools::run(&mut git)?;
    tools::run(Command::new("tar").arg("-xf").arg(&archive).arg("-C").arg(&source))?;
    let _ = std::fs::remove_file(&archive);
    let target = folder.join("target");
    let mut cargo = tools::cargo();
    cargo.args(["build", "--locked", "--package", package, "--target-dir"]).arg(&target);
    tools::run(cargo.current_dir(&source))?;
    // Binaries of two commits have the same name in the target folder. Copied under another name first, so that a
    // partial copy is not used.
    let copy = built.binary.with_extension("part");
    let copied = std::fs::copy(target.join("debug").join(package), &copy);
    copied
        .and_then(|_| std::fs::rename(&copy, &built.binary))
        .with_context(|| format!("cannot copy {package}"))?;
    Ok(built)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A repository with a migration, something else, and a second migration.
    fn repository(name: &str) -> PathBuf {
        let root = std::env::temp_dir().join(format!("shortline-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&root);
        std::fs::create_dir_all(root.join("migrations/links")).unwrap();
        git(&root, &["init", "--quiet", "--initial-branch=main"]).unwrap();
        commit(&root, "migrations/links/0001_links.sql");
        commit(&root, "else");
        commit(&root, "migrations/links/0002_more.sql");
        commit(&root, "after");
        root
    }

    fn commit(root: &Path, file: &str) {
        std::fs::write(root.join(file), file).unwrap();
        git(root, &["add", file]).unwrap();
        let author = ["-c", "user.name=test", "-c", "user.email=test@example.com"];
        git(root, &[&author[..], &["commit", "--quiet", "--no-gpg-sign", "-m", file]].concat()).unwrap();
    }

    #[test]
    fn previous_release_precedes_the_newest_migration() {
        let root = repository("before");
        let before = newest_migration(&root, "links").unwrap();
        assert_eq!(git(&root, &["log", "-1", "--format=%s", &before]).unwrap().trim(), "else");
        // Not committed yet: HEAD does not know it.
        std::fs::write(root.join("migrations/links/0003_new.sql"), "").unwrap();
        let before = newest_migration(&root, "links").unwrap();
        assert_eq!(git(&root, &["log", "-1", "--format=%s", &before]).unwrap().trim(), "after");
        std::fs::remove_dir_all(root).unwrap();
    }

    #[test]
    fn shallow_clone_gets_a_remedy() {
        let root = repository("whole");
        let shallow = root.with_extension("shallow");
        let _ = std::fs::remove_dir_all(&shallow);
        let (from, to) = (format!("file://{}", root.display()), shallow.display().to_string());
        git(&root, &["clone", "--quiet", "--depth", "1", &from, &to]).unwrap();
        let error = format!("{:#}", newest_migration(&shallow, "links").unwrap_err());
        assert!(error.contains("git fetch --unshallow"), "{error}");
        let error = format!("{:#}", named(&root, "0000000").unwrap_err());
        assert!(error.contains("no commit 0000000") && error.contains("--before"), "{error}");
        std::fs::remove_dir_all(root).unwrap();
        std::fs::remove_dir_all(shallow).unwrap();
    }
}
