//! Curation as the API shows it.

pub mod appeals;
pub mod bulk;
pub mod changes;
pub mod duplicates;
pub mod excerpt;
pub mod flags;
pub mod inputs;
pub mod mutations;
pub mod notifications;
pub mod payloads;
pub mod queries;
pub mod queue;
pub mod submission;
