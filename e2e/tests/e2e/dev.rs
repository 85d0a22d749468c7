//! `cargo xtask dev` as a newcomer sees it: the printed commands work when pasted, and Ctrl-C leaves nothing behind.

use std::io::{BufRead, BufReader};
use std::net::TcpStream;
use std::process::{Child, ChildStdout, Command, Stdio};

use anyhow::{Context, Result, bail, ensure};
use e2e::eventually;
use libtest_mimic::Trial;
use local_stack::checkout::Checkout;
use local_stack::free_port;

use crate::shared::on_no_stack;

pub fn trials() -> Vec<Trial> {
    vec![on_no_stack("dev_prints_working_commands_and_stops_on_ctrl_c", newcomer)]
}

/// The printed table lists these; at the end none may answer.
const SCHEMES: [&str; 2] = ["http://127.0.0.1:", "postgres://postgres@127.0.0.1:"];

async fn newcomer() -> Result<()> {
    let checkout = Checkout::here();
    let folder = checkout.runs().join(format!("dev-{}", std::process::id()));
    let data = folder.join("data");
    let port = free_port()?;
    let mut dev = start(&checkout, &data, port)?;
    let output = BufReader::new(dev.stdout.take().context("no output")?);
    let printed = read_until(output, "Press Ctrl-C to stop everything");
    // Stop it even if a check below fails.
    let outcome = match &printed {
        Ok(printed) => use_as_printed(printed, port).await,
        Err(_) => Ok(()),
    };
    interrupt(&dev)?;
    let status = dev.wait()?;
    let printed = printed?;
    outcome?;
    ensure!(status.success(), "Ctrl-C ended it with {status}\n{printed}");
    let ports = ports(&printed);
    ensure!(ports.len() >= 4, "the table lists too few parts:\n{printed}");
    for port in ports {
        ensure!(TcpStream::connect(("127.0.0.1", port)).is_err(), "port {port} is still open:\n{printed}");
    }
    ensure!(data.join("postgres").is_dir(), "the data is not in the folder given by --data");
    Ok(std::fs::remove_dir_all(folder)?)
}

fn start(checkout: &Checkout, data: &std::path::Path, port: u16) -> Result<Child> {
    let mut command = Command::new(checkout.program("xtask"));
    command.args(["dev", "--port", &port.to_string(), "--data"]).arg(data).env_remove("SHORTLINE_ADMIN_KEY");
    command.stdout(Stdio::piped()).spawn().context("xtask does not start")
}

fn read_until(mut output: BufReader<ChildStdout>, end: &str) -> Result<String> {
    let mut printed = String::new();
    while !printed.contains(end) {
        if output.read_line(&mut printed)? == 0 {
            bail!("dev ended early:\n{printed}");
        }
    }
    // Keep draining its output, or it would block.
    std::thread::spawn(move || std::io::copy(&mut output, &mut std::io::sink()));
    Ok(printed)
}

async fn use_as_printed(printed: &str, port: u16) -> Result<()> {
    let lines: Vec<&str> = printed.lines().map(str::trim).filter(|line| line.starts_with("curl ")).collect();
    let [create, follow, read] = lines[..] else { bail!("not three curl lines:\n{printed}") };
    let created = paste(create)?;
    ensure!(created.contains(&format!("\"short_url\":\"http://127.0.0.1:{port}/")), "{created}");
    let followed = paste(follow)?;
    ensure!(followed.starts_with("HTTP/1.1 302"), "{followed}");
    ensure!(followed.to_ascii_lowercase().contains("location: https://example.com/"), "{followed}");
    eventually("the click is counted", async || Ok(paste(read)?.contains("\"total\":1"))).await
}

/// Runs a line in its own shell.
fn paste(line: &str) -> Result<String> {
    let output = Command::new("sh").args(["-c", line]).output().context("no shell")?;
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

fn interrupt(dev: &Child) -> Result<()> {
    // `kill` is a builtin of every shell; not every machine has the program.
    let killed = Command::new("sh").args(["-c", &format!("kill -INT {}", dev.id())]).status();
    let killed = killed.context("no shell")?;
    ensure!(killed.success(), "dev had ended before Ctrl-C");
    Ok(())
}

fn ports(printed: &str) -> Vec<u16> {
    let after = SCHEMES.iter().flat_map(|scheme| printed.split(scheme).skip(1));
    let digits = after.map(|text| text.chars().take_while(char::is_ascii_digit).collect::<String>());
    let mut ports: Vec<u16> = digits.filter_map(|digits| digits.parse().ok()).collect();
    ports.sort_unstable();
    ports.dedup();
    ports
}
