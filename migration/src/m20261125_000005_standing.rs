//! Why published content was hidden or retracted.

use sea_orm_migration::prelude::*;

use crate::column::text_null;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .alter_table(
                Table::alter()
                    .table(Alias::new("content"))
                    .add_column(text_null("status_reason"))
                    .take(),
            )
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .alter_table(
                Table::alter()
                    .table(Alias::new("content"))
                    .drop_column(Alias::new("status_reason"))
                    .take(),
            )
            .await
    }
}
