//! The log of changes to submissions, for who follows them live.

use sea_orm_migration::prelude::*;

use crate::column::{big_integer, moment, uuid};
use crate::dialect::{create_table, drop_tables};

/// The row of `event_sequence` that numbers this log; row 1 numbers the log of content.
const SEQUENCE: i32 = 2;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        create_table(
            manager,
            "submission_event",
            vec![big_integer("sequence"), moment("occurred_at"), uuid("submission_id")],
            &["sequence"],
            vec![],
            &[],
        )
        .await?;
        let row = Query::insert()
            .into_table(Alias::new("event_sequence"))
            .columns([Alias::new("id"), Alias::new("last")])
            .values_panic([SEQUENCE.into(), 0i64.into()])
            .take();
        manager.execute(row).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let row = Query::delete()
            .from_table(Alias::new("event_sequence"))
            .and_where(Expr::col(Alias::new("id")).eq(SEQUENCE))
            .take();
        manager.execute(row).await?;
        drop_tables(manager, &["submission_event"]).await
    }
}
