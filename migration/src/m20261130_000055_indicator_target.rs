//! The indicators by which plans and commitments are measured, with baseline, target and what was reported.

use sea_orm_migration::prelude::*;

use crate::column::{double_null, integer, json, text, text_null, uuid, uuid_null};
use crate::dialect::{Reference, create_table, drop_tables};
use crate::m20261125_000002_content::to_content;

#[derive(DeriveMigrationName)]
pub struct Migration;

const TARGETS: &str = "indicator_target";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        create_table(
            manager,
            TARGETS,
            vec![
                uuid("content_id"),
                integer("position"),
                uuid("indicator_id"),
                text("disaggregation"),
                double_null("baseline"),
                text_null("baseline_period"),
                double_null("target"),
                text_null("target_period"),
                json("reported"),
                uuid_null("citation_resource_id"),
                text_null("citation_locator"),
                text_null("citation_note"),
            ],
            &["content_id", "position"],
            vec![
                to_content("content_id"),
                Reference {
                    column: "indicator_id",
                    target: ("indicator", "id"),
                    on_delete: ForeignKeyAction::Restrict,
                },
                Reference {
                    column: "citation_resource_id",
                    target: ("content", "id"),
                    on_delete: ForeignKeyAction::Restrict,
                },
            ],
            &[("ix_indicator_target", &["indicator_id", "content_id"], false)],
        )
        .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &[TARGETS]).await
    }
}
