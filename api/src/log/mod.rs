//! The event log: every change to content, in one total order, for the followers.

pub mod changes;
pub mod follower;
pub mod submissions;

use chrono::{DateTime, Utc};
use praxis_entities::event;
use praxis_entities::vocabulary::{ChangeType, ContentKind};
use sea_orm::sea_query::{Alias, Expr, ExprTrait, Query};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DatabaseTransaction, DbErr, EntityTrait, QueryFilter, QueryOrder,
    QuerySelect,
};
use uuid::Uuid;

/// A change that is about to be written to the log.
#[derive(Clone, Debug)]
pub struct PendingEvent {
    /// What happened.
    pub change: ChangeType,
    /// To which item.
    pub content_id: Uuid,
    /// The item's kind.
    pub kind: ContentKind,
    /// The item's revision after the change.
    pub revision: i32,
}

/// Writes events to the log, in order, as the last thing that a transaction writes.
///
/// The sequence numbers are taken under a lock on their row that is held until the commit. On PostgreSQL, numbers taken
/// without it could become visible out of order, and a follower that had read a later one would skip an earlier one.
///
/// # Errors
/// Where the database is away.
pub async fn append(
    transaction: &DatabaseTransaction,
    events: &[PendingEvent],
    occurred_at: DateTime<Utc>,
) -> Result<(), DbErr> {
    if events.is_empty() {
        return Ok(());
    }
    let mut sequence = take(transaction, Numbers::Content, events.len()).await?;
    for chunk in events.chunks(500) {
        let rows = chunk.iter().map(|pending| {
            sequence += 1;
            event::ActiveModel {
                sequence: Set(sequence),
                occurred_at: Set(occurred_at),
                change: Set(pending.change),
                content_id: Set(pending.content_id),
                kind: Set(pending.kind),
                revision: Set(pending.revision),
            }
        });
        event::Entity::insert_many(rows)
            .exec_without_returning(transaction)
            .await?;
    }
    Ok(())
}

/// The logs that are numbered, by their row of `event_sequence`.
#[derive(Clone, Copy)]
enum Numbers {
    Content = 1,
    Submissions = 2,
}

/// Takes so many sequence numbers under a lock that is held until the commit, and gives the one before the first.
async fn take(connection: &impl ConnectionTrait, numbers: Numbers, count: usize) -> Result<i64, DbErr> {
    let count = i64::try_from(count).unwrap_or(i64::MAX);
    let last = Alias::new("last");
    let mut take = Query::update();
    take.table(Alias::new("event_sequence"))
        .value(last.clone(), Expr::col(last.clone()).add(count))
        .and_where(Expr::col(Alias::new("id")).eq(numbers as i32))
        .returning_col(last);
    let row = connection
        .query_one(&take)
        .await?
        .ok_or_else(|| DbErr::RecordNotFound("event_sequence".to_owned()))?;
    Ok(row.try_get::<i64>("", "last")? - count)
}

/// Reads the events after a place in the log, oldest first.
///
/// # Errors
/// Where the database is away.
pub async fn read_after(
    connection: &impl ConnectionTrait,
    sequence: i64,
    kinds: Option<&[ContentKind]>,
    limit: u64,
) -> Result<Vec<event::Model>, DbErr> {
    let mut select = event::Entity::find().filter(event::Column::Sequence.gt(sequence));
    if let Some(kinds) = kinds {
        select = select.filter(event::Column::Kind.is_in(kinds.iter().copied()));
    }
    select
        .order_by_asc(event::Column::Sequence)
        .limit(limit)
        .all(connection)
        .await
}

/// The sequence number of the last event; 0 where there is none.
///
/// # Errors
/// Where the database is away.
pub async fn last_sequence(connection: &impl ConnectionTrait) -> Result<i64, DbErr> {
    let last: Option<Option<i64>> = event::Entity::find()
        .select_only()
        .column_as(event::Column::Sequence.max(), "last")
        .into_tuple()
        .one(connection)
        .await?;
    Ok(last.flatten().unwrap_or(0))
}
