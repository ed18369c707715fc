//! Vocabularies, and the named values that the database keeps for the service.

use sea_orm_migration::prelude::*;

use crate::column::{integer, keyword, text, text_null, uuid, uuid_null};
use crate::dialect::{Reference, create_table, drop_tables};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        create_table(
            manager,
            "concept",
            vec![
                uuid("id"),
                keyword("scheme"),
                text("code"),
                text_null("notation"),
                uuid_null("broader_id"),
                integer("position"),
                crate::column::json("properties"),
            ],
            &["id"],
            vec![Reference {
                column: "broader_id",
                target: ("concept", "id"),
                on_delete: ForeignKeyAction::Restrict,
            }],
            &[("uq_concept_scheme_code", &["scheme", "code"], true)],
        )
        .await?;
        create_table(
            manager,
            "setting",
            vec![text("key"), text("value")],
            &["key"],
            vec![],
            &[],
        )
        .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // SQLite empties a table before it drops it, and would then find concepts that others refer to.
        let loose = Query::update()
            .table(Alias::new("concept"))
            .value(Alias::new("broader_id"), Keyword::Null)
            .take();
        manager.execute(loose).await?;
        drop_tables(manager, &["setting", "concept"]).await
    }
}
