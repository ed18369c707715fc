//! Imports that other processes overtake.

use sea_orm::{DbErr, SqlErr};

use crate::database::is_deadlock;

/// How often an import begins anew that other processes overtake. Each time at least one of them has committed.
pub const ATTEMPTS: usize = 20;

/// Whether the database refused because another process wrote or hid the same item first, or the two waited for each other.
/// Everything was rolled back, and what was written is there now.
pub fn is_overtaken(error: &DbErr) -> bool {
    matches!(error.sql_err(), Some(SqlErr::UniqueConstraintViolation(_)))
        || matches!(error, DbErr::RecordNotUpdated)
        || is_deadlock(error)
}
