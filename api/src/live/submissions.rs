//! The log of submissions as a feed.

use praxis_entities::submission_event;
use sea_orm::DbErr;

use super::feed::Log;
use crate::database::Database;
use crate::log::submissions;

/// The log of submissions.
pub struct SubmissionLog(pub Database);

impl Log for SubmissionLog {
    type Entry = submission_event::Model;

    fn place(entry: &Self::Entry) -> i64 {
        entry.sequence
    }

    async fn last(&self) -> Result<i64, DbErr> {
        submissions::last_sequence(self.0.read()).await
    }

    async fn read_after(&self, place: i64, limit: u64) -> Result<Vec<Self::Entry>, DbErr> {
        submissions::read_after(self.0.read(), place, limit).await
    }
}
