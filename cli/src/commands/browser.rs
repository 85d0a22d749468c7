//! Opens an address in the user's browser.

use std::process::{Command, Stdio};

/// False if no program could be started. Addresses other than http and https are never handed on.
pub fn open(url: &str) -> bool {
    if !url.starts_with("http://") && !url.starts_with("https://") {
        return false;
    }
    let chosen = std::env::var("BROWSER").ok().filter(|browser| !browser.is_empty());
    let programs = chosen.iter().map(String::as_str).chain(["xdg-open", "open", "wslview"]);
    programs.into_iter().any(|program| {
        let mut command = Command::new(program);
        command.arg(url).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command.status().is_ok_and(|status| status.success())
    })
}
