//! `keys`: what is sent, and that a new key is printed alone.

use serde_json::json;

use super::double::{Double, Response};
use super::run::User;

#[test]
fn created_key_is_bound_and_printed_alone() {
    let key = json!({"id": "x", "name": "Shop", "role": "editor", "key": "slk_new", "expires_at": null});
    let double = Double::start(move |_, _| Response::json(201, &key));
    let arguments = [
        "keys",
        "create",
        "Shop",
        "--role",
        "editor",
        "-d",
        "a.example,b.example",
        "--own-links",
        "--action",
        "create",
        "--requests-per-minute",
        "60",
    ];
    let outcome = User::of(&double.url).run(&arguments);
    assert_eq!((outcome.code, outcome.stdout.as_str()), (0, "slk_new\n"), "{outcome:?}");
    let expected = json!({
        "name": "Shop", "role": "editor", "domains": ["a.example", "b.example"], "own_links": true, "actions": ["create"],
        "requests_per_minute": 60,
    });
    assert_eq!(double.requests().remove(0).body, expected);
}

#[test]
fn rotation_takes_a_duration() {
    let double = Double::start(|_, _| {
        Response::json(200, &json!({"key": "slk_new", "previous_until": "2026-11-30T00:00:00.000Z"}))
    });
    let user = User::of(&double.url);
    assert_eq!(user.run(&["keys", "rotate", "x", "--grace", "2h"]).stdout, "slk_new\n");
    assert_eq!(double.requests().remove(0).body, json!({"grace_seconds": 7_200}));
    assert_eq!(user.run(&["keys", "rotate", "x", "--grace", "soon"]).code, 2);
}
