//! A click in a block: a line of JSON, as ClickHouse's table has it.

use classify::ClickAttributes;
use link_core::clicks::batch::{BatchHead, Click};
use serde::Serialize;
use uuid::Uuid;

#[derive(Debug, Serialize)]
pub(super) struct BlockRow<'a> {
    time_ms: i64,
    day: String,
    link: Uuid,
    producer: Uuid,
    batch: u32,
    position: u32,
    class: &'static str,
    tier: &'static str,
    country: Option<&'a str>,
    referrer: Option<String>,
    browser: Option<String>,
    os: Option<String>,
    device: Option<&'static str>,
    language: Option<String>,
    destination: Option<&'a str>,
    domain: Option<&'a str>,
    visitor: Option<Uuid>,
}

impl<'a> BlockRow<'a> {
    pub(super) fn new(
        head: &BatchHead,
        position: u32,
        click: &'a Click,
        attributes: ClickAttributes,
    ) -> Self {
        Self {
            time_ms: click.time.0,
            day: click.time.day().to_string(),
            link: click.link.0,
            producer: head.producer.0,
            batch: head.batch,
            position,
            class: attributes.class.as_str(),
            tier: click.tier.as_str(),
            country: click.country.as_deref(),
            referrer: attributes.referrer,
            browser: attributes.browser,
            os: attributes.os,
            device: attributes.device,
            language: attributes.language,
            destination: click.destination.as_deref(),
            domain: click.domain.as_deref(),
            visitor: click.visitor.map(|visitor| visitor.0),
        }
    }
}
