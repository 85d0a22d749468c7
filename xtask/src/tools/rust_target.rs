//! The Worker's compilation target. rustup installs it with the toolchain, as `rust-toolchain.toml` says; this is for
//! a toolchain that was there before without it, where rustup may not act by itself.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};

use super::{Tool, run_quietly};
use crate::checkout::Checkout;

const TARGET: &str = "wasm32-unknown-unknown";

pub(super) struct WasmTarget;

impl Tool for WasmTarget {
    fn title(&self) -> String {
        format!("Rust's target {TARGET}")
    }

    fn expectation(&self) -> &'static str {
        "downloaded, less than a minute"
    }

    fn is_present(&self, checkout: &Checkout) -> bool {
        sysroot(checkout).is_some_and(|sysroot| sysroot.join("lib/rustlib").join(TARGET).is_dir())
    }

    fn install(&self, checkout: &Checkout) -> Result<()> {
        let mut rustup = Command::new("rustup");
        rustup.args(["target", "add", TARGET]).current_dir(checkout.root());
        run_quietly(&mut rustup).context("rustup (https://rustup.rs) has to add it")
    }
}

fn sysroot(checkout: &Checkout) -> Option<PathBuf> {
    let mut rustc = Command::new("rustc");
    let output = rustc.args(["--print", "sysroot"]).current_dir(checkout.root()).output().ok()?;
    Some(String::from_utf8(output.stdout).ok()?.trim().into())
}
