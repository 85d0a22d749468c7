//! Reads a client's body into the runtime's memory, since wasm's memory never shrinks. Applies limits that are decided
//! elsewhere.

use std::pin::pin;
use std::rc::Rc;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::future::{Either, select};
use js_sys::Uint8Array;
use worker::Request;

use crate::isolate::Isolate;
use crate::requests::limits::{BodyLimit, BodySize, MAX_BODY_BYTES};
use crate::requests::uploads::UploadClass;
use edge_runtime::bindings::runtime::{now, sleep};
use edge_runtime::timing::timeouts::DISCARD;

/// The first reservation for a bulk of unknown length.
const FIRST_BULK_BYTES: usize = 65_536;

/// The sender of a longer body loses the connection. As many as the runtime discards by itself.
const DISCARDED_BYTES: usize = 65_536;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BodyError {
    TooLarge,
    /// Other bodies take all the memory.
    NoMemory,
    TooSlow,
    /// The body was cut off, or its chunks are malformed.
    CutOff,
}

/// A reservation of memory for a body, released when dropped.
pub struct UploadReservation {
    isolate: Rc<Isolate>,
    number: u64,
    bytes: usize,
}

impl UploadReservation {
    /// Reserves the whole length of a usual body, so that it never runs out of memory later. A bulk grows with what has arrived:
    /// a declared length costs its sender nothing.
    pub fn new(
        isolate: &Rc<Isolate>,
        class: UploadClass,
        limit: BodyLimit,
        declared: Option<usize>,
    ) -> Result<Self, BodyError> {
        let first = match limit {
            BodyLimit::Usual => MAX_BODY_BYTES,
            BodyLimit::Bulk => FIRST_BULK_BYTES,
        };
        let bytes = declared.map_or(first, |declared| declared.min(first));
        let number = isolate.uploads.borrow_mut().begin(class, now());
        let reservation = Self { isolate: Rc::clone(isolate), number, bytes };
        reservation.take(bytes)?;
        Ok(reservation)
    }

    fn take(&self, bytes: usize) -> Result<(), BodyError> {
        let fits = self.isolate.uploads.borrow_mut().reserve(self.number, bytes);
        if fits { Ok(()) } else { Err(BodyError::NoMemory) }
    }
}

impl Drop for UploadReservation {
    fn drop(&mut self) {
        self.isolate.uploads.borrow_mut().end(self.number);
    }
}

/// The length that the client declares, if any.
pub fn declared_length(request: &Request) -> Option<usize> {
    request.headers().get("content-length").ok().flatten()?.parse().ok()
}

pub fn has_body(request: &Request) -> bool {
    request.inner().body().is_some()
}

pub async fn read(
    request: &mut Request,
    limit: BodyLimit,
    reservation: &UploadReservation,
    within: Duration,
) -> Result<Uint8Array, BodyError> {
    let reading = pin!(collect(request, limit, reservation));
    match select(reading, pin!(sleep(within))).await {
        Either::Left((outcome, _)) => outcome,
        Either::Right(_) => Err(BodyError::TooSlow),
    }
}

async fn collect(
    request: &mut Request,
    limit: BodyLimit,
    reservation: &UploadReservation,
) -> Result<Uint8Array, BodyError> {
    let mut body = GrowingBuffer { array: new_array(reservation.bytes)?, length: 0 };
    let mut size = BodySize::new(limit);
    let mut chunks = request.stream().map_err(|_| BodyError::CutOff)?;
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|_| BodyError::CutOff)?;
        if !size.add(&chunk) {
            return Err(BodyError::TooLarge);
        }
        body.add(&chunk, limit.bytes(), reservation)?;
    }
    Ok(body.whole())
}

/// Reads a refused body to its end, so that its connection takes further calls: where a body is left unread behind a service
/// binding, the runtime closes the connection after the answer. Without one it does as much by itself.
pub async fn discard(request: &mut Request) {
    let Ok(mut chunks) = request.stream() else { return };
    let reading = pin!(async {
        let mut bytes = 0;
        while let Some(Ok(chunk)) = chunks.next().await {
            bytes += chunk.len();
            if bytes > DISCARDED_BYTES {
                break;
            }
        }
    });
    select(reading, pin!(sleep(DISCARD))).await;
}

/// One array that the chunks are copied into: a client may send each byte as a chunk of its own.
struct GrowingBuffer {
    array: Uint8Array,
    length: u32,
}

impl GrowingBuffer {
    fn add(
        &mut self,
        chunk: &[u8],
        max_bytes: usize,
        reservation: &UploadReservation,
    ) -> Result<(), BodyError> {
        let length = self.length.saturating_add(u32::try_from(chunk.len()).map_err(|_| BodyError::TooLarge)?);
        if length > self.array.length() {
            let doubled =
                usize::try_from(self.array.length()).unwrap_or(max_bytes).saturating_mul(2).min(max_bytes);
            let bytes = doubled.max(usize::try_from(length).unwrap_or(max_bytes));
            reservation.take(bytes)?;
            let larger = new_array(bytes)?;
            larger.set(&self.array, 0);
            self.array = larger;
        }
        self.array.subarray(self.length, length).copy_from(chunk);
        self.length = length;
        Ok(())
    }

    fn whole(self) -> Uint8Array {
        self.array.subarray(0, self.length)
    }
}

fn new_array(bytes: usize) -> Result<Uint8Array, BodyError> {
    Ok(Uint8Array::new_with_length(u32::try_from(bytes).map_err(|_| BodyError::TooLarge)?))
}
