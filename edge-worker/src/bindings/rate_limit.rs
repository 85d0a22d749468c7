//! Cloudflare's rate-limit binding: a counter that the isolates of a location share. Decides neither what is counted nor
//! what becomes of a refusal. The library's own binding would bring a serialiser into the bundle, 5 KB for one field.
//! <https://developers.cloudflare.com/workers/runtime-apis/bindings/rate-limit/>

use js_sys::{Object, Promise, Reflect};
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use worker::Env;
use worker::wasm_bindgen_futures::JsFuture;

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

async fn count(env: &Env, binding: &str, key: &str) -> Result<JsValue, JsValue> {
    let counter: RateLimit = Reflect::get(env, &binding.into())?.unchecked_into();
    let options = Object::new();
    Reflect::set(&options, &"key".into(), &key.into())?;
    let outcome = JsFuture::from(counter.limit(&options)?).await?;
    Reflect::get(&outcome, &"success".into())
}
