//! `cargo xtask dev` as a newcomer meets it: what it prints works when pasted, and Ctrl-C leaves nothing behind.

use std::io::{BufRead, BufReader};
use std::net::TcpStream;
use std::process::{Child, ChildStdout, Command, Stdio};

use anyhow::{Context, Result, bail, ensure};
use e2e::eventually;
use libtest_mimic::Trial;
use xtask::checkout::Checkout;
use xtask::stack::free_port;

use crate::shared::on_no_stack;

pub fn trials() -> Vec<Trial> {
    vec![on_no_stack("the_three_curl_lines_work_when_pasted_and_ctrl_c_leaves_nothing_behind", newcomer)]
}

/// The printed table holds these; each must have stopped answering at the end.
const SCHEMES: [&str; 2] = ["http://127.0.0.1:", "postgres://postgres@127.0.0.1:"];

async fn newcomer() -> Result<()> {
    let checkout = Checkout::here();
    let folder = checkout.runs().join(format!("dev-{}", std::process::id()));
    let data = folder.join("data");
    let port = free_port()?;
    let mut dev = start(&checkout, &data, port)?;
    let output = BufReader::new(dev.stdout.take().context("no output")?);
    let printed = read_until(output, "Ctrl-C stops everything");
    // Whatever is wrong below, it must not stay behind.
    let outcome = match &printed {
        Ok(printed) => use_as_printed(printed, port).await,
        Err(_) => Ok(()),
    };
    interrupt(&dev)?;
    let status = dev.wait()?;
    let printed = printed?;
    outcome?;
    ensure!(status.success(), "Ctrl-C: {status}\n{printed}");
    let ports = ports(&printed);
    ensure!(ports.len() >= 4, "the table lacks parts:\n{printed}");
    for port in ports {
        ensure!(
            TcpStream::connect(("127.0.0.1", port)).is_err(),
            "somebody still listens on {port}:\n{printed}"
        );
    }
    ensure!(data.join("postgres").is_dir(), "the data is not where it was asked for");
    Ok(std::fs::remove_dir_all(folder)?)
}

fn start(checkout: &Checkout, data: &std::path::Path, port: u16) -> Result<Child> {
    let mut command = Command::new(checkout.xtask());
    command.args(["dev", "--port", &port.to_string(), "--data"]).arg(data).env_remove("SHORTLINE_ADMIN_KEY");
    command.stdout(Stdio::piped()).spawn().context("xtask does not start")
}

fn read_until(mut output: BufReader<ChildStdout>, end: &str) -> Result<String> {
    let mut printed = String::new();
    while !printed.contains(end) {
        if output.read_line(&mut printed)? == 0 {
            bail!("it ended:\n{printed}");
        }
    }
    // From here on it has nobody to talk to but must not be stopped by that.
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

/// A line in a shell of its own.
fn paste(line: &str) -> Result<String> {
    let output = Command::new("sh").args(["-c", line]).output().context("no shell")?;
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

fn interrupt(dev: &Child) -> Result<()> {
    // Every shell has it; not every machine has the program.
    let killed = Command::new("sh").args(["-c", &format!("kill -INT {}", dev.id())]).status();
    let killed = killed.context("no shell")?;
    ensure!(killed.success(), "it was gone before Ctrl-C");
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
