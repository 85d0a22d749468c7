//! A constant redirect with plain workers-rs, for the benchmarks to compare with.

use worker::{Context, Env, Request, Response, ResponseBuilder, Result, event};

#[event(fetch)]
async fn fetch(_: Request, _: Env, _: Context) -> Result<Response> {
    Ok(ResponseBuilder::new()
        .with_status(302)
        .with_header("location", "https://example.com/landing/page")?
        .empty())
}
