//! Tests of the span of an invocation, and of what it must not have.

use std::sync::atomic::Ordering;

use link_core::clicks::batch::Click;
use link_core::trace_context::TraceContext;
use sqlx::PgPool;
use telemetry::traces::test_util::{Collector, Recording};

use crate::fixture::{
    FakeQueue, MIDNIGHT, bare_message, batch, click, consumer, consumer_of, deliver, message, nobody_listens,
    plain_batch,
};
use log_consumer::message::Message;

fn context(span: u8) -> TraceContext {
    format!("00-4bf92f3577b34da6a3ce929d0e0e4736-{span:016x}-01").parse().unwrap()
}

fn traced(span: u8) -> Click {
    Click { trace: Some(context(span)), ..click(1, MIDNIGHT) }
}

#[sqlx::test(migrations = "../migrations/analytics")]
async fn batch_links_to_the_spans_whose_clicks_it_stores(database: PgPool) {
    let collector = Collector::start().await;
    let recording = Recording::start(&collector.endpoint, "0");
    let queue = FakeQueue::default();
    let consumer = consumer(&database, &queue);
    let first = message(&batch(1, 1, vec![traced(1), click(1, MIDNIGHT), traced(1)]));
    let second = Message { trace: Some(context(3)), ..message(&batch(2, 1, vec![traced(2)])) };
    assert_eq!(deliver(&consumer, &[first, second]).await.stored, 2);
    // Nothing in it is sampled.
    assert_eq!(deliver(&consumer, &[message(&plain_batch(3, 1, 1))]).await.stored, 1);
    recording.flush().await;

    let span = collector.span("process clicks");
    let mut links: Vec<_> = span.links.iter().map(|(_, span)| span.as_str()).collect();
    links.sort_unstable();
    assert_eq!(links, ["0000000000000001", "0000000000000002", "0000000000000003"]);
    assert_eq!(span.attributes["messaging.batch.message_count"], "2");
    assert_eq!(span.attributes["shortline.clicks"], "4");
    assert_eq!(span.attributes["shortline.sampled_clicks"], "3");
    assert!(!span.has_failed && span.parent_span_id.is_empty());
    let statements = collector.spans().into_iter().filter(|span| span.name.contains("INSERT clicks"));
    let parents: Vec<_> = statements.map(|statement| statement.parent_span_id).collect();
    assert_eq!(parents, [span.span_id]);
}

#[sqlx::test(migrations = "../migrations/analytics")]
async fn links_are_bounded(database: PgPool) {
    let collector = Collector::start().await;
    let recording = Recording::start(&collector.endpoint, "0");
    let queue = FakeQueue::default();
    let clicks = (1..=200).map(traced).collect();
    assert_eq!(deliver(&consumer(&database, &queue), &[message(&batch(1, 1, clicks))]).await.stored, 1);
    recording.flush().await;
    let span = collector.span("process clicks");
    assert_eq!((span.links.len(), span.attributes["shortline.sampled_clicks"].as_str()), (128, "200"));
}

#[sqlx::test(migrations = "../migrations/analytics")]
async fn failed_batch_is_kept_though_nothing_is_sampled(database: PgPool) {
    let collector = Collector::start().await;
    let recording = Recording::start(&collector.endpoint, "0");
    let queue = FakeQueue::default();
    let sent = [message(&plain_batch(1, 1, 1))];
    assert_eq!(deliver(&consumer_of(nobody_listens(), &queue), &sent).await.returned.len(), 1);
    recording.flush().await;
    let span = collector.span("process clicks");
    assert_eq!((span.has_failed, span.attributes["error.type"].as_str()), (true, "returned"));

    let unreadable = [bare_message("canary-id", r#"{"canary": "canary-body"}"#)];
    assert_eq!(deliver(&consumer(&database, &queue), &unreadable).await.dead_lettered, 1);
    assert!(!queue.refuses_letters.load(Ordering::Relaxed));
    recording.flush().await;
    let failures: Vec<_> =
        collector.spans().iter().filter_map(|span| span.attributes.get("error.type").cloned()).collect();
    assert_eq!(failures, ["returned", "dead_lettered"]);
    assert!(collector.spans().iter().all(|span| !span.raw.contains("canary")));
}

#[sqlx::test(migrations = "../migrations/analytics")]
async fn no_span_has_what_a_click_tells(database: PgPool) {
    let collector = Collector::start().await;
    let recording = Recording::start(&collector.endpoint, "1");
    let queue = FakeQueue::default();
    let click = Click {
        request_id: "canary-request".into(),
        user_agent: Some("canary-agent".into()),
        referrer: Some("https://canary.example/".into()),
        destination: Some("https://canary.example/destination".into()),
        domain: Some("canary.example".into()),
        ..traced(1)
    };
    assert_eq!(deliver(&consumer(&database, &queue), &[message(&batch(1, 1, vec![click]))]).await.stored, 1);
    recording.flush().await;
    assert!(collector.names().len() > 5, "{:?}", collector.names());
    for span in collector.spans() {
        assert!(!span.raw.contains("canary"), "{}", span.raw);
    }
}
