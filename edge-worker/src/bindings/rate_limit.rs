//! Cloudflare's rate-limit binding: a counter that the isolates of a location share. The library's own binding would add a
//! serialiser to the bundle, 5 KB for one field.
//! <https://developers.cloudflare.com/workers/runtime-apis/bindings/rate-limit/>

use std::pin::pin;

use futures_util::future::{Either, select};
use js_sys::{Object, Promise, Reflect};
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use worker::Env;
use worker::wasm_bindgen_futures::JsFuture;

use super::runtime::sleep;
use crate::timeouts::RATE_LIMIT_COUNTER;

#[wasm_bindgen]
extern "C" {
    type RateLimit;
    #[wasm_bindgen(method, catch)]
    fn limit(this: &RateLimit, options: &Object) -> Result<Promise, JsValue>;
}

/// Counts one request for the key. Fails open: without an answer it is admitted.
pub async fn admits(env: &Env, binding: &str, key: &str) -> bool {
    match count(env, binding, key).await {
        Ok(success) => success != JsValue::FALSE,
        Err(error) => {
            tracing::warn!(binding, ?error, "the location's counter did not answer");
            true
        }
    }
}

/// The same with a timeout, for a visitor who waits. Fails open on a timeout too.
pub async fn admits_within_timeout(env: &Env, binding: &str, key: &str) -> bool {
    match select(pin!(admits(env, binding, key)), pin!(sleep(RATE_LIMIT_COUNTER))).await {
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
