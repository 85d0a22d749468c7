//! The folder of an escrow. It is written beside its place and moved there at the end, so that a failure leaves the former one.
//! What is killed, also with Ctrl-C, leaves `NAME.new-PID`, which can be deleted; between the two last moves, the former one
//! is `NAME.old-PID`.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{BufWriter, ErrorKind, Write};
use std::path::{Component, Path, PathBuf};

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use ring::digest::{Context, SHA256};
use serde_json::Value;

use super::page;
use super::signature::{SigningKey, sha256};
use crate::error::CliError;
use crate::files::{beside, private_file};

/// Of Cloudflare Pages, which has the lowest limit of the hosts that read `_redirects`; it also bounds the length of a line.
const MAX_REDIRECTS: usize = 2_000;
const MAX_REDIRECT_CHARACTERS: usize = 1_000;
const RECORDS: &str = "links.jsonl";
const SUMS: &str = "SHA256SUMS";
const SIGNATURE: &str = "SHA256SUMS.sig";
/// What the checksums of an escrow list. Others publish files with a list of this name too.
const ENTRIES: [&str; 5] = ["site", RECORDS, "left-out.csv", "README.txt", "public-key.pem"];
/// Files that static hosts read themselves.
const RESERVED: [&str; 4] = ["_headers", "_redirects", "_routes.json", "_worker.js"];

pub struct EscrowFolder {
    place: PathBuf,
    /// Where it is written until the end.
    folder: PathBuf,
    records: BufWriter<File>,
    records_hash: Context,
    /// By domain, with the clicks: there is room for the most clicked links.
    redirects: BTreeMap<String, Vec<(u64, String)>>,
    /// Checksums by path.
    sums: BTreeMap<String, String>,
}

/// An escrow that fails leaves nothing; see above for one that is killed.
impl Drop for EscrowFolder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

#[derive(Debug, PartialEq, Eq)]
pub enum Written {
    Page,
    NotAFileName,
    Taken,
}

impl EscrowFolder {
    pub fn create(place: &Path) -> Result<Self, CliError> {
        // `escrow/` and `escrow` are the same place.
        let place: PathBuf = place.components().collect();
        if place.file_name().is_none() {
            let message = format!("{} has no name: name the folder to write", place.display());
            return Err(CliError::usage(message));
        }
        refuse_foreign(&place)?;
        let folder = beside(&place, "new");
        std::fs::create_dir_all(&folder).map_err(|error| CliError::file("write", &folder, error))?;
        let records = BufWriter::new(private_file(&folder.join(RECORDS))?);
        Ok(Self {
            place,
            folder,
            records,
            records_hash: Context::new(&SHA256),
            redirects: BTreeMap::new(),
            sums: BTreeMap::new(),
        })
    }

    pub fn add_record(&mut self, link: &Value) -> Result<(), CliError> {
        let line = format!("{link}\n");
        self.records_hash.update(line.as_bytes());
        let wrong = |error| CliError::file("write", self.folder.join(RECORDS), error);
        self.records.write_all(line.as_bytes()).map_err(wrong)
    }

    pub fn add_page(&mut self, domain: &str, code: &str, link: &Value) -> Result<Written, CliError> {
        if !is_file_name(domain) || !code.split('/').all(is_page_name) || is_reserved(code) {
            return Ok(Written::NotAFileName);
        }
        let path = format!("site/{domain}/{code}/index.html");
        let file = self.folder.join(&path);
        let wrong = |error: std::io::Error| CliError::file("write", &file, error);
        if let Some(folder) = file.parent() {
            std::fs::create_dir_all(folder).map_err(wrong)?;
        }
        let html = page::html(link);
        match File::create_new(&file) {
            Ok(mut created) => created.write_all(html.as_bytes()).map_err(wrong)?,
            Err(error) if error.kind() == ErrorKind::AlreadyExists => return Ok(Written::Taken),
            Err(error) => return Err(wrong(error)),
        }
        self.sums.insert(path, sha256(html.as_bytes()));
        let redirects = self.redirects.entry(domain.to_owned()).or_default();
        let line = redirect(code, link);
        if line.len() <= MAX_REDIRECT_CHARACTERS {
            redirects.push((link.pointer("/clicks/total").and_then(Value::as_u64).unwrap_or_default(), line));
        }
        if redirects.len() > 2 * MAX_REDIRECTS {
            keep_most_clicked(redirects);
        }
        Ok(Written::Page)
    }

    pub fn add_file(&mut self, path: &str, text: &str) -> Result<(), CliError> {
        let file = self.folder.join(path);
        std::fs::write(&file, text).map_err(|error| CliError::file("write", &file, error))?;
        self.sums.insert(path.to_owned(), sha256(text.as_bytes()));
        Ok(())
    }

    pub fn add_private_file(&mut self, path: &str, text: &str) -> Result<(), CliError> {
        let file = self.folder.join(path);
        let written = private_file(&file)?.write_all(text.as_bytes());
        written.map_err(|error| CliError::file("write", &file, error))?;
        self.sums.insert(path.to_owned(), sha256(text.as_bytes()));
        Ok(())
    }

    /// Signs the checksums and moves the folder to its place.
    pub fn finish(mut self, key: &SigningKey) -> Result<(), CliError> {
        for (domain, mut redirects) in std::mem::take(&mut self.redirects) {
            keep_most_clicked(&mut redirects);
            let lines: String = redirects.into_iter().map(|(_, line)| line + "\n").collect();
            self.add_file(&format!("site/{domain}/_redirects"), &lines)?;
        }
        self.add_file("public-key.pem", &key.public_key_pem())?;
        let wrong = |error: std::io::Error| CliError::file("write", &self.place, error);
        self.records.flush().and_then(|()| self.records.get_ref().sync_all()).map_err(wrong)?;
        let hash = self.records_hash.clone().finish();
        let hash = hash.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
        self.sums.insert(RECORDS.to_owned(), hash);
        let sums: String = self.sums.iter().map(|(path, sum)| format!("{sum}  {path}\n")).collect();
        std::fs::write(self.folder.join(SUMS), &sums).map_err(wrong)?;
        std::fs::write(self.folder.join(SIGNATURE), key.sign(sums.as_bytes())).map_err(wrong)?;
        // Something may have been put there while the links were read.
        refuse_foreign(&self.place)?;
        let former = beside(&self.place, "old");
        if self.place.exists() {
            std::fs::rename(&self.place, &former).map_err(wrong)?;
        }
        if let Err(error) = std::fs::rename(&self.folder, &self.place) {
            // If this fails too, both are still there, and the error names the place.
            let _ = std::fs::rename(&former, &self.place);
            return Err(wrong(error));
        }
        if former.exists() {
            std::fs::remove_dir_all(&former).map_err(wrong)?;
        }
        Ok(())
    }
}

/// An earlier escrow and an empty folder can be replaced: nothing else is deleted with them, at any depth.
fn refuse_foreign(place: &Path) -> Result<(), CliError> {
    let wrong = |error: std::io::Error| CliError::file("replace", place, error);
    let sums = match std::fs::read_to_string(place.join(SUMS)) {
        Err(error) if error.kind() == ErrorKind::NotFound => String::new(),
        sums => sums.map_err(wrong)?,
    };
    let listed = sums.lines().filter_map(|line| Some(line.split_once("  ")?.1));
    let is_own = |path: &&str| ENTRIES.contains(&path.split('/').next().unwrap_or_default());
    let own: BTreeSet<&str> = listed.filter(is_own).chain([SUMS, SIGNATURE]).collect();
    match foreign_entry(place, "", &own).map_err(wrong)? {
        Some(foreign) => Err(CliError::usage(format!(
            "{} is not only an earlier escrow: it has {foreign}; choose another folder",
            place.display()
        ))),
        None => Ok(()),
    }
}

/// The first entry below `folder` that is not among the own paths. A folder is an own one if an own path is in it.
fn foreign_entry(place: &Path, folder: &str, own: &BTreeSet<&str>) -> std::io::Result<Option<String>> {
    let entries = match std::fs::read_dir(place.join(folder)) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        entries => entries?,
    };
    for entry in entries {
        let entry = entry?;
        let path = format!("{folder}{}", entry.file_name().display());
        if !entry.file_type()?.is_dir() {
            if !own.contains(path.as_str()) {
                return Ok(Some(path));
            }
            continue;
        }
        let inside = format!("{path}/");
        if !own.range(inside.as_str()..).next().is_some_and(|first| first.starts_with(&inside)) {
            return Ok(Some(inside));
        }
        if let Some(foreign) = foreign_entry(place, &inside, own)? {
            return Ok(Some(foreign));
        }
    }
    Ok(None)
}

fn keep_most_clicked(redirects: &mut Vec<(u64, String)>) {
    redirects.sort_by_key(|(clicks, _)| Reverse(*clicks));
    redirects.truncate(MAX_REDIRECTS);
}

/// One ordinary component of a path: nothing leads out of the folder.
fn is_file_name(name: &str) -> bool {
    let mut components = Path::new(name).components();
    matches!((components.next(), components.next()), (Some(Component::Normal(only)), None) if only == name)
        && name.len() <= 255
}

/// A segment of a code becomes a folder; a file with this name is in each.
fn is_page_name(segment: &str) -> bool {
    is_file_name(segment) && !segment.eq_ignore_ascii_case("index.html")
}

/// A code below such a name would need a folder where the host's file is.
fn is_reserved(code: &str) -> bool {
    let first = code.split('/').next().unwrap_or_default();
    RESERVED.iter().any(|reserved| first.eq_ignore_ascii_case(reserved))
}

/// `/summer https://example.com/ 302`
fn redirect(code: &str, link: &Value) -> String {
    const PATH: &AsciiSet = &CONTROLS.add(b' ').add(b'#').add(b'%').add(b'?');
    let status = link.get("status").and_then(Value::as_u64).unwrap_or(302);
    format!("/{} {} {status}", utf8_percent_encode(code, PATH), page::destination(link))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use serde_json::json;

    use super::*;

    fn link(code: &str) -> Value {
        json!({"domain": "go.example.com", "code": code, "url": "https://example.com/", "status": 301})
    }

    fn escrow(place: &Path, key: &SigningKey, codes: &[&str]) -> Vec<Written> {
        let mut folder = EscrowFolder::create(place).unwrap();
        let written = codes.iter().map(|code| {
            folder.add_record(&link(code)).unwrap();
            folder.add_page("go.example.com", code, &link(code)).unwrap()
        });
        let written = written.collect();
        folder.finish(key).unwrap();
        written
    }

    #[test]
    fn escrow_has_pages_redirects_and_true_checksums() {
        let parent = tempfile::tempdir().unwrap();
        let key = SigningKey::read_or_make(&parent.path().join("key.pem")).unwrap();
        let place = parent.path().join("escrow");
        let written = escrow(
            &place,
            &key,
            &["a", "a/grüße", "a", "..", "x/../../y", "_redirects", "_redirects/x", "a/index.html"],
        );
        assert_eq!(written[..3], [Written::Page, Written::Page, Written::Taken]);
        assert!(written[3..].iter().all(|written| *written == Written::NotAFileName), "{written:?}");
        let read = |path: &str| std::fs::read(place.join(path)).unwrap();
        let redirects = "/a https://example.com/ 301\n/a/gr%C3%BC%C3%9Fe https://example.com/ 301\n";
        assert_eq!(String::from_utf8(read("site/go.example.com/_redirects")).unwrap(), redirects);
        let sums = String::from_utf8(read(SUMS)).unwrap();
        assert!(sums.lines().count() == 5 && sums.contains(RECORDS), "{sums}");
        for line in sums.lines() {
            let (sum, path) = line.split_once("  ").unwrap();
            assert_eq!(sum, sha256(&read(path)), "{path}");
        }
        assert_eq!(read(SIGNATURE), key.sign(sums.as_bytes()));
        assert_eq!(read(RECORDS).iter().filter(|byte| **byte == b'\n').count(), 8);
        assert_eq!(std::fs::metadata(place.join(RECORDS)).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn earlier_escrow_is_replaced_and_nothing_else() {
        let parent = tempfile::tempdir().unwrap();
        let key = SigningKey::read_or_make(&parent.path().join("key.pem")).unwrap();
        let place = parent.path().join("escrow");
        escrow(&place, &key, &["old"]);
        escrow(&place, &key, &["new"]);
        assert!(
            place.join("site/go.example.com/new").exists() && !place.join("site/go.example.com/old").exists()
        );
        assert_eq!(std::fs::read_dir(parent.path()).unwrap().count(), 2);
        let foreign = place.join("thesis.txt");
        let below = place.join("site/go.example.com/favicon.ico");
        for foreign in [&foreign, &below] {
            std::fs::write(foreign, "x").unwrap();
            assert!(EscrowFolder::create(&place).is_err() && EscrowFolder::create(foreign).is_err());
            std::fs::remove_file(foreign).unwrap();
        }
        let repository = place.join("site/.git");
        std::fs::create_dir(&repository).unwrap();
        assert!(EscrowFolder::create(&place).is_err());
        std::fs::remove_dir(&repository).unwrap();
        assert!(["", ".", "/", ".."].iter().all(|place| EscrowFolder::create(Path::new(place)).is_err()));
        let web = parent.path().join("web");
        std::fs::create_dir_all(web.join("site")).unwrap();
        assert!(EscrowFolder::create(&web).is_err());
        // A download with its own checksums.
        std::fs::remove_dir(web.join("site")).unwrap();
        std::fs::write(web.join(SUMS), "0  image.iso\n").unwrap();
        std::fs::write(web.join("image.iso"), "x").unwrap();
        assert!(EscrowFolder::create(&web).is_err());
        // It may also come while the links are read.
        let folder = EscrowFolder::create(&place).unwrap();
        std::fs::write(&foreign, "x").unwrap();
        assert!(folder.finish(&key).is_err() && foreign.exists());
        assert!(EscrowFolder::create(parent.path()).is_err());
        assert_eq!(std::fs::read_dir(parent.path()).unwrap().count(), 3);
    }

    #[test]
    fn most_clicked_links_fill_the_redirects() {
        let parent = tempfile::tempdir().unwrap();
        let key = SigningKey::read_or_make(&parent.path().join("key.pem")).unwrap();
        let place = parent.path().join("escrow");
        let mut folder = EscrowFolder::create(&place).unwrap();
        for clicks in 0..MAX_REDIRECTS + 5 {
            let code = format!("c{clicks}");
            let mut link = link(&code);
            link["clicks"] = json!({"total": clicks});
            assert_eq!(folder.add_page("go.example.com", &code, &link).unwrap(), Written::Page);
        }
        folder.finish(&key).unwrap();
        let redirects = std::fs::read_to_string(place.join("site/go.example.com/_redirects")).unwrap();
        let lines: Vec<&str> = redirects.lines().collect();
        assert_eq!(lines.len(), MAX_REDIRECTS);
        assert!(
            lines[0].starts_with("/c2004 ") && lines[MAX_REDIRECTS - 1].starts_with("/c5 "),
            "{redirects}"
        );
    }
}
