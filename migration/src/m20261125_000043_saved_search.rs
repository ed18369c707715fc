//! Saved searches, and the notifications of what answers them.

use sea_orm_migration::prelude::*;

use crate::column::{big_integer, json, keyword, moment, text, uuid, uuid_null};
use crate::dialect::{create_table, drop_tables};
use crate::m20261125_000010_identity::to_account;

#[derive(DeriveMigrationName)]
pub struct Migration;

const NOTIFICATION: &str = "notification";
const SEARCH: &str = "saved_search_id";
const ONCE: &str = "ux_notification_saved_search";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        create_table(
            manager,
            "saved_search",
            vec![
                uuid("id"),
                uuid("account_id"),
                text("name"),
                text("query"),
                json("filter"),
                keyword("mail"),
                big_integer("followed"),
                text("feed_hash"),
                text("feed_sealed"),
                text("unsubscribe_hash"),
                moment("created_at"),
                moment("updated_at"),
            ],
            &["id"],
            vec![to_account("account_id")],
            &[
                ("ix_saved_search_account", &["account_id", "id"], false),
                ("ix_saved_search_followed", &["followed"], false),
                ("ux_saved_search_feed", &["feed_hash"], true),
                ("ux_saved_search_unsubscribe", &["unsubscribe_hash"], true),
            ],
        )
        .await?;
        // SQLite adds no constraint to a table that is there, only a column with its reference.
        let column = uuid_null(SEARCH)
            .extra("REFERENCES saved_search (id) ON DELETE CASCADE")
            .take();
        manager
            .alter_table(Table::alter().table(Alias::new(NOTIFICATION)).add_column(column).take())
            .await?;
        manager
            .create_index(
                Index::create()
                    .name(ONCE)
                    .table(Alias::new(NOTIFICATION))
                    .col(Alias::new(SEARCH))
                    .col(Alias::new("content_id"))
                    .unique()
                    .take(),
            )
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .drop_index(Index::drop().name(ONCE).table(Alias::new(NOTIFICATION)).to_owned())
            .await?;
        // What was told of saved searches has no meaning without them, nor a kind that is known.
        manager
            .get_connection()
            .execute_unprepared("DELETE FROM notification WHERE saved_search_id IS NOT NULL")
            .await?;
        manager
            .alter_table(
                Table::alter()
                    .table(Alias::new(NOTIFICATION))
                    .drop_column(Alias::new(SEARCH))
                    .take(),
            )
            .await?;
        drop_tables(manager, &["saved_search"]).await
    }
}
