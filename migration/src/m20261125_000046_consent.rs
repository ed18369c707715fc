//! Records of consent to quote or show children.

use sea_orm_migration::prelude::*;

use crate::column::{date, json, keyword, moment, moment_null, text, text_null, uuid, uuid_null};
use crate::dialect::{Reference, create_table, drop_tables};
use crate::m20261125_000002_content::to_content;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        create_table(
            manager,
            "consent",
            vec![
                uuid("id"),
                uuid_null("submission_id"),
                uuid_null("content_id"),
                json("covers"),
                keyword("form"),
                text("obtained_by"),
                date("obtained_on"),
                text_null("note"),
                uuid_null("recorded_by_id"),
                moment("recorded_at"),
                moment_null("withdrawn_at"),
                text_null("withdrawal_reason"),
            ],
            &["id"],
            vec![
                Reference {
                    column: "submission_id",
                    target: ("submission", "id"),
                    on_delete: ForeignKeyAction::Cascade,
                },
                to_content("content_id"),
                Reference {
                    column: "recorded_by_id",
                    target: ("account", "id"),
                    on_delete: ForeignKeyAction::SetNull,
                },
            ],
            &[
                ("ix_consent_submission", &["submission_id", "id"], false),
                ("ix_consent_content", &["content_id", "id"], false),
                ("ix_consent_recorded_by", &["recorded_by_id"], false),
            ],
        )
        .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["consent"]).await
    }
}
