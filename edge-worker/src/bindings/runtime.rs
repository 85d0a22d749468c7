//! Clock, randomness, timers, variables and request bodies of the runtime. None of them may be touched at global scope.

use std::time::Duration;

use futures_util::StreamExt;
use link_core::click_batch::Producer;
use link_core::time::UnixMillis;
use uuid::Uuid;
use wasm_bindgen::prelude::wasm_bindgen;
use worker::{Delay, Env, Request};

use crate::config::{Config, ConfigError};

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = crypto, js_name = getRandomValues)]
    fn fill_random(bytes: &js_sys::Uint8Array);
}

/// Stands still between two I/O operations, as the platform wants it.
#[expect(clippy::cast_possible_truncation, reason = "milliseconds since the epoch are whole and fit")]
pub fn now() -> UnixMillis {
    UnixMillis(js_sys::Date::now() as i64)
}

/// In [0, 1); for balancing and jitter, not for secrets.
pub fn random() -> f64 {
    js_sys::Math::random()
}

/// For names and keys that nobody may guess.
pub fn random_bytes<const N: usize>() -> [u8; N] {
    let array = js_sys::Uint8Array::new_with_length(u32::try_from(N).unwrap_or(0));
    fill_random(&array);
    let mut bytes = [0; N];
    array.copy_to(&mut bytes);
    bytes
}

pub fn random_producer() -> Producer {
    Producer(Uuid::from_bytes(random_bytes()))
}

/// Unicode's composed form (NFC), by the runtime's tables instead of our own in the bundle.
pub fn nfc(text: &str) -> String {
    if text.is_ascii() {
        return text.to_owned();
    }
    js_sys::JsString::from(text).normalize("NFC").into()
}

/// Any other is a `GET` to the library that reads requests, and would be carried out as one.
pub fn has_common_method(request: &Request) -> bool {
    let method = request.inner().method();
    matches!(method.as_str(), "GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE" | "OPTIONS")
}

pub async fn sleep(duration: Duration) {
    Delay::from(duration).await;
}

/// `None` when it is longer; the rest is then not read, since a client could fill the isolate's memory with it.
pub async fn body_up_to(request: &mut Request, max_bytes: usize) -> worker::Result<Option<Vec<u8>>> {
    if request.inner().body().is_none() {
        return Ok(Some(Vec::new()));
    }
    let mut chunks = request.stream()?;
    let mut body = Vec::new();
    while let Some(chunk) = chunks.next().await {
        body.extend(chunk?);
        if body.len() > max_bytes {
            return Ok(None);
        }
    }
    Ok(Some(body))
}

/// Variables and secrets look the same to a Worker.
pub fn config(env: &Env) -> Result<Config, ConfigError> {
    Config::read(|name| env.var(name).ok().map(|value| value.to_string()))
}
