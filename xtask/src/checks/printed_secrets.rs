//! Checks that Terraform prints no secret: it shows the id of every data source, every value that is not marked as
//! sensitive, and the outputs. `cargo xtask deploy` shows that to people and to CI logs.

use std::path::Path;

use anyhow::{Context, Result, ensure};

use super::terraform;

/// Data sources whose id and attributes hold no secret. `aws_secretsmanager_random_password` has the password as its id.
const HARMLESS_DATA: [&str; 3] = ["aws_availability_zones", "aws_caller_identity", "aws_partition"];
/// Resources that draw values which Terraform shows. `random_password` and `random_bytes` hide theirs.
const SHOWN_RANDOMNESS: [&str; 6] =
    ["random_id", "random_integer", "random_pet", "random_shuffle", "random_string", "random_uuid"];
/// Words in the names of what holds secrets, here and in the providers.
const SECRET_WORDS: [&str; 6] = ["secret", "password", "token", "code_key", "admin_key", "environment"];
/// Outputs with the name of a secret, not its value.
const NAMES_OF_SECRETS: [&str; 1] = ["admin_key_secret"];

pub(super) fn check(root: &Path) -> Result<()> {
    let mut found = Vec::new();
    for file in terraform::files(&root.join("infra"))? {
        let text =
            std::fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
        let name = file.strip_prefix(root).unwrap_or(&file).display().to_string();
        found.extend(violations(&text).into_iter().map(|violation| format!("{name}: {violation}")));
    }
    ensure!(found.is_empty(), "Terraform could print a secret:\n  {}", found.join("\n  "));
    Ok(())
}

fn violations(text: &str) -> Vec<String> {
    let code: Vec<&str> = text.lines().filter(|line| !line.trim_start().starts_with('#')).collect();
    let mut found: Vec<String> = code.iter().filter_map(|line| violation(line)).collect();
    let outputs = code.iter().enumerate().filter_map(|(index, line)| {
        let name = line.strip_prefix("output \"")?.split('"').next()?;
        let rest = code.get(index + 1..).unwrap_or_default();
        Some((name, rest.iter().take_while(|line| !line.starts_with('}')).copied().collect::<Vec<_>>()))
    });
    found.extend(outputs.filter(|(name, block)| shows_a_secret(name, block)).map(|(name, _)| {
        format!("output `{name}` shows a secret; mark it with `sensitive = true`, or leave the secret out")
    }));
    found
}

fn violation(line: &str) -> Option<String> {
    let line = line.trim_start();
    let kind = |block: &str| line.strip_prefix(block)?.split('"').next();
    if let Some(kind) = kind("data \"").filter(|kind| !HARMLESS_DATA.contains(kind)) {
        return Some(format!(
            "Terraform prints the id of the data source `{kind}`; if no attribute can be a secret, add it to \
             xtask/src/checks/printed_secrets.rs"
        ));
    }
    if let Some(kind) = kind("resource \"").filter(|kind| SHOWN_RANDOMNESS.contains(kind)) {
        return Some(format!("`{kind}` shows what it draws; use `random_password` or `random_bytes`"));
    }
    if line.contains("nonsensitive(") {
        return Some("`nonsensitive` shows a hidden value; only tests may use it".to_owned());
    }
    kind("provisioner \"").map(|_| "Terraform prints the output of a provisioner; use none".to_owned())
}

fn shows_a_secret(name: &str, block: &[&str]) -> bool {
    let is_marked = block.iter().any(|line| {
        line.split_once('=').is_some_and(|(left, right)| left.trim() == "sensitive" && right.trim() == "true")
    });
    let value = block.iter().filter(|line| !line.trim_start().starts_with("description"));
    let names_a_secret = value.flat_map(|line| identifiers(line)).any(|word| {
        // An ARN, name or id is no secret, and neither is the function `issensitive`.
        SECRET_WORDS.iter().any(|secret| word.contains(secret)) && !word.ends_with("_arn")
    });
    names_a_secret && !is_marked && !NAMES_OF_SECRETS.contains(&name)
}

fn identifiers(line: &str) -> impl Iterator<Item = &str> {
    line.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn infra_prints_no_secret() {
        check(Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()).unwrap();
    }

    #[track_caller]
    fn refuses(text: &str, word: &str) {
        let found = violations(text);
        assert!(found.len() == 1 && found.iter().all(|message| message.contains(word)), "{found:?}");
    }

    #[test]
    fn data_source_with_a_secret_is_refused() {
        refuses(
            "data \"aws_secretsmanager_random_password\" \"x\" {\n}",
            "aws_secretsmanager_random_password",
        );
        refuses("check \"x\" {\n  data \"aws_kms_secrets\" \"x\" {\n  }\n}", "aws_kms_secrets");
        assert_eq!(violations("data \"aws_partition\" \"this\" {}"), Vec::<String>::new());
    }

    #[test]
    fn shown_randomness_is_refused() {
        refuses("resource \"random_string\" \"x\" {\n  length = 40\n}", "random_password");
        assert_eq!(
            violations("resource \"random_password\" \"x\" {\n  length = 40\n}"),
            Vec::<String>::new()
        );
    }

    #[test]
    fn uncovered_values_and_provisioners_are_refused() {
        refuses("locals {\n  x = nonsensitive(local.secrets)\n}", "nonsensitive");
        refuses("  provisioner \"local-exec\" {\n  }", "provisioner");
        assert_eq!(violations("# nonsensitive(x)"), Vec::<String>::new());
    }

    #[test]
    fn output_of_a_secret_must_be_sensitive() {
        refuses("output \"x\" {\n  value = local.code_key\n}", "output `x`");
        refuses("output \"x\" {\n  value = aws_iam_access_key.edge.secret\n}", "output `x`");
        refuses(
            "output \"x\" {\n  sensitive = false\n  value     = random_password.a.result\n}",
            "output `x`",
        );
        let hidden = "output \"x\" {\n  sensitive   = true\n  value = local.code_key\n}";
        let name = "output \"x\" {\n  description = \"The secret's ARN.\"\n  value = module.a.secret_arn\n}";
        assert_eq!(violations(hidden), Vec::<String>::new());
        assert_eq!(violations(name), Vec::<String>::new());
    }
}
