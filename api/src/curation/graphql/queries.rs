//! Contributing and curating: the queries.

use async_graphql::{Context, ID, Object};

use super::appeals::{self, Appeal};
use super::flags::{self, Flag, FlagFilter};
use super::queue::{self, SubmissionFilter, SubmissionOrder, SubmissionStatusCount};
use super::submission::Submission;
use crate::curation::audit::graphql::{AuditEntry, AuditFilter, audit_log};
use crate::curation::consent::graphql::{self as consent, Consent};
use crate::graphql::connection::{Connection, PageArguments};
use crate::graphql::errors::ApiError;

/// Contributing and curating.
#[derive(Default)]
pub struct CurationQueries;

/// Contributing and curating.
#[Object]
impl CurationQueries {
    /// Submissions: for moderators the curation queue, within what they are limited to (`viewer.moderates`), for everybody their
    /// own drafts and submissions.
    async fn submissions(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which ones.")] filter: Option<SubmissionFilter>,
        #[graphql(desc = "The order; `OLDEST` where it is missing.")] order_by: Option<SubmissionOrder>,
        #[graphql(desc = "How many, from 1 to 100; 20 where it is missing.")] first: Option<i32>,
        #[graphql(desc = "Start after this cursor.")] after: Option<String>,
    ) -> Result<Connection<Submission>, ApiError> {
        queue::submissions(context, filter, order_by, PageArguments::forward(first, after)).await
    }

    /// How many submissions stand in each status, of those that the caller may see.
    async fn submission_counts(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which ones are counted.")] filter: Option<SubmissionFilter>,
    ) -> Result<Vec<SubmissionStatusCount>, ApiError> {
        queue::counts(context, filter).await
    }

    /// The consents to quote or show children that content relies on; for moderators, of what they are not limited from.
    async fn consents(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The content.")] content: ID,
    ) -> Result<Vec<Consent>, ApiError> {
        consent::of_content(context, &content).await
    }

    /// Flags that members set on published content, the oldest first; for moderators, on what they are not limited from.
    async fn flags(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which ones.")] filter: Option<FlagFilter>,
        #[graphql(desc = "How many, from 1 to 100; 20 where it is missing.")] first: Option<i32>,
        #[graphql(desc = "Start after this cursor.")] after: Option<String>,
    ) -> Result<Connection<Flag>, ApiError> {
        flags::flags(context, filter, PageArguments::forward(first, after)).await
    }

    /// Appeals against decisions, the oldest first: for moderators all on what they are not limited from, for everybody else
    /// their own.
    async fn appeals(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Only open ones, or only decided ones.")] open: Option<bool>,
        #[graphql(desc = "How many, from 1 to 100; 20 where it is missing.")] first: Option<i32>,
        #[graphql(desc = "Start after this cursor.")] after: Option<String>,
    ) -> Result<Connection<Appeal>, ApiError> {
        appeals::appeals(context, open, PageArguments::forward(first, after)).await
    }

    /// The audit log, the latest entry first: every decision and every change of an account, a role or a key. For
    /// administrators.
    async fn audit_log(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which entries.")] filter: Option<AuditFilter>,
        #[graphql(desc = "How many, from 1 to 100; 20 where it is missing.")] first: Option<i32>,
        #[graphql(desc = "Start after this cursor.")] after: Option<String>,
    ) -> Result<Connection<AuditEntry>, ApiError> {
        audit_log(context, filter, PageArguments::forward(first, after)).await
    }
}
