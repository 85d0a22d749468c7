//! Finds processes that a part started, to kill one for a test. Searches only below our own processes.

use std::process::Command;

use nix::sys::signal::Signal;
use nix::unistd::Pid;

#[derive(Debug, PartialEq)]
struct Row {
    pid: u32,
    parent: u32,
    command: String,
}

/// Descendants of `ancestor` whose command line contains `mark`.
pub(crate) fn matching_descendants(ancestor: u32, mark: &str) -> Vec<u32> {
    let rows = processes();
    let mut family = vec![ancestor];
    let mut found = Vec::new();
    // Breadth first; a child always joins after its parent.
    let mut next = 0;
    while let Some(parent) = family.get(next).copied() {
        next += 1;
        for row in rows.iter().filter(|row| row.parent == parent && row.pid != parent) {
            family.push(row.pid);
            if row.command.contains(mark) {
                found.push(row.pid);
            }
        }
    }
    found
}

pub(crate) fn kill(pid: u32) {
    if let Ok(pid) = i32::try_from(pid) {
        let _ = nix::sys::signal::kill(Pid::from_raw(pid), Signal::SIGKILL);
    }
}

fn processes() -> Vec<Row> {
    if cfg!(target_os = "linux") { from_proc() } else { from_ps() }
}

fn from_proc() -> Vec<Row> {
    let entries = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    let pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    pids.filter_map(|pid| {
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        let command = std::fs::read(format!("/proc/{pid}/cmdline")).ok()?;
        // "pid (name) state parent …": the name may contain anything, including parentheses.
        let parent = stat.rsplit(')').next()?.split_whitespace().nth(1)?.parse().ok()?;
        Some(Row { pid, parent, command: String::from_utf8_lossy(&command).replace('\0', " ") })
    })
    .collect()
}

fn from_ps() -> Vec<Row> {
    let output = Command::new("ps").args(["-A", "-o", "pid=,ppid=,command="]).output();
    let text = output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default();
    text.lines().filter_map(row_of_ps).collect()
}

fn row_of_ps(line: &str) -> Option<Row> {
    let (pid, rest) = line.trim_start().split_once(' ')?;
    let (parent, command) = rest.trim_start().split_once(' ')?;
    Some(Row { pid: pid.parse().ok()?, parent: parent.parse().ok()?, command: command.trim().to_owned() })
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead, BufReader};
    use std::process::Stdio;

    use super::*;

    #[test]
    fn line_of_ps_is_parsed() {
        let row = Row { pid: 12, parent: 3, command: "/a b/bootstrap -x".into() };
        assert_eq!(row_of_ps("   12    3 /a b/bootstrap -x"), Some(row));
    }

    #[test]
    fn only_own_descendants_are_found() {
        let mut shell = Command::new("sh");
        shell.args(["-c", "echo runs; read _", "a-mark-of-its-own"]);
        let mut child = shell.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        // Wait for its output: a new process has no command line yet.
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut String::new()).unwrap();
        let mine = matching_descendants(std::process::id(), "a-mark-of-its-own");
        let of_child = matching_descendants(child.id(), "a-mark-of-its-own");
        child.kill().unwrap();
        child.wait().unwrap();
        assert_eq!((mine, of_child), (vec![child.id()], vec![]));
    }
}
