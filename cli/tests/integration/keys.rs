//! `keys`: what is sent, and that a new key is printed alone.

use serde_json::json;

use super::double::{Double, Response};
use super::run::{User, page};

const ID: &str = "0198c0de-0000-7000-8000-00000000000a";

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
    let double = Double::start(|request, _| match request.method.as_str() {
        "GET" => Response::json(200, &json!({"id": ID, "name": "Shop"})),
        _ => Response::json(200, &json!({"key": "slk_new", "previous_until": "2026-11-30T00:00:00.000Z"})),
    });
    let user = User::of(&double.url);
    assert_eq!(user.run(&["keys", "rotate", ID, "--grace", "2h"]).stdout, "slk_new\n");
    assert_eq!(double.requests().pop().unwrap().body, json!({"grace_seconds": 7_200}));
    assert_eq!(user.run(&["keys", "rotate", ID, "--grace", "soon"]).code, 2);
}

#[test]
fn key_is_known_by_its_name_if_one_has_it() {
    let keys = [
        json!({"id": ID, "name": "Shop", "revoked_at": null}),
        json!({"id": "2", "name": "Shop", "revoked_at": "2026-11-30T00:00:00.000Z"}),
        json!({"id": "3", "name": "Both", "revoked_at": null}),
        json!({"id": "4", "name": "Both", "revoked_at": null}),
    ];
    let double = Double::start(move |request, _| match request.method.as_str() {
        "GET" => Response::json(200, &page(&keys)),
        _ => Response::text(204, "text/plain", ""),
    });
    let user = User::of(&double.url);
    assert_eq!(user.run(&["keys", "revoke", "Shop", "--yes"]).code, 0);
    assert_eq!(double.lines().pop().unwrap(), format!("DELETE /api/v1/keys/{ID}"));
    let unclear = user.run(&["keys", "revoke", "Both", "--yes"]);
    assert!(unclear.code == 2 && unclear.stderr.contains("3, 4"), "{unclear:?}");
    assert_eq!(user.run(&["keys", "revoke", "None", "--yes"]).code, 4);
}

#[test]
fn secret_is_not_lost_to_chosen_fields() {
    let double = Double::start(|_, _| Response::json(201, &json!({"id": ID, "key": "slk_new"})));
    let user = User::of(&double.url);
    let lost = user.run(&["keys", "create", "a", "--role", "reader", "--json", "id"]);
    assert_eq!((lost.code, double.requests().len()), (2, 0), "{lost:?}");
    let kept = user.run(&["keys", "create", "a", "--role", "reader", "--json", "id,key"]);
    assert!(kept.stdout.contains("slk_new"), "{kept:?}");
}
