//! Domains that ignore the case of names. The spellings of their links become names, or cease to be, with all the edge must know of it.

use link_core::names::domain::Domain;
use link_core::publication::Change;
use sqlx::types::Json;
use uuid::Uuid;

use super::links::{CodeOrigin, Link, LinkName, LinkRow, folded_names, link_columns, link_joins};
use super::{StoreError, WriteSession};
use crate::limits::{MAX_LISTED_COLLISIONS, MAX_SPELLED_CHANGES};
use crate::links::letter_case::fold;

/// Names of several links that differ by case only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Collision(pub Vec<String>);

impl WriteSession {
    /// Has the domain ignore case. `Err` has the first collisions: then the transaction must not be committed. The changes are those of at
    /// most [`MAX_SPELLED_CHANGES`] links; the edge pulls the others.
    pub async fn ignore_case(
        &mut self,
        domain: &Domain,
    ) -> Result<Result<Vec<Change>, Vec<Collision>>, StoreError> {
        self.lock_letter_case().await?;
        self.spell_older_names(domain).await?;
        let collisions = self.collisions(domain).await?;
        if !collisions.is_empty() {
            return Ok(Err(collisions));
        }
        let insert = sqlx::query("INSERT INTO case_ignoring_domains VALUES ($1) ON CONFLICT DO NOTHING");
        let insert = insert.bind(domain.as_str());
        self.run(async |connection| insert.execute(connection).await).await?;
        let links = self.publish_spelled_links(domain).await?;
        Ok(Ok(links.iter().flat_map(Link::changes).collect()))
    }

    /// Has the domain tell names by case again: links keep the names that they were given.
    pub async fn tell_case(&mut self, domain: &Domain) -> Result<Vec<Change>, StoreError> {
        self.lock_letter_case().await?;
        let spelled = sqlx::query_as::<_, (String, String)>(
            "SELECT domain, code FROM link_names WHERE domain = $1 AND folded ORDER BY code LIMIT $2",
        );
        let spelled = spelled.bind(domain.as_str()).bind(MAX_SPELLED_CHANGES);
        let spelled = self.run(async |connection| spelled.fetch_all(connection).await).await?;
        let delete = sqlx::query("DELETE FROM case_ignoring_domains WHERE domain = $1").bind(domain.as_str());
        self.run(async |connection| delete.execute(connection).await).await?;
        self.publish_spelled_links(domain).await?;
        let names = spelled.into_iter().map(|(domain, code)| {
            let domain = domain.parse().map_err(|_| StoreError::Damaged("link_names.domain"))?;
            let code = code.parse().map_err(|_| StoreError::Damaged("link_names.code"))?;
            Ok(LinkName { domain, code })
        });
        let names = names.collect::<Result<Vec<_>, StoreError>>()?;
        let names: Vec<_> = names.iter().map(|name| (&name.domain, &name.code)).collect();
        self.tombstones(&names).await
    }

    /// Waits for writes that judged names without this change. Later ones wait for it.
    async fn lock_letter_case(&mut self) -> Result<(), StoreError> {
        let lock = sqlx::query("LOCK TABLE case_ignoring_domains IN EXCLUSIVE MODE");
        self.run(async |connection| lock.execute(connection).await).await.map(drop)
    }

    /// Links from before spellings were kept. What looks like a generated code is taken for one.
    async fn spell_older_names(&mut self, domain: &Domain) -> Result<(), StoreError> {
        let query = sqlx::query_as::<_, (Uuid, String)>(
            "SELECT id, code FROM links
             WHERE domain = $1 AND folded = '[]' AND code !~ '^[0-9A-Za-z]{7}$' AND code ~ '[^a-z0-9._~/-]' FOR UPDATE",
        );
        let query = query.bind(domain.as_str());
        let rows = self.run(async |connection| query.fetch_all(connection).await).await?;
        let (mut ids, mut folded) = (Vec::new(), Vec::new());
        for (id, code) in rows {
            let code = code.parse().map_err(|_| StoreError::Damaged("links.code"))?;
            let names = folded_names(domain, &code, CodeOrigin::Chosen, &[]);
            if !names.is_empty() {
                ids.push(id);
                folded.push(Json(names));
            }
        }
        if ids.is_empty() {
            return Ok(());
        }
        let update = sqlx::query(
            "UPDATE links SET folded = new.folded FROM unnest($1::uuid[], $2::jsonb[]) AS new (id, folded) WHERE links.id = new.id",
        );
        let update = update.bind(ids).bind(folded);
        self.run(async |connection| update.execute(connection).await).await.map(drop)
    }

    async fn collisions(&mut self, domain: &Domain) -> Result<Vec<Collision>, StoreError> {
        let query = sqlx::query_as::<_, (String, Vec<String>)>(
            "WITH spelled AS (
                 SELECT link.id, spelling.code
                 FROM links link CROSS JOIN LATERAL jsonb_to_recordset(link.folded) AS spelling (domain text, code text)
                 WHERE link.folded <> '[]' AND spelling.domain = $1
             ), holder AS (
                 SELECT id, code FROM spelled
                 UNION SELECT links.id, links.code FROM spelled JOIN links ON links.domain = $1 AND links.code = spelled.code
                 UNION SELECT name.link_id, name.code FROM spelled
                       JOIN link_names name ON name.domain = $1 AND name.code = spelled.code AND NOT name.folded
             ), contested AS (
                 SELECT code, array_agg(id) AS ids FROM holder GROUP BY code HAVING count(*) > 1 ORDER BY code LIMIT $2
             )
             SELECT contested.code, ARRAY(
                 SELECT link.code FROM links link WHERE link.id = ANY(contested.ids) AND link.domain = $1
                 UNION SELECT name.code FROM link_names name
                       WHERE name.link_id = ANY(contested.ids) AND name.domain = $1 AND NOT name.folded
                 ORDER BY 1)
             FROM contested",
        );
        let query = query.bind(domain.as_str()).bind(MAX_LISTED_COLLISIONS);
        let rows = self.run(async |connection| query.fetch_all(connection).await).await?;
        let of_spelling = |(spelling, mut names): (String, Vec<String>)| {
            names.retain(|name| fold(name) == spelling);
            Collision(names)
        };
        Ok(rows.into_iter().map(of_spelling).collect())
    }

    /// A new revision for each link with a spelling on the domain: triggers do the rest. Returns the first of them.
    async fn publish_spelled_links(&mut self, domain: &Domain) -> Result<Vec<Link>, StoreError> {
        let update = sqlx::query_scalar::<_, Uuid>(
            "WITH link AS (
                 UPDATE links SET revision = DEFAULT
                 WHERE folded <> '[]' AND folded @> jsonb_build_array(jsonb_build_object('domain', $1::text))
                 RETURNING id, domain, code, revision
             ), publication AS (
                 INSERT INTO publications (domain, code, revision)
                 SELECT domain, code, revision FROM link ORDER BY domain, code
                 ON CONFLICT (domain, code) DO UPDATE SET revision = excluded.revision
             )
             SELECT id FROM link ORDER BY id LIMIT $2",
        );
        let update = update.bind(domain.as_str()).bind(MAX_SPELLED_CHANGES);
        let ids = self.run(async |connection| update.fetch_all(connection).await).await?;
        let query = sqlx::query_as::<_, LinkRow>(concat!(
            "SELECT ",
            link_columns!(),
            " FROM links link",
            link_joins!(),
            "WHERE link.id = ANY($1)"
        ));
        let query = query.bind(ids);
        let rows = self.run(async |connection| query.fetch_all(connection).await).await?;
        rows.into_iter().map(Link::try_from).collect()
    }
}
