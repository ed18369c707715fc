//! Words that mean the same to a search, as administrators keep them.

use sea_orm_migration::prelude::*;

use crate::column::{json, moment, uuid};
use crate::dialect::{create_table, drop_tables};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        create_table(
            manager,
            "search_synonym",
            vec![uuid("id"), json("phrases"), moment("updated_at")],
            &["id"],
            vec![],
            &[],
        )
        .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["search_synonym"]).await
    }
}
