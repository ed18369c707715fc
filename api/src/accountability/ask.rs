//! Asks: what a coalition asked for in a review. They are a part of the initiative that states them.

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::{Context, ID, InputObject, Object};
use praxis_entities::vocabulary::{ContentKind, RelationKind};
use praxis_entities::{ask, content, content_relation};
use sea_orm::sea_query::{Expr, ExprTrait, Order, Query};
use sea_orm::{ConnectionTrait, FromQueryResult, Iterable};
use serde::{Deserialize, Serialize};
use serde_with::skip_serializing_none;
use uuid::Uuid;

use super::cited::citation;
use super::recommendation::Recommendation;
use super::reference;
use super::review::Review;
use crate::content::document::problem::{ProblemCode, Problems};
use crate::content::document::reference::{Meaning, Slot, source};
use crate::content::document::validate::{Rules, is_slug};
use crate::content::document::{CitationInput, FindReview, FindReviewOf};
use crate::content::fields::Citation;
use crate::content::initiative::Initiative;
use crate::content::interface::Content;
use crate::content::related::{self, Direction};
use crate::content::visibility;
use crate::database::among;
use crate::graphql::errors::ApiError;
use crate::graphql::loader::{BatchKey, LoadContext};
use crate::graphql::loaders;
use crate::identifier::{NodeId, ReferenceKind};

/// Longest text of an ask, in characters.
const ASK: usize = 2_000;

/// What an initiative asked for in a review.
#[skip_serializing_none]
#[derive(Clone, Debug, PartialEq, Eq, InputObject, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AskInput {
    /// Names the ask within the initiative, in the form of a slug, e.g. `minimum-age-of-marriage`. It is never changed.
    pub key: String,
    /// What was asked for, in one line of at most 2,000 characters.
    pub text: String,
    /// Slug of the review.
    pub review: String,
    /// Slugs or ids of the recommendations of the review in which it is reflected.
    pub reflected_in: Option<Vec<String>>,
    /// Where this is taken from.
    pub citation: Option<CitationInput>,
}

/// Checks the asks of an initiative.
pub fn check(rules: &Rules<'_>, problems: &mut Problems, asks: Option<&[AskInput]>) {
    let asks = asks.unwrap_or_default();
    rules.list(problems, "asks", asks.len());
    rules.distinct(problems, "asks", asks.iter().map(|ask| &ask.key));
    for (index, ask) in asks.iter().enumerate() {
        let path = |field: &str| format!("asks[{index}].{field}");
        if !is_slug(&ask.key) {
            problems.add(
                ProblemCode::InvalidSlug,
                path("key"),
                "Write lower-case letters, digits and single hyphens between them, e.g. `minimum-age-of-marriage`.",
            );
        }
        rules.line(problems, &path("text"), &ask.text, ASK);
        rules.references(problems, &path("reflectedIn"), ask.reflected_in.as_deref());
        rules.citation(problems, &path("citation"), ask.citation.as_ref());
    }
}

/// Refuses recommendations of other reviews than that in which something was asked for.
pub fn check_reflected(
    asks: Option<&[AskInput]>,
    find: FindReview<'_>,
    review_of: FindReviewOf<'_>,
    problems: &mut Problems,
) {
    for (index, ask) in asks.unwrap_or_default().iter().enumerate() {
        // An unknown review is told by itself.
        if find(&ask.review).is_none() {
            continue;
        }
        for (place, slug) in ask.reflected_in.iter().flatten().enumerate() {
            if let Some(other) = review_of(slug).filter(|other| *other != ask.review) {
                problems.add(
                    ProblemCode::Invalid,
                    format!("asks[{index}].reflectedIn[{place}]"),
                    format!(
                        "`{slug}` is of the review `{other}`, and the ask of `{}`; an ask is reflected in recommendations of its \
                         own review. Remove it, or correct `asks[{index}].review`.",
                        ask.review
                    ),
                );
            }
        }
    }
}

/// Shows the recommendations and resources that asks refer to.
pub fn references(asks: &mut Option<Vec<AskInput>>, visit: &mut dyn FnMut(Slot<'_>)) {
    for (index, ask) in asks.iter_mut().flatten().enumerate() {
        for (place, value) in ask.reflected_in.iter_mut().flatten().enumerate() {
            visit(Slot {
                path: format!("asks[{index}].reflectedIn[{place}]"),
                target: ContentKind::Recommendation,
                value,
                meaning: Meaning::Relation {
                    kind: RelationKind::LedTo,
                    role: Some(ask.key.clone()),
                    from: None,
                    to: None,
                },
            });
        }
        source(&format!("asks[{index}].citation"), ask.citation.as_mut(), visit);
    }
}

/// The key of an ask: the same for every revision of its initiative.
pub fn key(initiative: Uuid, name: &str) -> Uuid {
    Uuid::new_v5(&initiative, name.as_bytes())
}

/// What a coalition asked for in a review.
#[derive(Clone)]
pub struct Ask(Arc<ask::Model>);

/// What a coalition asked for in a review.
#[Object]
impl Ask {
    /// The id.
    pub async fn id(&self) -> ID {
        NodeId::reference(ReferenceKind::Ask, self.0.id).into()
    }

    /// What was asked for.
    async fn text(&self) -> &str {
        &self.0.text
    }

    /// The review in which it was asked for.
    async fn review(&self, context: &Context<'_>) -> Result<Review, ApiError> {
        reference::required(context, self.0.review_id).await
    }

    /// The initiative that asked.
    async fn initiative(&self, context: &Context<'_>) -> Result<Initiative, ApiError> {
        match Content::load(&*loaders(context)?, ContentKind::Initiative, self.0.initiative_id).await? {
            Some(Content::Initiative(initiative)) => Ok(initiative),
            _ => Err(ApiError::internal(format!(
                "initiative {} is missing",
                self.0.initiative_id
            ))),
        }
    }

    /// The recommendations in which it is reflected.
    async fn reflected_in(&self, context: &Context<'_>) -> Result<Vec<Recommendation>, ApiError> {
        let all = related::all::<Recommendation>(
            context,
            self.0.initiative_id,
            RelationKind::LedTo,
            Direction::Forward,
            &[],
        )
        .await?;
        Ok(all
            .iter()
            .filter(|item| item.role.as_deref() == Some(self.0.key.as_str()))
            .map(|item| item.node.clone())
            .collect())
    }

    /// Where this is taken from.
    async fn citation(&self, context: &Context<'_>) -> Result<Option<Citation>, ApiError> {
        citation(
            context,
            self.0.citation_resource_id,
            self.0.citation_locator.clone(),
            None,
        )
        .await
    }
}

/// Which asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum By {
    Review,
    Initiative,
    Recommendation,
    Itself,
}

#[derive(Clone, PartialEq, Eq, Hash)]
struct Asks(By, Uuid);

impl BatchKey for Asks {
    type Value = Arc<Vec<Ask>>;

    async fn load(context: &LoadContext, keys: Vec<Self>) -> Result<HashMap<Self, Self::Value>, ApiError> {
        let mut parents_of: HashMap<By, Vec<Uuid>> = HashMap::new();
        for Asks(by, parent) in keys {
            parents_of.entry(by).or_default().push(parent);
        }
        let mut found = HashMap::new();
        for (by, parents) in parents_of {
            let parent = match by {
                By::Review => Expr::col((ask::Entity, ask::Column::ReviewId)),
                By::Initiative => Expr::col((ask::Entity, ask::Column::InitiativeId)),
                By::Recommendation => Expr::col((content_relation::Entity, content_relation::Column::TargetId)),
                By::Itself => Expr::col((ask::Entity, ask::Column::Id)),
            };
            let mut statement = Query::select();
            for column in ask::Column::iter() {
                statement.column((ask::Entity, column));
            }
            statement
                .expr_as(parent.clone(), "parent_key")
                .from(ask::Entity)
                // An ask is as visible as the initiative that states it.
                .inner_join(
                    content::Entity,
                    Expr::col((content::Entity, content::Column::Id)).equals((ask::Entity, ask::Column::InitiativeId)),
                )
                .and_where(among(context.app.database.read(), parent, parents))
                .and_where(visibility::listed(&context.actor))
                .order_by((ask::Entity, ask::Column::InitiativeId), Order::Asc)
                .order_by((ask::Entity, ask::Column::Position), Order::Asc);
            if by == By::Recommendation {
                let relation = |column| Expr::col((content_relation::Entity, column));
                statement
                    .inner_join(
                        content_relation::Entity,
                        relation(content_relation::Column::SourceId)
                            .equals((ask::Entity, ask::Column::InitiativeId))
                            .and(relation(content_relation::Column::Role).equals((ask::Entity, ask::Column::Key))),
                    )
                    .and_where(relation(content_relation::Column::Kind).eq(RelationKind::LedTo));
            }
            let mut asks: HashMap<Uuid, Vec<Ask>> = HashMap::new();
            for row in context.app.database.read().query_all(&statement).await? {
                let parent = row.try_get("", "parent_key")?;
                let ask = ask::Model::from_query_result(&row, "")?;
                asks.entry(parent).or_default().push(Ask(Arc::new(ask)));
            }
            found.extend(
                asks.into_iter()
                    .map(|(parent, asks)| (Self(by, parent), Arc::new(asks))),
            );
        }
        Ok(found)
    }
}

async fn load(context: &Context<'_>, by: By, parent: Uuid) -> Result<Vec<Ask>, ApiError> {
    let found = loaders(context)?.load(Asks(by, parent)).await?;
    Ok(found
        .map(|asks| asks.iter().take(500).cloned().collect())
        .unwrap_or_default())
}

/// The asks of a review.
///
/// # Errors
/// Where the database is away.
pub async fn of_review(context: &Context<'_>, review: Uuid) -> Result<Vec<Ask>, ApiError> {
    load(context, By::Review, review).await
}

/// The asks of an initiative, in the order of its document.
///
/// # Errors
/// Where the database is away.
pub async fn of_initiative(context: &Context<'_>, initiative: Uuid) -> Result<Vec<Ask>, ApiError> {
    load(context, By::Initiative, initiative).await
}

/// The asks that a recommendation reflects.
///
/// # Errors
/// Where the database is away.
pub async fn of_recommendation(context: &Context<'_>, recommendation: Uuid) -> Result<Vec<Ask>, ApiError> {
    load(context, By::Recommendation, recommendation).await
}

/// The ask with this key.
///
/// # Errors
/// Where the database is away.
pub async fn by_id(loaders: &crate::graphql::loader::Loaders, id: Uuid) -> Result<Option<Ask>, ApiError> {
    let found = loaders.load(Asks(By::Itself, id)).await?;
    Ok(found.and_then(|asks| asks.first().cloned()))
}
