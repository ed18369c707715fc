//! Submissions with their decisions and safeguarding findings, and flags on published content.

use sea_orm_migration::prelude::*;

use crate::column::{integer, integer_null, json_null, keyword, moment, moment_null, text, text_null, uuid, uuid_null};
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
        submissions(manager).await?;
        create_table(
            manager,
            "decision",
            vec![
                uuid("id"),
                uuid("submission_id"),
                keyword("action"),
                text_null("reason"),
                json_null("comments"),
                moment("at"),
                uuid_null("by_id"),
            ],
            &["id"],
            vec![
                to("submission_id", "submission", ForeignKeyAction::Cascade),
                to("by_id", "account", ForeignKeyAction::SetNull),
            ],
            &[("ix_decision_submission", &["submission_id", "id"], false)],
        )
        .await?;
        create_table(
            manager,
            "safeguarding_finding",
            vec![
                uuid("id"),
                uuid("submission_id"),
                keyword("rule"),
                text("path"),
                integer("start_at"),
                integer("end_at"),
                uuid_null("resolved_by_id"),
                moment_null("resolved_at"),
                text_null("reason"),
            ],
            &["id"],
            vec![
                to("submission_id", "submission", ForeignKeyAction::Cascade),
                to("resolved_by_id", "account", ForeignKeyAction::SetNull),
            ],
            &[("ix_safeguarding_finding_submission", &["submission_id", "id"], false)],
        )
        .await?;
        create_table(
            manager,
            "flag",
            vec![
                uuid("id"),
                uuid("content_id"),
                keyword("reason"),
                text_null("note"),
                uuid_null("by_id"),
                moment("created_at"),
                moment_null("resolved_at"),
                uuid_null("resolved_by_id"),
                text_null("resolution"),
            ],
            &["id"],
            vec![
                to_content("content_id"),
                to("by_id", "account", ForeignKeyAction::SetNull),
                to("resolved_by_id", "account", ForeignKeyAction::SetNull),
            ],
            &[
                ("ix_flag_content", &["content_id", "by_id"], false),
                ("ix_flag_open", &["resolved_at", "reason", "id"], false),
            ],
        )
        .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["flag", "safeguarding_finding", "decision", "submission"]).await
    }
}

async fn submissions(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    create_table(
        manager,
        "submission",
        vec![
            uuid("id"),
            keyword("kind"),
            text("slug"),
            text("title"),
            text("language"),
            uuid_null("target_id"),
            integer_null("base_revision"),
            text("document"),
            text_null("note"),
            keyword("status"),
            integer("version"),
            integer("open_findings"),
            uuid_null("author_id"),
            uuid_null("claimed_by_id"),
            moment_null("claimed_until"),
            moment("created_at"),
            moment("updated_at"),
            moment_null("submitted_at"),
            moment("queued_at"),
        ],
        &["id"],
        vec![
            to_content("target_id"),
            to("author_id", "account", ForeignKeyAction::SetNull),
            to("claimed_by_id", "account", ForeignKeyAction::SetNull),
        ],
        &[
            ("ix_submission_queue", &["status", "queued_at", "id"], false),
            (
                "ix_submission_author",
                &["author_id", "status", "queued_at", "id"],
                false,
            ),
            ("ix_submission_target", &["target_id"], false),
        ],
    )
    .await?;
    manager
        .create_index(
            Index::create()
                .name("ix_submission_risk")
                .table(Alias::new("submission"))
                .col(Alias::new("status"))
                .col((Alias::new("open_findings"), IndexOrder::Desc))
                .col(Alias::new("id"))
                .take(),
        )
        .await
}
