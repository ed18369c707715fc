//! Applications that act for members: what they may do, and their secrets as hashes.

use sea_orm_migration::prelude::*;

use crate::column::{date_null, integer, moment, moment_null, text, uuid, uuid_null};
use crate::dialect::{Reference, create_table, drop_tables};
use crate::m20261125_000010_identity::to_account;

#[derive(DeriveMigrationName)]
pub struct Migration;

/// What an application did, and what asks a member about one.
const NAMING: [&str; 2] = ["decision", "notification"];
const CLIENT: &str = "client_id";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        create_table(
            manager,
            "api_client",
            vec![
                uuid("id"),
                uuid("account_id"),
                text("name"),
                text("scopes"),
                text("agreed_scopes"),
                moment_null("agreed_at"),
                integer("version"),
                moment("changed_at"),
                moment("created_at"),
                uuid_null("created_by_id"),
                date_null("expires_on"),
                moment_null("ended_at"),
                uuid_null("ended_by_id"),
                date_null("last_used_on"),
            ],
            &["id"],
            vec![to_account("account_id")],
            &[
                ("ix_api_client_account", &["account_id"], false),
                ("ix_api_client_changed", &["changed_at"], false),
            ],
        )
        .await?;
        create_table(
            manager,
            "api_client_secret",
            vec![text("hash"), uuid("client_id"), moment("created_at")],
            &["hash"],
            vec![Reference {
                column: "client_id",
                target: ("api_client", "id"),
                on_delete: ForeignKeyAction::Cascade,
            }],
            &[("ix_api_client_secret_client", &["client_id"], false)],
        )
        .await?;
        for table in NAMING {
            let naming = Table::alter()
                .table(Alias::new(table))
                .add_column(uuid_null(CLIENT))
                .take();
            manager.alter_table(naming).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // A kind that is not known without it.
        manager
            .get_connection()
            .execute_unprepared("DELETE FROM notification WHERE kind = 'CLIENT_ASKS'")
            .await?;
        for table in NAMING {
            let naming = Table::alter()
                .table(Alias::new(table))
                .drop_column(Alias::new(CLIENT))
                .take();
            manager.alter_table(naming).await?;
        }
        drop_tables(manager, &["api_client_secret", "api_client"]).await
    }
}
