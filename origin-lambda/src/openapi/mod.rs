//! The OpenAPI 3.1 document, built from the code's limits, problem codes, roles and routes; a test compares it with the router.
//! Leaves out the routes for the edge.

mod administration;
mod audit;
mod campaign_presets;
mod document;
mod imports;
mod keys;
mod links;
mod operation;
mod page;
mod probes;
mod schemas;
mod sessions;
mod shares;
mod statistics;
mod webhooks;

use crate::controllers::documentation::ApiDescription;

/// The description that the router serves.
pub const DESCRIPTION: ApiDescription = ApiDescription { openapi: document::json, page: page::html };

#[cfg(test)]
mod tests;
