//! Table `submission`.

use sea_orm::entity::prelude::*;

use crate::vocabulary::{ContentKind, SubmissionStatus};

/// A proposed revision of new or existing content.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "submission")]
pub struct Model {
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The kind of content.
    pub kind: ContentKind,
    /// The slug that new content will have; that of the target otherwise.
    pub slug: String,
    /// The title of the document.
    pub title: String,
    /// The language of the document.
    pub language: String,
    /// The content that it changes; set when new content is published.
    pub target_id: Option<Uuid>,
    /// The revision of the target that it was made against.
    pub base_revision: Option<i32>,
    /// The document, JSON as in a bundle.
    #[sea_orm(column_type = "Text")]
    pub document: String,
    /// What the author says about it.
    pub note: Option<String>,
    /// Where it stands.
    pub status: SubmissionStatus,
    /// Grows with every change, so that of two concurrent changes one is refused.
    pub version: i32,
    /// How many safeguarding findings are not resolved.
    pub open_findings: i32,
    /// The author's account; empty for a former member.
    pub author_id: Option<Uuid>,
    /// The moderator who reviews it.
    pub claimed_by_id: Option<Uuid>,
    /// When the claim ends.
    pub claimed_until: Option<DateTimeUtc>,
    /// When it was begun.
    pub created_at: DateTimeUtc,
    /// When it last changed.
    pub updated_at: DateTimeUtc,
    /// When it was last submitted.
    pub submitted_at: Option<DateTimeUtc>,
    /// Its place in the queue: when it was last submitted, or begun where it never was.
    pub queued_at: DateTimeUtc,
    /// Whether it was published by its author as a minor edit that nobody has reviewed yet.
    pub awaits_review: bool,
    /// The revision that took it back, of a minor edit that was found wrong.
    pub taken_back_in: Option<i32>,
}

/// Relations are joined where they are read.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
