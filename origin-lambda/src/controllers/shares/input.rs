//! Reads a new share.

use link_core::time::UnixMillis;
use serde_json::{Map, Value};

use super::token::new_token;
use crate::http::fields::Fields;
use crate::http::problem::{Problem, ProblemCode};
use crate::limits::MAX_SHARE_TITLE_CHARACTERS;
use crate::links::input;
use crate::statistics::bounds::zone;
use crate::store::shares::{NewShare, ShareSubject};

pub(super) fn new(
    body: Map<String, Value>,
    subject: ShareSubject,
    now: UnixMillis,
) -> Result<NewShare, Problem> {
    let mut fields = Fields::from_body(body);
    let title = |value| input::single_line(value, MAX_SHARE_TITLE_CHARACTERS);
    let title = fields.optional("title", ProblemCode::InvalidTitle, title).flatten();
    let timezone = fields.optional("timezone", ProblemCode::InvalidTimezone, zone);
    let timezone = timezone.map_or_else(|| "UTC".to_owned(), |(name, _)| name);
    let expires_at =
        fields.optional("expires_at", ProblemCode::InvalidExpiresAt, |value| input::expires_at(value, now));
    let token = new_token()?;
    fields.finish(Some(NewShare { subject, token, title, timezone, expires_at }))
}
