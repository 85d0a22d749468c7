//! Clock, randomness, timers, variables and request bodies of the runtime. None of them may be touched at global scope.

use std::time::Duration;

use link_core::click_batch::Producer;
use link_core::time::UnixMillis;
use uuid::Uuid;
use wasm_bindgen::prelude::wasm_bindgen;
use worker::wasm_bindgen_futures::JsFuture;
use worker::{Delay, Env, Request};

use crate::config::{Config, ConfigError};
use crate::facts::{Fields, HEADERS};

#[wasm_bindgen]
extern "C" {
    /// The platform's own, several times as quick as one in wasm.
    #[wasm_bindgen(js_namespace = ["crypto", "subtle"], js_name = digest)]
    fn digest(algorithm: &str, bytes: &js_sys::Uint8Array) -> js_sys::Promise;
    #[wasm_bindgen(js_namespace = crypto, js_name = getRandomValues)]
    fn fill_random(bytes: &js_sys::Uint8Array);
}

/// After a trap every call into wasm fails, until `entry.js` has it started anew. Left alone, the library would do that within
/// the next call, be it of a promise from before, and hand that call's pointers into the old memory to the new one.
pub fn stay_down_after_a_trap() {
    wasm_bindgen::handler::set_on_abort(|| {});
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

/// Of a body that is on its way out. `None` where the runtime does not know how.
pub async fn sha256(bytes: &js_sys::Uint8Array) -> Option<[u8; 32]> {
    let digest = JsFuture::from(digest("SHA-256", bytes)).await.ok()?;
    js_sys::Uint8Array::new(&digest).to_vec().try_into().ok()
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

/// Of a request that the JavaScript entry has not taken apart.
pub fn facts(request: &Request) -> Fields<String> {
    let cf = request.cf();
    let headers = request.headers();
    let header = |name| headers.get(name).ok().flatten().unwrap_or_default();
    let known = [
        // As it was sent: the library that reads requests takes one that it does not know for a GET.
        request.inner().method(),
        request.inner().url(),
        cf.and_then(worker::Cf::country).unwrap_or_default(),
        cf.and_then(worker::Cf::asn).map(|number| number.to_string()).unwrap_or_default(),
    ];
    let mut fields = Fields::default();
    fields
        .iter_mut()
        .zip(known.into_iter().chain(HEADERS.map(header)))
        .for_each(|(field, fact)| *field = fact);
    fields
}

pub async fn sleep(duration: Duration) {
    Delay::from(duration).await;
}

/// Variables and secrets look the same to a Worker.
pub fn config(env: &Env) -> Result<Config, ConfigError> {
    Config::read(|name| env.var(name).ok().map(|value| value.to_string()))
}
