//! Raw clicks: `GET /api/v1/clicks`, `GET` and `DELETE /api/v1/links/{id}/clicks`, `GET` and `DELETE /api/v1/visitors/{hash}`.

pub(crate) mod erase;
pub(crate) mod follow;
mod linked;
pub(crate) mod list;
mod open_export;
mod position;
pub(crate) mod visitor;

use std::collections::BTreeMap;

use link_core::clicks::utm;
use serde::Serialize;

use crate::http::fields::{Fields, text};
use crate::http::problem::ProblemCode;
use crate::http::timestamp;
use crate::limits::{DEFAULT_PAGE_CLICKS, MAX_PAGE_CLICKS};
use crate::store::clicks::RawClick;

/// The number of clicks on a page.
fn page_size(fields: &mut Fields) -> usize {
    let limit = fields.optional("limit", ProblemCode::InvalidLimit, |value| {
        let limit: Option<usize> = text(value)?.parse().ok();
        let known = limit.filter(|limit| (1..=MAX_PAGE_CLICKS).contains(limit));
        known.ok_or("must be a number from 1 to 1000")
    });
    limit.unwrap_or(DEFAULT_PAGE_CLICKS)
}

#[derive(Debug, Serialize)]
pub(crate) struct ClickJson {
    time: String,
    class: Option<String>,
    country: Option<String>,
    region: Option<String>,
    city: Option<String>,
    referrer: Option<String>,
    browser: Option<String>,
    browser_version: Option<String>,
    os: Option<String>,
    os_version: Option<String>,
    device: Option<String>,
    language: Option<String>,
    destination: Option<String>,
    tier: String,
    status: i16,
    user_agent: Option<String>,
    /// A hash that is valid for one day.
    visitor: Option<String>,
    request_id: String,
    /// By name; `None` without any.
    utm: Option<BTreeMap<&'static str, String>>,
}

fn campaign(parameters: &str) -> BTreeMap<&'static str, String> {
    utm::values(parameters).into_iter().map(|(dimension, value)| (dimension.as_str(), value)).collect()
}

impl From<RawClick> for ClickJson {
    fn from(click: RawClick) -> Self {
        Self {
            time: timestamp::format(click.time.into()),
            class: click.class,
            country: click.country,
            region: click.region,
            city: click.city,
            referrer: click.referrer,
            browser: click.browser,
            browser_version: click.browser_version,
            os: click.os,
            os_version: click.os_version,
            device: click.device,
            language: click.language,
            destination: click.destination,
            tier: click.tier,
            status: click.status,
            user_agent: click.user_agent,
            visitor: click.visitor.map(|visitor| visitor.simple().to_string()),
            request_id: click.request_id,
            utm: click.utm.as_deref().map(campaign),
        }
    }
}
