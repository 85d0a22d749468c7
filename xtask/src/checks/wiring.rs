//! Checks that an installation sets every variable and secret that the code reads, and no others. Compares names only,
//! between the code and Terraform's files.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::{Context, Result, ensure};

/// A program and the source of its environment.
struct Program {
    name: &'static str,
    /// Files that contain the names as string literals.
    code: &'static [&'static str],
    /// Files, and the first line of the block that sets variables.
    set_in: &'static [(&'static str, &'static str)],
    /// Read but set nowhere: set by Lambda, optional, or of another mode.
    left_out: &'static [&'static str],
}

const ORIGIN_CODE: &[&str] = &[
    "origin-lambda/src/config/access.rs",
    "origin-lambda/src/config/allowed_schemes.rs",
    "origin-lambda/src/config/codes.rs",
    "origin-lambda/src/config/compatible_apis.rs",
    "origin-lambda/src/config/databases.rs",
    "origin-lambda/src/config/redirects.rs",
    "origin-lambda/src/config/server.rs",
    "origin-lambda/src/config/site.rs",
    "origin-lambda/src/config/webhooks.rs",
    "origin-lambda/src/main.rs",
    "startup/src/raw_clicks.rs",
];
const MIGRATE_CODE: &[&str] = &["migrate/src/config.rs", "startup/src/raw_clicks.rs"];

const PROGRAMS: [Program; 8] = [
    Program {
        name: "the visitor's Worker",
        code: &[
            "edge-worker/src/config.rs",
            "edge-runtime/src/config.rs",
            "edge-runtime/src/traces/config.rs",
        ],
        set_in: &[("wrangler.toml", "[vars]"), ("infra/outputs.tf", "visitors_worker_secrets = {")],
        left_out: &[],
    },
    Program {
        name: "the API's Worker",
        code: &[
            "api-worker/src/config.rs",
            "edge-runtime/src/config.rs",
            "edge-runtime/src/traces/config.rs",
        ],
        set_in: &[("wrangler-api.toml", "[vars]"), ("infra/outputs.tf", "api_worker_secrets = {")],
        left_out: &[],
    },
    Program {
        name: "the origin",
        code: ORIGIN_CODE,
        set_in: &[
            ("infra/database.tf", "origin_environment = {"),
            ("infra/regions.tf", "module \"origin\" {"),
        ],
        // Lambda sets the Runtime API and the function's name. Only a server
        // listens or has a public URL. This function is only called by the edge, so it ships no clicks.
        left_out: &[
            "AWS_LAMBDA_RUNTIME_API",
            "AWS_LAMBDA_FUNCTION_NAME",
            "LISTEN_ADDR",
            "METRICS_ADDR",
            "PUBLIC_URL",
            "CLICK_QUEUE_URL",
            "FAILOVER_DOMAIN",
            "FALLBACK_URL",
        ],
    },
    Program {
        name: "the failover's origin",
        code: ORIGIN_CODE,
        set_in: &[
            ("infra/database.tf", "origin_environment = {"),
            ("infra/failover.tf", "module \"failover\" {"),
        ],
        // An HTTP API does not support streaming.
        left_out: &[
            "AWS_LAMBDA_RUNTIME_API",
            "AWS_LAMBDA_FUNCTION_NAME",
            "LISTEN_ADDR",
            "METRICS_ADDR",
            "PUBLIC_URL",
            "RESPONSE_STREAM",
        ],
    },
    Program {
        name: "the consumer",
        code: &["log-consumer/src/config.rs", "startup/src/raw_clicks.rs"],
        set_in: &[("infra/clicks.tf", "module \"consumer\" {")],
        left_out: &[],
    },
    Program {
        name: "the traces of origin and consumer",
        code: &["telemetry/src/traces/config.rs", "telemetry/src/traces/signer.rs"],
        set_in: &[("infra/tracing.tf", "region => {")],
        // Lambda sets those of AWS; the others are for servers and other collectors.
        left_out: &[
            "AWS_ACCESS_KEY_ID",
            "AWS_LAMBDA_FUNCTION_NAME",
            "AWS_REGION",
            "AWS_SECRET_ACCESS_KEY",
            "AWS_SESSION_TOKEN",
            "OTEL_EXPORTER_OTLP_HEADERS",
            "OTEL_EXPORTER_OTLP_PROTOCOL",
            "OTEL_EXPORTER_OTLP_TRACES_HEADERS",
            "OTEL_EXPORTER_OTLP_TRACES_TIMEOUT",
            "OTEL_RESOURCE_ATTRIBUTES",
            "OTEL_SDK_DISABLED",
            "OTEL_SERVICE_NAME",
        ],
    },
    Program {
        name: "the migrations",
        code: MIGRATE_CODE,
        set_in: &[("infra/database.tf", "module \"migrate\" {")],
        // Migrations delete no clicks.
        left_out: &["RAW_CLICK_DAYS"],
    },
    Program {
        name: "the maintenance",
        code: MIGRATE_CODE,
        set_in: &[("infra/clicks.tf", "module \"maintenance\" {")],
        // The maintenance creates no logins.
        left_out: &["LOGINS", "LISTS_LOGINS"],
    },
];

pub(crate) fn check(root: &Path) -> Result<()> {
    PROGRAMS.iter().try_for_each(|program| agrees(root, program))?;
    let provided = set_by(root, "infra/outputs.tf", "value = merge({")?;
    let mut known = set_by(root, "wrangler.toml", "[vars]")?;
    known.extend(set_by(root, "wrangler-api.toml", "[vars]")?);
    let unknown: Vec<_> = provided.difference(&known).collect();
    ensure!(unknown.is_empty(), "infra/outputs.tf sets {unknown:?}, which no wrangler file has");
    Ok(())
}

fn agrees(root: &Path, Program { name, code, set_in, left_out }: &Program) -> Result<()> {
    let mut reads = BTreeSet::new();
    for file in *code {
        reads.extend(read_by(&text(root, file)?));
    }
    let mut is_set = BTreeSet::new();
    for (file, begin) in *set_in {
        is_set.extend(set_by(root, file, begin)?);
    }
    let left_out: BTreeSet<String> = left_out.iter().map(|name| (*name).to_owned()).collect();
    let missing: Vec<_> = reads.difference(&is_set).filter(|name| !left_out.contains(*name)).collect();
    ensure!(missing.is_empty(), "{name} reads {missing:?}, but none of {set_in:?} sets it");
    let unread: Vec<_> = is_set.difference(&reads).collect();
    ensure!(unread.is_empty(), "{name} gets {unread:?} from one of {set_in:?}, but never reads it");
    let stale: Vec<_> =
        left_out.iter().filter(|name| !reads.contains(*name) || is_set.contains(*name)).collect();
    ensure!(
        stale.is_empty(),
        "xtask/src/checks/wiring.rs needlessly lists {stale:?} in `left_out` of {name}"
    );
    Ok(())
}

/// String literals that look like variable names, up to the tests.
fn read_by(code: &str) -> BTreeSet<String> {
    let code = code.split("#[cfg(test)]").next().unwrap_or_default();
    // Shorter ones are HTTP methods and the like. Cargo sets its own when it compiles.
    code.split('"')
        .skip(1)
        .step_by(2)
        .filter(|text| text.len() > 4 && is_name(text) && !text.starts_with("CARGO_"))
        .map(str::to_owned)
        .collect()
}

fn set_by(root: &Path, file: &str, begin: &str) -> Result<BTreeSet<String>> {
    let text = text(root, file)?;
    let block = block(&text, begin).with_context(|| format!("{file} has no `{begin}`"))?;
    Ok(assigned(block))
}

/// The block up to its closing brace, or to the end of the file if `begin` opens none.
fn block<'a>(text: &'a str, begin: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(begin)?;
    let mut depth = i32::from(begin.ends_with('{'));
    if depth == 0 {
        return Some(rest);
    }
    for (index, letter) in rest.char_indices() {
        depth += match letter {
            '{' => 1,
            '}' => -1,
            _ => 0,
        };
        if depth == 0 {
            return rest.get(..index);
        }
    }
    None
}

/// Upper-case names before an equals sign. Terraform's and IAM's own names are not upper-case.
fn assigned(block: &str) -> BTreeSet<String> {
    let lines = block.lines().filter(|line| !line.trim_start().starts_with('#'));
    let before_equals = lines.flat_map(|line| line.split('=').map(str::trim_end));
    let last_words = before_equals.filter_map(|text| text.rsplit([' ', '{', '(', ',']).next());
    last_words.filter(|word| is_name(word)).map(str::to_owned).collect()
}

fn is_name(text: &str) -> bool {
    text.starts_with(|letter: char| letter.is_ascii_uppercase())
        && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_')
}

fn text(root: &Path, file: &str) -> Result<String> {
    std::fs::read_to_string(root.join(file)).with_context(|| format!("cannot read {file}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn installation_sets_the_variables_that_the_code_reads() {
        check(Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()).unwrap();
    }

    #[test]
    fn names_are_read_up_to_the_tests() {
        let code = "required(\"ORIGIN_URLS\")?; let x = (\"GET\", env!(\"CARGO_PKG_NAME\")); // \"not one\"\n#[cfg(test)]\n\"HIDDEN_NAME\"";
        assert_eq!(read_by(code), BTreeSet::from(["ORIGIN_URLS".to_owned()]));
    }

    #[test]
    fn block_ends_with_its_brace() {
        let text = "a = {\n  LINKS_URL = merge({ INNER_URL = x })\n  # NOT_THIS = 1\n}\nOTHER_URL = 1";
        let names = ["INNER_URL", "LINKS_URL"].map(str::to_owned);
        assert_eq!(assigned(block(text, "a = {").unwrap()), BTreeSet::from(names));
        assert_eq!(block(text, "b = {"), None);
        assert_eq!(block("[vars]\nA_B = \"\"", "[vars]"), Some("\nA_B = \"\""));
    }
}
