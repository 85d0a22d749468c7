//! Receives the body of an API call: first what costs nothing (its length, the shape of its key), then, where the body takes
//! room, the origin's word that its key may write, and only then the body.

use std::rc::Rc;

use js_sys::Uint8Array;
use worker::{Method, Request};

use crate::answer::Answer;
use crate::api_request::{BodyLimit, MAX_BODY_BYTES, check_key};
use crate::bindings::body::{self, NotRead, Room};
use crate::bindings::fetch::Reply;
use crate::bindings::origin::SignedOrigin;
use crate::isolate::Isolate;
use crate::timeouts::{BULK_UPLOAD, UPLOAD};
use crate::uploads::Sender;

/// A body, and the room that it takes until it is dropped.
pub(super) struct Received {
    pub(super) body: Uint8Array,
    pub(super) _room: Option<Room>,
}

pub(super) enum NotReceived {
    Answer(Answer),
    /// What the origin says of the key.
    Reply(Reply),
}

pub(super) async fn receive(
    origin: &SignedOrigin<'_>,
    isolate: &Rc<Isolate>,
    request: &mut Request,
    headers: &[(&'static str, String)],
    limit: BodyLimit,
) -> Result<Received, NotReceived> {
    // It means nothing with these (RFC 9110, section 9.3.1), and the runtime does not send it.
    if matches!(request.method(), Method::Get | Method::Head) || !body::has_body(request) {
        return Ok(Received { body: Uint8Array::new_with_length(0), _room: None });
    }
    let authorization = request.headers().get("authorization").ok().flatten();
    check_key(authorization.as_deref()).map_err(NotReceived::Answer)?;
    let declared = body::declared_length(request);
    if declared.is_some_and(|bytes| bytes > limit.bytes()) {
        return Err(not_read(NotRead::TooLarge, limit));
    }
    let is_small = limit == BodyLimit::Usual || declared.is_some_and(|bytes| bytes <= MAX_BODY_BYTES);
    let small = is_small.then(|| Room::of(isolate, Sender::Unchecked, limit, declared));
    let (room, within) = match small {
        Some(Ok(room)) => (room, UPLOAD),
        // It is large, or strangers have all the room that they get.
        Some(Err(_)) | None => {
            check_with_origin(origin, headers, limit).await?;
            let room = Room::of(isolate, Sender::Checked, limit, declared);
            (room.map_err(|error| not_read(error, limit))?, BULK_UPLOAD)
        }
    };
    let body = body::read(request, limit, &room, within).await.map_err(|error| not_read(error, limit))?;
    Ok(Received { body, _room: Some(room) })
}

async fn check_with_origin(
    origin: &SignedOrigin<'_>,
    headers: &[(&'static str, String)],
    limit: BodyLimit,
) -> Result<(), NotReceived> {
    match origin.check_key(headers).await {
        Ok(reply) if reply.status == 204 => Ok(()),
        Ok(reply) => Err(NotReceived::Reply(reply)),
        Err(error) => Err(NotReceived::Answer(Answer::not_answered(&error, limit))),
    }
}

fn not_read(error: NotRead, limit: BodyLimit) -> NotReceived {
    NotReceived::Answer(match error {
        NotRead::TooLarge => Answer::body_too_large(limit),
        NotRead::NoRoom => Answer::no_room_for_body(),
        NotRead::TooSlow => Answer::body_too_slow(),
        NotRead::Unreadable => Answer::body_unreadable(),
    })
}
