//! Minor edits that trusted members publish themselves: which await review, and which were taken back.

use sea_orm_migration::prelude::*;

use crate::column::{boolean, integer_null};

#[derive(DeriveMigrationName)]
pub struct Migration;

const SUBMISSION: &str = "submission";
const AWAITS: &str = "awaits_review";
const TAKEN_BACK: &str = "taken_back_in";
/// Few await review, among many that were published.
const WAITING: &str = "CREATE INDEX ix_submission_review ON submission (status, queued_at, id) WHERE awaits_review";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for column in [boolean(AWAITS).default(false).take(), integer_null(TAKEN_BACK)] {
            manager
                .alter_table(Table::alter().table(Alias::new(SUBMISSION)).add_column(column).take())
                .await?;
        }
        manager.get_connection().execute_unprepared(WAITING).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // Kinds that are not known without it.
        manager
            .get_connection()
            .execute_unprepared(
                "DELETE FROM notification WHERE kind IN ('MINOR_EDIT_PUBLISHED', 'MINOR_EDIT_TAKEN_BACK')",
            )
            .await?;
        manager
            .drop_index(
                Index::drop()
                    .name("ix_submission_review")
                    .table(Alias::new(SUBMISSION))
                    .to_owned(),
            )
            .await?;
        for column in [TAKEN_BACK, AWAITS] {
            manager
                .alter_table(
                    Table::alter()
                        .table(Alias::new(SUBMISSION))
                        .drop_column(Alias::new(column))
                        .take(),
                )
                .await?;
        }
        Ok(())
    }
}
