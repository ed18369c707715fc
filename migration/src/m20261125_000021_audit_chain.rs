//! Seals on the audit log: each covers the entries since the last one and the seal before it.

use sea_orm_migration::prelude::*;

use crate::column::{big_integer, big_integer_null, integer, moment, text, text_null};
use crate::dialect::{create_table, drop_tables};

#[derive(DeriveMigrationName)]
pub struct Migration;

const COLUMNS: [&str; 3] = ["reason_salt", "reason_digest", "seal"];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for column in [
            text_null(COLUMNS[0]),
            text_null(COLUMNS[1]),
            big_integer_null(COLUMNS[2]),
        ] {
            manager
                .alter_table(
                    Table::alter()
                        .table(Alias::new("audit_entry"))
                        .add_column(column)
                        .take(),
                )
                .await?;
        }
        manager
            .create_index(
                Index::create()
                    .name("ix_audit_entry_seal")
                    .table(Alias::new("audit_entry"))
                    .col(Alias::new("seal"))
                    .col(Alias::new("id"))
                    .take(),
            )
            .await?;
        create_table(
            manager,
            "audit_seal",
            vec![
                big_integer("number"),
                integer("entries"),
                text("hash"),
                moment("sealed_at"),
            ],
            &["number"],
            vec![],
            &[],
        )
        .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["audit_seal"]).await?;
        manager
            .drop_index(
                Index::drop()
                    .name("ix_audit_entry_seal")
                    .table(Alias::new("audit_entry"))
                    .to_owned(),
            )
            .await?;
        for column in COLUMNS {
            manager
                .alter_table(
                    Table::alter()
                        .table(Alias::new("audit_entry"))
                        .drop_column(Alias::new(column))
                        .take(),
                )
                .await?;
        }
        Ok(())
    }
}
