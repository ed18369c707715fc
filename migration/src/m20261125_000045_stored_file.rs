//! Stored files: what they are, who uploaded them, which content and which submissions use them, and whose bytes are still to
//! be removed.

use sea_orm_migration::prelude::*;

use crate::column::{big_integer, integer_null, json, moment, text, uuid};
use crate::dialect::{Reference, create_table, drop_tables};
use crate::m20261125_000002_content::to_content;
use crate::m20261125_000010_identity::to_account;

#[derive(DeriveMigrationName)]
pub struct Migration;

fn to_file(on_delete: ForeignKeyAction) -> Reference {
    Reference {
        column: "file_id",
        target: ("stored_file", "id"),
        on_delete,
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        create_table(
            manager,
            "stored_file",
            vec![
                uuid("id"),
                text("sha256"),
                text("media_type"),
                big_integer("size_bytes"),
                json("findings"),
                moment("created_at"),
            ],
            &["id"],
            vec![],
            &[("ux_stored_file_sha256", &["sha256"], true)],
        )
        .await?;
        create_table(
            manager,
            "file_upload",
            vec![uuid("file_id"), uuid("account_id"), moment("uploaded_at")],
            &["file_id", "account_id"],
            vec![to_file(ForeignKeyAction::Cascade), to_account("account_id")],
            &[("ix_file_upload_account", &["account_id", "uploaded_at"], false)],
        )
        .await?;
        create_table(
            manager,
            "content_file",
            vec![
                uuid("content_id"),
                uuid("file_id"),
                integer_null("position"),
                text("name"),
            ],
            &["content_id", "file_id"],
            vec![to_content("content_id"), to_file(ForeignKeyAction::Restrict)],
            &[("ix_content_file_file", &["file_id"], false)],
        )
        .await?;
        create_table(
            manager,
            "submission_file",
            vec![uuid("submission_id"), uuid("file_id")],
            &["submission_id", "file_id"],
            vec![
                Reference {
                    column: "submission_id",
                    target: ("submission", "id"),
                    on_delete: ForeignKeyAction::Cascade,
                },
                to_file(ForeignKeyAction::Restrict),
            ],
            &[("ix_submission_file_file", &["file_id"], false)],
        )
        .await?;
        create_table(manager, "removed_file", vec![uuid("id")], &["id"], vec![], &[]).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(
            manager,
            &[
                "removed_file",
                "submission_file",
                "content_file",
                "file_upload",
                "stored_file",
            ],
        )
        .await
    }
}
