//! `apply`: shows the plan, asks, and carries it out. A step that fails does not stop the others.

use serde_json::{Value, json};

use super::file::{self, Declared, Name};
use super::plan::{self, Existing, Plan, Step};
use super::{managed_tag, normal};
use crate::api::client::{Call, Client, segment};
use crate::api::pages::Items;
use crate::api::problem::Problem;
use crate::app::App;
use crate::args::declared::ApplyArgs;
use crate::error::CliError;
use crate::output::cell::Column;

const COLUMNS: [Column; 2] = [Column::text("ACTION", "action"), Column::text("LINK", "link")];
/// The API's limit for creates in one call.
const BULK: usize = 1_000;

pub fn run(app: &mut App, arguments: &ApplyArgs) -> Result<(), CliError> {
    let client = app.client()?;
    let declared = file::read(&arguments.file, || default_domain(&client))?;
    let tag = managed_tag(&declared.name);
    let existing = existing(&client, &declared, &tag)?;
    let plan = plan::plan(&declared.links, &tag, &existing, arguments.adopt);
    show(app, &plan)?;
    if !plan.taken.is_empty() {
        let names: Vec<String> =
            plan.taken.iter().map(|(domain, alias)| format!("{domain}/{alias}")).collect();
        let message =
            format!("these links exist without the tag {tag}: {}; --adopt takes them over", names.join(", "));
        return Err(CliError::usage(message));
    }
    match (plan.steps.is_empty(), arguments.plan) {
        (true, _) => Ok(()),
        (false, true) if arguments.exit_code => {
            app.output.flush()?;
            Err(CliError::Changes)
        }
        (false, true) => Ok(()),
        (false, false) => {
            app.output.flush()?;
            app.confirm(&format!("Apply to {}?", client.server()), arguments.confirm)?;
            carry_out(app, &client, &plan.steps)
        }
    }
}

fn show(app: &mut App, plan: &Plan) -> Result<(), CliError> {
    if !app.output.is_plain() {
        return app.output.rows(&COLUMNS, plan.steps.iter().map(Step::to_json).collect());
    }
    for line in plan.steps.iter().flat_map(Step::lines) {
        app.output.line(&line)?;
    }
    let count = |is_kind: fn(&Step) -> bool| plan.steps.iter().filter(|step| is_kind(step)).count();
    let summary = match plan.steps.as_slice() {
        [] => "Nothing to do.".to_owned(),
        _ => format!(
            "{} to create, {} to change, {} to remove.",
            count(|step| matches!(step, Step::Create { .. })),
            count(|step| matches!(step, Step::Change { .. })),
            count(|step| matches!(step, Step::Remove { .. })),
        ),
    };
    app.output.line(&summary)
}

fn default_domain(client: &Client) -> Result<String, CliError> {
    for domain in Items::new(client, Call::get("/domains"), None) {
        let domain = domain?;
        if domain.get("default") == Some(&Value::Bool(true)) {
            return Ok(domain.get("host").and_then(Value::as_str).unwrap_or_default().to_owned());
        }
    }
    Err(CliError::usage("the installation has no default domain: name a domain in the file"))
}

fn existing(client: &Client, declared: &Declared, tag: &str) -> Result<Existing, CliError> {
    let mut existing = Existing::default();
    for link in Items::new(client, Call::get("/links").query("tag", tag), None) {
        let link = link?;
        existing.managed.insert(name(&link), link);
    }
    let unmanaged = declared.links.keys().filter(|name| !existing.managed.contains_key(*name));
    for (domain, alias) in unmanaged {
        let call = Call::get("/links").query("domain", domain).query("code", alias);
        for link in Items::new(client, call, None) {
            let link = link?;
            existing.others.insert((domain.clone(), alias.clone()), link);
        }
    }
    Ok(existing)
}

fn name(link: &Value) -> Name {
    let text = |field: &str| link.get(field).and_then(Value::as_str).unwrap_or_default();
    (normal::domain(text("domain")), text("code").to_owned())
}

fn carry_out(app: &App, client: &Client, steps: &[Step]) -> Result<(), CliError> {
    let creates: Vec<&Step> = steps.iter().filter(|step| matches!(step, Step::Create { .. })).collect();
    let mut failed = 0;
    let mut report = |step: &Step, outcome: Result<(), String>| match outcome {
        Ok(()) => app.note(&format!("done: {}", step.name())),
        Err(reason) => {
            eprintln!("{}: {reason}", step.name());
            failed += 1;
        }
    };
    for bulk in creates.chunks(BULK) {
        for (step, outcome) in bulk.iter().zip(create(client, bulk)?) {
            report(step, outcome);
        }
    }
    for step in steps {
        let call = match step {
            Step::Create { .. } => continue,
            Step::Change { id, revision, patch, .. } => {
                let call = Call::new("PATCH", format!("/links/{}", segment(id)));
                call.header("If-Match", format!("\"{revision}\"")).json(&Value::Object(patch.clone()))
            }
            Step::Remove { id, revision, .. } => Call::new("DELETE", format!("/links/{}", segment(id)))
                .header("If-Match", format!("\"{revision}\"")),
        };
        match client.send(&call) {
            Ok(_) => report(step, Ok(())),
            Err(CliError::Refused(problem)) if problem.status != 401 && problem.status != 403 => {
                report(step, Err(problem.summary()));
            }
            // The others would fail as well.
            Err(error) => return Err(error),
        }
    }
    if failed > 0 { Err(CliError::Partial { failed, total: steps.len() }) } else { Ok(()) }
}

fn create(client: &Client, steps: &[&Step]) -> Result<Vec<Result<(), String>>, CliError> {
    let bodies: Vec<&Value> = steps
        .iter()
        .filter_map(|step| match step {
            Step::Create { body, .. } => Some(body),
            Step::Change { .. } | Step::Remove { .. } => None,
        })
        .collect();
    let answer =
        client.json(&Call::new("POST", "/links/bulk").json(&json!({"links": bodies})).idempotent()?)?;
    let outcomes = answer.get("data").and_then(Value::as_array).cloned().unwrap_or_default();
    let outcome = |position: usize| {
        let outcome = outcomes.get(position);
        let status =
            outcome.and_then(|outcome| outcome.get("status")).and_then(Value::as_u64).unwrap_or_default();
        if (200..300).contains(&status) {
            return Ok(());
        }
        let error = outcome.and_then(|outcome| outcome.get("error"));
        let problem =
            error.and_then(|error| Problem::from_json(u16::try_from(status).unwrap_or_default(), error));
        Err(problem.map_or_else(|| "was not created".to_owned(), |problem| problem.summary()))
    };
    Ok((0..steps.len()).map(outcome).collect())
}
