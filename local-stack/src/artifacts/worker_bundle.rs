//! Builds the bundle of a Worker as `worker-build` 0.8.7 of workers-rs does: cargo, wasm-bindgen, wasm-opt, esbuild.
//! That tool would take as long to compile as half of the product.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use wasm_bindgen_cli_support::Bindgen;

use super::run;
use crate::checkout::Checkout;
use crate::tools;

/// A crate that runs on Cloudflare Workers.
#[derive(Debug)]
pub(super) struct WorkerCrate {
    pub(super) title: &'static str,
    pub(super) package: &'static str,
    /// Path in the checkout.
    pub(super) folder: &'static str,
    /// Replaces the level of the release profile.
    pub(super) opt_level: Option<&'static str>,
}

const MODULE: &str = "index_bg.wasm";
const SCRIPT: &str = "index.js";

/// The command that compiles the crates to wasm, all with the level of the first.
pub(super) fn cargo(checkout: &Checkout, workers: &[WorkerCrate]) -> Command {
    let mut cargo = tools::cargo();
    cargo.args(["build", "--locked", "--lib", "--release", "--target", tools::WASM_TARGET]);
    cargo.args(workers.iter().flat_map(|worker| ["--package", worker.package])).current_dir(checkout.root());
    cargo.env("RUSTFLAGS", tools::rust_flags(checkout));
    // wasm-bindgen's macros then use the futures of js-sys, as `worker` does.
    cargo.env("WASM_BINDGEN_USE_JS_SYS", "1");
    let opt_level = workers.first().and_then(|worker| worker.opt_level);
    cargo.envs(opt_level.map(|level| ("CARGO_PROFILE_RELEASE_OPT_LEVEL", level)));
    cargo
}

pub(super) fn compile(checkout: &Checkout, workers: &[WorkerCrate]) -> Result<()> {
    let titles: Vec<_> = workers.iter().map(|worker| worker.title).collect();
    run(&mut cargo(checkout, workers), &format!("the build of {}", titles.join(" and ")))
}

impl WorkerCrate {
    /// Where the bundle lies.
    pub(super) fn output(&self, checkout: &Checkout) -> PathBuf {
        checkout.root().join(self.folder).join("build")
    }

    /// Turns the compiled crate into a bundle.
    pub(super) fn bundle(&self, checkout: &Checkout) -> Result<()> {
        let staging = checkout.target().join("worker-bundle").join(self.package);
        create_empty(&staging)?;
        self.generate_bindings(checkout, &staging)?;
        self.optimise(checkout, &staging)?;
        self.join(checkout, &staging)?;
        let output = self.output(checkout);
        create_empty(&output)?;
        for file in [MODULE, SCRIPT] {
            std::fs::copy(staging.join(file), output.join(file))
                .with_context(|| format!("cannot copy {file} to {}", output.display()))?;
        }
        Ok(())
    }

    /// Writes the module without its descriptions, the JavaScript that calls it, and the snippets that this imports.
    fn generate_bindings(&self, checkout: &Checkout, staging: &Path) -> Result<()> {
        let wasm = format!("{}.wasm", self.package.replace('-', "_"));
        let compiled = checkout.target().join(tools::WASM_TARGET).join("release").join(wasm);
        let mut bindgen = Bindgen::new();
        bindgen.module(true)?.input_path(compiled).out_name("index").omit_default_module_path(false);
        // `shim.js` replaces the instance after a panic.
        bindgen.reset_state_function(true).force_enable_abort_handler(true);
        bindgen.generate(staging).with_context(|| format!("wasm-bindgen failed for {}", self.title))
    }

    fn optimise(&self, checkout: &Checkout, staging: &Path) -> Result<()> {
        let mut wasm_opt = Command::new(checkout.node_modules().join("binaryen/bin/wasm-opt"));
        wasm_opt
            // LLVM has inlined what is worth it. Inlining once more would make the upload 4 % larger.
            .args(["-Oz", "--always-inline-max-function-size=0", "--one-caller-inline-max-function-size=0"])
            // The features of rustc's target, and what wasm-bindgen catches exceptions with. `--all-features` could use what workerd
            // does not know yet.
            .args(["--enable-bulk-memory", "--enable-exception-handling", "--enable-multivalue"])
            .args(["--enable-mutable-globals", "--enable-nontrapping-float-to-int"])
            .args(["--enable-reference-types", "--enable-sign-ext"])
            // The first kilobyte is the end of the stack: no address is computed from below it.
            .arg("--low-memory-unused")
            // Function names are a tenth of the upload, and nothing reads them there.
            .args(["--strip-debug", "--strip-producers"])
            .args([MODULE, "-o", MODULE])
            .current_dir(staging);
        run(&mut wasm_opt, &format!("optimising {}", self.title))
    }

    /// Joins shim, generated JavaScript and snippets.
    fn join(&self, checkout: &Checkout, staging: &Path) -> Result<()> {
        let script = staging.join(SCRIPT);
        let read = |path: &Path| {
            std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))
        };
        let write = |path: &Path, text: String| {
            std::fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
        };
        write(&staging.join("shim.js"), shim(&read(&script)?))?;
        let mut esbuild = Command::new(tools::esbuild(checkout));
        esbuild
            .args(["./shim.js", "--bundle", "--format=esm", "--minify", "--log-level=warning"])
            .args([format!("--external:./{MODULE}"), "--external:cloudflare:*".into()])
            .args([format!("--outfile={SCRIPT}"), "--allow-overwrite".into()])
            .current_dir(staging);
        run(&mut esbuild, &format!("bundling {}", self.title))?;
        // wasm-bindgen writes a source phase import; to workerd a plain one means the same.
        let bundled = read(&script)?.replace("import source ", "import ");
        write(&script, bundled)
    }
}

/// The shim for what the generated JavaScript exports.
fn shim(bindings: &str) -> String {
    let mut handlers = String::new();
    for name in exports(bindings, "export function ") {
        match name {
            // What the shim itself calls.
            "__wbg_reset_state" | "__worker_init_state" => {}
            "fetch" | "queue" | "scheduled" | "email" | "connect" => handlers.push_str(&format!(
                "Entrypoint.prototype.{name} = function {name} (arg) {{\n  \
                 return exports.{name}.call(this, arg, this.env, this.ctx);\n}}\n"
            )),
            _ => handlers.push_str(&format!("Entrypoint.prototype.{name} = exports.{name};\n")),
        }
    }
    let mut shim = include_str!("shim.js").replace("$HANDLERS", &handlers);
    for name in exports(bindings, "export class ") {
        shim.push_str(&format!("export const {name} = new Proxy(exports.{name}, classProxyHooks);\n"));
    }
    shim
}

/// The names that lines with this start declare.
fn exports<'a>(bindings: &'a str, start: &'a str) -> impl Iterator<Item = &'a str> {
    let declared = bindings.lines().filter_map(move |line| line.strip_prefix(start));
    declared.filter_map(|rest| rest.split(['(', '{']).next()).map(str::trim)
}

fn create_empty(folder: &Path) -> Result<()> {
    let _ = std::fs::remove_dir_all(folder);
    std::fs::create_dir_all(folder).with_context(|| format!("cannot create {}", folder.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shim_passes_environment_and_context_to_handlers() {
        let shim = shim(
            "export class R2Range {\n  free() {}\n}\n\nexport function __wbg_reset_state () {\n}\n\
             export function fetch(req, env, ctx) {\n}\n\nexport function colo_millis() {\n}\n",
        );
        assert!(shim.contains("return exports.fetch.call(this, arg, this.env, this.ctx);"), "{shim}");
        assert!(shim.contains("\nEntrypoint.prototype.colo_millis = exports.colo_millis;\n"), "{shim}");
        assert!(!shim.contains("prototype.__wbg_reset_state"), "{shim}");
        assert!(
            shim.ends_with("\nexport const R2Range = new Proxy(exports.R2Range, classProxyHooks);\n"),
            "{shim}"
        );
    }
}
