//! The slugs by which filters name mechanisms, treaties and indicators.
//!
//! Imports add such nodes at any time, in any process, but none is ever taken away or renamed. So a process remembers the slugs that
//! it has read, and reads those of a sort anew only for one that it does not know: a filter whose slugs are known takes no statement.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, PoisonError, RwLock};

use praxis_entities::{indicator, mechanism, treaty};
use sea_orm::{ConnectionTrait, DbErr, EntityTrait, QuerySelect};

use super::unknown;
use crate::content::document::validate::is_slug;
use crate::graphql::errors::{ApiError, Code};
use crate::graphql::loader::{BatchKey, LoadContext, Loaders};

/// What filters name by its slug, beside content.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Slugged {
    /// Mechanisms.
    Mechanism,
    /// Treaties.
    Treaty,
    /// Indicators.
    Indicator,
}

/// The names of each node of a sort, by its slug.
type Names = BTreeMap<String, Vec<String>>;

impl Slugged {
    async fn read(self, connection: &impl ConnectionTrait) -> Result<Names, DbErr> {
        type Row = (String, String, Option<String>);
        let rows: Vec<Row> = match self {
            Self::Mechanism => {
                let columns = [
                    mechanism::Column::Slug,
                    mechanism::Column::Name,
                    mechanism::Column::Acronym,
                ];
                let nodes = mechanism::Entity::find().select_only().columns(columns);
                nodes.into_tuple().all(connection).await?
            }
            Self::Treaty => {
                let columns = [treaty::Column::Slug, treaty::Column::Name, treaty::Column::Acronym];
                let nodes = treaty::Entity::find().select_only().columns(columns);
                nodes.into_tuple().all(connection).await?
            }
            Self::Indicator => {
                let columns = [indicator::Column::Slug, indicator::Column::Name];
                let nodes = indicator::Entity::find().select_only().columns(columns);
                let rows: Vec<(String, String)> = nodes.into_tuple().all(connection).await?;
                rows.into_iter().map(|(slug, name)| (slug, name, None)).collect()
            }
        };
        Ok(rows
            .into_iter()
            .map(|(slug, name, acronym)| (slug, std::iter::once(name).chain(acronym).collect()))
            .collect())
    }

    fn unknown(self, slug: &str, known: &Names) -> ApiError {
        let said = match self {
            Self::Mechanism => (Code::UnknownMechanism, "mechanism", "mechanisms"),
            Self::Treaty => (Code::UnknownTreaty, "treaty", "treaties"),
            Self::Indicator => (Code::UnknownIndicator, "indicator", "indicators"),
        };
        let known = known.iter();
        unknown(
            said,
            slug,
            known.map(|(slug, names)| (slug.as_str(), names.iter().map(String::as_str))),
        )
    }
}

/// The slugs that this process has read.
#[derive(Default)]
pub struct KnownSlugs(RwLock<HashMap<Slugged, Arc<Names>>>);

impl KnownSlugs {
    fn of(&self, sort: Slugged) -> Arc<Names> {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        known.get(&sort).cloned().unwrap_or_default()
    }

    fn remember(&self, sort: Slugged, names: Arc<Names>) {
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        known.insert(sort, names);
    }
}

/// Reads the slugs of a sort anew: one statement for all filters at a level.
#[derive(Clone, PartialEq, Eq, Hash)]
struct ReadAnew(Slugged);

impl BatchKey for ReadAnew {
    type Value = Arc<Names>;

    async fn load(context: &LoadContext, keys: Vec<Self>) -> Result<HashMap<Self, Self::Value>, ApiError> {
        let mut found = HashMap::new();
        for key in keys {
            let names = Arc::new(key.0.read(context.app.database.read()).await?);
            context.app.known_slugs.remember(key.0, names.clone());
            found.insert(key, names);
        }
        Ok(found)
    }
}

/// Refuses a filter that names a slug which no node has.
///
/// # Errors
/// `UNKNOWN_MECHANISM`, `UNKNOWN_TREATY` or `UNKNOWN_INDICATOR`; where the database is away.
pub async fn require(loaders: &Loaders, sort: Slugged, slugs: &[String]) -> Result<(), ApiError> {
    let unknown = |known: &Names| slugs.iter().find(|slug| !known.contains_key(&slug.to_lowercase()));
    if unknown(&loaders.app().known_slugs.of(sort)).is_none() {
        return Ok(());
    }
    let known = loaders.load(ReadAnew(sort)).await?.unwrap_or_default();
    match unknown(&known) {
        None => Ok(()),
        Some(slug) => Err(sort.unknown(slug, &known)),
    }
}

/// Slugs as nodes have them. Acronyms are written in capitals, slugs never; and what is no slug is nobody's.
pub fn written(slugs: &[String]) -> Vec<String> {
    let slugs = slugs.iter().map(|slug| slug.to_lowercase());
    slugs.filter(|slug| is_slug(slug)).collect()
}
