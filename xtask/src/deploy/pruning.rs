//! Deletes versions of functions that no roll-back needs: each one counts against the account's storage of code.

use anyhow::Result;

use super::cloud::{Cloud, parse};
use super::functions::{self, aws, live};
use super::note::{NoteKind, ServingVersion};
use super::outputs::Function;

const KEPT: usize = 10;

/// Says what it could not delete, and fails only when interrupted: the deployment has succeeded.
pub(super) fn prune(cloud: &mut dyn Cloud, function: &Function) -> Result<()> {
    let deleted = delete_old(cloud, function);
    if let Err(error) = &deleted {
        println!("# old versions of {} in {} stay: {error:#}", function.name, function.region);
    }
    Ok(())
}

fn delete_old(cloud: &mut dyn Cloud, function: &Function) -> Result<()> {
    let list = aws("lambda", "list-versions-by-function", function).args(["--query", "Versions[].Version"]);
    let versions: Vec<String> = parse(&cloud.call(&list)?)?;
    let functions::LiveAlias { serving, .. } = live(cloud, function)?;
    for version in old(&versions, &serving) {
        cloud
            .call(&aws("lambda", "delete-function", function).args(["--qualifier", &version.to_string()]))?;
    }
    Ok(())
}

/// All but the newest ones, and those that serve or that a roll-back returns to. `$LATEST` is no number.
fn old(versions: &[String], serving: &ServingVersion) -> Vec<u64> {
    let previous = serving.note().and_then(|note| match note.kind {
        NoteKind::Replaced(version) | NoteKind::RolledBackFrom(version) => Some(version),
        NoteKind::First => None,
    });
    let in_use =
        [Some(&serving.version), serving.canary.as_ref(), serving.shifts_from.as_ref(), previous.as_ref()];
    let mut numbers: Vec<u64> = versions.iter().filter_map(|version| version.parse().ok()).collect();
    numbers.sort_unstable_by(|one, other| other.cmp(one));
    let is_in_use = |number: &u64| in_use.iter().flatten().any(|version| **version == number.to_string());
    numbers.into_iter().skip(KEPT).filter(|number| !is_in_use(number)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn last_ten_versions_and_those_in_use_stay() {
        let versions: Vec<String> =
            (1..=15).map(|number| number.to_string()).chain(["$LATEST".into()]).collect();
        let serving = ServingVersion {
            version: "15".into(),
            canary: None,
            shifts_from: Some("2".into()),
            label: "20261125T093000Z before: 3".into(),
        };
        assert_eq!(old(&versions, &serving), [5, 4, 1]);
        assert!(old(&versions[..10], &serving).is_empty());
    }
}
