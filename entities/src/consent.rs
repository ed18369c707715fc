//! Table `consent`.

use sea_orm::entity::prelude::*;

use crate::vocabulary::ConsentForm;

/// That somebody obtained consent to quote or show children in content. It never says who the children are.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "consent")]
pub struct Model {
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The submission that it was recorded for.
    pub submission_id: Option<Uuid>,
    /// The content that it is for, once that is published.
    pub content_id: Option<Uuid>,
    /// What it covers: a list of `ConsentScope`.
    pub covers: Json,
    /// In what form it was given.
    pub form: ConsentForm,
    /// The organisation or the role of who obtained it.
    pub obtained_by: String,
    /// When it was obtained.
    pub obtained_on: Date,
    /// What else is to be known.
    pub note: Option<String>,
    /// Who recorded it here.
    pub recorded_by_id: Option<Uuid>,
    /// When it was recorded here.
    pub recorded_at: DateTimeUtc,
    /// When it was withdrawn; none while it stands.
    pub withdrawn_at: Option<DateTimeUtc>,
    /// Why it was withdrawn.
    pub withdrawal_reason: Option<String>,
}

/// Relations are joined where they are read.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
