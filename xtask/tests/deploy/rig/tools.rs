//! Installs what only these tests need into `.shortline/tools/deploy-tests`: the AWS CLI (PyPI), wrangler and a Node that is
//! new enough for it (npm).

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use local_stack::checkout::Checkout;

pub struct Tools {
    pub aws: PathBuf,
    pub node_modules: PathBuf,
}

impl Tools {
    pub fn node(&self) -> PathBuf {
        self.node_modules.join("node/bin")
    }
}

pub fn pins() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/deploy")
}

pub fn tools() -> &'static Tools {
    static TOOLS: OnceLock<Tools> = OnceLock::new();
    TOOLS.get_or_init(install)
}

fn install() -> Tools {
    let folder = Checkout::here().tools().join("deploy-tests");
    std::fs::create_dir_all(&folder).unwrap();
    let lock = std::fs::File::create(folder.join("lock")).unwrap();
    lock.lock().unwrap();
    let checkout = Checkout::here();
    local_stack::tools::ensure_for_deploy_tests(&checkout).unwrap();
    let tools =
        Tools { aws: checkout.deploy_test_venv().join("bin/aws"), node_modules: folder.join("node_modules") };
    let pinned = std::fs::read_to_string(pins().join("package-lock.json")).unwrap();
    let stamp = folder.join("pins");
    if std::fs::read_to_string(&stamp).is_ok_and(|installed| installed == pinned) {
        return tools;
    }
    for file in ["package.json", "package-lock.json"] {
        std::fs::copy(pins().join(file), folder.join(file)).unwrap();
    }
    // The package `node` gets its binary by its script.
    run(Command::new("npm").args(["ci", "--no-audit", "--no-fund"]).current_dir(&folder));
    std::fs::write(stamp, pinned).unwrap();
    tools
}

fn run(command: &mut Command) {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?} failed: {}", String::from_utf8_lossy(&output.stderr));
}
