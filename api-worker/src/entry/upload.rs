//! Receives the body of an API call. First checks what costs nothing (its length, the shape of the key); then, where the
//! body is large, asks the origin whether the key may write; only then reads the body.

use std::rc::Rc;

use js_sys::Uint8Array;
use link_core::edge_origin::{CLIENT_AUTHORIZATION, CLIENT_COOKIE};
use link_core::redirect::Answer;
use worker::{Method, Request};

use super::api_checks::check_key;
use crate::bindings::body::{self, BodyError, UploadReservation};
use crate::bindings::origin_calls;
use crate::isolate::Isolate;
use crate::requests::limits::{BodyLimit, MAX_BODY_BYTES};
use crate::requests::uploads::UploadClass;
use crate::responses::problem;
use edge_runtime::bindings::fetch::Reply;
use edge_runtime::bindings::origin::SignedOrigin;
use edge_runtime::timing::timeouts::{BULK_UPLOAD, UPLOAD};

/// A body, and its memory reservation until it is dropped.
pub(super) struct Received {
    pub(super) body: Uint8Array,
    pub(super) _reservation: Option<UploadReservation>,
}

pub(super) enum ReceiveError {
    Answer(Answer),
    /// The origin's refusal of the key.
    Reply(Reply),
}

pub(super) async fn receive(
    origin: &SignedOrigin<'_>,
    isolate: &Rc<Isolate>,
    request: &mut Request,
    path: &str,
    headers: &[(&'static str, String)],
) -> Result<Received, ReceiveError> {
    // A body has no meaning with these methods (RFC 9110, section 9.3.1), and the runtime does not send it.
    if matches!(request.method(), Method::Get | Method::Head) || !body::has_body(request) {
        return Ok(Received { body: Uint8Array::new_with_length(0), _reservation: None });
    }
    let sent =
        |wanted: &str| headers.iter().find(|(name, _)| *name == wanted).map(|(_, value)| value.as_str());
    check_key(path, sent(CLIENT_AUTHORIZATION), sent(CLIENT_COOKIE).is_some())
        .map_err(ReceiveError::Answer)?;
    let limit = BodyLimit::of(path);
    let declared = body::declared_length(request);
    if declared.is_some_and(|bytes| bytes > limit.bytes()) {
        return Err(body_refusal(BodyError::TooLarge, limit));
    }
    let is_small = limit == BodyLimit::Usual || declared.is_some_and(|bytes| bytes <= MAX_BODY_BYTES);
    let small = is_small.then(|| UploadReservation::new(isolate, UploadClass::Unchecked, limit, declared));
    let (reservation, within) = match small {
        Some(Ok(reservation)) => (reservation, UPLOAD),
        // The body is large, or unchecked senders have used up their share.
        Some(Err(_)) | None => {
            check_with_origin(origin, headers, limit).await?;
            let reservation = UploadReservation::new(isolate, UploadClass::checked(limit), limit, declared);
            (reservation.map_err(|error| body_refusal(error, limit))?, BULK_UPLOAD)
        }
    };
    let body =
        body::read(request, limit, &reservation, within).await.map_err(|error| body_refusal(error, limit))?;
    Ok(Received { body, _reservation: Some(reservation) })
}

async fn check_with_origin(
    origin: &SignedOrigin<'_>,
    headers: &[(&'static str, String)],
    limit: BodyLimit,
) -> Result<(), ReceiveError> {
    match origin_calls::check_key(origin, headers).await {
        Ok(reply) if reply.status == 204 => Ok(()),
        Ok(reply) => Err(ReceiveError::Reply(reply)),
        Err(error) => Err(ReceiveError::Answer(problem::not_answered(&error, limit))),
    }
}

fn body_refusal(error: BodyError, limit: BodyLimit) -> ReceiveError {
    ReceiveError::Answer(match error {
        BodyError::TooLarge => problem::body_too_large(limit),
        BodyError::NoMemory => problem::no_memory_for_body(),
        BodyError::TooSlow => problem::body_too_slow(),
        BodyError::CutOff => problem::body_unreadable(),
    })
}
