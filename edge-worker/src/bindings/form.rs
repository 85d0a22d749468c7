//! Reads a password form.

use std::pin::pin;

use edge_runtime::bindings::runtime::sleep;
use edge_runtime::timing::timeouts::UPLOAD;
use futures_util::StreamExt;
use futures_util::future::{Either, select};
use worker::Request;

/// Reads a short form; `None` where it is too long, cut off or too slow. The rest is not read.
pub async fn read_form(request: &mut Request, max_bytes: usize) -> Option<Vec<u8>> {
    let mut chunks = request.stream().ok()?;
    let reading = pin!(async {
        let mut form = Vec::new();
        while let Some(chunk) = chunks.next().await {
            form.extend(chunk.ok()?);
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
