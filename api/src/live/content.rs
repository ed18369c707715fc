//! The log of content with what each change is about, and who wants to hear of it.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use praxis_entities::vocabulary::{ConceptScheme, ContentKind};
use praxis_entities::{event, revision};
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{Condition, DbErr, EntityTrait, QueryFilter};
use uuid::Uuid;

use super::feed::Log;
use crate::content::document::ContentInput;
use crate::content::filter::given;
use crate::database::Database;
use crate::graphql::errors::ApiError;
use crate::graphql::scalars::CountryCode;
use crate::log;
use crate::vocabulary::Vocabulary;

/// The log of content.
pub struct ContentLog(pub Database);

/// A change, and the themes and countries of the item before and after it.
pub struct Entry {
    /// The change.
    pub event: Arc<event::Model>,
    /// What the revision and the one before say; none where the item was erased since.
    about: Option<About>,
}

#[derive(Default)]
struct About {
    themes: HashSet<String>,
    countries: HashSet<String>,
}

impl Log for ContentLog {
    type Entry = Entry;

    fn place(entry: &Entry) -> i64 {
        entry.event.sequence
    }

    async fn last(&self) -> Result<i64, DbErr> {
        log::last_sequence(self.0.read()).await
    }

    async fn read_after(&self, place: i64, limit: u64) -> Result<Vec<Entry>, DbErr> {
        let events = log::read_after(self.0.read(), place, None, limit).await?;
        let documents = self.documents(&events).await?;
        Ok(events
            .into_iter()
            .map(|event| Entry {
                about: about(&event, &documents),
                event: Arc::new(event),
            })
            .collect())
    }
}

impl ContentLog {
    /// The revisions that the events made and those before them, in one statement.
    async fn documents(&self, events: &[event::Model]) -> Result<HashMap<(Uuid, i32), String>, DbErr> {
        if events.is_empty() {
            return Ok(HashMap::new());
        }
        let any = events.iter().fold(Condition::any(), |any, event| {
            any.add(
                Expr::col(revision::Column::ContentId)
                    .eq(event.content_id)
                    .and(Expr::col(revision::Column::Number).is_in([event.revision, event.revision - 1])),
            )
        });
        let rows = revision::Entity::find().filter(any).all(self.0.read()).await?;
        Ok(rows
            .into_iter()
            .map(|row| ((row.content_id, row.number), row.document))
            .collect())
    }
}

/// What an item was about before and after a change.
fn about(event: &event::Model, documents: &HashMap<(Uuid, i32), String>) -> Option<About> {
    let mut about = About::default();
    let mut known = false;
    for number in [event.revision, event.revision - 1] {
        let Some(document) = documents.get(&(event.content_id, number)) else {
            continue;
        };
        // Of what was erased nothing can be read any more.
        let Ok(input) = serde_json::from_str::<ContentInput>(document) else {
            continue;
        };
        let common = input.document().common();
        about.themes.extend(common.themes.iter().map(ToString::to_string));
        about.countries.extend(common.countries.iter().map(ToString::to_string));
        known = true;
    }
    known.then_some(about)
}

/// Which changes a subscriber wants to hear of.
pub struct ChangeFilter {
    kinds: Option<Vec<ContentKind>>,
    themes: Option<HashSet<String>>,
    countries: Option<HashSet<String>>,
}

impl ChangeFilter {
    /// The filter for these arguments; an empty list is the same as none.
    ///
    /// # Errors
    /// `UNKNOWN_THEME`, `UNKNOWN_COUNTRY`.
    pub fn read(
        vocabulary: &Vocabulary,
        kinds: Option<Vec<ContentKind>>,
        themes: &Option<Vec<String>>,
        countries: &Option<Vec<CountryCode>>,
    ) -> Result<Self, ApiError> {
        let codes = |scheme, wanted: &[String]| -> Result<HashSet<String>, ApiError> {
            Ok(vocabulary
                .expand(scheme, wanted)?
                .into_iter()
                .filter_map(|id| Some(vocabulary.get(id)?.code.clone()))
                .collect())
        };
        let themes = given(themes)
            .map(|themes| codes(ConceptScheme::Theme, themes))
            .transpose()?;
        let countries = given(countries)
            .map(|countries| {
                let wanted: Vec<String> = countries.iter().map(ToString::to_string).collect();
                codes(ConceptScheme::Country, &wanted)
            })
            .transpose()?;
        Ok(Self {
            kinds: kinds.filter(|kinds| !kinds.is_empty()),
            themes,
            countries,
        })
    }

    /// Whether a change is wanted: every given condition holds before or after it. What was erased is about nothing any
    /// more, so all hear of it that keep its kind; otherwise a copy of it would stay with some.
    pub fn wants(&self, entry: &Entry) -> bool {
        let meets =
            |wanted: &Option<HashSet<String>>, found: fn(&About) -> &HashSet<String>| match (wanted, &entry.about) {
                (None, _) | (_, None) => true,
                (Some(wanted), Some(about)) => !wanted.is_disjoint(found(about)),
            };
        self.kinds
            .as_ref()
            .is_none_or(|kinds| kinds.contains(&entry.event.kind))
            && meets(&self.themes, |about| &about.themes)
            && meets(&self.countries, |about| &about.countries)
    }
}
