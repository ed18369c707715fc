//! The texts of stored files, with which version of the reader they were read, and which file a finding is in.

use sea_orm_migration::prelude::*;

use crate::column::{integer, text, uuid, uuid_null};
use crate::dialect::{Reference, create_table, drop_tables};

#[derive(DeriveMigrationName)]
pub struct Migration;

const TEXT: &str = "file_text";
const FILE: &str = "stored_file";
const FINDING: &str = "safeguarding_finding";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        create_table(
            manager,
            TEXT,
            vec![uuid("file_id"), text("text")],
            &["file_id"],
            vec![Reference {
                column: "file_id",
                target: (FILE, "id"),
                on_delete: ForeignKeyAction::Cascade,
            }],
            &[],
        )
        .await?;
        // What was stored before, and what the version before stores meanwhile, is still to be read.
        let reader = integer("reader").default(0).take();
        manager
            .alter_table(Table::alter().table(Alias::new(FILE)).add_column(reader).take())
            .await?;
        manager
            .alter_table(
                Table::alter()
                    .table(Alias::new(FINDING))
                    .add_column(uuid_null("file_id"))
                    .take(),
            )
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (table, column) in [(FINDING, "file_id"), (FILE, "reader")] {
            manager
                .alter_table(
                    Table::alter()
                        .table(Alias::new(table))
                        .drop_column(Alias::new(column))
                        .take(),
                )
                .await?;
        }
        drop_tables(manager, &[TEXT]).await
    }
}
