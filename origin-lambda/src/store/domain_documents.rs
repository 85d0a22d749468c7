//! The documents of domains: settings and files that the edge publishes like links. Does not decide what they may contain.

use link_core::names::destination::Destination;
use link_core::names::domain::Domain;
use link_core::publication::Change;
use link_core::record::domain::{Color, DomainDocument, DomainSettings, LogoMark, NotFoundUrl};
use link_core::record::{Resolution, Revision};
use serde_json::{Value, json};
use sqlx::FromRow;
use sqlx::types::Json;

use super::audit::{Author, Changes, record};
use super::domains::entry;
use super::{LinksDatabase, StoreError, WriteSession};

/// An event for webhooks.
pub(crate) const DOMAIN_UPDATED: &str = "domain.updated";

/// What a domain has: its settings, and the text of each file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DomainDocuments {
    pub settings: DomainSettings,
    pub apple_app_site_association: Option<String>,
    pub asset_links: Option<String>,
    /// In hexadecimal digits.
    pub logo: Option<String>,
}

/// A host of a setting that no link may lead to either.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ForbiddenHost {
    Own(String),
    Blocked(String),
}

#[derive(FromRow)]
struct ResolvedRow {
    is_ours: bool,
    revision: Option<i64>,
    document: Option<String>,
    tombstone: Option<i64>,
}

impl LinksDatabase {
    /// What a lookup of the document finds. A domain of ours without one gets an answer that caches keep for as long as any other:
    /// the first change has a higher revision, and is published.
    pub async fn resolve_document(
        &self,
        domain: &Domain,
        document: DomainDocument,
        default_domain: &Domain,
    ) -> Result<Resolution, StoreError> {
        let query = sqlx::query_as::<_, ResolvedRow>(
            "SELECT $1 = $3 OR EXISTS (SELECT FROM domains WHERE name = $1) AS is_ours,
                    document.revision, document.document, publication.revision AS tombstone
             FROM (SELECT) AS one
             LEFT JOIN domain_documents document ON document.domain = $1 AND document.name = $2
             LEFT JOIN publications publication ON publication.domain = $1 AND publication.code = $2",
        );
        let query = query.bind(domain.as_str()).bind(document.name()).bind(default_domain.as_str());
        let row = self.0.run(query.fetch_one(&self.0.pool)).await?;
        let revision = Revision(row.revision.or(row.tombstone).unwrap_or(0));
        Ok(match (row.document, document) {
            (Some(document), _) => Resolution::Document { revision, document },
            (None, _) if !row.is_ours => Resolution::NotFound,
            (None, DomainDocument::Settings) => Resolution::Document { revision, document: String::new() },
            (
                None,
                DomainDocument::AppleAppSiteAssociation | DomainDocument::AssetLinks | DomainDocument::Logo,
            ) => Resolution::Deleted { revision },
        })
    }

    pub async fn domain_documents(&self, domain: &Domain) -> Result<DomainDocuments, StoreError> {
        let query = sqlx::query_as("SELECT name, document FROM domain_documents WHERE domain = $1");
        Ok(documents(self.0.run(query.bind(domain.as_str()).fetch_all(&self.0.pool)).await?))
    }
}

impl WriteSession {
    /// Locks the documents of a domain until this transaction ends. `None` if the domain is not ours.
    pub async fn lock_domain_documents(
        &mut self,
        domain: &Domain,
        default_domain: &Domain,
    ) -> Result<Option<DomainDocuments>, StoreError> {
        // Waits while the domain is removed, and lets nobody remove it.
        let known = sqlx::query_scalar::<_, String>("SELECT name FROM domains WHERE name = $1 FOR KEY SHARE");
        let known = known.bind(domain.as_str());
        let known = self.run(async |connection| known.fetch_optional(connection).await).await?;
        if known.is_none() && domain != default_domain {
            return Ok(None);
        }
        // The settings' row is the lock. A transaction that changes nothing takes a new one back with it.
        let lock = sqlx::query(
            "INSERT INTO domain_documents (domain, name, document) VALUES ($1, $2, '')
             ON CONFLICT (domain, name) DO UPDATE SET document = domain_documents.document",
        );
        let lock = lock.bind(domain.as_str()).bind(DomainDocument::Settings.name());
        self.run(async |connection| lock.execute(connection).await).await?;
        let query = sqlx::query_as("SELECT name, document FROM domain_documents WHERE domain = $1");
        let query = query.bind(domain.as_str());
        Ok(Some(documents(self.run(async |connection| query.fetch_all(connection).await).await?)))
    }

    /// Stores a document, with the change that the edge publishes.
    pub async fn put_document(
        &mut self,
        domain: &Domain,
        document: DomainDocument,
        text: String,
    ) -> Result<Change, StoreError> {
        let put = sqlx::query_scalar(
            "WITH document AS (
                 INSERT INTO domain_documents AS stored (domain, name, document) VALUES ($1, $2, $3)
                 ON CONFLICT (domain, name) DO UPDATE SET document = excluded.document, revision = DEFAULT
                 RETURNING stored.domain, stored.name, stored.revision
             )
             INSERT INTO publications (domain, code, revision) SELECT domain, name, revision FROM document
             ON CONFLICT (domain, code) DO UPDATE SET revision = excluded.revision
             RETURNING revision",
        );
        let put = put.bind(domain.as_str()).bind(document.name()).bind(&text);
        let revision = Revision(self.run(async |connection| put.fetch_one(connection).await).await?);
        let (domain, code) = (domain.clone(), document.slug());
        Ok(Change { domain, code, revision, record: None, document: Some(text) })
    }

    pub async fn remove_document(
        &mut self,
        domain: &Domain,
        document: DomainDocument,
    ) -> Result<Change, StoreError> {
        let remove = sqlx::query("DELETE FROM domain_documents WHERE domain = $1 AND name = $2");
        let remove = remove.bind(domain.as_str()).bind(document.name());
        self.run(async |connection| remove.execute(connection).await).await?;
        self.write_tombstone(domain, &document.slug()).await
    }

    /// Keeps who changed what, and tells webhooks, in the transaction of the change.
    pub async fn record_domain_change(
        &mut self,
        author: &Author,
        domain: &Domain,
        (old, new): (&DomainDocuments, &DomainDocuments),
    ) -> Result<(), StoreError> {
        let entry = entry(author, "changed", domain, changes(old, new));
        let host = domain.as_str();
        let event = json!([{"type": DOMAIN_UPDATED, "domain": host, "data": {"domain": {"host": host}}}]);
        let tell = sqlx::query("SELECT write_webhook_messages($1, false)").bind(Json(event));
        self.run(async |connection| {
            record(&mut *connection, entry).await?;
            tell.execute(connection).await.map(drop)
        })
        .await
    }

    /// The first of the hosts, in comparable form, that is another domain of ours or blocked. `names` has them also without `www.`,
    /// `parents` the names above them.
    pub async fn forbidden_host(
        &mut self,
        hosts: &[String],
        names: &[String],
        parents: &[String],
    ) -> Result<Option<ForbiddenHost>, StoreError> {
        let query = sqlx::query_as::<_, (Option<String>, Option<String>)>(
            "SELECT (SELECT min(name) FROM domains WHERE name = ANY($2)),
                    (SELECT min(host) FROM blocked_hosts
                     WHERE host = ANY($1::text[] || $3::text[]) AND (subdomains OR host = ANY($1)))",
        );
        let query = query.bind(hosts).bind(names).bind(parents);
        let (own, blocked) = self.run(async |connection| query.fetch_one(connection).await).await?;
        Ok(own.map(ForbiddenHost::Own).or(blocked.map(ForbiddenHost::Blocked)))
    }
}

fn changes(old: &DomainDocuments, new: &DomainDocuments) -> Changes {
    let mut changes = Changes::default();
    let (before, after) = (&old.settings, &new.settings);
    let url = |url: &Option<Destination>| url.as_ref().map(|url| url.as_str().to_owned());
    let template = |url: &Option<NotFoundUrl>| url.as_ref().map(|url| url.as_str().to_owned());
    let color = |color: &Option<Color>| color.as_ref().map(|color| color.as_str().to_owned());
    let file =
        |text: &Option<String>| text.as_ref().and_then(|text| serde_json::from_str::<Value>(text).ok());
    changes.compare("home_url", url(&before.home_url), url(&after.home_url));
    changes.compare("not_found_url", template(&before.not_found_url), template(&after.not_found_url));
    changes.compare("expired_url", url(&before.expired_url), url(&after.expired_url));
    changes.compare("robots", before.robots, after.robots);
    changes.compare("ignore_case", before.ignore_case, after.ignore_case);
    changes.compare("name", &before.name, &after.name);
    changes.compare("color", color(&before.color), color(&after.color));
    changes.compare("qr_foreground", color(&before.qr_foreground), color(&after.qr_foreground));
    changes.compare("qr_background", color(&before.qr_background), color(&after.qr_background));
    // Not the picture.
    changes.compare(
        "logo",
        before.logo.as_ref().map(LogoMark::path),
        after.logo.as_ref().map(LogoMark::path),
    );
    changes.compare(
        "apple_app_site_association",
        file(&old.apple_app_site_association),
        file(&new.apple_app_site_association),
    );
    changes.compare("assetlinks", file(&old.asset_links), file(&new.asset_links));
    changes
}

fn documents(rows: Vec<(String, String)>) -> DomainDocuments {
    let mut documents = DomainDocuments::default();
    for (name, text) in rows {
        match DomainDocument::of(&name) {
            Some(DomainDocument::Settings) => documents.settings = DomainSettings::parse(&text),
            Some(DomainDocument::AppleAppSiteAssociation) => {
                documents.apple_app_site_association = Some(text);
            }
            Some(DomainDocument::Logo) => documents.logo = Some(text),
            Some(DomainDocument::AssetLinks) => documents.asset_links = Some(text),
            // Of a newer release.
            None => {}
        }
    }
    documents
}
