//! Cloudflare's rate-limit binding: a counter that the isolates of a location share. The library's own binding would add a
//! serialiser to the bundle, 5 KB for one field.
//! <https://developers.cloudflare.com/workers/runtime-apis/bindings/rate-limit/>

use std::pin::pin;
use std::time::Duration;

use futures_util::future::{Either, select};
use js_sys::{Object, Promise, Reflect};
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use worker::Env;
use worker::wasm_bindgen_futures::JsFuture;

use crate::visitors::shared_counter::SharedCounter;
use edge_runtime::bindings::runtime::sleep;

#[wasm_bindgen]
extern "C" {
    type RateLimit;
    #[wasm_bindgen(method, catch)]
    fn limit(this: &RateLimit, options: &Object) -> Result<Promise, JsValue>;
}

pub struct RateLimits<'a>(pub &'a Env);

impl SharedCounter for RateLimits<'_> {
    async fn count(&self, binding: &str, key: &str, at_most: Option<Duration>) -> Result<bool, String> {
        let counting = pin!(count(self.0, binding, key));
        let success = match at_most {
            None => counting.await,
            Some(at_most) => match select(counting, pin!(sleep(at_most))).await {
                Either::Left((success, _)) => success,
                Either::Right(_) => return Err(format!("no answer within {at_most:?}")),
            },
        };
        success.map(|success| success != JsValue::FALSE).map_err(|error| format!("{error:?}"))
    }
}

async fn count(env: &Env, binding: &str, key: &str) -> Result<JsValue, JsValue> {
    let counter: RateLimit = Reflect::get(env, &binding.into())?.unchecked_into();
    let options = Object::new();
    Reflect::set(&options, &"key".into(), &key.into())?;
    let outcome = JsFuture::from(counter.limit(&options)?).await?;
    Reflect::get(&outcome, &"success".into())
}
