//! Submissions: proposed revisions on their way from a draft to a decision.

pub mod countries;
pub mod decide;
pub mod draft;
pub mod findings;
mod minor;
pub mod minor_edit;
mod publication;
pub mod state;
pub mod store;
