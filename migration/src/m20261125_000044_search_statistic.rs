//! What is searched for, added up by day.

use sea_orm_migration::prelude::*;

use crate::column::{big_integer, date, text};
use crate::dialect::{create_table, drop_tables};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        create_table(
            manager,
            "search_statistic",
            vec![
                date("day"),
                text("query"),
                big_integer("searches"),
                big_integer("without_result"),
                big_integer("clicked"),
            ],
            &["day", "query"],
            vec![],
            &[],
        )
        .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["search_statistic"]).await
    }
}
