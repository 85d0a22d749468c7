//! `cargo xtask dev --observe`: a receiver of OTLP over HTTP that shows traces in the terminal and as a page. Nothing to install, and
//! nothing that outlives the process.

mod page;
mod receiver;
mod span;
mod terminal;
mod traces;
mod tree;

use std::io::IsTerminal;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

pub use self::span::Span;
use self::terminal::Terminal;
pub use self::traces::{Trace, Traces};

/// The port of OTLP over HTTP, if it is free.
const PORT: u16 = 4318;
/// How often finished traces are printed.
const TICK: Duration = Duration::from_secs(1);

/// Stops when it is dropped.
#[derive(Debug)]
pub struct Observer {
    /// For `OTEL_EXPORTER_OTLP_ENDPOINT`, and for a browser.
    pub url: String,
    pub traces: Arc<Traces>,
    tasks: Vec<JoinHandle<()>>,
}

impl Observer {
    pub async fn start() -> Result<Self> {
        let any = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let listener = match TcpListener::bind((Ipv4Addr::LOCALHOST, PORT)).await {
            Ok(listener) => listener,
            Err(_) => TcpListener::bind(any).await.context("no port for the receiver of traces")?,
        };
        let url = format!("http://{}", listener.local_addr()?);
        let traces = Arc::new(Traces::default());
        let router = receiver::router(Arc::clone(&traces));
        let serving = tokio::spawn(async {
            if let Err(error) = axum::serve(listener, router).await {
                eprintln!("the receiver of traces ended: {error}");
            }
        });
        Ok(Self { url, traces, tasks: vec![serving] })
    }

    /// Prints each trace when it has been quiet for a moment.
    pub fn print(&mut self) {
        let (traces, url) = (Arc::clone(&self.traces), self.url.clone());
        let terminal = Terminal::new(url, std::io::stdout().is_terminal());
        self.tasks.push(tokio::spawn(async move {
            loop {
                tokio::time::sleep(TICK).await;
                let text = terminal.text(traces.take_finished(Instant::now()));
                if !text.is_empty() {
                    print!("{text}");
                }
            }
        }));
    }
}

impl Drop for Observer {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
    }
}
