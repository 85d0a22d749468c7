//! Clock, randomness, timers and variables of the runtime. None of them works at global scope.

use std::time::Duration;

use link_core::clicks::batch::Producer;
use link_core::time::UnixMillis;
use uuid::Uuid;
use wasm_bindgen::prelude::wasm_bindgen;
use worker::wasm_bindgen_futures::JsFuture;
use worker::{Delay, Env};

use crate::timing::clock::Clock;

#[wasm_bindgen]
extern "C" {
    /// The platform's hash, several times as fast as one in wasm.
    #[wasm_bindgen(js_namespace = ["crypto", "subtle"], js_name = digest)]
    fn digest(algorithm: &str, bytes: &js_sys::Uint8Array) -> js_sys::Promise;
    #[wasm_bindgen(js_namespace = crypto, js_name = getRandomValues)]
    fn fill_random(bytes: &js_sys::Uint8Array);
}

/// After a trap every call into wasm fails until `entry.js` restarts it. By default the library would restart within the
/// next call, even one of an older promise, and pass that call's pointers into the old memory to the new one.
pub fn stay_down_after_a_trap() {
    wasm_bindgen::handler::set_on_abort(|| {});
}

/// The runtime's clock.
#[derive(Debug, Clone, Copy)]
pub struct RuntimeClock;

impl Clock for RuntimeClock {
    fn now(&self) -> UnixMillis {
        now()
    }

    fn random(&self) -> f64 {
        random()
    }
}

/// The platform's clock stands still between two I/O operations.
#[expect(clippy::cast_possible_truncation, reason = "milliseconds since the epoch are whole and fit")]
pub fn now() -> UnixMillis {
    UnixMillis(js_sys::Date::now() as i64)
}

/// In [0, 1); for balancing and jitter, not for secrets.
pub fn random() -> f64 {
    js_sys::Math::random()
}

/// For names and keys that must not be guessable.
pub fn random_bytes<const N: usize>() -> [u8; N] {
    let array = js_sys::Uint8Array::new_with_length(u32::try_from(N).unwrap_or(0));
    fill_random(&array);
    let mut bytes = [0; N];
    array.copy_to(&mut bytes);
    bytes
}

/// Hashes an outgoing body. `None` where the runtime fails.
pub async fn sha256(bytes: &js_sys::Uint8Array) -> Option<[u8; 32]> {
    let digest = JsFuture::from(digest("SHA-256", bytes)).await.ok()?;
    js_sys::Uint8Array::new(&digest).to_vec().try_into().ok()
}

pub fn random_producer() -> Producer {
    Producer(Uuid::from_bytes(random_bytes()))
}

/// Unicode NFC by the runtime, which saves its tables in the bundle.
pub fn nfc(text: &str) -> String {
    if text.is_ascii() {
        return text.to_owned();
    }
    js_sys::JsString::from(text).normalize("NFC").into()
}

/// A name without regard to case, in the origin's steps: see its `letter_case`.
pub fn fold(text: &str) -> String {
    let lower = js_sys::JsString::from(text).to_lower_case().to_upper_case().to_lower_case();
    lower.replace_all("ς", "σ").normalize("NFC").into()
}

pub async fn sleep(duration: Duration) {
    Delay::from(duration).await;
}

/// The value of a variable or a secret.
pub fn variable(env: &Env, name: &str) -> Option<String> {
    env.var(name).ok().map(|value| value.to_string())
}
