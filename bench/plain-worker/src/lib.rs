//! A constant redirect, as workers-rs is meant to be used. Decides nothing.

use worker::{Context, Env, Request, Response, ResponseBuilder, Result, event};

#[event(fetch)]
async fn fetch(_: Request, _: Env, _: Context) -> Result<Response> {
    Ok(ResponseBuilder::new()
        .with_status(302)
        .with_header("location", "https://example.com/landing/page")?
        .empty())
}
