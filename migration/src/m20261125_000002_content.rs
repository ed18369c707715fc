//! What all content shares: the item itself, its translations, what it is about, its relations and its citations.

use sea_orm_migration::prelude::*;

use crate::column::{date_null, integer, keyword, moment, text, text_null, uuid};
use crate::dialect::{Reference, create_table, drop_tables, order_by_bytes};

#[derive(DeriveMigrationName)]
pub struct Migration;

/// A reference to an item that goes with the item.
pub fn to_content(column: &'static str) -> Reference {
    Reference {
        column,
        target: ("content", "id"),
        on_delete: ForeignKeyAction::Cascade,
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        create_table(
            manager,
            "content",
            vec![
                uuid("id"),
                keyword("kind"),
                text("slug"),
                text("title"),
                text("title_key"),
                text_null("summary"),
                text("language"),
                keyword("status"),
                integer("revision"),
                moment("published_at"),
                moment("updated_at"),
            ],
            &["id"],
            vec![],
            &[
                ("uq_content_kind_slug", &["kind", "slug"], true),
                ("ix_content_published", &["kind", "status", "published_at", "id"], false),
                ("ix_content_updated", &["kind", "status", "updated_at", "id"], false),
                ("ix_content_title", &["kind", "status", "title_key", "id"], false),
            ],
        )
        .await?;
        order_by_bytes(manager, "content", &["slug", "title_key"]).await?;
        create_table(
            manager,
            "content_translation",
            vec![
                uuid("content_id"),
                text("language"),
                text("title"),
                text_null("summary"),
            ],
            &["content_id", "language"],
            vec![to_content("content_id")],
            &[],
        )
        .await?;
        create_table(
            manager,
            "content_concept",
            vec![
                uuid("content_id"),
                uuid("concept_id"),
                keyword("scheme"),
                integer("position"),
            ],
            &["content_id", "concept_id"],
            vec![
                to_content("content_id"),
                Reference {
                    column: "concept_id",
                    target: ("concept", "id"),
                    on_delete: ForeignKeyAction::Restrict,
                },
            ],
            &[("ix_content_concept_concept", &["concept_id", "content_id"], false)],
        )
        .await?;
        create_table(
            manager,
            "content_relation",
            vec![
                uuid("source_id"),
                keyword("kind"),
                integer("position"),
                uuid("target_id"),
                text_null("role"),
                date_null("valid_from"),
                date_null("valid_to"),
            ],
            &["source_id", "kind", "position"],
            vec![to_content("source_id"), to_content("target_id")],
            &[("ix_content_relation_target", &["target_id", "kind", "source_id"], false)],
        )
        .await?;
        create_table(
            manager,
            "citation",
            vec![
                uuid("content_id"),
                integer("position"),
                uuid("resource_id"),
                text_null("locator"),
                text_null("note"),
            ],
            &["content_id", "position"],
            vec![to_content("content_id"), to_content("resource_id")],
            &[("ix_citation_resource", &["resource_id", "content_id"], false)],
        )
        .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(
            manager,
            &[
                "citation",
                "content_relation",
                "content_concept",
                "content_translation",
                "content",
            ],
        )
        .await
    }
}
