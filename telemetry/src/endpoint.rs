//! `GET /metrics` on a port of its own: who reads it needs no key, so it must not be the port that the world reaches.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use axum::routing::get;
use startup::{ConfigError, Lookup, Variable};
use tokio::net::TcpListener;
use tracing::info;

use crate::Metrics;

/// <https://github.com/prometheus/OpenMetrics/blob/main/specification/OpenMetrics.md#overall-structure>
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

const METRICS_ADDR: Variable = Variable {
    name: "METRICS_ADDR",
    expected: "the address and port for `GET /metrics`, such as 127.0.0.1:9090, or unset it for none",
};

pub fn address(lookup: &Lookup<'_>) -> Result<Option<SocketAddr>, ConfigError> {
    METRICS_ADDR.get_parsed(lookup, "is not an IP address and a port", |text| text.parse().ok())
}

/// What is measured only when somebody reads it, such as the state of a pool.
pub trait Collect: Send + Sync + 'static {
    fn collect(&self, metrics: &Metrics) -> impl Future<Output = ()> + Send;
}

/// Serves until the process ends.
pub async fn serve<C: Collect>(
    listener: TcpListener,
    metrics: Arc<Metrics>,
    collector: C,
) -> std::io::Result<()> {
    let address: SocketAddr = listener.local_addr()?;
    info!(%address, "metrics at /metrics");
    let state = Arc::new((metrics, collector));
    axum::serve(listener, Router::new().route("/metrics", get(read::<C>)).with_state(state)).await
}

async fn read<C: Collect>(State(state): State<Arc<(Arc<Metrics>, C)>>) -> impl IntoResponse {
    let (metrics, collector) = &*state;
    collector.collect(metrics).await;
    ([(CONTENT_TYPE, OPEN_METRICS)], metrics.text())
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpStream;

    use super::*;
    use crate::{Program, list};

    #[test]
    fn address_needs_a_port_and_may_be_absent() {
        let read = |value: &str| address(&|_| Some(value.to_owned())).map_err(|error| error.to_string());
        assert_eq!(read(""), Ok(None));
        assert_eq!(read("127.0.0.1:9090"), Ok(Some(([127, 0, 0, 1], 9_090).into())));
        assert!(
            read("127.0.0.1")
                .unwrap_err()
                .starts_with("METRICS_ADDR is not an IP address and a port. Set it")
        );
    }

    struct Missing;

    impl Collect for Missing {
        async fn collect(&self, metrics: &Metrics) {
            metrics.set(&list::CLICKS, &["missing"], 7.0);
        }
    }

    #[tokio::test]
    async fn what_is_collected_is_in_the_answer() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(serve(listener, Arc::new(Metrics::of(Program::Origin)), Missing));
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(b"GET /metrics HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n").await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        assert!(answer.contains(&format!("content-type: {OPEN_METRICS}")), "{answer}");
        assert!(answer.contains("shortline_clicks{state=\"missing\"} 7.0"), "{answer}");
    }
}
