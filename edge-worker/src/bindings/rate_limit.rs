//! Cloudflare's rate-limit binding: a counter that the isolates of a location share. Decides neither what is counted nor
//! what becomes of a refusal. The library's own binding would bring a serialiser into the bundle, 5 KB for one field.
//! <https://developers.cloudflare.com/workers/runtime-apis/bindings/rate-limit/>

use std::pin::pin;

use futures_util::future::{Either, select};
use js_sys::{Object, Promise, Reflect};
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use worker::Env;
use worker::wasm_bindgen_futures::JsFuture;

use super::runtime::sleep;
use crate::timeouts::COUNTER;

#[wasm_bindgen]
extern "C" {
    type RateLimit;
    #[wasm_bindgen(method, catch)]
    fn limit(this: &RateLimit, options: &Object) -> Result<Promise, JsValue>;
}

/// Counts one for the key. Where nobody can tell, it is admitted.
pub async fn admits(env: &Env, binding: &str, key: &str) -> bool {
    match count(env, binding, key).await {
        Ok(success) => success != JsValue::FALSE,
        Err(error) => {
            tracing::warn!(binding, ?error, "the location's counter cannot be asked");
            true
        }
    }
}

/// The same for somebody who waits; admitted, too, where the counter does not tell in time.
pub async fn admits_at_once(env: &Env, binding: &str, key: &str) -> bool {
    match select(pin!(admits(env, binding, key)), pin!(sleep(COUNTER))).await {
        Either::Left((admitted, _)) => admitted,
        Either::Right(_) => true,
    }
}

async fn count(env: &Env, binding: &str, key: &str) -> Result<JsValue, JsValue> {
    let counter: RateLimit = Reflect::get(env, &binding.into())?.unchecked_into();
    let options = Object::new();
    Reflect::set(&options, &"key".into(), &key.into())?;
    let outcome = JsFuture::from(counter.limit(&options)?).await?;
    Reflect::get(&outcome, &"success".into())
}
