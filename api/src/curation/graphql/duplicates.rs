//! Published content that a submission may be a second copy of.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use async_graphql::{Enum, SimpleObject};
use futures::future::join_all;
use praxis_entities::vocabulary::{ContentKind, ContentStatus};
use praxis_entities::{content, resource, submission};
use praxis_search::{Field, Filter, SearchRequest};
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, Condition, DbErr, EntityTrait, QueryFilter, QuerySelect};
use uuid::Uuid;

use crate::content::document::ContentInput;
use crate::content::interface::Content;
use crate::graphql::errors::ApiError;
use crate::graphql::loader::{BatchKey, LoadContext};
use crate::text::ordering_key;

/// Most duplicates that are shown of one submission.
const SHOWN: usize = 10;
/// How many hits of a search for the title are looked at.
const HITS: usize = 5;
/// Of all words of two titles, the share that both must have to be called alike.
const ALIKE: f64 = 0.6;

/// Why published content may be what a submission proposes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Enum)]
pub enum DuplicateReason {
    /// It has the same identifier, e.g. the same DOI.
    SameIdentifier,
    /// It has the same link.
    SameLink,
    /// It has the same title.
    SameTitle,
    /// Most words of the titles are the same.
    SimilarTitle,
}

/// Published content that a submission may be a second copy of.
#[derive(SimpleObject)]
pub struct PossibleDuplicate {
    /// The content.
    pub content: Content,
    /// Why it may be the same, the surest first.
    pub reasons: Vec<DuplicateReason>,
}

/// What of a submission is compared.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct DuplicatesOf {
    kind: ContentKind,
    target: Option<Uuid>,
    title: String,
    link: Option<String>,
    identifiers: Vec<String>,
}

/// The kinds and keys of possible duplicates, with the reasons.
pub type Duplicates = Arc<Vec<(ContentKind, Uuid, Vec<DuplicateReason>)>>;

impl DuplicatesOf {
    /// What is compared of this submission.
    pub fn new(row: &submission::Model) -> Self {
        // A document that can't be read was erased; there is nothing to compare then.
        let input: Option<ContentInput> = serde_json::from_str(&row.document).ok();
        let (link, identifiers) = match &input {
            Some(ContentInput::Resource(resource)) => (
                resource.link.as_ref().map(ToString::to_string),
                resource
                    .identifiers
                    .iter()
                    .flatten()
                    .map(|identifier| identifier.value.clone())
                    .collect(),
            ),
            _ => (None, Vec::new()),
        };
        Self {
            kind: row.kind,
            target: row.target_id,
            title: row.title.clone(),
            link,
            identifiers,
        }
    }

    fn is_known_by(&self, identifiers: &serde_json::Value) -> bool {
        let known = identifiers.as_array().into_iter().flatten();
        known
            .filter_map(|identifier| identifier["value"].as_str())
            .any(|value| self.identifiers.iter().any(|own| own == value))
    }
}

impl BatchKey for DuplicatesOf {
    type Value = Duplicates;

    async fn load(context: &LoadContext, keys: Vec<Self>) -> Result<HashMap<Self, Self::Value>, ApiError> {
        let titles = with_title(context, &keys).await?;
        let resources = with_link_or_identifier(context, &keys).await?;
        let similar = join_all(keys.iter().map(|key| with_similar_title(context, key))).await;
        let mut all = HashMap::with_capacity(keys.len());
        for (key, similar) in keys.into_iter().zip(similar) {
            let mut found: BTreeMap<Uuid, BTreeSet<DuplicateReason>> = BTreeMap::new();
            let mut add = |id: Uuid, reason| {
                if key.target != Some(id) {
                    found.entry(id).or_default().insert(reason);
                }
            };
            let title = ordering_key(&key.title);
            for (id, kind, other) in &titles {
                if *kind == key.kind && *other == title {
                    add(*id, DuplicateReason::SameTitle);
                }
            }
            for (id, link, identifiers) in &resources {
                if link.is_some() && *link == key.link {
                    add(*id, DuplicateReason::SameLink);
                }
                if key.is_known_by(identifiers) {
                    add(*id, DuplicateReason::SameIdentifier);
                }
            }
            for id in similar? {
                add(id, DuplicateReason::SimilarTitle);
            }
            let mut found: Vec<_> = found
                .into_iter()
                .map(|(id, reasons)| (key.kind, id, reasons.into_iter().collect::<Vec<_>>()))
                .collect();
            found.sort_by(|(_, _, one), (_, _, other)| one.cmp(other));
            found.truncate(SHOWN);
            all.insert(key, Arc::new(found));
        }
        Ok(all)
    }
}

async fn with_title(context: &LoadContext, keys: &[DuplicatesOf]) -> Result<Vec<(Uuid, ContentKind, String)>, DbErr> {
    let kinds: BTreeSet<ContentKind> = keys.iter().map(|key| key.kind).collect();
    content::Entity::find()
        .select_only()
        .columns([content::Column::Id, content::Column::Kind, content::Column::TitleKey])
        .filter(content::Column::Kind.is_in(kinds))
        .filter(content::Column::Status.eq(ContentStatus::Published))
        .filter(content::Column::TitleKey.is_in(keys.iter().map(|key| ordering_key(&key.title))))
        .into_tuple()
        .all(context.app.database.read())
        .await
}

/// Resources with one of the links, or with one of the identifiers. Identifiers stand in a JSON list, which is searched as
/// text first and compared afterwards.
async fn with_link_or_identifier(
    context: &LoadContext,
    keys: &[DuplicatesOf],
) -> Result<Vec<(Uuid, Option<String>, serde_json::Value)>, DbErr> {
    let mut any = Condition::any();
    for key in keys {
        if let Some(link) = &key.link {
            any = any.add(resource::Column::Link.eq(link.as_str()));
        }
        for identifier in &key.identifiers {
            let quoted = serde_json::Value::from(identifier.as_str()).to_string();
            let text = Expr::col((resource::Entity, resource::Column::Identifiers)).cast_as("text");
            any = any.add(Expr::expr(text).like(format!("%{}%", quoted.replace(['%', '_'], "_"))));
        }
    }
    if any.is_empty() {
        return Ok(Vec::new());
    }
    let published = content::Entity::find()
        .select_only()
        .column(content::Column::Id)
        .filter(content::Column::Status.eq(ContentStatus::Published));
    resource::Entity::find()
        .select_only()
        .columns([
            resource::Column::ContentId,
            resource::Column::Link,
            resource::Column::Identifiers,
        ])
        .filter(any)
        .filter(
            Expr::col((resource::Entity, resource::Column::ContentId))
                .in_subquery(sea_orm::QueryTrait::into_query(published)),
        )
        .into_tuple()
        .all(context.app.database.read())
        .await
}

/// What a search for the title finds whose own title has most of its words. Nothing where search can't answer: a
/// moderator is better served by the rest than by an error.
async fn with_similar_title(context: &LoadContext, key: &DuplicatesOf) -> Result<Vec<Uuid>, DbErr> {
    let query: String = key.title.chars().take(200).collect();
    if query.trim().is_empty() {
        return Ok(Vec::new());
    }
    let request = SearchRequest {
        query,
        filter: Filter {
            any_of: BTreeMap::from([(Field::Kind, vec![key.kind.as_str().to_owned()])]),
            ..Filter::default()
        },
        limit: HITS,
        ..SearchRequest::default()
    };
    let answer = context.app.search.ask(|engine| {
        let request = request.clone();
        async move { engine.search(&request).await }
    });
    let Ok(answer) = answer.await else {
        return Ok(Vec::new());
    };
    let ids: Vec<Uuid> = answer.value.hits.iter().map(|hit| hit.id).collect();
    let titles: Vec<(Uuid, String)> = content::Entity::find()
        .select_only()
        .columns([content::Column::Id, content::Column::TitleKey])
        .filter(content::Column::Id.is_in(ids))
        .filter(content::Column::Status.eq(ContentStatus::Published))
        .into_tuple()
        .all(context.app.database.read())
        .await?;
    let own = ordering_key(&key.title);
    Ok(titles
        .into_iter()
        .filter(|(_, other)| *other != own && alike(&own, other) >= ALIKE)
        .map(|(id, _)| id)
        .collect())
}

/// Of all words of two titles, the share that both have (the Jaccard index).
fn alike(one: &str, other: &str) -> f64 {
    let words = |text: &str| -> BTreeSet<String> {
        text.split(|character: char| !character.is_alphanumeric())
            .filter(|word| !word.is_empty())
            .map(str::to_owned)
            .collect()
    };
    let (one, other) = (words(one), words(other));
    let all = one.union(&other).count();
    if all == 0 {
        return 0.0;
    }
    one.intersection(&other).count() as f64 / all as f64
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn likeness_is_a_share_and_the_same_both_ways(one in ".{0,40}", other in ".{0,40}") {
            let share = alike(&one, &other);
            prop_assert!((0.0..=1.0).contains(&share));
            prop_assert_eq!(share, alike(&other, &one));
        }
    }

    #[test]
    fn one_changed_word_in_five_is_alike_and_two_are_not() {
        assert!(alike("score cards in rural schools", "score cards in urban schools") >= ALIKE);
        assert!(alike("score cards in rural schools", "score cards for rural clinics") < ALIKE);
    }
}
