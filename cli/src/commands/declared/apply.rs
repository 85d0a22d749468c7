//! `apply`: shows the plan, asks, and carries it out. A step that fails does not stop the others, except that nothing is
//! removed then: what was to take its place may be missing.

use serde_json::Value;

use super::file::{self, Declared, Name};
use super::plan::{self, Existing, Plan, Step};
use super::{managed_tag, normal};
use crate::api::bulk::{self, BULK};
use crate::api::client::{Call, Client, segment};
use crate::api::pages::Items;
use crate::app::{self, App};
use crate::args::declared::ApplyArgs;
use crate::commands::link_reference::text;
use crate::error::CliError;
use crate::output::cell::Column;

const COLUMNS: [Column; 2] = [Column::text("ACTION", "action"), Column::text("LINK", "link")];

pub fn run(app: &mut App, arguments: &ApplyArgs) -> Result<(), CliError> {
    let client = app.client()?;
    let declared = file::read(&arguments.file, || default_domain(&client))?;
    let tag = managed_tag(&declared.name);
    let existing = existing(app, &client, &declared, &tag)?;
    let plan = plan::plan(&declared.links, &tag, &existing, arguments.adopt);
    if plan.taken.is_empty() || !plan.steps.is_empty() {
        show(app, &plan)?;
    }
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
            if declared.links.is_empty() {
                // More often a file that was cut off than an intention.
                app.confirm_in_person("The file declares no links. Remove all that it had?")?;
            } else {
                app.confirm(&format!("Apply to {}?", client.server()), arguments.confirm)?;
            }
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
            return Ok(text(&domain, "host").to_owned());
        }
    }
    Err(CliError::usage("the installation has no default domain: name a domain in the file"))
}

fn existing(app: &App, client: &Client, declared: &Declared, tag: &str) -> Result<Existing, CliError> {
    let mut existing = Existing::default();
    for link in Items::new(client, Call::get("/links").query("tag", tag).query("archived", "all"), None) {
        let link = link?;
        existing.insert_managed(name(&link), link);
    }
    let mut asked = 0;
    for declared_name in declared.links.keys() {
        if existing.is_managed(declared_name) {
            continue;
        }
        let (domain, alias) = declared_name;
        let call = Call::get("/links").query("domain", domain).query("code", alias).query("archived", "all");
        for link in Items::new(client, call, None) {
            let link = link.map_err(|error| match error {
                CliError::Refused(problem) if problem.status == 422 => {
                    CliError::usage(format!("{domain}/{alias}: {}", CliError::Refused(problem)))
                }
                error => error,
            })?;
            existing.insert_declared(&declared.links, declared_name, link).map_err(|other| {
                CliError::usage(format!(
                    "{domain}/{alias} and {}/{} are the same link: declare it once",
                    other.0, other.1
                ))
            })?;
        }
        asked += 1;
        app.progress(asked);
    }
    Ok(existing)
}

fn name(link: &Value) -> Name {
    (normal::domain(text(link, "domain")), text(link, "code").to_owned())
}

fn carry_out(app: &App, client: &Client, steps: &[Step]) -> Result<(), CliError> {
    let creates: Vec<(&Step, &Value)> = steps
        .iter()
        .filter_map(|step| match step {
            Step::Create { body, .. } => Some((step, body)),
            Step::Change { .. } | Step::Remove { .. } => None,
        })
        .collect();
    let others = steps.iter().filter(|step| !matches!(step, Step::Create { .. }));
    let (removals, changes): (Vec<&Step>, Vec<&Step>) =
        others.partition(|step| matches!(step, Step::Remove { .. }));
    let mut failed = 0;
    for creates in creates.chunks(BULK) {
        let bodies: Vec<Value> = creates.iter().map(|(_, body)| (*body).clone()).collect();
        for ((step, _), outcome) in creates.iter().zip(bulk::create(client, &bodies)?) {
            failed += failures(app, step, outcome.map(drop));
        }
    }
    for step in changes {
        failed += failures(app, step, change(client, step)?);
    }
    if failed > 0 && !removals.is_empty() {
        let count = removals.len();
        app::report(&format!("Not removed, since what replaces them may be missing: {count} links."));
    } else {
        for step in removals {
            failed += failures(app, step, change(client, step)?);
        }
    }
    if failed > 0 { Err(CliError::Partial { failed, total: steps.len() }) } else { Ok(()) }
}

/// Tells what became of a step. 1 if it failed.
fn failures(app: &App, step: &Step, outcome: Result<(), String>) -> usize {
    match outcome {
        Ok(()) => {
            app.note(&format!("done: {}", step.name()));
            0
        }
        Err(reason) => {
            app::report(&format!("{}: {reason}", step.name()));
            1
        }
    }
}

/// Changes or removes a link.
fn change(client: &Client, step: &Step) -> Result<Result<(), String>, CliError> {
    let (Step::Change { id, revision, .. } | Step::Remove { id, revision, .. }) = step else {
        return Ok(Ok(()));
    };
    let path = format!("/links/{}", segment(id));
    let call = match step {
        Step::Change { patch, .. } => Call::new("PATCH", path).json(&Value::Object(patch.clone())),
        Step::Create { .. } | Step::Remove { .. } => Call::new("DELETE", path),
    };
    match client.send(&call.header("If-Match", format!("\"{revision}\""))) {
        Ok(_) => Ok(Ok(())),
        Err(error) => error.of_one_item().map(Err),
    }
}
