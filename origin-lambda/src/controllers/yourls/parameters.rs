//! The parameters of a call, from the query string and from a form. PHP's clients send forms in either of the two encodings.

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::Method;
use axum::http::header::CONTENT_TYPE;
use url::form_urlencoded;

use super::multipart;
use crate::http::problem::{self, Problem};

/// In the order in which they were sent, those of the query first.
#[derive(Debug)]
pub(super) struct Parameters(pub(super) Vec<(String, String)>);

impl Parameters {
    pub(super) async fn read(request: Request) -> Result<Self, Problem> {
        let owned = |text: &[u8]| form_urlencoded::parse(text).into_owned().collect::<Vec<_>>();
        let mut all = owned(request.uri().query().unwrap_or_default().as_bytes());
        if *request.method() == Method::POST {
            let content_type = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
            let boundary = content_type.and_then(multipart::boundary);
            let body = Bytes::from_request(request, &()).await.map_err(|_| problem::body_too_large())?;
            all.extend(match boundary {
                Some(boundary) => multipart::fields(&body, &boundary),
                None => owned(&body),
            });
        }
        Ok(Self(all))
    }

    /// Empty where it is absent, as in PHP the last one counts.
    pub(super) fn get(&self, name: &str) -> &str {
        self.0.iter().rev().find(|(given, _)| given == name).map_or("", |(_, value)| value)
    }
}
