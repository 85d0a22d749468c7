//! Tests of permissions: every route with every role.

use std::collections::BTreeSet;

use axum::http::Method;
use origin_lambda::auth::Role;
use origin_lambda::router::{Audience, Route, routes};
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::harness::{ADMIN_KEY, Origin};

/// Every route for keys and its lowest role.
const PERMISSIONS: &[(Method, &str, Role)] = &[
    (Method::GET, "/api/v1/links", Role::Reader),
    (Method::POST, "/api/v1/links", Role::Editor),
    (Method::POST, "/api/v1/links/bulk", Role::Editor),
    (Method::PATCH, "/api/v1/links/bulk", Role::Editor),
    (Method::DELETE, "/api/v1/links/bulk", Role::Editor),
    (Method::PUT, "/api/v1/links/external/{external_id}", Role::Editor),
    (Method::GET, "/api/v1/links/{id}", Role::Reader),
    (Method::PATCH, "/api/v1/links/{id}", Role::Editor),
    (Method::DELETE, "/api/v1/links/{id}", Role::Editor),
    (Method::POST, "/api/v1/links/{id}/restore", Role::Editor),
    (Method::GET, "/api/v1/links/{id}/history", Role::Reader),
    (Method::GET, "/api/v1/links/{id}/qr", Role::Reader),
    (Method::GET, "/api/v1/links/{id}/stats", Role::Reader),
    (Method::POST, "/api/v1/links/{id}/shares", Role::Editor),
    (Method::GET, "/api/v1/links/{id}/shares", Role::Editor),
    (Method::DELETE, "/api/v1/links/{id}/shares/{share}", Role::Editor),
    (Method::GET, "/api/v1/links/{id}/clicks", Role::Reader),
    (Method::DELETE, "/api/v1/links/{id}/clicks", Role::Admin),
    (Method::GET, "/api/v1/clicks", Role::Reader),
    (Method::GET, "/api/v1/visitors/{hash}", Role::Admin),
    (Method::DELETE, "/api/v1/visitors/{hash}", Role::Admin),
    (Method::GET, "/api/v1/stats", Role::Reader),
    (Method::GET, "/api/v1/orphans", Role::Reader),
    (Method::DELETE, "/api/v1/orphans", Role::Admin),
    (Method::GET, "/api/v1/pipeline", Role::Reader),
    (Method::POST, "/api/v1/keys", Role::Admin),
    (Method::GET, "/api/v1/keys", Role::Admin),
    (Method::GET, "/api/v1/keys/current", Role::Reader),
    (Method::GET, "/api/v1/keys/{id}", Role::Admin),
    (Method::DELETE, "/api/v1/keys/{id}", Role::Admin),
    (Method::POST, "/api/v1/keys/{id}/rotate", Role::Admin),
    (Method::GET, "/api/v1/keys/{id}/yourls-secret", Role::Admin),
    (Method::GET, "/api/v1/sessions", Role::Reader),
    (Method::DELETE, "/api/v1/sessions", Role::Reader),
    (Method::GET, "/api/v1/sessions/current", Role::Reader),
    (Method::DELETE, "/api/v1/sessions/current", Role::Reader),
    (Method::DELETE, "/api/v1/sessions/{id}", Role::Reader),
    (Method::GET, "/api/v1/campaign-presets", Role::Reader),
    (Method::POST, "/api/v1/campaign-presets", Role::Reader),
    (Method::DELETE, "/api/v1/campaign-presets/{id}", Role::Reader),
    (Method::GET, "/api/v1/domains", Role::Reader),
    (Method::POST, "/api/v1/domains", Role::Admin),
    (Method::GET, "/api/v1/domains/{host}", Role::Reader),
    (Method::PATCH, "/api/v1/domains/{host}", Role::Admin),
    (Method::DELETE, "/api/v1/domains/{host}", Role::Admin),
    (Method::GET, "/api/v1/blocked-hosts", Role::Admin),
    (Method::POST, "/api/v1/blocked-hosts", Role::Admin),
    (Method::DELETE, "/api/v1/blocked-hosts/{host}", Role::Admin),
    (Method::GET, "/api/v1/imports", Role::Editor),
    (Method::POST, "/api/v1/imports", Role::Editor),
    (Method::GET, "/api/v1/imports/{id}", Role::Editor),
    (Method::POST, "/api/v1/imports/{id}/rows", Role::Editor),
    (Method::POST, "/api/v1/imports/{id}/visits", Role::Editor),
    (Method::POST, "/api/v1/imports/{id}/days", Role::Editor),
    (Method::POST, "/api/v1/imports/{id}/finish", Role::Editor),
    (Method::GET, "/api/v1/imports/{id}/failures", Role::Editor),
    (Method::GET, "/api/v1/audit", Role::Admin),
    (Method::GET, "/api/v1/log-levels", Role::Admin),
    (Method::PUT, "/api/v1/log-levels/{module}", Role::Admin),
    (Method::DELETE, "/api/v1/log-levels/{module}", Role::Admin),
    (Method::GET, "/api/v1/webhooks", Role::Admin),
    (Method::POST, "/api/v1/webhooks", Role::Admin),
    (Method::GET, "/api/v1/webhooks/{id}", Role::Admin),
    (Method::PATCH, "/api/v1/webhooks/{id}", Role::Admin),
    (Method::DELETE, "/api/v1/webhooks/{id}", Role::Admin),
    (Method::POST, "/api/v1/webhooks/{id}/rotate", Role::Admin),
    (Method::POST, "/api/v1/webhooks/{id}/test", Role::Admin),
    (Method::GET, "/api/v1/webhooks/{id}/deliveries", Role::Admin),
    (Method::POST, "/api/v1/webhooks/{id}/deliveries/replay", Role::Admin),
    (Method::GET, "/api/v1/tags", Role::Reader),
    (Method::POST, "/api/v1/tags/{name}/shares", Role::Editor),
    (Method::GET, "/api/v1/tags/{name}/shares", Role::Editor),
    (Method::DELETE, "/api/v1/tags/{name}/shares/{share}", Role::Editor),
    (Method::PATCH, "/api/v1/tags/{name}", Role::Editor),
    (Method::DELETE, "/api/v1/tags/{name}", Role::Editor),
];

/// Routes at the same paths that take no key.
const OPEN: [(Method, &str); 1] = [(Method::POST, "/api/v1/sessions")];

const METHODS: [Method; 5] = [Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE];

#[test]
fn permissions_cover_every_route() {
    let describe = |method: &Method, path: &str, role: Role| format!("{method} {path} {}", role.as_str());
    let permissions: BTreeSet<_> =
        PERMISSIONS.iter().map(|(method, path, role)| describe(method, path, *role)).collect();
    let keyed_routes: BTreeSet<_> = routes()
        .into_iter()
        .filter_map(|Route { method, path, audience, .. }| match audience {
            Audience::Keys(right) => Some(describe(&method, path, right.role())),
            Audience::Anyone | Audience::Edge => None,
        })
        .collect();
    assert_eq!(permissions, keyed_routes);
}

#[sqlx::test(migrator = "crate::LINKS")]
async fn each_role_may_do_exactly_what_the_table_says(database: PgPool) {
    let origin = Origin::start(&database).await;
    let mut keys = vec![(Role::Admin, ADMIN_KEY.to_owned())];
    for role in Role::ALL {
        let body = json!({"name": "a", "role": role.as_str(), "requests_per_minute": 1_000_000});
        keys.push((role, origin.create_key(body).await["key"].as_str().unwrap().to_owned()));
    }
    let paths: BTreeSet<_> = PERMISSIONS.iter().map(|(_, path, _)| *path).collect();
    for path in paths {
        // Nothing has this id or name, so nothing is changed.
        let concrete = path
            .replace("{id}", "0198c0de-0000-7000-8000-000000000001")
            .replace("{name}", "none")
            .replace("{external_id}", "none");
        let concrete = concrete.replace("{host}", "none.example").replace("{module}", "none");
        for method in METHODS {
            if OPEN.contains(&(method.clone(), path)) {
                continue;
            }
            let permission = PERMISSIONS.iter().find(|row| row.0 == method && row.1 == path);
            for (role, key) in &keys {
                // No route has a field of that name.
                let answer = origin.call_as(key, method.clone(), &concrete, json!({"nonsense": 1})).await;
                let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
                let code = body["code"].as_str().unwrap_or_default().to_owned();
                let case = format!("{method} {path} as {role:?}: {answer:?}");
                match permission {
                    None => assert_eq!(code, "method_not_allowed", "{case}"),
                    Some((_, _, lowest)) if role < lowest => assert_eq!(code, "forbidden", "{case}"),
                    Some(_) => {
                        assert!(!["forbidden", "method_not_allowed"].contains(&code.as_str()), "{case}")
                    }
                }
            }
            if permission.is_some() {
                let unknown = format!("{concrete}?nonsense=1");
                let answer = origin.call_as(ADMIN_KEY, method.clone(), &unknown, Value::Null).await;
                assert_eq!(answer.json()["code"], "unknown_parameter", "{method} {path}: {answer:?}");
            }
            let anyone = origin.call_as("slk_nobody", method.clone(), &concrete, Value::Null).await;
            let expected = if permission.is_some() { "invalid_key" } else { "method_not_allowed" };
            assert_eq!(anyone.json()["code"], expected, "{method} {path}");
        }
    }
}
