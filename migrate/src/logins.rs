//! The database users of the applications. They share a group that may read and write rows but not change the schema. A user that is no
//! longer configured may no longer log in, so a password is changed by first configuring a second user.

use anyhow::{Context, Result};
use postgres_protocol::password::scram_sha_256;
use secrecy::ExposeSecret as _;
use sqlx::{AssertSqlSafe, PgConnection};

use crate::config::{Login, LoginRole};

/// Set on the role, because RDS Proxy refuses them as connection options and pins a connection that sets them.
fn settings(role: LoginRole) -> [(&'static str, &'static str); 3] {
    match role {
        // Backstops: the applications' own limits are shorter.
        LoginRole::Application => [
            ("statement_timeout", "60s"),
            ("idle_in_transaction_session_timeout", "60s"),
            ("default_transaction_read_only", "off"),
        ],
        // An origin abandons a list after 1.5 s (LISTS_LAMBDA_POOL), but the connection stays in use until the statement ends.
        LoginRole::Lists => [
            ("statement_timeout", "2s"),
            ("idle_in_transaction_session_timeout", "2s"),
            ("default_transaction_read_only", "on"),
        ],
    }
}

/// For each database. Covers tables and sequences of later migrations and partitions too.
const GRANTS: [&str; 6] = [
    "GRANT USAGE ON SCHEMA public TO %1$I",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO %1$I",
    "GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO %1$I",
    "REVOKE INSERT, UPDATE, DELETE ON _sqlx_migrations FROM %1$I",
    "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO %1$I",
    "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO %1$I",
];

pub(crate) async fn ensure(connection: &mut PgConnection, group: &str, logins: &[Login]) -> Result<()> {
    if !exists(connection, group).await? {
        execute(connection, "CREATE ROLE %1$I NOLOGIN", &[group]).await?;
    }
    for grant in GRANTS {
        execute(connection, grant, &[group]).await?;
    }
    for login in logins {
        let name = login.name.as_str();
        if !exists(connection, name).await? {
            execute(connection, "CREATE ROLE %1$I", &[name]).await?;
        }
        let verifier = scram_sha_256(login.password.expose_secret().as_bytes());
        execute(connection, "ALTER ROLE %1$I LOGIN PASSWORD %2$L", &[name, &verifier]).await?;
        execute(connection, "GRANT %2$I TO %1$I", &[name, group]).await?;
        for (setting, value) in settings(login.role) {
            execute(connection, "ALTER ROLE %1$I SET %2$I = %3$L", &[name, setting, value]).await?;
        }
    }
    disable_other_logins(connection, group, logins).await
}

async fn exists(connection: &mut PgConnection, role: &str) -> Result<bool> {
    let found = sqlx::query_scalar("SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = $1)");
    found.bind(role).fetch_one(connection).await.context("cannot look up a role")
}

async fn disable_other_logins(connection: &mut PgConnection, group: &str, logins: &[Login]) -> Result<()> {
    let names: Vec<&str> = logins.iter().map(|login| login.name.as_str()).collect();
    let others: Vec<String> = sqlx::query_scalar(
        "SELECT member.rolname::text FROM pg_auth_members
         JOIN pg_roles AS member ON member.oid = pg_auth_members.member
         JOIN pg_roles AS parent ON parent.oid = pg_auth_members.roleid
         WHERE parent.rolname = $1 AND member.rolcanlogin AND member.rolname <> current_user
           AND member.rolname <> ALL ($2)",
    )
    .bind(group)
    .bind(names)
    .fetch_all(&mut *connection)
    .await
    .context("cannot list the users")?;
    for other in others {
        execute(connection, "ALTER ROLE %1$I NOLOGIN", &[&other]).await?;
    }
    Ok(())
}

/// Statements about roles take no parameters, so Postgres quotes the values with `format`.
async fn execute(connection: &mut PgConnection, template: &'static str, values: &[&str]) -> Result<()> {
    let statement: String = sqlx::query_scalar("SELECT format($1, VARIADIC $2::text[])")
        .bind(template)
        .bind(values)
        .fetch_one(&mut *connection)
        .await?;
    sqlx::raw_sql(AssertSqlSafe(statement)).execute(connection).await.context(template)?;
    Ok(())
}
