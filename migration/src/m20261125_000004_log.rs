//! Revisions, the audit log and the event log.

use sea_orm_migration::prelude::*;

use crate::column::{big_integer, integer, integer_null, keyword, moment, text, text_null, uuid, uuid_null};
use crate::dialect::{create_table, drop_tables};
use crate::m20261125_000002_content::to_content;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        create_table(
            manager,
            "revision",
            vec![
                uuid("content_id"),
                integer("number"),
                text("document"),
                text_null("note"),
                text("source"),
                moment("created_at"),
            ],
            &["content_id", "number"],
            vec![to_content("content_id")],
            &[],
        )
        .await?;
        create_table(
            manager,
            "audit_entry",
            vec![
                uuid("id"),
                moment("occurred_at"),
                text("actor"),
                keyword("action"),
                uuid_null("content_id"),
                integer_null("revision_before"),
                integer_null("revision_after"),
                text_null("reason"),
                text("source"),
            ],
            &["id"],
            vec![],
            &[("ix_audit_entry_content", &["content_id", "id"], false)],
        )
        .await?;
        create_table(
            manager,
            "event",
            vec![
                big_integer("sequence"),
                moment("occurred_at"),
                keyword("change"),
                uuid("content_id"),
                keyword("kind"),
                integer("revision"),
            ],
            &["sequence"],
            vec![],
            &[("ix_event_kind", &["kind", "sequence"], false)],
        )
        .await?;
        // The last sequence number. Its row is locked from the moment a number is taken until the commit, so that
        // numbers become visible in their order on PostgreSQL too.
        create_table(
            manager,
            "event_sequence",
            vec![integer("id"), big_integer("last")],
            &["id"],
            vec![],
            &[],
        )
        .await?;
        let row = Query::insert()
            .into_table(Alias::new("event_sequence"))
            .columns([Alias::new("id"), Alias::new("last")])
            .values_panic([1.into(), 0i64.into()])
            .take();
        manager.execute(row).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["event_sequence", "event", "audit_entry", "revision"]).await
    }
}
