//! The `migrate` binary: runs once as a command, or once per invocation under the Lambda runtime. A step of a deployment.

use std::env;
use std::process::ExitCode;

use anyhow::{Result, anyhow};
use lambda_runtime::{LambdaEvent, service_fn};
use migrate::Request;
use migrate::config::Config;
use startup::environment;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    startup::exit_code(run().await)
}

async fn run() -> Result<()> {
    startup::start_log(&environment)?;
    let config = Config::from_lookup(&environment)?;
    if env::var_os("AWS_LAMBDA_RUNTIME_API").is_some() {
        let handler = async |event: LambdaEvent<Request>| {
            // The whole error chain, because the waiting deployment sees nothing else.
            migrate::run_with(&config, &event.payload)
                .await
                .map_err(|error| lambda_runtime::Error::from(format!("{error:#}")))
        };
        return lambda_runtime::run(service_fn(handler)).await.map_err(|error| anyhow!(error));
    }
    println!("{}", serde_json::to_string(&migrate::run(&config).await?)?);
    Ok(())
}
