//! Shares as rows: a token, and the link or tag whose statistics it opens. Does not decide what is shown of them.

use link_core::names::domain::Domain;
use link_core::names::slug::Slug;
use link_core::record::LinkId;
use link_core::time::UnixMillis;
use time::OffsetDateTime;
use uuid::Uuid;

use super::audit::{AuditKind, Author, Changes, NewEntry, record};
use super::{LinksDatabase, StoreError, WriteSession};
use crate::limits::MAX_SHARES;

/// Whose statistics a share opens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ShareSubject {
    Link(LinkId),
    /// The links that have the tag at the time of reading.
    Tag(String),
}

impl ShareSubject {
    fn columns(&self) -> (Option<Uuid>, Option<&str>) {
        match self {
            Self::Link(link) => (Some(link.0), None),
            Self::Tag(tag) => (None, Some(tag)),
        }
    }
}

#[derive(Debug)]
pub struct NewShare {
    pub subject: ShareSubject,
    pub token: String,
    pub title: Option<String>,
    pub timezone: String,
    pub expires_at: Option<UnixMillis>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Share {
    pub id: Uuid,
    pub token: String,
    pub title: Option<String>,
    pub timezone: String,
    pub created_by: Uuid,
    pub created_at: UnixMillis,
    pub expires_at: Option<UnixMillis>,
}

/// A share that is open: its link exists, or some link has its tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenShare {
    pub share: Share,
    pub subject: ShareSubject,
    /// Of a link.
    pub name: Option<(Domain, Slug)>,
}

#[derive(sqlx::FromRow)]
struct ShareRow {
    id: Uuid,
    token: String,
    title: Option<String>,
    timezone: String,
    created_by: Uuid,
    created_at: OffsetDateTime,
    expires_at: Option<OffsetDateTime>,
}

macro_rules! share_columns {
    () => {
        "share.id, share.token, share.title, share.timezone, share.created_by, share.created_at, share.expires_at"
    };
}

impl From<ShareRow> for Share {
    fn from(row: ShareRow) -> Self {
        Self {
            id: row.id,
            token: row.token,
            title: row.title,
            timezone: row.timezone,
            created_by: row.created_by,
            created_at: row.created_at.into(),
            expires_at: row.expires_at.map(UnixMillis::from),
        }
    }
}

#[derive(sqlx::FromRow)]
struct OpenShareRow {
    #[sqlx(flatten)]
    share: ShareRow,
    link: Option<Uuid>,
    tag: Option<String>,
    domain: Option<String>,
    code: Option<String>,
}

impl OpenShareRow {
    fn open(self) -> Option<OpenShare> {
        let (subject, name) = match (self.link, self.tag) {
            (Some(link), _) => (
                ShareSubject::Link(LinkId(link)),
                Some((self.domain?.parse().ok()?, self.code?.parse().ok()?)),
            ),
            (None, tag) => (ShareSubject::Tag(tag?), None),
        };
        Some(OpenShare { share: self.share.into(), subject, name })
    }
}

impl LinksDatabase {
    /// `None` if the link or tag has as many shares as it may have. Those that have expired do not count.
    pub async fn insert_share(
        &self,
        new: &NewShare,
        author: &Author,
        now: UnixMillis,
    ) -> Result<Option<Share>, StoreError> {
        let (link, tag) = new.subject.columns();
        // Shares of one link or tag are counted one after the other.
        let lock = match &new.subject {
            ShareSubject::Link(link) => {
                sqlx::query("SELECT FROM links WHERE id = $1 FOR NO KEY UPDATE").bind(link.0)
            }
            ShareSubject::Tag(tag) => {
                sqlx::query("SELECT FROM tags WHERE name = $1 FOR NO KEY UPDATE").bind(tag)
            }
        };
        let query = sqlx::query_as::<_, ShareRow>(concat!(
            "INSERT INTO shares AS share (token, link, tag, title, timezone, expires_at, created_by, created_at)
             SELECT $1, $2, $3, $4, $5, $6, $7, $8
             WHERE (SELECT count(*) FROM shares known
                    WHERE (known.link = $2 OR known.tag = $3) AND (known.expires_at IS NULL OR known.expires_at > $8)) < $9
             RETURNING ",
            share_columns!()
        ))
        .bind(&new.token)
        .bind(link)
        .bind(tag)
        .bind(&new.title)
        .bind(&new.timezone)
        .bind(new.expires_at.map(UnixMillis::date_time))
        .bind(author.key)
        .bind(now.date_time())
        .bind(MAX_SHARES);
        self.0
            .run(async {
                let mut transaction = self.0.pool.begin().await?;
                lock.execute(&mut *transaction).await?;
                let Some(row) = query.fetch_optional(&mut *transaction).await? else { return Ok(None) };
                let share = Share::from(row);
                let mut changes = Changes::default();
                changes.compare("link", None, link);
                changes.compare("tag", None, tag);
                changes.compare_times("expires_at", None, share.expires_at);
                record(&mut transaction, entry(&share, author, "created", changes)).await?;
                transaction.commit().await?;
                Ok(Some(share))
            })
            .await
    }

    /// Oldest first, also those that have expired.
    pub async fn shares(
        &self,
        subject: &ShareSubject,
        after: Uuid,
        limit: i64,
    ) -> Result<Vec<Share>, StoreError> {
        let (link, tag) = subject.columns();
        let query = sqlx::query_as::<_, ShareRow>(concat!(
            "SELECT ",
            share_columns!(),
            " FROM shares share WHERE (link = $1 OR tag = $2) AND id > $3 ORDER BY id LIMIT $4"
        ));
        let query = query.bind(link).bind(tag).bind(after).bind(limit);
        let rows = self.0.run(query.fetch_all(&self.0.pool)).await?;
        Ok(rows.into_iter().map(Share::from).collect())
    }

    /// Whether there was such a share.
    pub async fn delete_share(
        &self,
        subject: &ShareSubject,
        id: Uuid,
        author: &Author,
    ) -> Result<bool, StoreError> {
        let (link, tag) = subject.columns();
        let query = sqlx::query_as::<_, ShareRow>(concat!(
            "DELETE FROM shares AS share WHERE id = $1 AND (link = $2 OR tag = $3) RETURNING ",
            share_columns!()
        ))
        .bind(id)
        .bind(link)
        .bind(tag);
        self.0
            .run(async {
                let mut transaction = self.0.pool.begin().await?;
                let Some(row) = query.fetch_optional(&mut *transaction).await? else { return Ok(false) };
                let mut changes = Changes::default();
                changes.compare("link", link, None);
                changes.compare("tag", tag, None);
                record(&mut transaction, entry(&row.into(), author, "deleted", changes)).await?;
                transaction.commit().await?;
                Ok(true)
            })
            .await
    }

    /// `None` if no share has the token, or it has expired, or what it shows does not exist.
    pub async fn open_share(&self, token: &str, now: UnixMillis) -> Result<Option<OpenShare>, StoreError> {
        let query = sqlx::query_as::<_, OpenShareRow>(concat!(
            "SELECT ",
            share_columns!(),
            ", share.link, share.tag, link.domain, link.code
             FROM shares share LEFT JOIN links link ON link.id = share.link
             WHERE share.token = $1 AND (share.expires_at IS NULL OR share.expires_at > $2)
                 AND (link.id IS NOT NULL OR EXISTS (
                     SELECT FROM links tagged WHERE tagged.tags @> ARRAY[share.tag] COLLATE \"C\" AND tagged.tags <> '{}'))"
        ));
        let query = query.bind(token).bind(now.date_time());
        let row = self.0.run(query.fetch_optional(&self.0.pool)).await?;
        Ok(row.and_then(OpenShareRow::open))
    }

    /// Also those that have expired.
    pub async fn count_shares_of_tag(&self, tag: &str) -> Result<i64, StoreError> {
        let query = sqlx::query_scalar("SELECT count(*) FROM shares WHERE tag = $1").bind(tag);
        self.0.run(query.fetch_one(&self.0.pool)).await
    }

    /// Whether shares that follow a tag to this name would show other links too, or join other shares.
    pub async fn has_links_or_shares(&self, tag: &str) -> Result<bool, StoreError> {
        let query = sqlx::query_scalar(
            "SELECT EXISTS (SELECT FROM links WHERE tags @> ARRAY[$1] COLLATE \"C\" AND tags <> '{}')
                 OR EXISTS (SELECT FROM shares WHERE tag = $1)",
        );
        self.0.run(query.bind(tag).fetch_one(&self.0.pool)).await
    }
}

impl WriteSession {
    /// The shares of a tag that is renamed or removed: they follow it, or end.
    pub(super) async fn move_shares(
        &mut self,
        old: &str,
        new: Option<&str>,
        author: &Author,
    ) -> Result<(), StoreError> {
        let query = match new {
            Some(new) => sqlx::query_as::<_, ShareRow>(concat!(
                "UPDATE shares AS share SET tag = $2 WHERE tag = $1 RETURNING ",
                share_columns!()
            ))
            .bind(old)
            .bind(new),
            None => sqlx::query_as::<_, ShareRow>(concat!(
                "DELETE FROM shares AS share WHERE tag = $1 RETURNING ",
                share_columns!()
            ))
            .bind(old),
        };
        let action = if new.is_some() { "changed" } else { "deleted" };
        self.run(async |connection| {
            for row in query.fetch_all(&mut *connection).await? {
                let mut changes = Changes::default();
                changes.compare("tag", Some(old), new);
                record(&mut *connection, entry(&row.into(), author, action, changes)).await?;
            }
            Ok(())
        })
        .await
    }
}

fn entry<'a>(share: &'a Share, author: &'a Author, action: &'static str, changes: Changes) -> NewEntry<'a> {
    let (kind, subject) = (AuditKind::Share, share.id.to_string());
    NewEntry { author, kind, action, subject, name: share.title.as_deref(), changes }
}
