//! Appeals of authors against decisions, and an index to find resources by their link.

use sea_orm_migration::prelude::*;

use crate::column::{boolean_null, moment, moment_null, text, text_null, uuid, uuid_null};
use crate::dialect::{Reference, create_table, drop_tables};
use crate::m20261125_000002_content::to_content;

#[derive(DeriveMigrationName)]
pub struct Migration;

fn to(column: &'static str, table: &'static str, on_delete: ForeignKeyAction) -> Reference {
    Reference {
        column,
        target: (table, "id"),
        on_delete,
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        create_table(
            manager,
            "appeal",
            vec![
                uuid("id"),
                uuid_null("submission_id"),
                uuid_null("content_id"),
                text("reason"),
                uuid_null("by_id"),
                moment("created_at"),
                moment_null("decided_at"),
                uuid_null("decided_by_id"),
                boolean_null("upheld"),
                text_null("answer"),
            ],
            &["id"],
            vec![
                to("submission_id", "submission", ForeignKeyAction::Cascade),
                to_content("content_id"),
                to("by_id", "account", ForeignKeyAction::SetNull),
                to("decided_by_id", "account", ForeignKeyAction::SetNull),
            ],
            &[
                ("ix_appeal_open", &["decided_at", "id"], false),
                ("ix_appeal_submission", &["submission_id"], false),
                ("ix_appeal_content", &["content_id"], false),
            ],
        )
        .await?;
        manager
            .create_index(
                Index::create()
                    .name("ix_resource_link")
                    .table(Alias::new("resource"))
                    .col(Alias::new("link"))
                    .to_owned(),
            )
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .drop_index(
                Index::drop()
                    .name("ix_resource_link")
                    .table(Alias::new("resource"))
                    .to_owned(),
            )
            .await?;
        drop_tables(manager, &["appeal"]).await
    }
}
