//! What is searched for, added up by day, for administrators: what is asked most, what finds nothing, and how often something
//! that was found is opened. Kept for 90 days.
//!
//! It names nobody ([`tally`]): searches are added up in memory, and words are written down only once enough visits asked
//! for them.

pub mod graphql;
pub mod tally;

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Days, NaiveDate, Utc};
use praxis_entities::search_statistic::{self, Column};
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict};
use sea_orm::{ActiveValue::Set, ColumnTrait, DbErr, EntityTrait, QueryFilter};
use tokio::sync::watch;

use self::tally::Tally;
use crate::database::Database;

/// For how many days statistics are kept.
pub const KEPT: usize = 90;
/// How often they are written down.
const PERIOD: Duration = Duration::from_secs(10);
/// How many rows are written at a time.
const ROWS: usize = 500;

/// Writes down what was counted until it is told to stop, and then once more.
pub async fn run(tally: Arc<Tally>, database: Database, mut stop: watch::Receiver<bool>) {
    let mut cleaned = None;
    loop {
        let stopped = tokio::select! {
            _ = stop.wait_for(|stop| *stop) => true,
            () = tokio::time::sleep(PERIOD) => false,
        };
        let now = Utc::now();
        if let Err(error) = write(&tally, &database, now).await {
            tracing::warn!(%error, "the statistics of search can't be written yet");
        }
        if stopped {
            return;
        }
        let today = now.date_naive();
        if cleaned != Some(today) {
            match clean(&database, today).await {
                Ok(()) => cleaned = Some(today),
                Err(error) => tracing::warn!(%error, "old statistics of search can't be deleted yet"),
            }
        }
    }
}

async fn write(tally: &Tally, database: &Database, now: DateTime<Utc>) -> Result<(), DbErr> {
    let due = tally.due();
    if !due.is_empty() {
        let transaction = database.begin().await?;
        for chunk in due.chunks(ROWS) {
            let rows = chunk.iter().map(|sum| search_statistic::ActiveModel {
                day: Set(sum.day),
                query: Set(sum.query.clone()),
                searches: Set(sum.counts.searches),
                without_result: Set(sum.counts.without_result),
                clicked: Set(sum.counts.clicked),
            });
            let mut on_conflict = OnConflict::columns([Column::Day, Column::Query]);
            for column in [Column::Searches, Column::WithoutResult, Column::Clicked] {
                let known = Expr::col((search_statistic::Entity, column));
                let more = Expr::col(("excluded", column));
                on_conflict.value(column, known.add(more));
            }
            search_statistic::Entity::insert_many(rows)
                .on_conflict(on_conflict)
                .exec_without_returning(&transaction)
                .await?;
        }
        transaction.commit().await?;
    }
    tally.written(&due, now);
    Ok(())
}

async fn clean(database: &Database, today: NaiveDate) -> Result<(), DbErr> {
    let Some(first) = first_day(today, KEPT) else {
        return Ok(());
    };
    let transaction = database.begin().await?;
    search_statistic::Entity::delete_many()
        .filter(Column::Day.lt(first))
        .exec(&transaction)
        .await?;
    transaction.commit().await
}

/// The first of so many days that end today.
fn first_day(today: NaiveDate, days: usize) -> Option<NaiveDate> {
    let before = u64::try_from(days.saturating_sub(1)).ok()?;
    today.checked_sub_days(Days::new(before))
}
