//! Table `notification`.

use sea_orm::entity::prelude::*;

use crate::vocabulary::NotificationKind;

/// Something that somebody with an account is told. It names what it is about and holds no word of it.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "notification")]
pub struct Model {
    /// Whom it is for.
    #[sea_orm(primary_key, auto_increment = false)]
    pub account_id: Uuid,
    /// UUIDv7; the same for all who are told of one act.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// What happened.
    pub kind: NotificationKind,
    /// The submission that it is about.
    pub submission_id: Option<Uuid>,
    /// The content that it is about.
    pub content_id: Option<Uuid>,
    /// The saved search that the content answers.
    pub saved_search_id: Option<Uuid>,
    /// The application that it is about.
    pub client_id: Option<Uuid>,
    /// When it happened.
    pub created_at: DateTimeUtc,
    /// When its reader had read it.
    pub read_at: Option<DateTimeUtc>,
    /// From when on it is due in a letter; empty where no letter is wanted.
    pub mail_due_at: Option<DateTimeUtc>,
    /// When a letter took it up, or it was read without one. No letter takes it up again.
    pub mailed_at: Option<DateTimeUtc>,
}

/// Relations are joined where they are read.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
