//! Raw clicks: `GET` and `DELETE /api/v1/links/{id}/clicks`, `DELETE /api/v1/visitors/{hash}`.

pub(crate) mod erase;
pub(crate) mod list;
mod open_export;

use serde::Serialize;

use crate::http::timestamp;
use crate::store::clicks::RawClick;

#[derive(Debug, Serialize)]
pub(crate) struct ClickJson {
    time: String,
    class: Option<String>,
    country: Option<String>,
    referrer: Option<String>,
    browser: Option<String>,
    os: Option<String>,
    device: Option<String>,
    language: Option<String>,
    destination: Option<String>,
    tier: String,
    status: i16,
    user_agent: Option<String>,
    /// A hash that is valid for one day.
    visitor: Option<String>,
    request_id: String,
}

impl From<RawClick> for ClickJson {
    fn from(click: RawClick) -> Self {
        Self {
            time: timestamp::format(click.time.into()),
            class: click.class,
            country: click.country,
            referrer: click.referrer,
            browser: click.browser,
            os: click.os,
            device: click.device,
            language: click.language,
            destination: click.destination,
            tier: click.tier,
            status: click.status,
            user_agent: click.user_agent,
            visitor: click.visitor.map(|visitor| visitor.simple().to_string()),
            request_id: click.request_id,
        }
    }
}
