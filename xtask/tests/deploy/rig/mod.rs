//! The rig: a checkout of its own, and stand-ins of both clouds that record every call. The AWS CLI, wrangler, Node, npx and curl
//! are the real ones; Terraform is not, since its providers come from a registry. Version 2 of the AWS CLI is not on PyPI: what
//! it prints is in the unit tests.

pub mod aws;
pub mod cloudflare;
pub mod http;
pub mod ministack;
mod tools;

use std::collections::HashMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock};

use http::{Request, Response, serve};
use tools::{pins, tools};

/// What a test plants into a call.
#[derive(Clone)]
pub enum Answer {
    Give(Response),
    GiveOnce(Response),
    /// As a network that has forgotten the connection.
    CloseOnce,
}

type Hook = Box<dyn FnMut(&Request) + Send>;

#[derive(Default)]
pub struct State {
    /// By the name of the action.
    pub planted: HashMap<String, Answer>,
    /// The visitor's.
    pub worker: cloudflare::Worker,
    pub api_worker: cloudflare::Worker,
    /// Every call: its action, or its path.
    pub calls: Vec<String>,
    pub visits: u32,
    /// Called after an action.
    pub hook: Option<(&'static str, Hook)>,
    ministack: Option<u16>,
}

pub struct Rig {
    pub folder: PathBuf,
    state: Arc<Mutex<State>>,
    port: u16,
    environment: Vec<(String, String)>,
}

pub struct Run {
    pub code: Option<i32>,
    pub output: String,
}

impl Rig {
    pub fn new(ministack: Option<u16>) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!("shortline-rig-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::SeqCst));
        let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        lay_out(&folder);
        let state = Arc::new(Mutex::new(State { ministack, ..State::default() }));
        let served = Arc::clone(&state);
        let port = serve(move |request| answer(&served, &request));
        Self { folder, state, port, environment: Vec::new() }
    }

    pub fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    pub fn plant(&self, action: &str, response: Response) {
        self.state().planted.insert(action.into(), Answer::Give(response));
    }

    pub fn plant_once(&self, action: &str, answer: Answer) {
        self.state().planted.insert(action.into(), answer);
    }

    pub fn set(&mut self, name: &str, value: &str) {
        self.environment.push((name.into(), value.into()));
    }

    /// `cargo xtask deploy` with these arguments.
    pub fn deploy(&self, arguments: &[&str]) -> Run {
        let output = self.command(arguments).output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Run {
            code: output.status.code(),
            output: format!("{}\n{}", text(&output.stdout), text(&output.stderr)),
        }
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
        command.arg("deploy").arg("--checkout").arg(&self.folder).args(arguments).stdin(Stdio::null());
        self.prepare(&mut command);
        command
    }

    /// The AWS CLI, for what a test prepares and looks at.
    pub fn aws(&self, arguments: &[&str]) -> String {
        let mut command = Command::new(&tools().aws);
        self.prepare(command.args(arguments).args(["--region", "eu-central-1"]));
        let output = command.output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    fn prepare(&self, command: &mut Command) {
        let endpoint = format!("http://127.0.0.1:{}", self.port);
        let path = std::env::var("PATH").unwrap();
        let path = format!("{}:{}:{path}", self.folder.join("bin").display(), tools().node().display());
        let own = ["AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_REGION", "AWS_DEFAULT_REGION"];
        own.iter().for_each(|name| {
            command.env_remove(name);
        });
        command.current_dir(&self.folder).envs([
            ("PATH", path.as_str()),
            ("HOME", self.folder.to_str().unwrap()),
            ("AWS_ENDPOINT_URL", &endpoint),
            ("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE"),
            ("AWS_SECRET_ACCESS_KEY", "example"),
            ("CLOUDFLARE_API_BASE_URL", &format!("{endpoint}{}", cloudflare::PREFIX)),
            ("CLOUDFLARE_API_TOKEN", "example-token"),
            ("WRANGLER_SEND_ERROR_REPORTS", "false"),
            ("CLOUDFLARE_CF_FETCH_ENABLED", "false"),
            ("WRANGLER_LOG_PATH", self.folder.join("wrangler-logs").to_str().unwrap()),
            ("CI", "1"),
            ("DO_NOT_TRACK", "1"),
            ("NO_UPDATE_NOTIFIER", "1"),
            ("NO_PROXY", "127.0.0.1"),
            ("RIG_FOLDER", self.folder.to_str().unwrap()),
            ("RIG_STAND_IN", &endpoint),
            ("RIG_AWS", tools().aws.to_str().unwrap()),
            ("RIG_CURL", &real("curl")),
            ("RIG_NPX", &real("npx")),
        ]);
        for name in ["http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"] {
            command.env_remove(name);
        }
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
    }

    /// Calls that change something in a cloud.
    pub fn writes(&self) -> Vec<String> {
        let mut writes: Vec<_> =
            self.state().calls.iter().filter(|call| !aws::is_reading(call)).cloned().collect();
        let terraform = std::fs::read_to_string(self.folder.join("terraform.log")).unwrap_or_default();
        let locking = |line: &&str| {
            line.contains(" apply ") || (line.contains(" plan ") && !line.contains("-lock=false"))
        };
        writes.extend(terraform.lines().filter(locking).map(str::to_owned));
        writes
    }
}

impl Drop for Rig {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn real(program: &str) -> String {
    let path = std::env::var_os("PATH").unwrap();
    let found = std::env::split_paths(&path).map(|folder| folder.join(program)).find(|file| file.is_file());
    found.unwrap_or_else(|| panic!("{program} is missing")).to_str().unwrap().to_owned()
}

/// A checkout with what a deployment reads.
fn lay_out(folder: &Path) {
    let write = |file: &str, text: &str| {
        let file = folder.join(file);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, text).unwrap();
    };
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    for (worker, file) in [("edge-worker", "wrangler.toml"), ("api-worker", "wrangler-api.toml")] {
        write(file, &std::fs::read_to_string(root.join(file)).unwrap());
        let entry = "export default { fetch() { return new Response(\"ok\") } }\n";
        write(&format!("{worker}/build/entry.js"), entry);
    }
    for (file, text) in [
        ("_headers", "/dashboard/*\n  X-Frame-Options: DENY\n"),
        (".built-from", "not a file of the dashboard"),
        ("dashboard/index.html", "<!doctype html>"),
        ("dashboard/_app/immutable/entry/start.NEW.js", "export {}"),
        ("dashboard/_app/chunks.json", "[\"immutable/entry/start.NEW.js\"]"),
    ] {
        write(&format!("dashboard/build/{file}"), text);
    }
    write(
        "infra/.terraform/terraform.tfstate",
        r#"{"version":3,"backend":{"type":"s3","config":{"bucket":"my-state","region":"eu-central-1","key":"shortline.tfstate"}}}"#,
    );
    write("plan.json", &std::fs::read_to_string(pins().join("fixtures/plan.json")).unwrap());
    write(
        "outputs.json",
        &std::fs::read_to_string(root.join("xtask/src/deploy/example-outputs.json")).unwrap(),
    );
    std::fs::create_dir(folder.join("bin")).unwrap();
    for file in std::fs::read_dir(pins().join("bin")).unwrap().flatten() {
        std::os::unix::fs::symlink(file.path(), folder.join("bin").join(file.file_name())).unwrap();
    }
    std::os::unix::fs::symlink(&tools().node_modules, folder.join("node_modules")).unwrap();
}

fn answer(state: &Mutex<State>, request: &Request) -> Option<Response> {
    let mut state = state.lock().unwrap();
    if let Some(path) = request.path.strip_prefix("/site") {
        return Some(site(&mut state, request, path));
    }
    let is_cloudflare = request.path.starts_with(cloudflare::PREFIX);
    let action = if is_cloudflare { cloudflare::name(request) } else { aws::action(request) };
    state.calls.push(action.clone());
    match state.planted.get(&action).cloned() {
        Some(Answer::Give(response)) => return Some(response),
        Some(Answer::GiveOnce(response)) => {
            state.planted.remove(&action);
            return Some(response);
        }
        Some(Answer::CloseOnce) => {
            state.planted.remove(&action);
            return None;
        }
        None if is_cloudflare => {
            let State { worker, api_worker, .. } = &mut *state;
            return Some(cloudflare::healthy(request, [worker, api_worker]));
        }
        None => {}
    }
    if let Some(response) = aws::healthy(&action) {
        return Some(response);
    }
    let port = state.ministack.unwrap_or_else(|| panic!("nothing answers {action}"));
    let response = request.forward(port);
    if let Some((hooked, mut hook)) = state.hook.take() {
        if hooked == action {
            hook(request);
        }
        state.hook = Some((hooked, hook));
    }
    Some(response)
}

/// The installation's domain, which the rig's curl leads here.
fn site(state: &mut State, request: &Request, path: &str) -> Response {
    if request.method != "GET" {
        state.calls.push(format!("{} {path}", request.method));
    }
    if let Some(Answer::Give(response)) = state.planted.get(path) {
        return response.clone();
    }
    let json = |status, body: &str| Response::new(status, "application/json", body);
    if path.starts_with("/api/") && request.header("authorization") != "Bearer slk_secret" {
        return json(401, "{\"code\":\"unauthorized\"}");
    }
    match (request.method.as_str(), path) {
        ("GET", "/dashboard/") => Response::new(200, "text/html", "<!doctype html>"),
        ("GET", "/dashboard/_app/chunks.json") => {
            json(200, "[\"immutable/entry/start.NEW.js\",\"immutable/entry/start.OLD.js\"]")
        }
        ("GET", "/dashboard/_app/immutable/entry/start.OLD.js") => {
            Response::new(200, "text/javascript", "export const old = true")
        }
        ("GET", "/healthz" | "/readyz") => json(200, "{\"status\":\"ok\"}"),
        ("POST", "/api/v1/links") => {
            json(201, "{\"id\":\"link-1\",\"short_url\":\"https://go.example.com/Abc1234\"}")
        }
        ("GET", "/Abc1234") => {
            state.visits += 1;
            Response::new(302, "text/html", "")
        }
        ("GET", "/api/v1/links/link-1/stats") => json(200, &format!("{{\"total\":{}}}", state.visits)),
        ("DELETE", "/api/v1/links/link-1") => json(204, ""),
        _ => json(404, "{\"code\":\"not_found\"}"),
    }
}

/// The folder of remembered answers of the AWS CLI, those of a preflight without a fault.
pub fn remembered() -> &'static Path {
    static REMEMBERED: OnceLock<PathBuf> = OnceLock::new();
    REMEMBERED.get_or_init(|| {
        let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR"))
            .join(format!("shortline-rig-{}-remembered", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let mut rig = Rig::new(None);
        rig.set("RIG_REMEMBERED", folder.to_str().unwrap());
        rig.set("RIG_LEARNS", "1");
        let run = rig.deploy(&["--preflight"]);
        assert_eq!(run.code, Some(0), "{}", run.output);
        assert!(
            run.output.contains("no problem found") && !run.output.contains("Not checked"),
            "{}",
            run.output
        );
        assert_eq!(rig.writes(), Vec::<String>::new());
        let mut calls = String::new();
        rig.state().calls.iter().for_each(|call| writeln!(calls, "{call}").unwrap());
        std::fs::write(folder.join("calls"), calls).unwrap();
        folder
    })
}
