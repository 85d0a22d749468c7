//! Takes spans by OTLP over HTTP, in protobuf or JSON, and serves the pages.

use std::io::Read;
use std::sync::Arc;
use std::time::Instant;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::header::{CONTENT_ENCODING, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};
use flate2::read::GzDecoder;
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use prost::Message;

use super::page;
use super::span::spans;
use super::traces::Traces;

/// As sent, and unpacked.
const MAX_BYTES: usize = 16 * 1024 * 1024;
/// The pages load nothing.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'";

pub(super) fn router(traces: Arc<Traces>) -> Router {
    Router::new()
        .route("/", get(list))
        .route("/traces/{id}", get(trace))
        .route("/v1/traces", post(take))
        .layer(DefaultBodyLimit::max(MAX_BYTES))
        .with_state(traces)
}

async fn list(State(traces): State<Arc<Traces>>) -> Response {
    html(page::list(&traces.all()))
}

async fn trace(State(traces): State<Arc<Traces>>, Path(id): Path<String>) -> Response {
    match traces.get(&id) {
        Some(trace) => html(page::trace(&trace, &traces.linking_to(&id))),
        None => (StatusCode::NOT_FOUND, html(page::missing())).into_response(),
    }
}

fn html(text: String) -> Response {
    ([(CONTENT_SECURITY_POLICY, POLICY)], Html(text)).into_response()
}

async fn take(State(traces): State<Arc<Traces>>, headers: HeaderMap, body: Bytes) -> Response {
    let header = |name| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let is_json = header(CONTENT_TYPE).starts_with("application/json");
    let Some(body) = unpacked(header(CONTENT_ENCODING), body) else {
        return (StatusCode::BAD_REQUEST, "the body cannot be unpacked").into_response();
    };
    let request = if is_json {
        serde_json::from_slice(&body).map_err(|error| error.to_string())
    } else {
        ExportTraceServiceRequest::decode(body).map_err(|error| error.to_string())
    };
    match request {
        Ok(request) => traces.add(spans(request), Instant::now()),
        Err(error) => return (StatusCode::BAD_REQUEST, error).into_response(),
    }
    // In the encoding of the request (OTLP).
    if is_json {
        ([(CONTENT_TYPE, "application/json")], "{}").into_response()
    } else {
        let answer = ExportTraceServiceResponse::default().encode_to_vec();
        ([(CONTENT_TYPE, "application/x-protobuf")], answer).into_response()
    }
}

fn unpacked(encoding: &str, body: Bytes) -> Option<Bytes> {
    match encoding {
        "" | "identity" => Some(body),
        "gzip" => {
            let mut plain = Vec::new();
            let mut decoder = GzDecoder::new(&body[..]).take(MAX_BYTES as u64 + 1);
            decoder.read_to_end(&mut plain).ok()?;
            (plain.len() <= MAX_BYTES).then(|| plain.into())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    /// As the edge sends it.
    const JSON: &str = r#"{"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"shortline-edge"}}]},
        "scopeSpans":[{"scope":{"name":"edge-worker"},"spans":[{"traceId":"4bf92f3577b34da6a3ce929d0e0e4736","spanId":"0101010101010101",
        "name":"GET /{code}","kind":2,"startTimeUnixNano":"1795478400000000000","endTimeUnixNano":"1795478400012000000",
        "attributes":[{"key":"http.response.status_code","value":{"intValue":"503"}}],"status":{"code":2}}]}]}]}"#;

    async fn send(content_type: &str, encoding: &str, body: impl Into<Bytes>) -> (u16, Arc<Traces>) {
        let traces = Arc::new(Traces::default());
        let pairs = [(CONTENT_TYPE, content_type), (CONTENT_ENCODING, encoding)];
        let headers = pairs.into_iter().map(|(name, value)| (name, value.parse().unwrap())).collect();
        let answer = take(State(Arc::clone(&traces)), headers, body.into()).await;
        (answer.status().as_u16(), traces)
    }

    #[tokio::test]
    async fn protobuf_json_and_gzip_are_read_alike() {
        let request: ExportTraceServiceRequest = serde_json::from_str(JSON).unwrap();
        let protobuf = request.encode_to_vec();
        let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
        gzip.write_all(&protobuf).unwrap();
        let gzip = gzip.finish().unwrap();
        for (content_type, encoding, body) in [
            ("application/json", "", JSON.as_bytes().to_vec()),
            ("application/x-protobuf", "", protobuf),
            ("application/x-protobuf", "gzip", gzip),
        ] {
            let (status, traces) = send(content_type, encoding, body).await;
            let trace = traces.get("4bf92f3577b34da6a3ce929d0e0e4736").unwrap();
            let root = trace.root().unwrap();
            assert_eq!((status, root.service.as_str(), root.outcome()), (200, "shortline-edge", "503"));
            assert!(trace.has_failed() && root.duration.as_millis() == 12);
        }
    }

    #[tokio::test]
    async fn malformed_body_is_refused() {
        for (content_type, encoding, body) in [
            ("application/json", "", "{"),
            ("application/x-protobuf", "", "???"),
            ("", "gzip", "?"),
            ("", "br", ""),
        ] {
            let (status, traces) = send(content_type, encoding, body).await;
            assert_eq!((status, traces.all().len()), (400, 0), "{content_type} {encoding}");
        }
    }
}
