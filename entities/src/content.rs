//! Table `content`.

use sea_orm::entity::prelude::*;

use crate::revision;
use crate::vocabulary::{ContentKind, ContentStatus};

/// What all content shares: one row for every item of any kind.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "content")]
pub struct Model {
    /// UUIDv7; the same key in the table of the kind.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Names the table that holds the rest.
    pub kind: ContentKind,
    /// Unique within the kind, never changed.
    pub slug: String,
    /// In the original language.
    pub title: String,
    /// The title folded for ordering: without accents, lower case.
    pub title_key: String,
    /// CommonMark, in the original language.
    #[sea_orm(column_type = "Text", nullable)]
    pub summary: Option<String>,
    /// BCP 47 tag of the original language.
    pub language: String,
    /// Where the item stands.
    pub status: ContentStatus,
    /// Number of the current revision, from 1.
    pub revision: i32,
    /// When the first revision was published.
    pub published_at: DateTimeUtc,
    /// Why the item was hidden or retracted; public where it was retracted.
    pub status_reason: Option<String>,
    /// When the current revision was published.
    pub updated_at: DateTimeUtc,
}

/// Relations are joined where they are read.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

/// From an item to its current revision, which holds its document.
pub fn current_revision() -> RelationDef {
    Entity::belongs_to(revision::Entity)
        .from((Column::Id, Column::Revision))
        .to((revision::Column::ContentId, revision::Column::Number))
        .into()
}

impl ActiveModelBehavior for ActiveModel {}
