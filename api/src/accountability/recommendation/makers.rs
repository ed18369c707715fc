//! The states that made recommendations.

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::Context;
use praxis_entities::recommending_country;
use sea_orm::sea_query::Expr;
use sea_orm::{EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use crate::database::among;
use crate::graphql::errors::ApiError;
use crate::graphql::loader::{BatchKey, LoadContext};
use crate::graphql::loaders;
use crate::vocabulary::Concept;
use crate::vocabulary::types::Country;

#[derive(Clone, PartialEq, Eq, Hash)]
struct MakersOf(Uuid);

impl BatchKey for MakersOf {
    type Value = Arc<Vec<Arc<Concept>>>;

    async fn load(context: &LoadContext, keys: Vec<Self>) -> Result<HashMap<Self, Self::Value>, ApiError> {
        let ids = keys.into_iter().map(|key| key.0).collect();
        let rows: Vec<(Uuid, Uuid)> = recommending_country::Entity::find()
            .select_only()
            .column(recommending_country::Column::ContentId)
            .column(recommending_country::Column::CountryId)
            .filter(among(
                context.app.database.read(),
                Expr::col(recommending_country::Column::ContentId),
                ids,
            ))
            .order_by_asc(recommending_country::Column::Position)
            .into_tuple()
            .all(context.app.database.read())
            .await?;
        let mut found: HashMap<Uuid, Vec<Arc<Concept>>> = HashMap::new();
        for (content, country) in rows {
            if let Some(country) = context.app.vocabulary.get(country) {
                found.entry(content).or_default().push(country.clone());
            }
        }
        Ok(found
            .into_iter()
            .map(|(id, countries)| (Self(id), Arc::new(countries)))
            .collect())
    }
}

/// The states that made a recommendation: one statement for all recommendations at a level.
///
/// # Errors
/// Where the database is away.
pub async fn countries(context: &Context<'_>, recommendation: Uuid) -> Result<Vec<Country>, ApiError> {
    let found = loaders(context)?.load(MakersOf(recommendation)).await?;
    Ok(found
        .map(|countries| countries.iter().cloned().map(Country).collect())
        .unwrap_or_default())
}
