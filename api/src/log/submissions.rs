//! The log of submissions: that something about one of them has changed, in one total order.
//!
//! It is apart from the log of content, since what happens to a submission is not public.

use chrono::{DateTime, Utc};
use praxis_entities::submission_event;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
};
use uuid::Uuid;

use super::Numbers;

/// Writes that these submissions have changed, after everything else of the transaction that concerns submissions: the
/// numbers are taken under a lock that is held until the commit. Where content changes too, its events come later.
///
/// # Errors
/// Where the database is away.
pub async fn append(
    connection: &impl ConnectionTrait,
    submissions: &[Uuid],
    occurred_at: DateTime<Utc>,
) -> Result<(), DbErr> {
    if submissions.is_empty() {
        return Ok(());
    }
    let mut sequence = super::take(connection, Numbers::Submissions, submissions.len()).await?;
    for chunk in submissions.chunks(500) {
        let rows = chunk.iter().map(|submission| {
            sequence += 1;
            submission_event::ActiveModel {
                sequence: Set(sequence),
                occurred_at: Set(occurred_at),
                submission_id: Set(*submission),
            }
        });
        submission_event::Entity::insert_many(rows)
            .exec_without_returning(connection)
            .await?;
    }
    Ok(())
}

/// Reads the entries after a place in the log, oldest first.
///
/// # Errors
/// Where the database is away.
pub async fn read_after(
    connection: &impl ConnectionTrait,
    sequence: i64,
    limit: u64,
) -> Result<Vec<submission_event::Model>, DbErr> {
    submission_event::Entity::find()
        .filter(submission_event::Column::Sequence.gt(sequence))
        .order_by_asc(submission_event::Column::Sequence)
        .limit(limit)
        .all(connection)
        .await
}

/// The sequence number of the last entry; 0 where there is none.
///
/// # Errors
/// Where the database is away.
pub async fn last_sequence(connection: &impl ConnectionTrait) -> Result<i64, DbErr> {
    let last: Option<Option<i64>> = submission_event::Entity::find()
        .select_only()
        .column_as(submission_event::Column::Sequence.max(), "last")
        .into_tuple()
        .one(connection)
        .await?;
    Ok(last.flatten().unwrap_or(0))
}
