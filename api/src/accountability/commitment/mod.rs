//! Commitments: what duty bearers undertook to do.

pub mod document;
pub mod filter;

use async_graphql::Context;
use chrono::Utc;
use praxis_entities::commitment::Column;
use praxis_entities::vocabulary::{CommitmentKind, ImplementationStatus, RelationKind};
use sea_orm::prelude::Date as Day;

use self::filter::CommitmentFilter;
use super::event::Event;
use super::implementation::ImplementationEntry;
use super::recommendation::Recommendation;
use super::reference::required;
use super::review::Review;
use super::target::{self, IndicatorTarget, Reach};
use crate::content::evidence::Evidence;
use crate::content::fields::content_object;
use crate::content::organization::Organization;
use crate::content::related::{self, Direction};
use crate::graphql::connection::Connection;
use crate::graphql::errors::ApiError;
use crate::graphql::scalars::{Date, Markdown};

content_object! {
    /// What a duty bearer undertook to do: a law, a budget, a plan, by a day.
    Commitment, commitment, CommitmentFilter,
    withheld: [Details, ImplementationHistory], reads: ["overdue" => DueOn, "overdue" => Implementation], {
        /// What was undertaken.
        async fn kind(&self) -> Result<CommitmentKind, ApiError> {
            self.0.detail(Column::Kind)
        }

        /// The review in which it was undertaken, where it was one.
        async fn review(&self, context: &Context<'_>) -> Result<Option<Review>, ApiError> {
            match self.0.detail(Column::ReviewId)? {
                Some(review) => required(context, review).await.map(Some),
                None => Ok(None),
            }
        }

        /// When it was undertaken.
        async fn made_on(&self) -> Result<Option<Date>, ApiError> {
            let day: Option<Day> = self.0.detail(Column::MadeOn)?;
            Ok(day.map(Date))
        }

        /// By when it is to be kept.
        async fn due_on(&self) -> Result<Option<Date>, ApiError> {
            let day: Option<Day> = self.0.detail(Column::DueOn)?;
            Ok(day.map(Date))
        }

        /// Whether its day has passed (in UTC) and the latest assessment does not say that all of it is in place.
        async fn overdue(&self) -> Result<bool, ApiError> {
            let implementation: ImplementationStatus = self.0.detail(Column::Implementation)?;
            let due: Option<Day> = self.0.detail(Column::DueOn)?;
            Ok(implementation != ImplementationStatus::Implemented
                && due.is_some_and(|due| due < Utc::now().date_naive()))
        }

        /// What was undertaken, in detail.
        async fn details(&self) -> Result<Option<Markdown>, ApiError> {
            let text: Option<String> = self.0.shown(Column::Details)?;
            Ok(text.map(Markdown::trusted))
        }

        /// The indicators by which it is measured, in the order in which it names them.
        async fn indicators(&self, context: &Context<'_>) -> Result<Vec<IndicatorTarget>, ApiError> {
            target::of_content(context, self.0.content.id, Reach::Countries).await
        }

        /// How far it has been put into practice, by the latest assessment.
        async fn implementation(&self) -> Result<ImplementationStatus, ApiError> {
            self.0.detail(Column::Implementation)
        }

        /// Every assessment, the earliest first: what was found, when, by whom and where it is written.
        async fn implementation_history(&self) -> Result<Vec<ImplementationEntry>, ApiError> {
            self.0.list(Column::ImplementationHistory)
        }

        /// The organisations that undertook it.
        async fn owners(
            &self,
            context: &Context<'_>,
            #[graphql(desc = "How many, from 1 to 100; 20 where it is missing.")] first: Option<i32>,
            #[graphql(desc = "An `endCursor` of this list.")] after: Option<String>,
        ) -> Result<Connection<Organization>, ApiError> {
            related::items(context, self.0.content.id, RelationKind::Owner, Direction::Forward, first, after).await
        }

        /// The recommendations that it answers.
        async fn recommendations(
            &self,
            context: &Context<'_>,
            #[graphql(desc = "How many, from 1 to 100; 20 where it is missing.")] first: Option<i32>,
            #[graphql(desc = "An `endCursor` of this list.")] after: Option<String>,
        ) -> Result<Connection<Recommendation>, ApiError> {
            related::items(context, self.0.content.id, RelationKind::Answers, Direction::Forward, first, after).await
        }

        /// The findings about it, the latest published first.
        async fn evidence(
            &self,
            context: &Context<'_>,
            #[graphql(desc = "How many, from 1 to 100; 20 where it is missing.")] first: Option<i32>,
            #[graphql(desc = "An `endCursor` of this list.")] after: Option<String>,
        ) -> Result<Connection<Evidence>, ApiError> {
            related::items(context, self.0.content.id, RelationKind::About, Direction::Backward, first, after).await
        }

        /// The events that it came of.
        async fn events(
            &self,
            context: &Context<'_>,
            #[graphql(desc = "How many, from 1 to 100; 20 where it is missing.")] first: Option<i32>,
            #[graphql(desc = "An `endCursor` of this list.")] after: Option<String>,
        ) -> Result<Connection<Event>, ApiError> {
            related::items(context, self.0.content.id, RelationKind::Output, Direction::Backward, first, after).await
        }
    }
}
