//! Mechanisms: before whom states account for themselves.

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::Context;
use praxis_entities::{mechanism, organization_mechanism};
use sea_orm::sea_query::{Expr, ExprTrait, Order, Query};
use sea_orm::{ConnectionTrait, EntityTrait, FromQueryResult, Iterable, QueryOrder};
use uuid::Uuid;

use super::cited::citation;
use super::grouped::{self, Grouping};
use super::reference::reference_object;
use super::review::{self, Review, filter::ReviewFilter};
use crate::content::fields::Citation;
use crate::content::organization::Organization;
use crate::content::organization::filter::OrganizationFilter;
use crate::database::among;
use crate::graphql::connection::{Connection, PageArguments};
use crate::graphql::errors::ApiError;
use crate::graphql::loader::{BatchKey, LoadContext};
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

        /// The bodies behind it, the latest published first: a committee for its own procedure, each mandate holder for the
        /// special procedures.
        async fn bodies(
            &self,
            context: &Context<'_>,
            #[graphql(desc = "Which bodies.")] filter: Option<OrganizationFilter>,
            #[graphql(desc = "How many, from 1 to 100; 20 where it is missing.")] first: Option<i32>,
            #[graphql(desc = "An `endCursor` of this list.")] after: Option<String>,
        ) -> Result<Connection<Organization>, ApiError> {
            let page = PageArguments::forward(first, after);
            grouped::connection(context, Grouping::Mechanism, self.0.id, filter, page).await
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
    Ok(rows.into_iter().map(|row| Mechanism(Arc::new(row))).collect())
}

/// The mechanisms that an organisation is the body behind.
#[derive(Clone, PartialEq, Eq, Hash)]
struct OfBody(Uuid);

impl BatchKey for OfBody {
    type Value = Arc<Vec<Mechanism>>;

    async fn load(context: &LoadContext, keys: Vec<Self>) -> Result<HashMap<Self, Self::Value>, ApiError> {
        let database = context.app.database.read();
        let bodies = keys.into_iter().map(|key| key.0).collect();
        let link = |column| Expr::col((organization_mechanism::Entity, column));
        let statement = Query::select()
            .columns(mechanism::Column::iter().map(|column| (mechanism::Entity, column)))
            .column((
                organization_mechanism::Entity,
                organization_mechanism::Column::ContentId,
            ))
            .from(organization_mechanism::Entity)
            .inner_join(
                mechanism::Entity,
                link(organization_mechanism::Column::MechanismId).equals((mechanism::Entity, mechanism::Column::Id)),
            )
            .and_where(among(database, link(organization_mechanism::Column::ContentId), bodies))
            .order_by(
                (organization_mechanism::Entity, organization_mechanism::Column::Position),
                Order::Asc,
            )
            .take();
        let mut found: HashMap<Uuid, Vec<Mechanism>> = HashMap::new();
        for row in database.query_all(&statement).await? {
            let mechanism = mechanism::Model::from_query_result(&row, "")?;
            let body = row.try_get("", "content_id")?;
            found.entry(body).or_default().push(Mechanism(Arc::new(mechanism)));
        }
        Ok(found.into_iter().map(|(id, all)| (Self(id), Arc::new(all))).collect())
    }
}

/// The mechanisms that an organisation is the body behind, in the order of its document: one statement for all organisations
/// at a level.
///
/// # Errors
/// Where the database is away.
pub async fn of_body(context: &Context<'_>, body: Uuid) -> Result<Vec<Mechanism>, ApiError> {
    let found = loaders(context)?.load(OfBody(body)).await?;
    Ok(found.map(|all| all.to_vec()).unwrap_or_default())
}
