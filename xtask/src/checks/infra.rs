//! Checks `infra/`: Terraform's formatting, validity and tests, Checkov, and agreement with the code and the runbook.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};
use local_stack::checkout::Checkout;
use local_stack::tools;

use super::terraform::{self, OFFLINE, Terraform};
use super::{printed_secrets, wiring};

pub(crate) fn check(checkout: &Checkout) -> Result<()> {
    counts_the_connections(checkout.root())?;
    wiring::check(checkout.root())?;
    printed_secrets::check(checkout.root())?;
    every_alarm_has_a_page(checkout.root())?;
    protects_what_cannot_be_made_again(checkout.root())?;
    security_groups_can_be_replaced(checkout.root())?;
    passes_checkov(checkout.root())?;
    if !tools::is_on_path("terraform") {
        println!(
            "terraform is NOT INSTALLED: formatting, validity and tests of infra/ were not checked. \
             Install 1.11 or later: https://developer.hashicorp.com/terraform/install"
        );
        return Ok(());
    }
    Terraform::of(checkout).run(&["fmt", "-check", "-diff", "-recursive"])?;
    let terraform = Terraform::of_unprotected_copy(checkout)?;
    if !terraform.is_prepared()? {
        println!(
            "terraform CANNOT REACH THE REGISTRY of its providers: validity and tests of infra/ were not checked. \
             Without network access, set {OFFLINE} to a terraform that needs no registry."
        );
        return Ok(());
    }
    terraform.run(&["validate"])?;
    terraform.run(&["test"])
}

/// Checks security rules. A false finding is suppressed in place with a reason: `# checkov:skip=ID:…`.
fn passes_checkov(root: &Path) -> Result<()> {
    if !tools::is_on_path("checkov") {
        println!(
            "checkov is NOT INSTALLED: the security of infra/ was not checked. Install it with `pip install checkov` (3.3)."
        );
        return Ok(());
    }
    // With all optional parts, and without calls to the vendor's service.
    let mut checkov = Command::new("checkov");
    checkov.args([
        "--directory",
        "infra",
        "--framework",
        "terraform",
        "--var-file",
        "infra/tests/everything.tfvars",
    ]);
    checkov.args(["--compact", "--quiet", "--download-external-modules", "false"]).current_dir(root);
    let output = checkov.output().with_context(|| format!("cannot run {checkov:?}"))?;
    let output_text = String::from_utf8_lossy(&output.stdout);
    ensure!(output.status.success(), "checkov found:\n{output_text}");
    println!(
        "checkov: {}",
        output_text.lines().find(|line| line.starts_with("Passed checks")).unwrap_or("no summary")
    );
    Ok(())
}

/// Checks the connections per instance, which reserved concurrency is computed from, against the code.
fn counts_the_connections(root: &Path) -> Result<()> {
    let infra = read(root, "infra/database.tf")?;
    let limits = read(root, "origin-lambda/src/limits.rs")?;
    for (in_infra, pool) in [
        ("origin_links", "LINKS_LAMBDA_POOL"),
        ("origin_analytics", "ANALYTICS_POOL"),
        ("origin_lists", "LISTS_LAMBDA_POOL"),
    ] {
        let planned = number_after(&infra, &format!("{in_infra} "), "= ");
        let opened = number_after(&limits, &format!("pub const {pool}: PoolLimits"), "max_connections: ");
        ensure!(planned.is_some(), "infra/database.tf has no `{in_infra}`");
        ensure!(opened.is_some(), "origin-lambda/src/limits.rs has no max_connections for {pool}");
        if planned != opened {
            bail!("infra/database.tf counts {planned:?} connections for {in_infra}, {pool} opens {opened:?}");
        }
    }
    Ok(())
}

/// What a plan must never destroy: the file, and the resource.
const PROTECTED: [(&str, &str); 7] = [
    ("infra/database/main.tf", "\"aws_db_instance\" \"this\""),
    ("infra/keys.tf", "\"aws_kms_key\" \"home\""),
    ("infra/clicks.tf", "\"aws_sqs_queue\" \"clicks\""),
    ("infra/clicks.tf", "\"aws_sqs_queue\" \"dead_letters\""),
    ("infra/secrets.tf", "\"random_bytes\" \"code_key\""),
    ("infra/secrets.tf", "\"aws_secretsmanager_secret\" \"code_key\""),
    ("infra/secrets.tf", "\"aws_secretsmanager_secret_version\" \"code_key\""),
];

/// Terraform's tests run on a copy without `prevent_destroy`.
fn protects_what_cannot_be_made_again(root: &Path) -> Result<()> {
    for (file, resource) in PROTECTED {
        let text = read(root, file)?;
        let block = text.split_once(&format!("resource {resource} {{"));
        let block = block.and_then(|(_, rest)| rest.split_once("\n}")).map(|(block, _)| block);
        ensure!(
            block.is_some_and(|block| block.contains("prevent_destroy = true")),
            "{file}: the resource {resource} must have `prevent_destroy = true`"
        );
    }
    Ok(())
}

/// A group in use cannot be deleted, and a name can be given once: the new group must come first, under another name.
fn security_groups_can_be_replaced(root: &Path) -> Result<()> {
    for file in terraform::files(&root.join("infra"))? {
        let text =
            std::fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
        for group in text.split("\nresource \"aws_security_group\" ").skip(1) {
            let block = group.split_once("\n}").map_or(group, |(block, _)| block);
            ensure!(
                block.contains("name_prefix ") && block.contains("create_before_destroy = true"),
                "{}: a security group needs `name_prefix` and `create_before_destroy = true`:\n{block}",
                file.display()
            );
        }
    }
    Ok(())
}

fn every_alarm_has_a_page(root: &Path) -> Result<()> {
    let runbook = read(root, "docs/runbook.md")?;
    let alarms = terraform::files(&root.join("infra"))?
        .iter()
        .map(std::fs::read_to_string)
        .collect::<std::io::Result<String>>()?;
    let without: Vec<&str> = pages(&alarms)
        .into_iter()
        .filter(|page| !runbook.contains(&format!("\n## {}\n", heading(page))))
        .collect();
    ensure!(without.is_empty(), "docs/runbook.md has no page for the alarms {without:?}");
    Ok(())
}

/// The runbook pages that alarms reference: `page = "…"` and literal anchors.
fn pages(alarms: &str) -> Vec<&str> {
    let quoted = alarms.lines().filter_map(|line| line.trim().strip_prefix("page")?.split('"').nth(1));
    let anchors = alarms.split("{local.runbook}#").skip(1).filter_map(|rest| rest.split('"').next());
    quoted.chain(anchors.filter(|anchor| !anchor.starts_with("${"))).collect()
}

/// The heading of an anchor, by GitHub's rule: `queue-age` belongs to `Queue age`.
fn heading(page: &str) -> String {
    let text = page.replace('-', " ");
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// The first integer after `marker`, which comes after `start`.
fn number_after(text: &str, start: &str, marker: &str) -> Option<u32> {
    let (_, rest) = text.split_once(start)?;
    let (_, rest) = rest.split_once(marker)?;
    rest.split(|letter: char| !letter.is_ascii_digit()).next()?.parse().ok()
}

fn read(root: &Path, file: &str) -> Result<String> {
    std::fs::read_to_string(root.join(file)).with_context(|| format!("cannot read {file}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn root() -> &'static Path {
        Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
    }

    #[test]
    fn infra_counts_the_connections_of_the_code() {
        counts_the_connections(root()).unwrap();
    }

    #[test]
    fn runbook_has_a_page_for_every_alarm() {
        every_alarm_has_a_page(root()).unwrap();
    }

    #[test]
    fn what_cannot_be_made_again_is_protected() {
        protects_what_cannot_be_made_again(root()).unwrap();
    }

    #[test]
    fn security_groups_are_replaceable() {
        security_groups_can_be_replaced(root()).unwrap();
    }

    #[test]
    fn number_is_found_after_its_markers() {
        let text =
            "pub const A: P = P { max_connections: 16 };\npub const B: P =\n  P { max_connections: 2, ..A };";
        assert_eq!(number_after(text, "pub const B: P", "max_connections: "), Some(2));
        assert_eq!(number_after(text, "pub const C: P", "max_connections: "), None);
    }

    #[test]
    fn pages_are_those_referenced_by_alarms() {
        let alarms = "page       = \"queue-age\", region = x\n description = \"${local.runbook}#origin-errors\"\n \
                      x = \"${local.runbook}#${each.value.page}\"";
        assert_eq!(pages(alarms), ["queue-age", "origin-errors"]);
        assert_eq!(heading("queue-age"), "Queue age");
    }
}
