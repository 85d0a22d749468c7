//! `escrow`: from the API to a folder.

use std::os::unix::fs::PermissionsExt;

use serde_json::json;

use super::double::{Double, Response};
use super::run::{User, link, page};

#[test]
fn secret_links_stay_out_of_the_site() {
    let mut secret = link("secret");
    secret["password_protected"] = true.into();
    secret["url"] = "https://example.com/secret-place".into();
    let links = page(&[link("summer"), secret.clone()]);
    let double = Double::start(move |_, _| Response::json(200, &links));
    let user = User::of(&double.url);
    let folder = user.folder().join("escrow");
    let arguments = ["escrow", folder.to_str().unwrap(), "-o", "jsonl"];
    let outcome = user.run(&arguments);
    assert_eq!(outcome.code, 0, "{outcome:?}");
    let left_out: serde_json::Value = serde_json::from_str(&outcome.stdout).unwrap();
    assert_eq!(left_out, json!({"link": "go.example.com/secret", "reason": "it has a password"}));
    assert!(outcome.stderr.contains("Fingerprint of the signing key: "), "{outcome:?}");
    let read = |path: &str| std::fs::read_to_string(folder.join(path)).unwrap();
    assert!(read("site/go.example.com/summer/index.html").contains("0; url=https://example.com/landing"));
    assert!(!folder.join("site/go.example.com/secret").exists());
    assert!(!read("site/go.example.com/_redirects").contains("secret"));
    assert_eq!(
        serde_json::from_str::<serde_json::Value>(read("links.jsonl").lines().nth(1).unwrap()).unwrap(),
        secret
    );
    for private in ["links.jsonl", "left-out.csv"] {
        assert_eq!(
            std::fs::metadata(folder.join(private)).unwrap().permissions().mode() & 0o777,
            0o600,
            "{private}"
        );
    }
    // The same key signs the next one.
    let fingerprint = |text: &str| text.lines().last().map(str::to_owned);
    let again = user.run(&arguments);
    assert_eq!(fingerprint(&again.stderr), fingerprint(&outcome.stderr), "{again:?}");
}

#[test]
fn failure_leaves_the_earlier_escrow() {
    let double = Double::start(|request, number| match number {
        _ if request.target.ends_with("/keys/current") => Response::json(200, &json!({"key": null})),
        1 => Response::json(200, &page(&[link("summer")])),
        3 => Response::json(200, &json!({"data": [link("other")], "next_cursor": "more"})),
        _ => Response::problem(500, "internal_error", "x"),
    });
    let user = User::of(&double.url);
    let folder = user.folder().join("escrow");
    let arguments = ["escrow", folder.to_str().unwrap()];
    assert_eq!(user.run(&arguments).code, 0);
    assert_eq!(user.run(&arguments).code, 7);
    assert!(folder.join("site/go.example.com/summer/index.html").exists());
    let others = std::fs::read_dir(user.folder())
        .unwrap()
        .filter(|entry| entry.as_ref().unwrap().file_name().to_string_lossy().contains("escrow."));
    assert_eq!(others.count(), 0, "an unfinished folder is left");
}

#[test]
fn escrow_of_a_bound_key_says_that_it_is_partial() {
    for (key, is_partial) in [
        (json!({"domains": ["go.example.com"], "own_links": false}), true),
        (json!({"domains": null, "own_links": true}), true),
        (json!({"domains": null, "own_links": false}), false),
    ] {
        let double = Double::start(move |request, _| match request.target.ends_with("/keys/current") {
            true => Response::json(200, &json!({"name": "x", "role": "reader", "key": key})),
            false => Response::json(200, &page(&[])),
        });
        let user = User::of(&double.url);
        let folder = user.folder().join("escrow");
        let outcome = user.run(&["escrow", folder.to_str().unwrap(), "-q"]);
        assert_eq!(outcome.stderr.contains("is partial"), is_partial, "{outcome:?}");
        let read_me = std::fs::read_to_string(folder.join("README.txt")).unwrap();
        assert_eq!(read_me.contains("is partial"), is_partial, "{read_me}");
        assert!(
            ["Made a signing key", "Fingerprint"].iter().all(|part| outcome.stderr.contains(part)),
            "{outcome:?}"
        );
    }
}

#[test]
fn named_signing_key_has_to_exist() {
    let double = Double::start(|_, _| Response::json(200, &page(&[])));
    let user = User::of(&double.url);
    let (folder, key) = (user.folder().join("escrow"), user.folder().join("typo.pem"));
    let outcome = user.run(&["escrow", folder.to_str().unwrap(), "--signing-key", key.to_str().unwrap()]);
    assert_eq!(outcome.code, 1, "{outcome:?}");
    assert!(!folder.exists() && !key.exists());
}
