//! Mechanisms: before whom states account for themselves.

use async_graphql::Context;
use praxis_entities::mechanism;
use sea_orm::{EntityTrait, QueryOrder};

use super::cited::citation;
use super::reference::reference_object;
use super::review::{self, Review, filter::ReviewFilter};
use crate::content::fields::Citation;
use crate::graphql::connection::{Connection, PageArguments};
use crate::graphql::errors::ApiError;
use crate::graphql::loaders;
use crate::graphql::scalars::Markdown;

reference_object! {
    /// A body or procedure before which states account for themselves: the Universal Periodic Review, a treaty body, a
    /// regional committee, a national follow-up committee.
    Mechanism, mechanism, {
        /// The name that filters and documents use, e.g. `upr`.
        async fn slug(&self) -> &str {
            &self.0.slug
        }

        /// The name.
        async fn name(&self) -> &str {
            &self.0.name
        }

        /// The usual acronym.
        async fn acronym(&self) -> Option<&str> {
            self.0.acronym.as_deref()
        }

        /// What it does.
        async fn description(&self) -> Option<Markdown> {
            self.0.description.as_deref().map(Markdown::trusted)
        }

        /// Where this is taken from.
        async fn citation(&self, context: &Context<'_>) -> Result<Option<Citation>, ApiError> {
            citation(context, self.0.citation_resource_id, self.0.citation_locator.clone(), None).await
        }

        /// The reviews before it, the latest first.
        async fn reviews(
            &self,
            context: &Context<'_>,
            #[graphql(desc = "Which reviews.")] filter: Option<ReviewFilter>,
            #[graphql(desc = "How many, from 1 to 100; 20 where it is missing.")] first: Option<i32>,
            #[graphql(desc = "An `endCursor` of this list.")] after: Option<String>,
        ) -> Result<Connection<Review>, ApiError> {
            review::of(context, self.0.id, "mechanism_id", filter, PageArguments::forward(first, after)).await
        }
    }
}

impl Mechanism {
    /// Its name and its slug.
    pub fn name_and_slug(&self) -> (&str, &str) {
        (&self.0.name, &self.0.slug)
    }
}

/// Every mechanism, by slug.
///
/// # Errors
/// Where the database is away.
pub async fn all(context: &Context<'_>) -> Result<Vec<Mechanism>, ApiError> {
    let rows = mechanism::Entity::find()
        .order_by_asc(mechanism::Column::Slug)
        .all(loaders(context)?.app().database.read())
        .await?;
    Ok(rows
        .into_iter()
        .map(|row| Mechanism(std::sync::Arc::new(row)))
        .collect())
}
