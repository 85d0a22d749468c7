//! The compilation targets of Worker and Lambda. rustup normally installs the Worker's with the toolchain
//! (`rust-toolchain.toml`); this covers a toolchain that was installed without it.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};

use super::command::run_quietly;
use super::tool::Tool;
use crate::checkout::Checkout;

pub const WASM_TARGET: &str = "wasm32-unknown-unknown";

pub(super) const WASM: RustTarget = RustTarget(WASM_TARGET);
pub(super) const LAMBDA: RustTarget = RustTarget("aarch64-unknown-linux-gnu");

pub(super) struct RustTarget(&'static str);

impl Tool for RustTarget {
    fn title(&self) -> String {
        format!("Rust's target {}", self.0)
    }

    fn is_present(&self, checkout: &Checkout) -> bool {
        sysroot(checkout).is_some_and(|sysroot| sysroot.join("lib/rustlib").join(self.0).is_dir())
    }

    fn install(&self, checkout: &Checkout) -> Result<()> {
        let mut rustup = Command::new("rustup");
        rustup.args(["target", "add", self.0]).current_dir(checkout.root());
        run_quietly(&mut rustup).context("rustup (https://rustup.rs) is needed to add it")
    }
}

fn sysroot(checkout: &Checkout) -> Option<PathBuf> {
    let mut rustc = Command::new("rustc");
    let output = rustc.args(["--print", "sysroot"]).current_dir(checkout.root()).output().ok()?;
    Some(String::from_utf8(output.stdout).ok()?.trim().into())
}
