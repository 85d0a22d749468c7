//! Shlink's REST API, for the clients that people have: the same services as `/api/v1`, in Shlink's shapes and with its errors.
//! <https://api-spec.shlink.io>

mod call;
mod domains;
mod endpoint;
mod error;
mod health;
mod orphan_visits;
mod pages;
mod query;
mod rules;
mod short_url;
mod short_urls;
mod tags;
mod visits;

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{FromRequest, Request, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use link_core::compatible_apis::SHLINK_KEY;

use crate::app::App;
use crate::caller::{self, Caller};
use crate::http::problem::{Problem, body_too_large};
use call::Call;
use endpoint::Endpoint;
use error::{Outcome, ShlinkError};
use query::Query;

pub(crate) async fn call(State(app): State<Arc<App>>, request: Request) -> Response {
    answer(&app, request).await.unwrap_or_else(ShlinkError::into_response)
}

async fn answer(app: &App, request: Request) -> Outcome {
    let endpoint = Endpoint::of(request.method(), request.uri().path()).ok_or_else(ShlinkError::not_found)?;
    if endpoint == Endpoint::Health {
        return Ok(health::health(app).await);
    }
    let query = Query::read(request.uri().query().unwrap_or_default());
    let caller = identify(app, &endpoint, request.headers(), &query).await?;
    let body = Bytes::from_request(request, &()).await.map_err(|_| body_too_large())?;
    let refuse = |problem: Problem| ShlinkError::refused(problem, &endpoint).into_response();
    let call = Call { app, principal: caller.principal, bounds: caller.bounds(), query, body };
    let response = caller::run_call(app, &caller, endpoint.right(), refuse, async {
        execute(&call, &endpoint).await.unwrap_or_else(ShlinkError::into_response)
    });
    Ok(response.await?)
}

/// By the header; the deprecated call that shortens by GET has the key in its query.
async fn identify(
    app: &App,
    endpoint: &Endpoint,
    headers: &HeaderMap,
    query: &Query,
) -> Result<Caller, ShlinkError> {
    let header = headers.get(SHLINK_KEY).map(|key| key.as_bytes());
    let in_query = query.get("apiKey").filter(|_| *endpoint == Endpoint::Shorten).map(str::as_bytes);
    let key = header.or(in_query).ok_or_else(ShlinkError::missing_authentication)?;
    let credential = app.access.key(key).map_err(Problem::from)?;
    Ok(caller::with_key(app, credential, app.clock.now()).await?)
}

async fn execute(call: &Call<'_>, endpoint: &Endpoint) -> Outcome {
    match endpoint {
        Endpoint::Health => Ok(health::health(call.app).await),
        Endpoint::MercureInfo => Err(ShlinkError::mercure_not_configured()),
        Endpoint::ListShortUrls => short_urls::list::list(call).await,
        Endpoint::CreateShortUrl => short_urls::create::create(call).await,
        Endpoint::Shorten => short_urls::create::shorten(call).await,
        Endpoint::ReadShortUrl(code) => short_urls::read(call, code).await,
        Endpoint::EditShortUrl(code) => short_urls::edit::edit(call, code).await,
        Endpoint::DeleteShortUrl(code) => short_urls::delete(call, code).await,
        Endpoint::ReadRules(code) => rules::read(call, code).await,
        Endpoint::SetRules(code) => rules::set(call, code).await,
        Endpoint::VisitsOfShortUrl(code) => visits::of_short_url(call, code).await,
        Endpoint::DeleteVisits(code) => visits::delete(call, code).await,
        Endpoint::VisitsOverview => visits::overview(call).await,
        Endpoint::NonOrphanVisits => visits::non_orphan(call).await,
        Endpoint::VisitsOfTag(tag) => visits::of_tag(call, tag).await,
        Endpoint::VisitsOfDomain(domain) => visits::of_domain(call, domain).await,
        Endpoint::OrphanVisits => orphan_visits::list(call).await,
        Endpoint::DeleteOrphanVisits => orphan_visits::delete(call).await,
        Endpoint::ListTags => tags::list(call).await,
        Endpoint::TagsStats => tags::stats(call).await,
        Endpoint::RenameTag => tags::rename(call).await,
        Endpoint::DeleteTags => tags::delete(call).await,
        Endpoint::ListDomains => domains::list(call).await,
        Endpoint::EditRedirects => domains::edit_redirects(call).await,
    }
}
