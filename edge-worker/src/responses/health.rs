//! The answers of `/healthz` and `/readyz`.

use link_core::redirect::Answer;

pub fn alive() -> Answer {
    json(200, r#"{"status":"ok"}"#.to_owned())
}

pub fn readiness(origin: bool, queue: bool) -> Answer {
    let word = |ready| if ready { "ok" } else { "unavailable" };
    let (origin_word, queue_word) = (word(origin), word(queue));
    let body = format!(r#"{{"checks":{{"origin":"{origin_word}","queue":"{queue_word}"}}}}"#);
    json(if origin && queue { 200 } else { 503 }, body)
}

fn json(status: u16, body: String) -> Answer {
    Answer { status, headers: Vec::new(), body }
        .with("content-type", "application/json")
        .with("cache-control", "no-store")
        .with("x-content-type-options", "nosniff")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn readiness_names_what_is_unavailable() {
        let shown = |answer: Answer| (answer.status, answer.body);
        let ready = r#"{"checks":{"origin":"ok","queue":"ok"}}"#;
        assert_eq!(shown(readiness(true, true)), (200, ready.to_owned()));
        let not_ready = r#"{"checks":{"origin":"ok","queue":"unavailable"}}"#;
        assert_eq!(shown(readiness(true, false)), (503, not_ready.to_owned()));
    }
}
