//! `login`, `context` and `whoami`.

use std::io::Write;
use std::os::unix::fs::PermissionsExt;

use serde_json::json;

use super::double::{Double, Request, Response};
use super::run::User;

fn installation() -> Double {
    Double::start(|request: &Request, _| match request.header("authorization") {
        Some("Bearer slk_good") => Response::json(200, &json!({"id": "x", "name": "Ann", "role": "editor"})),
        _ => Response::problem(401, "invalid_key", "this key is not known here"),
    })
}

#[test]
fn key_without_a_keyring_goes_into_a_private_file() {
    let double = installation();
    let user = User::nobody();
    let login = user.run_with_input(&["login", &double.url, "--key-stdin", "-c", "work"], "slk_good\n");
    assert_eq!((login.code, login.stdout.as_str()), (0, ""), "{login:?}");
    let file = user.folder().join("shortline/credentials.toml");
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(std::fs::read_to_string(&file).unwrap().contains("slk_good"));
    let config = std::fs::read_to_string(user.folder().join("shortline/config.toml")).unwrap();
    assert!(!config.contains("slk_good") && config.contains(&double.url), "{config}");
    let whoami = user.run(&["whoami", "-o", "json", "--fields", "name,role,context,key_from"]);
    let expected =
        json!({"name": "Ann", "role": "editor", "context": "work", "key_from": "credentials.toml"});
    assert_eq!(serde_json::from_str::<serde_json::Value>(&whoami.stdout).unwrap(), expected, "{whoami:?}");
    let logout = user.run(&["logout"]);
    assert_eq!(logout.code, 0, "{logout:?}");
    assert!(!std::fs::read_to_string(&file).unwrap().contains("slk_good"));
    assert_eq!(user.run(&["whoami"]).code, 3);
}

#[test]
fn wrong_key_is_not_stored() {
    let double = installation();
    let user = User::nobody();
    let login = user.run_with_input(&["login", &double.url, "--key-stdin"], "slk_bad\n");
    assert_eq!(login.code, 3, "{login:?}");
    assert!(!user.folder().join("shortline").exists());
}

#[test]
fn contexts_are_listed_chosen_and_removed() {
    let (one, two) = (installation(), installation());
    let user = User::nobody();
    for (name, double) in [("one", &one), ("two", &two)] {
        user.run_with_input(&["login", &double.url, "--key-stdin", "-c", name], "slk_good\n");
    }
    let current = |user: &User| user.run(&["context", "-o", "csv", "--fields", "name,current"]).stdout;
    assert_eq!(current(&user), "name,current\r\none,no\r\ntwo,yes\r\n");
    assert_eq!(user.run(&["context", "use", "one"]).code, 0);
    assert_eq!(current(&user), "name,current\r\none,yes\r\ntwo,no\r\n");
    assert_eq!(user.run(&["context", "use", "three"]).code, 2);
    assert_eq!(user.run(&["context", "rm", "one"]).code, 0);
    assert_eq!(current(&user), "name,current\r\ntwo,no\r\n");
    assert_eq!(user.run(&["whoami"]).code, 2);
    assert_eq!(user.run(&["whoami", "-c", "two"]).code, 0);
}

#[test]
fn older_installation_is_asked_for_the_role() {
    for (keys, create, role) in [(200, 422, "admin"), (403, 422, "editor"), (403, 403, "reader")] {
        let double = Double::start(move |request, _| match request.line().as_str() {
            "GET /api/v1/keys?limit=1" if keys == 200 => {
                Response::json(200, &json!({"data": [], "next_cursor": null}))
            }
            "POST /api/v1/links" if create == 422 => Response::problem(422, "missing_field", "url"),
            "GET /api/v1/keys/current" if keys == 200 => Response::problem(404, "key_not_found", "x"),
            _ => Response::problem(403, "forbidden", "x"),
        });
        let outcome = User::of(&double.url).run(&["whoami", "-o", "csv", "--fields", "role"]);
        assert_eq!(outcome.stdout, format!("role\r\n{role}\r\n"), "{outcome:?}");
    }
}

#[test]
fn context_of_the_environment_is_signed_in_to_and_out_of() {
    let double = installation();
    let user = User::nobody();
    user.run_with_input(&["login", &double.url, "--key-stdin", "-c", "one"], "slk_good\n");
    let in_two = |arguments: &[&str]| {
        let mut command = user.command(arguments);
        let mut child = command.env("SHORTLINE_CONTEXT", "two").spawn().unwrap();
        let _ = child.stdin.take().unwrap().write_all(b"slk_good\n");
        child.wait_with_output().unwrap().status.code()
    };
    let keys = || {
        let text = user.run(&["context", "-o", "csv", "--fields", "name,key"]).stdout;
        text.lines().skip(1).map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(in_two(&["login", &double.url, "--key-stdin"]), Some(0));
    assert_eq!(keys(), ["one,file", "two,file"]);
    assert_eq!(user.run(&["context", "use", "one"]).code, 0);
    assert_eq!(in_two(&["logout"]), Some(0));
    assert_eq!(keys(), ["one,file", "two,"]);
}

#[test]
fn key_that_stays_in_the_keyring_is_told() {
    let double = installation();
    let user = User::nobody();
    std::fs::create_dir(user.folder().join("shortline")).unwrap();
    let config = format!("[contexts.one]\nurl = \"{}/\"\nkey = \"keyring\"\n", double.url);
    std::fs::write(user.folder().join("shortline/config.toml"), config).unwrap();
    let arguments = ["login", &double.url, "--key-stdin", "--insecure-storage"];
    let login = user.run_with_input(&arguments, "slk_good\n");
    assert_eq!(login.code, 0, "{login:?}");
    assert!(login.stderr.contains("The former key of one is still in the keyring"), "{login:?}");
}
