//! What a moderator is limited to, as the API shows it.

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::{Context, SimpleObject};
use praxis_entities::moderation_limit;
use praxis_entities::vocabulary::{ConceptScheme, ModerationLimitKind};
use uuid::Uuid;

use super::rows;
use crate::graphql::errors::ApiError;
use crate::graphql::loader::{BatchKey, LoadContext};
use crate::graphql::loaders;
use crate::vocabulary::Concept;
use crate::vocabulary::types::{Country, Language, Region};

/// What a moderator is limited to. With languages, to what was written in one of them, whatever the variant; with regions or
/// countries, to what names a country of theirs, and not to what names none; with both, to what is within both.
#[derive(SimpleObject)]
pub struct ModerationLimits {
    /// The languages; empty where every language is theirs.
    pub languages: Vec<Language>,
    /// The regions; each stands for all countries in it.
    pub regions: Vec<Region>,
    /// The countries beside those of the regions.
    pub countries: Vec<Country>,
}

/// The limits that bind an account.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct LimitsOf(Uuid);

impl BatchKey for LimitsOf {
    type Value = Arc<Vec<moderation_limit::Model>>;

    async fn load(context: &LoadContext, keys: Vec<Self>) -> Result<HashMap<Self, Self::Value>, ApiError> {
        let accounts = keys.into_iter().map(|key| key.0).collect();
        let found = rows::binding(context.app.database.read(), Some(accounts)).await?;
        Ok(found
            .into_iter()
            .map(|(account, limits)| (Self(account), Arc::new(limits)))
            .collect())
    }
}

/// The limits that bind an account; none where it has none.
///
/// # Errors
/// Where the database is away.
pub async fn moderation_limits(context: &Context<'_>, account: Uuid) -> Result<Option<ModerationLimits>, ApiError> {
    let loaders = loaders(context)?;
    let Some(limits) = loaders.load(LimitsOf(account)).await? else {
        return Ok(None);
    };
    let vocabulary = &loaders.app().vocabulary;
    let concepts = |kind: ModerationLimitKind, scheme: ConceptScheme| -> Vec<Arc<Concept>> {
        limits
            .iter()
            .filter(|limit| limit.kind == kind)
            .filter_map(|limit| vocabulary.find(scheme, &limit.code).cloned())
            .collect()
    };
    let languages = concepts(ModerationLimitKind::Language, ConceptScheme::Language);
    let regions = concepts(ModerationLimitKind::Region, ConceptScheme::Region);
    let countries = concepts(ModerationLimitKind::Country, ConceptScheme::Country);
    Ok(Some(ModerationLimits {
        languages: languages.into_iter().map(Language).collect(),
        regions: regions.into_iter().map(Region).collect(),
        countries: countries.into_iter().map(Country).collect(),
    }))
}
