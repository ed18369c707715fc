//! Treaties, and where states stand towards them.

use async_graphql::{Context, InputObject};
use praxis_entities::vocabulary::TreatyStatus;
use praxis_entities::{ratification, treaty};
use sea_orm::sea_query::{Expr, ExprTrait, Query};
use sea_orm::{Condition, EntityTrait, QueryOrder};
use uuid::Uuid;

use super::cited::citation;
use super::progress::{self, TreatyProgress};
use super::reference::{Narrowing, children, reference_object, required};
use super::review::country;
use super::states::States;
use crate::content::fields::Citation;
use crate::content::filter::given;
use crate::graphql::connection::{Connection, PageArguments};
use crate::graphql::errors::ApiError;
use crate::graphql::loaders;
use crate::graphql::scalars::{CountryCode, Date};
use crate::vocabulary::slugs::{self, Slugged};
use crate::vocabulary::types::Country;

reference_object! {
    /// A treaty that states may become bound by.
    Treaty, treaty, {
        /// The name that filters use, e.g. `op-crc-ac`.
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

        /// When it was adopted.
        async fn adopted_on(&self) -> Option<Date> {
            self.0.adopted_on.map(Date)
        }

        /// When it entered into force.
        async fn in_force_on(&self) -> Option<Date> {
            self.0.in_force_on.map(Date)
        }

        /// How many states were bound at the end of each year of a range, counted from the ratifications: the progress of a
        /// campaign. At most 100 years.
        async fn progress(
            &self,
            context: &Context<'_>,
            #[graphql(desc = "The first year, e.g. that in which a campaign began.")] from: i32,
            #[graphql(desc = "The last year.")] to: i32,
        ) -> Result<Vec<TreatyProgress>, ApiError> {
            progress::of_treaty(context, self.0.id, from, to).await
        }

        /// Where this is taken from.
        async fn citation(&self, context: &Context<'_>) -> Result<Option<Citation>, ApiError> {
            citation(context, self.0.citation_resource_id, self.0.citation_locator.clone(), None).await
        }

        /// Where states stand towards it, the latest to be bound first. `totalCount` with `statuses: [STATE_PARTY]` and
        /// `boundBy` counts the states parties at the end of a year, so that the progress of a campaign can be followed.
        async fn ratifications(
            &self,
            context: &Context<'_>,
            #[graphql(desc = "Which states.")] filter: Option<RatificationFilter>,
            #[graphql(desc = "How many, from 1 to 100; 20 where it is missing.")] first: Option<i32>,
            #[graphql(desc = "An `endCursor` of this list.")] after: Option<String>,
        ) -> Result<Connection<Ratification>, ApiError> {
            of(context, self.0.id, "treaty_id", filter, PageArguments::forward(first, after)).await
        }
    }
}

reference_object! {
    /// Where a state stands towards a treaty.
    Ratification, ratification, {
        /// The treaty.
        async fn treaty(&self, context: &Context<'_>) -> Result<Treaty, ApiError> {
            required(context, self.0.treaty_id).await
        }

        /// The state.
        async fn country(&self, context: &Context<'_>) -> Result<Country, ApiError> {
            country(context, self.0.country_id)
        }

        /// Where it stands.
        async fn status(&self) -> TreatyStatus {
            self.0.status
        }

        /// The year since which it is bound.
        async fn year(&self) -> Option<i32> {
            self.0.year
        }

        /// The day since which it is bound, where the source says it.
        async fn date(&self) -> Option<Date> {
            self.0.date.map(Date)
        }

        /// What the source notes.
        async fn note(&self) -> Option<&str> {
            self.0.note.as_deref()
        }

        /// The file that this was imported from.
        async fn source(&self) -> &str {
            &self.0.source
        }
    }
}

/// Which entries of a list of ratifications.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, InputObject)]
pub struct RatificationFilter {
    /// ISO 3166-1 alpha-2 codes of states.
    pub countries: Option<Vec<CountryCode>>,
    /// UN M49 codes of regions.
    pub regions: Option<Vec<String>>,
    /// Slugs of treaties, in capitals too; those of all are in the query `treaties`.
    pub treaties: Option<Vec<String>>,
    /// Where the states stand.
    pub statuses: Option<Vec<TreatyStatus>>,
    /// Only states that were bound at the end of this year.
    pub bound_by: Option<i32>,
}

/// A filter whose countries have been looked up.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
struct Checked {
    states: States,
    filter: RatificationFilter,
}

impl Narrowing for Checked {
    fn condition(&self) -> Condition {
        let column = |column| Expr::col((ratification::Entity, column));
        let mut condition = self.states.condition(&column(ratification::Column::CountryId));
        if let Some(statuses) = given(&self.filter.statuses) {
            condition = condition.add(column(ratification::Column::Status).is_in(statuses.iter().copied()));
        }
        if let Some(treaties) = given(&self.filter.treaties) {
            condition = condition.add(
                column(ratification::Column::TreatyId).in_subquery(
                    Query::select()
                        .column((treaty::Entity, treaty::Column::Id))
                        .from(treaty::Entity)
                        .and_where(Expr::col((treaty::Entity, treaty::Column::Slug)).is_in(slugs::written(treaties)))
                        .take(),
                ),
            );
        }
        if let Some(year) = self.filter.bound_by {
            condition = condition
                .add(column(ratification::Column::Status).eq(TreatyStatus::StateParty))
                .add(column(ratification::Column::Year).lte(year));
        }
        condition
    }
}

/// A page of the ratifications of a treaty or a state, the latest first.
///
/// # Errors
/// As [`PageArguments::check`] and the filter; where the database is away.
pub async fn of(
    context: &Context<'_>,
    parent: Uuid,
    column: &'static str,
    filter: Option<RatificationFilter>,
    page: PageArguments,
) -> Result<Connection<Ratification>, ApiError> {
    let loaders = loaders(context)?;
    let filter = filter.unwrap_or_default();
    if let Some(treaties) = given(&filter.treaties) {
        slugs::require(&loaders, Slugged::Treaty, treaties).await?;
    }
    let states = States::find(&loaders.app().vocabulary, &filter.countries, &filter.regions)?;
    let checked = Checked { states, filter };
    children(context, parent, column, checked, page).await
}

/// Every treaty, the earliest adopted first.
///
/// # Errors
/// Where the database is away.
pub async fn all(context: &Context<'_>) -> Result<Vec<Treaty>, ApiError> {
    let rows = treaty::Entity::find()
        .order_by_asc(treaty::Column::Place)
        .order_by_asc(treaty::Column::Slug)
        .all(loaders(context)?.app().database.read())
        .await?;
    Ok(rows.into_iter().map(|row| Treaty(std::sync::Arc::new(row))).collect())
}
