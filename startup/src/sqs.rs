//! Creates an SQS client.

use std::time::Duration;

use aws_config::BehaviorVersion;
use aws_config::timeout::TimeoutConfig;
use aws_sdk_sqs::Client;
use aws_smithy_http_client::tls::Provider;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;

#[derive(Debug, Clone, Copy)]
pub struct SqsTimeouts {
    pub connect: Duration,
    /// For one attempt of a call; the SDK retries.
    pub attempt: Duration,
}

/// Takes region, credentials and endpoint from the `AWS_*` variables. Loading them and the trusted certificates takes longer than the
/// rest of a cold start.
pub async fn client(timeouts: SqsTimeouts) -> Client {
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(timeouts.connect)
        .operation_attempt_timeout(timeouts.attempt)
        .build();
    let http_client =
        aws_smithy_http_client::Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring)).build_https();
    let config = aws_config::defaults(BehaviorVersion::v2026_01_12())
        .http_client(http_client)
        .timeout_config(timeouts)
        .load()
        .await;
    Client::new(&config)
}
