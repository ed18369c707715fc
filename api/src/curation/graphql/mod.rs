//! Curation as the API shows it.

pub mod changes;
pub mod flags;
pub mod mutations;
pub mod queries;
pub mod queue;
pub mod submission;
