//! Publishing: content rows, revision, audit entry and event in one transaction.

mod lookup;
mod tables;

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use praxis_entities::vocabulary::{ChangeType, ContentKind, ContentStatus, RelationKind};
use praxis_entities::{audit_entry, content, revision};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, DatabaseTransaction, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
};
use uuid::Uuid;

pub use self::lookup::{ids_by_slug, is_empty, slugs_by_id};
use super::cycles::{self, ACYCLIC};
use super::prepare::Prepared;
use super::rows::{Rows, Standing};
use crate::accountability::alike;
use crate::content::document::ContentInput;
use crate::database::{Database, gather_statistics};
use crate::identity::audit::{Entry, Subject};
use crate::identity::{Actor, truncate};
use crate::log::{self, PendingEvent};

/// How many items are written together. Statements of a constant size stay prepared.
pub const BATCH: usize = 200;

/// After so many new items in one transaction PostgreSQL gathers statistics within it. Without any, it takes the tables that
/// it has filled for nearly empty ones, and reads all of their rows for every batch.
const STATISTICS_AFTER: usize = 5_000;
/// The tables that an import fills.
const FILLED: [&str; 8] = [
    "citation",
    "content",
    "content_concept",
    "content_relation",
    "content_translation",
    "recommendation",
    "recommending_country",
    "revision",
];

/// Who changes content, when, and why.
#[derive(Clone, Debug)]
pub struct Provenance {
    /// Who.
    pub actor: Actor,
    /// Where the change comes from: a file's name, or `api`.
    pub source: String,
    /// Why.
    pub note: Option<String>,
    /// When.
    pub at: DateTime<Utc>,
}

/// A document to be published as an item.
pub struct Publication {
    /// The item's key: that of existing content, or a new one.
    pub id: Uuid,
    /// The document.
    pub prepared: Prepared,
}

/// What publishing did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Items that are new.
    pub created: usize,
    /// Items with a new revision.
    pub updated: usize,
    /// Items whose document was the published one already.
    pub unchanged: usize,
}

impl Outcome {
    /// Adds what else was done.
    pub fn add(&mut self, other: Outcome) {
        self.created += other.created;
        self.updated += other.updated;
        self.unchanged += other.unchanged;
    }

    /// What was done beyond an earlier outcome of the same transaction.
    pub fn since(self, before: Outcome) -> Outcome {
        Outcome {
            created: self.created - before.created,
            updated: self.updated - before.updated,
            unchanged: self.unchanged - before.unchanged,
        }
    }
}

/// A transaction that publishes documents. Nothing is visible until [`Publisher::finish`]; dropping it undoes everything.
pub struct Publisher {
    transaction: DatabaseTransaction,
    provenance: Provenance,
    events: Vec<PendingEvent>,
    outcome: Outcome,
    /// The reviews whose recommendations have changed.
    reviews: HashSet<Uuid>,
    /// The items that relations were written of which must not lead back to where they started.
    chained: HashMap<RelationKind, HashSet<Uuid>>,
}

/// An item as it is before it changes.
struct Current {
    revision: i32,
    published_at: DateTime<Utc>,
    status: ContentStatus,
    document: String,
}

/// What a batch writes, but for its events.
#[derive(Default)]
struct Written {
    rows: Rows,
    revisions: Vec<revision::ActiveModel>,
    audit: Vec<audit_entry::ActiveModel>,
    /// The items that were there already.
    replaced: Vec<(Uuid, ContentKind)>,
}

impl Publisher {
    /// Begins.
    ///
    /// # Errors
    /// Where the database is away or its writer stays busy.
    pub async fn begin(database: &Database, provenance: Provenance) -> Result<Self, DbErr> {
        Ok(Self::within(database.begin().await?, provenance))
    }

    /// Goes on in a transaction in which something else was done that belongs to the change.
    pub fn within(transaction: DatabaseTransaction, mut provenance: Provenance) -> Self {
        // Both databases keep microseconds.
        provenance.at = truncate(provenance.at);
        Self {
            transaction,
            provenance,
            events: Vec::new(),
            outcome: Outcome::default(),
            reviews: HashSet::new(),
            chained: HashMap::new(),
        }
    }

    /// What happened in this transaction besides publishing, for the log.
    pub fn add_event(&mut self, event: PendingEvent) {
        self.events.push(event);
    }

    /// Who changes content, when, and why.
    pub fn provenance(&self) -> &Provenance {
        &self.provenance
    }

    /// Writes into the audit log that a reference node was added or changed.
    ///
    /// # Errors
    /// Where the database refuses.
    pub async fn record_references(&mut self, changes: Vec<(bool, String)>) -> Result<(), DbErr> {
        let rows = changes
            .into_iter()
            .map(|(new, name)| {
                let action = if new { "REFERENCE_ADDED" } else { "REFERENCE_CHANGED" };
                let entry = Entry {
                    subject: format!("reference:{name}"),
                    ..Entry::new(&self.provenance.actor, action, self.provenance.at)
                        .with_source(&self.provenance.source)
                };
                entry.into_row()
            })
            .collect();
        self.insert_plain(rows).await
    }

    /// What was done so far.
    pub fn outcome(&self) -> Outcome {
        self.outcome
    }

    /// Adds what was done to reference nodes and facts to what publishing did.
    pub fn count(&mut self, references: Outcome) {
        self.outcome.add(references);
    }

    /// The transaction, for what belongs to the change and for reading in it.
    pub fn transaction(&self) -> &DatabaseTransaction {
        &self.transaction
    }

    /// Publishes a batch of documents, of at most [`BATCH`] for the best speed. A document that is already the published
    /// one changes nothing.
    ///
    /// # Errors
    /// Where the database refuses; `RecordNotUpdated` where an item was taken out of sight since it was looked up. Whoever
    /// hides something may rely on it that nothing brings it back but a restoration.
    pub async fn publish(&mut self, publications: Vec<Publication>) -> Result<(), DbErr> {
        let ids: Vec<Uuid> = publications.iter().map(|one| one.id).collect();
        let current = self.current(&ids).await?;
        if current.values().any(|item| item.status != ContentStatus::Published) {
            return Err(DbErr::RecordNotUpdated);
        }
        let created = self.outcome.created;
        let mut written = Written::default();
        for publication in publications {
            let before = current.get(&publication.id);
            if before.is_some_and(|before| before.document == publication.prepared.canonical()) {
                self.outcome.unchanged += 1;
            } else {
                self.take(publication, before, &mut written);
            }
        }
        self.clear(&written.replaced).await?;
        self.insert(written.rows).await?;
        self.insert_plain(written.revisions).await?;
        self.insert_plain(written.audit).await?;
        if created < STATISTICS_AFTER && self.outcome.created >= STATISTICS_AFTER {
            gather_statistics(&self.transaction, &FILLED).await?;
        }
        Ok(())
    }

    /// Takes a document that changes an item: its rows, its revision, its audit entry and its event.
    fn take(&mut self, Publication { id, prepared }: Publication, before: Option<&Current>, written: &mut Written) {
        let at = self.provenance.at;
        let standing = Standing {
            id,
            revision: before.map_or(1, |before| before.revision + 1),
            published_at: before.map_or(at, |before| before.published_at),
            updated_at: at,
        };
        let kind = prepared.input().kind();
        let change = match before {
            None => {
                self.outcome.created += 1;
                ChangeType::Published
            }
            Some(_) => {
                self.outcome.updated += 1;
                written.replaced.push((id, kind));
                ChangeType::Updated
            }
        };
        written.rows.add(&standing, &prepared);
        for relation in prepared.relations() {
            if ACYCLIC.contains(&relation.kind) {
                self.chained.entry(relation.kind).or_default().insert(id);
            }
        }
        if let ContentInput::Recommendation(document) = prepared.input() {
            self.reviews.extend(prepared.review(&document.review));
        }
        written.revisions.push(revision::ActiveModel {
            content_id: Set(id),
            number: Set(standing.revision),
            document: Set(prepared.canonical().to_owned()),
            note: Set(self.provenance.note.clone()),
            source: Set(self.provenance.source.clone()),
            created_at: Set(at),
        });
        let subject = Subject {
            content: id,
            before: before.map(|before| before.revision),
            after: standing.revision,
        };
        let entry = Entry {
            reason: self.provenance.note.clone(),
            ..Entry::of_content(&self.provenance.actor, change, subject, at).with_source(&self.provenance.source)
        };
        written.audit.push(entry.into_row());
        self.events.push(PendingEvent {
            change,
            content_id: id,
            kind,
            revision: standing.revision,
        });
    }

    /// Writes the events, commits, and says what was done.
    ///
    /// # Errors
    /// Where the database refuses; `RecordNotUpdated` where relations lead back to where they started, since somebody else
    /// published another part of the ring after this was checked. Then nothing was changed.
    pub async fn finish(self) -> Result<Outcome, DbErr> {
        alike::refresh(&self.transaction, &self.reviews).await?;
        log::append(&self.transaction, &self.events, self.provenance.at).await?;
        // Only now: whoever publishes takes the numbers of the log and keeps them until the commit. So what others have written
        // is seen here, and nobody adds to it before this is committed.
        for (kind, items) in &self.chained {
            if cycles::lead_back(&self.transaction, *kind, items).await? {
                return Err(DbErr::RecordNotUpdated);
            }
        }
        self.transaction.commit().await?;
        Ok(self.outcome)
    }

    /// Ends as [`Self::finish`]; in a dry run undoes everything and says what would have been done.
    ///
    /// # Errors
    /// As [`Self::finish`].
    pub async fn end(self, dry_run: bool) -> Result<Outcome, DbErr> {
        if !dry_run {
            return self.finish().await;
        }
        self.transaction.rollback().await?;
        Ok(self.outcome)
    }

    async fn current(&self, ids: &[Uuid]) -> Result<HashMap<Uuid, Current>, DbErr> {
        // The items are locked first and by themselves: PostgreSQL would look for the joined revision as it was before it
        // waited for another change.
        let _locked: Vec<Uuid> = content::Entity::find()
            .select_only()
            .column(content::Column::Id)
            .filter(content::Column::Id.is_in(ids.iter().copied()))
            .order_by_asc(content::Column::Id)
            .lock_exclusive()
            .into_tuple()
            .all(&self.transaction)
            .await?;
        let rows: Vec<(Uuid, i32, DateTime<Utc>, ContentStatus, String)> = content::Entity::find()
            .select_only()
            .columns([
                content::Column::Id,
                content::Column::Revision,
                content::Column::PublishedAt,
                content::Column::Status,
            ])
            .column(revision::Column::Document)
            .join(sea_orm::JoinType::InnerJoin, content::current_revision())
            .filter(content::Column::Id.is_in(ids.iter().copied()))
            .into_tuple()
            .all(&self.transaction)
            .await?;
        Ok(rows
            .into_iter()
            .map(|(id, revision, published_at, status, document)| {
                (
                    id,
                    Current {
                        revision,
                        published_at,
                        status,
                        document,
                    },
                )
            })
            .collect())
    }
}
