//! Reviews: one state before one mechanism.

pub mod facts;
pub mod filter;

use async_graphql::Context;
use praxis_entities::vocabulary::ConceptScheme;
use uuid::Uuid;

use self::filter::ReviewFilter;
use super::ask::{self, Ask};
use super::cited::citation;
use super::grouped::{self, Grouping};
use super::mechanism::Mechanism;
use super::recommendation::Recommendation;
use super::recommendation::filter::RecommendationFilter;
use super::reference::{self, Narrowing, children, list, reference_object};
use super::reported::{self, ReportedFigure};
use super::uptake::{self, Uptake};
use crate::content::fields::Citation;
use crate::graphql::connection::{Connection, PageArguments};
use crate::graphql::errors::ApiError;
use crate::graphql::loaders;
use crate::graphql::scalars::Date;
use crate::vocabulary::types::Country;

reference_object! {
    /// One state before one mechanism, in one cycle or session.
    Review, review, {
        /// The name that documents refer to it by, e.g. `upr-np-cycle-1`.
        async fn slug(&self) -> &str {
            &self.0.slug
        }

        /// The state under review.
        async fn country(&self, context: &Context<'_>) -> Result<Country, ApiError> {
            country(context, self.0.country_id)
        }

        /// The mechanism.
        async fn mechanism(&self, context: &Context<'_>) -> Result<Mechanism, ApiError> {
            reference::required(context, self.0.mechanism_id).await
        }

        /// The cycle, where the mechanism has cycles.
        async fn cycle(&self) -> Option<i32> {
            self.0.cycle
        }

        /// The session.
        async fn session(&self) -> Option<&str> {
            self.0.session.as_deref()
        }

        /// The day of the review, where it is known.
        async fn date(&self) -> Option<Date> {
            self.0.date.map(Date)
        }

        /// The year of the review, also where the day is not known.
        async fn year(&self) -> Option<i32> {
            self.0.year
        }

        /// The symbol of the United Nations document that reports on it.
        async fn document_symbol(&self) -> Option<&str> {
            self.0.document_symbol.as_deref()
        }

        /// Where this is taken from.
        async fn citation(&self, context: &Context<'_>) -> Result<Option<Citation>, ApiError> {
            citation(context, self.0.citation_resource_id, self.0.citation_locator.clone(), None).await
        }

        /// What the state was told, the latest published first.
        async fn recommendations(
            &self,
            context: &Context<'_>,
            #[graphql(desc = "Which recommendations.")] filter: Option<RecommendationFilter>,
            #[graphql(desc = "How many, from 1 to 100; 20 where it is missing.")] first: Option<i32>,
            #[graphql(desc = "An `endCursor` of this list.")] after: Option<String>,
        ) -> Result<Connection<Recommendation>, ApiError> {
            let page = PageArguments::forward(first, after);
            grouped::connection(context, Grouping::Review, self.0.id, filter, page).await
        }

        /// What coalitions asked for, in the order of the initiatives that did. At most 500.
        async fn asks(&self, context: &Context<'_>) -> Result<Vec<Ask>, ApiError> {
            ask::of_review(context, self.0.id).await
        }

        /// How much of what was asked for came through. Computed from the data, never entered.
        async fn uptake(&self, context: &Context<'_>) -> Result<Uptake, ApiError> {
            uptake::of_review(context, self.0.id).await
        }

        /// The same figures as others report them, each with the finding that it is taken from and the computed figure.
        async fn reported_figures(&self, context: &Context<'_>) -> Result<Vec<ReportedFigure>, ApiError> {
            reported::of_review(context, self.0.id).await
        }
    }
}

impl Review {
    /// Its key.
    pub fn key(&self) -> Uuid {
        self.0.id
    }
}

/// The country with this key.
///
/// # Errors
/// Where the vocabulary has no such country, which the database rules out.
pub fn country(context: &Context<'_>, id: Uuid) -> Result<Country, ApiError> {
    loaders(context)?
        .app()
        .vocabulary
        .get(id)
        .filter(|concept| concept.scheme == ConceptScheme::Country)
        .cloned()
        .map(Country)
        .ok_or_else(|| ApiError::internal(format!("country {id} is missing")))
}

/// A page of all reviews, the latest first.
///
/// # Errors
/// As [`PageArguments::check`] and the filter; where the database is away.
pub async fn all(
    context: &Context<'_>,
    filter: Option<ReviewFilter>,
    page: PageArguments,
) -> Result<Connection<Review>, ApiError> {
    let loaders = loaders(context)?;
    let filter = filter.unwrap_or_default().check(&loaders).await?;
    list(context, filter.condition(), page).await
}

/// A page of the reviews of a country or before a mechanism, the latest first.
///
/// # Errors
/// As [`PageArguments::check`] and the filter; where the database is away.
pub async fn of(
    context: &Context<'_>,
    parent: Uuid,
    column: &'static str,
    filter: Option<ReviewFilter>,
    page: PageArguments,
) -> Result<Connection<Review>, ApiError> {
    let loaders = loaders(context)?;
    let filter = filter.unwrap_or_default().check(&loaders).await?;
    children(context, parent, column, filter, page).await
}
