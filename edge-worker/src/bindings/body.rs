//! A client's body, read into the runtime's memory: wasm's never shrinks again. Reads no more than its limits allow; which these
//! are, and what becomes of a body beyond them, is decided elsewhere.

use std::pin::pin;
use std::rc::Rc;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::future::{Either, select};
use js_sys::Uint8Array;
use worker::Request;

use super::runtime::{now, sleep};
use crate::api_request::{BodyLimit, BodySize, MAX_BODY_BYTES};
use crate::isolate::Isolate;
use crate::timeouts::UPLOAD;
use crate::uploads::Sender;

/// Room for the first bytes of a bulk whose length is not known.
const FIRST_BULK_ROOM: usize = 65_536;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotRead {
    TooLarge,
    /// Other bodies take all the room.
    NoRoom,
    TooSlow,
    /// It broke off, or its chunks are none.
    Unreadable,
}

/// Room for a body in the isolate's memory, given back when it is dropped.
pub struct Room {
    isolate: Rc<Isolate>,
    number: u64,
    bytes: usize,
}

impl Room {
    /// As much as the client says, or else as much as a usual body may take: it is never short of room later.
    pub fn of(
        isolate: &Rc<Isolate>,
        sender: Sender,
        limit: BodyLimit,
        declared: Option<usize>,
    ) -> Result<Self, NotRead> {
        let first = match limit {
            BodyLimit::Usual => MAX_BODY_BYTES,
            BodyLimit::Bulk => FIRST_BULK_ROOM,
        };
        let bytes = declared.unwrap_or(first);
        let number = isolate.uploads.borrow_mut().begin(sender, now());
        let room = Self { isolate: Rc::clone(isolate), number, bytes };
        room.take(bytes)?;
        Ok(room)
    }

    fn take(&self, bytes: usize) -> Result<(), NotRead> {
        let fits = self.isolate.uploads.borrow_mut().reserve(self.number, bytes);
        if fits { Ok(()) } else { Err(NotRead::NoRoom) }
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        self.isolate.uploads.borrow_mut().end(self.number);
    }
}

/// What the client says, where it does.
pub fn declared_length(request: &Request) -> Option<usize> {
    request.headers().get("content-length").ok().flatten()?.parse().ok()
}

pub fn has_body(request: &Request) -> bool {
    request.inner().body().is_some()
}

pub async fn read(
    request: &mut Request,
    limit: BodyLimit,
    room: &Room,
    within: Duration,
) -> Result<Uint8Array, NotRead> {
    let reading = pin!(collect(request, limit, room));
    match select(reading, pin!(sleep(within))).await {
        Either::Left((outcome, _)) => outcome,
        Either::Right(_) => Err(NotRead::TooSlow),
    }
}

async fn collect(request: &mut Request, limit: BodyLimit, room: &Room) -> Result<Uint8Array, NotRead> {
    let mut body = Growing { array: array_of(room.bytes)?, length: 0 };
    let mut size = BodySize::new(limit);
    let mut pieces = request.stream().map_err(|_| NotRead::Unreadable)?;
    while let Some(piece) = pieces.next().await {
        let piece = piece.map_err(|_| NotRead::Unreadable)?;
        if !size.add(&piece) {
            return Err(NotRead::TooLarge);
        }
        body.add(&piece, limit.bytes(), room)?;
    }
    Ok(body.whole())
}

/// A form of a few fields; `None` where it is longer, breaks off or takes too long. The rest is then not read.
pub async fn read_form(request: &mut Request, max_bytes: usize) -> Option<Vec<u8>> {
    let mut pieces = request.stream().ok()?;
    let reading = pin!(async {
        let mut form = Vec::new();
        while let Some(piece) = pieces.next().await {
            form.extend(piece.ok()?);
            if form.len() > max_bytes {
                return None;
            }
        }
        Some(form)
    });
    match select(reading, pin!(sleep(UPLOAD))).await {
        Either::Left((form, _)) => form,
        Either::Right(_) => None,
    }
}

/// The pieces are copied into one array: a client may send each byte as a piece of its own.
struct Growing {
    array: Uint8Array,
    length: u32,
}

impl Growing {
    fn add(&mut self, piece: &[u8], most: usize, room: &Room) -> Result<(), NotRead> {
        let length = self.length.saturating_add(u32::try_from(piece.len()).map_err(|_| NotRead::TooLarge)?);
        if length > self.array.length() {
            let doubled = usize::try_from(self.array.length()).unwrap_or(most).saturating_mul(2).min(most);
            let bytes = doubled.max(usize::try_from(length).unwrap_or(most));
            room.take(bytes)?;
            let larger = array_of(bytes)?;
            larger.set(&self.array, 0);
            self.array = larger;
        }
        self.array.subarray(self.length, length).copy_from(piece);
        self.length = length;
        Ok(())
    }

    fn whole(self) -> Uint8Array {
        self.array.subarray(0, self.length)
    }
}

fn array_of(bytes: usize) -> Result<Uint8Array, NotRead> {
    Ok(Uint8Array::new_with_length(u32::try_from(bytes).map_err(|_| NotRead::TooLarge)?))
}
