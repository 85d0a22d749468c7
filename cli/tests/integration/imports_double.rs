//! An installation that speaks the contract of `/imports`, and can fail at a chosen call.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use super::double::{Double, Request, Response};

/// What the installation has.
#[derive(Debug, Default)]
pub struct Stored {
    /// By domain and code.
    pub links: BTreeMap<String, Value>,
    /// By import: its policy, and the answers by row.
    pub imports: BTreeMap<String, Import>,
    pub finished: u32,
    /// Where its short URLs are, if not on their domains.
    pub visitors_at: Option<String>,
}

#[derive(Debug, Default)]
pub struct Import {
    on_conflict: String,
    source: String,
    pub answers: HashMap<String, Value>,
    /// By number of the call.
    pub visits: BTreeMap<u64, Value>,
    /// By row and day.
    pub days: BTreeMap<String, u64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Nothing is done.
    Refused,
    /// It is done, and the answer is lost.
    AnswerLost,
}

#[derive(Debug)]
pub struct Installation {
    pub double: Double,
    stored: Arc<Mutex<Stored>>,
}

impl Installation {
    pub fn start() -> Self {
        Self::failing_at(None)
    }

    /// From the call with this number on, every call fails: the process is as good as killed there.
    pub fn failing_at(fault: Option<(usize, Fault)>) -> Self {
        Self::with(Arc::default(), fault)
    }

    /// The same installation, healthy again.
    pub fn healed(&self) -> Self {
        Self::with(Arc::clone(&self.stored), None)
    }

    fn with(stored: Arc<Mutex<Stored>>, fault: Option<(usize, Fault)>) -> Self {
        let shared = Arc::clone(&stored);
        let double = Double::start(move |request, number| {
            let lost = || Response::problem(500, "internal", "the test says so");
            match fault {
                Some((from, _)) if number > from => lost(),
                Some((from, Fault::Refused)) if number == from => lost(),
                Some((from, Fault::AnswerLost)) if number == from => {
                    answer(&mut shared.lock().unwrap(), request);
                    lost()
                }
                _ => answer(&mut shared.lock().unwrap(), request),
            }
        });
        Self { double, stored }
    }

    /// Its short URLs are below this address.
    pub fn visited_at(address: &str) -> Self {
        let stored = Stored { visitors_at: Some(address.to_owned()), ..Stored::default() };
        Self::with(Arc::new(Mutex::new(stored)), None)
    }

    pub fn read<T>(&self, read: impl FnOnce(&Stored) -> T) -> T {
        read(&self.stored.lock().unwrap())
    }

    /// `domain/code -> url` of each link.
    pub fn links(&self) -> Vec<String> {
        self.read(|stored| {
            stored.links.iter().map(|(name, link)| format!("{name} -> {}", text(link, "url"))).collect()
        })
    }

    pub fn link(&self, name: &str) -> Value {
        self.read(|stored| stored.links.get(name).cloned().unwrap_or_default())
    }
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_default()
}

fn answer(stored: &mut Stored, request: &Request) -> Response {
    let path = request.target.trim_start_matches("/api/v1");
    let segments: Vec<&str> = path.split('?').next().unwrap().split('/').skip(1).collect();
    match (request.method.as_str(), segments.as_slice()) {
        ("GET", ["domains"]) => Response::json(
            200,
            &json!({"data": [{"host": "go.example.com", "default": true}, {"host": "b.example", "default": false}], "next_cursor": null}),
        ),
        ("POST", ["imports"]) => {
            let id = format!("00000000-0000-7000-8000-{:012}", stored.imports.len());
            let import = Import {
                on_conflict: text(&request.body, "on_conflict").to_owned(),
                source: text(&request.body, "source").to_owned(),
                ..Import::default()
            };
            stored.imports.insert(id.clone(), import);
            shown(stored, &id, 201)
        }
        ("GET", ["imports", id]) => shown(stored, id, 200),
        ("POST", ["imports", id, "finish"]) => {
            stored.finished += 1;
            shown(stored, id, 200)
        }
        ("POST", ["imports", id, "rows"]) => rows(stored, id, &request.body),
        ("POST", ["imports", id, "visits"]) => visits(stored, id, &request.body),
        ("POST", ["imports", id, "days"]) => days(stored, id, &request.body),
        _ => Response::problem(404, "not_found", path),
    }
}

fn shown(stored: &Stored, id: &str, status: u16) -> Response {
    match stored.imports.get(id) {
        None => Response::problem(404, "import_not_found", "there is no such import"),
        Some(import) => Response::json(
            status,
            &json!({
                "id": id, "source": import.source, "on_conflict": import.on_conflict, "created_at": "2026-11-29T00:00:00.000Z",
                "visit_calls": import.visits.len(),
                "counts": {
                    "rows": import.answers.len(), "days": import.days.len(), "skipped_visits": 0,
                    "visits": import.visits.values().filter_map(Value::as_array).map(Vec::len).sum::<usize>(),
                },
            }),
        ),
    }
}

fn visits(stored: &mut Stored, id: &str, body: &Value) -> Response {
    let Some(import) = stored.imports.get_mut(id) else {
        return Response::problem(404, "import_not_found", "none");
    };
    let (number, visits) = (body["number"].as_u64().unwrap(), &body["visits"]);
    assert!((1..=1_000).contains(&visits.as_array().unwrap().len()));
    assert!(
        visits.as_array().unwrap().iter().all(|visit| import.answers.contains_key(text(visit, "row_id"))),
        "{visits}"
    );
    match import.visits.get(&number) {
        Some(known) if known != visits => return Response::problem(409, "visits_changed", "they differ"),
        None if number != import.visits.len() as u64 + 1 => {
            return Response::problem(409, "visits_out_of_order", "it is not the next");
        }
        _ => import.visits.insert(number, visits.clone()),
    };
    Response::json(200, &json!({"number": number, "repeated": false, "visits": 1, "skipped": []}))
}

fn days(stored: &mut Stored, id: &str, body: &Value) -> Response {
    let Some(import) = stored.imports.get_mut(id) else {
        return Response::problem(404, "import_not_found", "none");
    };
    for row in body["rows"].as_array().unwrap() {
        for day in row["days"].as_array().unwrap() {
            let name = format!("{} {}", text(row, "row_id"), text(day, "day"));
            import.days.insert(name, day["clicks"].as_u64().unwrap());
        }
    }
    Response::json(200, &json!({"days": 1, "skipped": []}))
}

fn rows(stored: &mut Stored, id: &str, body: &Value) -> Response {
    let Stored { links, imports, visitors_at, .. } = stored;
    let Some(import) = imports.get_mut(id) else { return Response::problem(404, "import_not_found", "none") };
    let is_dry_run = body["dry_run"] == true;
    let given = body["rows"].as_array().unwrap();
    assert!((1..=1_000).contains(&given.len()));
    let (mut scratch, mut answers) = (links.clone(), import.answers.clone());
    let mut results = Vec::new();
    for row in given {
        let row_id = text(row, "row_id").to_owned();
        assert!((1..=200).contains(&row_id.chars().count()), "{row_id}");
        let known = answers.get(&row_id).filter(|answer| answer["verdict"] != "failed");
        let mut result = match known {
            Some(known) => {
                let mut known = known.clone();
                known["repeated"] = true.into();
                known
            }
            None => verdict(&mut scratch, &import.on_conflict, &row_id, &row["link"]),
        };
        if let (Some(address), Some(code)) = (&visitors_at, result["link"]["code"].as_str()) {
            result["link"]["short_url"] = format!("{address}/{code}").into();
        }
        // What a dry run would create is not there yet.
        if is_dry_run && result["verdict"] == "created" && result["repeated"] == false {
            result["link"] = Value::Null;
        }
        answers.insert(row_id, result.clone());
        results.push(result);
    }
    if !is_dry_run {
        (*links, import.answers) = (scratch, answers);
    }
    Response::json(200, &json!({"dry_run": is_dry_run, "results": results, "counts": {}}))
}

fn verdict(links: &mut BTreeMap<String, Value>, policy: &str, row_id: &str, link: &Value) -> Value {
    let domain = link["domain"].as_str().unwrap_or("go.example.com");
    let failed = |code: &str, field: &str| {
        json!({"row_id": row_id, "verdict": "failed", "repeated": false, "link": null, "renamed_from": null,
            "problem": {"title": format!("Title of {code}"), "code": code, "status": 422, "detail": "x", "errors": [{"field": field, "detail": "is wrong"}]}})
    };
    if !text(link, "url").starts_with("http") {
        return failed("invalid_url", "url");
    }
    let alias = link["alias"].as_str().map_or_else(|| format!("code{}", links.len()), str::to_owned);
    if alias.contains(' ') {
        return failed("invalid_alias", "alias");
    }
    let mut name = format!("{domain}/{alias}");
    let mut verdict = "created";
    let mut renamed_from = Value::Null;
    if let Some(there) = links.get(&name) {
        match policy {
            _ if there == link => verdict = "skipped",
            "skip" => verdict = "skipped",
            "replace" => verdict = "replaced",
            "suffix" => {
                renamed_from = alias.clone().into();
                name = format!("{name}-2");
            }
            _ => return failed("alias_taken", "alias"),
        }
    }
    if verdict != "skipped" {
        links.insert(name.clone(), link.clone());
    }
    json!({"row_id": row_id, "verdict": verdict, "repeated": false, "renamed_from": renamed_from, "problem": null,
        "link": {"id": "x", "domain": domain, "code": alias, "short_url": format!("https://{name}")}})
}
