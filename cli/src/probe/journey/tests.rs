//! A site that is a function: from method and URL to an answer.

use time::macros::datetime;

use super::*;

const CONTEXT: Context = Context { now: datetime!(2026-11-29 15:04:05 UTC), pause: Duration::from_secs(1) };

fn travel(url: &str, goal: Goal, site: impl Fn(Method, &str) -> Result<Reply, Failure>) -> Finding {
    let mut journey = match Journey::new(url, goal, CONTEXT.now) {
        Ok(journey) => journey,
        Err(finding) => return *finding,
    };
    for _ in 0..100 {
        let (method, url) = journey.request();
        let answer = site(method, url.as_str());
        match journey.after(answer, &CONTEXT) {
            Step::Ask { journey: next, .. } => journey = *next,
            Step::Done { finding, .. } => return *finding,
        }
    }
    panic!("no end: {url}");
}

fn status(status: u16) -> Result<Reply, Failure> {
    Ok(Reply { status, ..Reply::default() })
}

fn redirect(status: u16, location: &str) -> Result<Reply, Failure> {
    Ok(Reply { status, location: Some(location.to_owned()), ..Reply::default() })
}

fn answers(answer: Result<Reply, Failure>) -> Finding {
    travel("https://a.example/x", Goal::End, |_, _| answer.clone())
}

#[test]
fn status_tells_dead_from_what_a_tool_cannot_see() {
    for (code, expected) in [
        (200, Verdict::Ok),
        (204, Verdict::Ok),
        (301, Verdict::Unclear),
        (304, Verdict::Unclear),
        (400, Verdict::Unclear),
        (401, Verdict::Unclear),
        (403, Verdict::Unclear),
        (404, Verdict::Dead),
        (410, Verdict::Dead),
        (429, Verdict::Unclear),
        (451, Verdict::Unclear),
        (500, Verdict::Dead),
        (502, Verdict::Dead),
        (503, Verdict::Unclear),
        (523, Verdict::Dead),
        (999, Verdict::Unclear),
    ] {
        let finding = answers(status(code));
        assert_eq!((finding.result, finding.status), (expected, Some(code)));
        // A server that limits requests is asked again by the next run.
        assert_eq!(finding.is_lasting, !matches!(code, 429 | 503), "{code}");
    }
    let challenge = Reply { status: 404, is_challenge: true, ..Reply::default() };
    assert_eq!(answers(Ok(challenge)).result, Verdict::Unclear);
}

#[test]
fn failures_are_told_apart() {
    let text = || "reason".to_owned();
    let tls = |cause: &str| Failure::Tls(format!("invalid peer certificate: {cause}"));
    let failures = [
        Failure::NoSuchHost,
        Failure::NameServer,
        Failure::NoNetwork,
        Failure::NotConnected(text()),
        Failure::NoAnswer(text()),
        tls("certificate expired"),
        tls("UnknownIssuer"),
        Failure::Private,
        Failure::BadUrl,
    ];
    let shown = failures.map(|failure| {
        let finding = answers(Err(failure));
        let lasting = if finding.is_lasting { "" } else { " (asked again by the next run)" };
        format!("{:?}: {}{lasting}", finding.result, finding.detail.unwrap_or_default())
    });
    insta::assert_snapshot!(shown.join("\n"));
}

#[test]
fn server_that_refuses_head_is_asked_with_get() {
    for refusal in [status(405), status(501), status(404), Err(Failure::NoAnswer("closed".into()))] {
        let finding = travel("https://a.example/", Goal::End, |method, _| match method {
            Method::Head => refusal.clone(),
            Method::Get => status(200),
        });
        assert_eq!(finding.result, Verdict::Ok);
    }
}

#[test]
fn passing_failure_is_tried_again() {
    let refused = Err(Failure::NotConnected("refused".into()));
    // A HEAD that ends in 500 is first repeated as GET.
    for (failure, times) in [(status(500), 2), (status(503), 1), (status(429), 1), (refused, 1)] {
        let requests = std::cell::Cell::new(0);
        let finding = travel("https://a.example/", Goal::End, |_, _| {
            requests.set(requests.get() + 1);
            if requests.get() <= times { failure.clone() } else { status(200) }
        });
        assert_eq!(finding.result, Verdict::Ok, "{failure:?}");
    }
}

#[test]
fn moved_is_what_permanent_redirects_say_before_a_temporary_one() {
    let site = |_: Method, url: &str| match url {
        "https://a.example/1" => redirect(301, "http://www.a.example/2"),
        "http://www.a.example/2" => redirect(308, "/3"),
        "http://www.a.example/3" => redirect(302, "/4"),
        "http://www.a.example/4" => redirect(301, "/5"),
        _ => status(200),
    };
    let finding = travel("https://a.example/1", Goal::End, site);
    assert_eq!(finding.result, Verdict::Moved);
    assert_eq!(finding.moved_to.as_deref(), Some("http://www.a.example/3"));
    assert_eq!(finding.final_url.as_deref(), Some("http://www.a.example/5"));
    let temporary = travel("http://www.a.example/3", Goal::End, site);
    assert_eq!((temporary.result, temporary.moved_to), (Verdict::Ok, None));
}

#[test]
fn moved_and_gone_is_dead() {
    let finding = travel("https://a.example/1", Goal::End, |_, url| match url {
        "https://a.example/1" => redirect(301, "/2"),
        _ => status(404),
    });
    assert_eq!(finding.result, Verdict::Dead);
    assert_eq!(finding.moved_to.as_deref(), Some("https://a.example/2"));
}

#[test]
fn move_to_the_home_page_is_named() {
    let moved = |url: &str| {
        let finding = travel(url, Goal::End, |_, url| match url {
            "https://b.example/" => status(200),
            _ => redirect(301, "https://b.example/"),
        });
        (finding.result, finding.detail.is_some())
    };
    assert_eq!(moved("https://a.example/deep/page"), (Verdict::Moved, true));
    assert_eq!(moved("https://a.example/"), (Verdict::Moved, false));
}

#[test]
fn fragment_is_kept_over_redirects() {
    let finding = travel("https://a.example/1#part", Goal::End, |_, url| match url {
        "https://a.example/1#part" => redirect(301, "/2"),
        _ => status(200),
    });
    assert_eq!(finding.moved_to.as_deref(), Some("https://a.example/2#part"));
}

#[test]
fn endless_redirects_are_dead_unless_they_want_cookies() {
    let circle = travel("https://a.example/1", Goal::End, |_, url| match url {
        "https://a.example/1" => redirect(302, "/2"),
        _ => redirect(302, "/1"),
    });
    assert_eq!((circle.result, circle.detail.as_deref()), (Verdict::Dead, Some("redirects in a loop")));
    let longer = travel("https://a.example/", Goal::End, |_, url| redirect(302, &format!("{url}1")));
    assert_eq!((longer.result, longer.detail.as_deref()), (Verdict::Dead, Some("more than 20 redirects")));
    let wall = Reply { status: 302, location: Some("/".into()), sets_cookie: true, ..Reply::default() };
    assert_eq!(answers(Ok(Reply { location: Some("/x".into()), ..wall })).result, Verdict::Unclear);
}

#[test]
fn warning_page_is_not_asked() {
    let warning = "https://bitly.com/a/warning?url=x";
    let finding = travel("https://bit.ly/x", Goal::End, |_, url| match url {
        "https://bit.ly/x" => redirect(301, warning),
        _ => panic!("asked {url}"),
    });
    assert_eq!((finding.result, finding.final_url.as_deref()), (Verdict::Warning, Some(warning)));
    assert_eq!(travel(warning, Goal::End, |_, url| panic!("asked {url}")).result, Verdict::Warning);
}

#[test]
fn other_places_than_the_web_are_skipped_or_unclear() {
    for url in ["mailto:a@example.com", "app://open", "not a url", "data:text/html,x"] {
        assert_eq!(travel(url, Goal::End, |_, _| panic!()).result, Verdict::Skipped, "{url}");
    }
    assert_eq!(answers(redirect(302, "market://details?id=x")).result, Verdict::Unclear);
    assert_eq!(answers(redirect(302, "http://[")).result, Verdict::Unclear);
}

#[test]
fn first_target_is_not_followed() {
    let site = |_: Method, url: &str| match url {
        "http://bit.ly/x" => redirect(301, "https://bit.ly/x"),
        "https://bit.ly/x" => redirect(301, "https://example.com/landing"),
        "https://bit.ly/page" => status(200),
        "https://bit.ly/gone" => status(404),
        _ => panic!("asked {url}"),
    };
    let found = |url: &str| {
        let finding = travel(url, Goal::FirstTarget, site);
        (finding.result, finding.final_url)
    };
    let target = Some("https://example.com/landing".to_owned());
    assert_eq!(found("https://bit.ly/x"), (Verdict::Ok, target.clone()));
    // The shortener's own way to https is not where the link leads.
    assert_eq!(found("http://bit.ly/x"), (Verdict::Ok, target));
    assert_eq!(found("https://bit.ly/page"), (Verdict::Unclear, None));
    assert_eq!(found("https://bit.ly/gone"), (Verdict::Dead, None));
}

#[test]
fn retry_after_is_seconds_or_a_date() {
    let wait = |text| retry_after(text, CONTEXT.now).map(|wait| wait.as_secs());
    assert_eq!(wait("120"), Some(120));
    assert_eq!(wait("Sun, 29 Nov 2026 15:05:05 GMT"), Some(60));
    assert_eq!(wait("Sun, 29 Nov 2026 15:00:00 GMT"), Some(0));
    assert_eq!((wait("soon"), wait("-1")), (None, None));
}
