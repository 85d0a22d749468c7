//! The wire format of the real binary, under Lambda and by itself, against a fake of the Lambda Runtime API and SQS in one small HTTP
//! server.

use std::process::Stdio;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use serde_json::{Value, json};
use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions, PgPool};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader, BufStream};
use tokio::net::{TcpListener, TcpStream};
use tokio::process::{Child, Command};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use crate::fixture::*;

const NEXT: &str = "GET /2018-06-01/runtime/invocation/next";
const RECEIVE: &str = "AmazonSQS.ReceiveMessage";
const RESPONSE: &str = "POST /2018-06-01/runtime/invocation/invocation-1/response";
const CLICK_QUEUE_URL: &str = "http://queues.invalid/000000000000/clicks";
const DEAD_LETTER_QUEUE_URL: &str = "http://queues.invalid/000000000000/clicks-dead";

/// A request of the consumer: its method and path, or the SQS action, and its body.
type Call = (String, Value);

struct Binary {
    calls: UnboundedReceiver<Call>,
    process: Child,
}

impl Binary {
    /// Gets `event` as an invocation.
    async fn under_lambda(database: &PgConnectOptions, event: Value) -> Self {
        let variables = |address: &str| {
            vec![
                ("AWS_LAMBDA_RUNTIME_API", address.to_owned()),
                ("AWS_LAMBDA_FUNCTION_NAME", "log-consumer".to_owned()),
                ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256".to_owned()),
                ("AWS_LAMBDA_FUNCTION_VERSION", "1".to_owned()),
            ]
        };
        Self::start(database, event, variables).await
    }

    /// Receives `messages` from the queue.
    async fn polling(database: &PgConnectOptions, messages: Value) -> Self {
        let variables = |_: &str| vec![("METRICS_ADDR", "127.0.0.1:0".to_owned())];
        Self::start(database, json!({ "Messages": messages }), variables).await
    }

    async fn start(
        database: &PgConnectOptions,
        event: Value,
        variables: impl Fn(&str) -> Vec<(&'static str, String)>,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let (sender, calls) = unbounded_channel();
        let was_received = Arc::new(Mutex::new(false));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, event.clone(), Arc::clone(&was_received), sender.clone()));
            }
        });
        let process = Command::new(env!("CARGO_BIN_EXE_log-consumer"))
            .env_clear()
            .env("ANALYTICS_DATABASE_URL", database.to_url_lossy().as_str())
            .env("LINKS_DATABASE_URL", "postgres://nobody@127.0.0.1:1/links")
            .env("CLICK_QUEUE_URL", CLICK_QUEUE_URL)
            .env("DEAD_LETTER_QUEUE_URL", DEAD_LETTER_QUEUE_URL)
            .env("AWS_ENDPOINT_URL", format!("http://{address}"))
            .env("AWS_REGION", "us-east-1")
            .env("AWS_ACCESS_KEY_ID", "test")
            .env("AWS_SECRET_ACCESS_KEY", "test")
            .envs(variables(&address))
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        Self { calls, process }
    }

    /// Receives the next call and checks its name.
    async fn expect(&mut self, name: &str) -> Value {
        let (called, body) = self.calls.recv().await.unwrap();
        assert_eq!(called, name, "{body}");
        body
    }

    /// The text at `/metrics`, whose address is in the log.
    async fn metrics(&mut self) -> String {
        let mut lines = BufReader::new(self.process.stdout.as_mut().unwrap()).lines();
        let address = loop {
            let line: Value = serde_json::from_str(&lines.next_line().await.unwrap().unwrap()).unwrap();
            if line["message"] == "metrics at /metrics" {
                break line["address"].as_str().unwrap().to_owned();
            }
        };
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(b"GET /metrics HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n").await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        answer
    }
}

/// Returns `event` once, and accepts everything else that the consumer sends.
async fn serve(
    stream: TcpStream,
    event: Value,
    was_received: Arc<Mutex<bool>>,
    calls: UnboundedSender<Call>,
) {
    let mut stream = BufStream::new(stream);
    while let Some((name, body)) = read_call(&mut stream).await {
        if calls.send((name.clone(), body)).is_err() {
            return;
        }
        let answer = match name.as_str() {
            NEXT => event.to_string(),
            RECEIVE if !std::mem::replace(&mut was_received.lock().unwrap(), true) => event.to_string(),
            // No more messages.
            RECEIVE => std::future::pending().await,
            "AmazonSQS.GetQueueAttributes" => {
                json!({"Attributes": {"ApproximateNumberOfMessages": "3"}}).to_string()
            }
            "AmazonSQS.SendMessage" => json!({"MessageId": "letter-1"}).to_string(),
            "AmazonSQS.ChangeMessageVisibilityBatch" | "AmazonSQS.DeleteMessageBatch" => {
                json!({"Successful": [], "Failed": []}).to_string()
            }
            _ => "{}".to_owned(),
        };
        if name == RESPONSE {
            // Keep the consumer waiting, as for its next invocation, until the test ends.
            std::future::pending::<()>().await;
        }
        let deadline =
            SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap() + Duration::from_secs(60);
        let head = format!(
            "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\
             lambda-runtime-aws-request-id: invocation-1\r\nlambda-runtime-deadline-ms: {}\r\n\r\n",
            answer.len(),
            deadline.as_millis()
        );
        stream.write_all((head + &answer).as_bytes()).await.unwrap();
        stream.flush().await.unwrap();
    }
}

async fn read_call(stream: &mut BufStream<TcpStream>) -> Option<Call> {
    let mut name = String::new();
    let mut length = 0;
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await.ok()? == 0 {
            return None;
        }
        match line.trim_end().split_once(": ") {
            Some((header, value)) if header.eq_ignore_ascii_case("content-length") => {
                length = value.parse().unwrap()
            }
            Some((header, value)) if header.eq_ignore_ascii_case("x-amz-target") => name = value.to_owned(),
            Some(_) => {}
            None if line.trim_end().is_empty() => break,
            None => name = line.trim_end().trim_end_matches(" HTTP/1.1").to_owned(),
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.ok()?;
    Some((name, serde_json::from_slice(&body).unwrap_or(Value::Null)))
}

/// As Lambda's event source mapping writes it.
fn record(id: &str, body: &str) -> Value {
    json!({
        "messageId": id,
        "receiptHandle": format!("handle of {id}"),
        "body": body,
        "attributes": {"ApproximateReceiveCount": "1", "SentTimestamp": "1795478400000"},
        "messageAttributes": {
            "producer": {"stringValue": "000102030405060708090a0b0c0d0e0f", "dataType": "String"},
            "batch": {"stringValue": "2", "dataType": "Number"},
            "clicks": {"stringValue": "2", "dataType": "Number"},
            "trace": {"stringValue": "not ours", "dataType": "String"},
        },
        "md5OfBody": "7b270e59b47ff90a553787216d55d91d",
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:us-east-1:000000000000:clicks",
        "awsRegion": "us-east-1",
    })
}

const BATCH: &str = include_str!("../../../link-core/fixtures/click-batch-v1.json");

#[sqlx::test(migrations = "../migrations/analytics")]
async fn binary_polls_stores_dead_letters_and_answers(database: PgPool) {
    let event = json!({"Records": [record("good", BATCH), record("unreadable", "?")]});
    let mut lambda = Binary::under_lambda(&database.connect_options(), event).await;
    lambda.expect(NEXT).await;
    let letter = lambda.expect("AmazonSQS.SendMessage").await;
    insta::assert_json_snapshot!(letter);
    assert_eq!(lambda.expect(RESPONSE).await, json!({"batchItemFailures": []}));
    assert_eq!(table_counts(&database).await, TableCounts { dropped: 1, ..complete(1, 2) });
}

#[tokio::test]
async fn binary_postpones_and_returns_unstored_messages() {
    let nobody_listens = PgConnectOptions::new_without_pgpass().host("127.0.0.1").port(1);
    let mut lambda = Binary::under_lambda(&nobody_listens, json!({"Records": [record("good", BATCH)]})).await;
    lambda.expect(NEXT).await;
    let mut postponed = lambda.expect("AmazonSQS.ChangeMessageVisibilityBatch").await;
    let seconds = postponed["Entries"][0]["VisibilityTimeout"].take();
    assert!((3..=5).contains(&seconds.as_i64().unwrap()), "{seconds}");
    assert_eq!(
        postponed,
        json!({
            "QueueUrl": CLICK_QUEUE_URL,
            "Entries": [{"Id": "0", "ReceiptHandle": "handle of good", "VisibilityTimeout": null}],
        })
    );
    let answer = json!({"batchItemFailures": [{"itemIdentifier": "good"}]});
    assert_eq!(lambda.expect(RESPONSE).await, answer);
}

/// As SQS returns it: the attributes of `record`, by SQS's names.
fn received(id: &str, body: &str) -> Value {
    let lambda = record(id, body);
    let attributes = lambda["messageAttributes"].as_object().unwrap().iter().map(|(name, attribute)| {
        let value = json!({"StringValue": attribute["stringValue"], "DataType": attribute["dataType"]});
        (name.clone(), value)
    });
    json!({
        "MessageId": id,
        "ReceiptHandle": lambda["receiptHandle"],
        "Body": body,
        "Attributes": lambda["attributes"],
        "MessageAttributes": attributes.collect::<serde_json::Map<_, _>>(),
    })
}

#[sqlx::test(migrations = "../migrations/analytics")]
async fn binary_without_lambda_polls_stores_and_deletes(database: PgPool) {
    let messages = json!([received("good", BATCH), received("unreadable", "?")]);
    let mut binary = Binary::polling(&database.connect_options(), messages).await;
    let receive = binary.expect(RECEIVE).await;
    assert_eq!((&receive["QueueUrl"], &receive["WaitTimeSeconds"]), (&json!(CLICK_QUEUE_URL), &json!(10)));
    let letter = binary.expect("AmazonSQS.SendMessage").await;
    assert_eq!(letter["MessageAttributes"]["producer"]["StringValue"], "000102030405060708090a0b0c0d0e0f");
    let deleted = binary.expect("AmazonSQS.DeleteMessageBatch").await;
    assert_eq!(deleted["Entries"][0], json!({"Id": "0", "ReceiptHandle": "handle of good"}));
    assert_eq!(deleted["Entries"][1], json!({"Id": "1", "ReceiptHandle": "handle of unreadable"}));
    assert_eq!(table_counts(&database).await, TableCounts { dropped: 1, ..complete(1, 2) });

    let metrics = binary.metrics().await;
    for line in [
        "messaging_client_consumed_messages_total{outcome=\"stored\"} 1",
        "messaging_client_consumed_messages_total{outcome=\"dead_lettered\"} 1",
        "shortline_message_age_seconds_count 2",
        "shortline_dead_letters 3.0",
    ] {
        assert!(metrics.lines().any(|found| found == line), "{line} is not in\n{metrics}");
    }
    let stored = metrics.lines().filter(|line| line.starts_with("shortline_stored_clicks_total{"));
    let clicks: f64 = stored.map(|line| line.rsplit(' ').next().unwrap().parse::<f64>().unwrap()).sum();
    assert_eq!(clicks, 2.0, "{metrics}");
}

#[tokio::test]
async fn binary_without_lambda_leaves_unstored_messages_in_the_queue() {
    let mut binary = Binary::polling(&nobody_listens(), json!([received("good", BATCH)])).await;
    binary.expect(RECEIVE).await;
    binary.expect("AmazonSQS.ChangeMessageVisibilityBatch").await;
    // Deletes nothing, and asks for the next.
    binary.expect(RECEIVE).await;
}
