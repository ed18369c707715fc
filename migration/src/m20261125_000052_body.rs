//! Bodies of the human rights system: which sort, what they were charged with, the mechanisms that they are behind; how exactly
//! the days of events are known.

use sea_orm_migration::prelude::*;

use crate::column::{integer, json, keyword_null, uuid};
use crate::dialect::{Reference, create_table, drop_tables};
use crate::m20261125_000002_content::to_content;

#[derive(DeriveMigrationName)]
pub struct Migration;

const ORGANIZATION: &str = "organization";
const EVENT: &str = "content_event";
const MECHANISMS: &str = "organization_mechanism";
const BODY_KIND: &str = "body_kind";
const MANDATES: &str = "mandates";
const PRECISIONS: [&str; 2] = ["starts_on_precision", "ends_on_precision"];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        add_column(manager, ORGANIZATION, keyword_null(BODY_KIND)).await?;
        // No list is an empty one, also of what the version before writes meanwhile.
        add_column(manager, ORGANIZATION, json(MANDATES).default("[]").take()).await?;
        for name in PRECISIONS {
            add_column(manager, EVENT, keyword_null(name)).await?;
        }
        create_table(
            manager,
            MECHANISMS,
            vec![uuid("content_id"), uuid("mechanism_id"), integer("position")],
            &["content_id", "mechanism_id"],
            vec![
                to_content("content_id"),
                Reference {
                    column: "mechanism_id",
                    target: ("mechanism", "id"),
                    on_delete: ForeignKeyAction::Restrict,
                },
            ],
            &[("ix_organization_mechanism", &["mechanism_id", "content_id"], false)],
        )
        .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // Relations that are not known without it.
        manager
            .get_connection()
            .execute_unprepared("DELETE FROM content_relation WHERE kind IN ('SECRETARIAT', 'MANDATED_BY')")
            .await?;
        drop_tables(manager, &[MECHANISMS]).await?;
        for name in PRECISIONS {
            drop_column(manager, EVENT, name).await?;
        }
        for name in [MANDATES, BODY_KIND] {
            drop_column(manager, ORGANIZATION, name).await?;
        }
        Ok(())
    }
}

async fn add_column(manager: &SchemaManager<'_>, table: &'static str, column: ColumnDef) -> Result<(), DbErr> {
    manager
        .alter_table(Table::alter().table(Alias::new(table)).add_column(column).take())
        .await
}

async fn drop_column(manager: &SchemaManager<'_>, table: &'static str, column: &'static str) -> Result<(), DbErr> {
    manager
        .alter_table(
            Table::alter()
                .table(Alias::new(table))
                .drop_column(Alias::new(column))
                .take(),
        )
        .await
}
