//! Lessons: something learned that another may use.

pub mod document;
pub mod filter;

use async_graphql::Context;
use praxis_entities::lesson::Column;
use praxis_entities::vocabulary::{Factor, LessonKind, RelationKind};

use self::filter::LessonFilter;
use super::evidence::Evidence;
use super::fields::content_object;
use super::initiative::Initiative;
use super::related::{self, Direction};
use crate::graphql::connection::Connection;
use crate::graphql::errors::ApiError;
use crate::graphql::scalars::Markdown;

content_object! {
    /// Something learned that another may use. `supportedBy` and `challengedBy` show how it stands.
    Lesson, lesson, LessonFilter,
    withheld: [AppliesWhere, AppliesNotWhere], reads: [], {
        /// What sort of lesson it is.
        async fn kind(&self) -> Result<LessonKind, ApiError> {
            self.0.detail(Column::Kind)
        }

        /// What it turns on.
        async fn factor(&self) -> Result<Factor, ApiError> {
            self.0.detail(Column::Factor)
        }

        /// Where it applies.
        async fn applies_where(&self) -> Result<Option<Markdown>, ApiError> {
            let text: Option<String> = self.0.shown(Column::AppliesWhere)?;
            Ok(text.map(Markdown::trusted))
        }

        /// Where it does not apply.
        async fn applies_not_where(&self) -> Result<Option<Markdown>, ApiError> {
            let text: Option<String> = self.0.shown(Column::AppliesNotWhere)?;
            Ok(text.map(Markdown::trusted))
        }

        /// The initiatives that it was learned from.
        async fn initiatives(
            &self,
            context: &Context<'_>,
            #[graphql(desc = "How many, from 1 to 100; 20 where it is missing.")] first: Option<i32>,
            #[graphql(desc = "An `endCursor` of this list.")] after: Option<String>,
        ) -> Result<Connection<Initiative>, ApiError> {
            related::items(context, self.0.content.id, RelationKind::LearnedFrom, Direction::Forward, first, after).await
        }

        /// The findings that support it.
        async fn supported_by(
            &self,
            context: &Context<'_>,
            #[graphql(desc = "How many, from 1 to 100; 20 where it is missing.")] first: Option<i32>,
            #[graphql(desc = "An `endCursor` of this list.")] after: Option<String>,
        ) -> Result<Connection<Evidence>, ApiError> {
            related::items(context, self.0.content.id, RelationKind::SupportedBy, Direction::Forward, first, after).await
        }

        /// The findings that speak against it.
        async fn challenged_by(
            &self,
            context: &Context<'_>,
            #[graphql(desc = "How many, from 1 to 100; 20 where it is missing.")] first: Option<i32>,
            #[graphql(desc = "An `endCursor` of this list.")] after: Option<String>,
        ) -> Result<Connection<Evidence>, ApiError> {
            related::items(context, self.0.content.id, RelationKind::ChallengedBy, Direction::Forward, first, after).await
        }
    }
}
