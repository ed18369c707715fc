//! Which recommendations to a state are alike: made by several states in one review, or again in a later one.
//!
//! The links are derived by the rule (`rules/alike.rs`) whenever recommendations are published, for all recommendations
//! to the states concerned, in the same transaction. What people state themselves (`repeats`) stands beside them.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use async_graphql::{Context, Enum, SimpleObject};
use futures::future::try_join_all;
use praxis_entities::vocabulary::{AlikeKind, ContentKind};
use praxis_entities::{content, recommendation, recommendation_link, recommending_country, review};
use sea_orm::sea_query::{Expr, ExprTrait, LockType, Order, Query, SelectStatement, UnionType};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DatabaseTransaction, DbErr, EntityTrait, QueryFilter, QueryOrder,
    QuerySelect,
};
use uuid::Uuid;

use super::recommendation::Recommendation;
use super::rules::alike::{Compared, Link, Terms, VERSION, links};
use super::uptake::TOLD;
use crate::content::interface::Content;
use crate::content::visibility;
use crate::database::among;
use crate::graphql::errors::ApiError;
use crate::graphql::loader::{BatchKey, LoadContext};
use crate::graphql::loaders;

/// How many rows one statement inserts.
const ROWS: usize = 500;
/// How many alike recommendations are shown of one.
const SHOWN: usize = 100;

/// Derives the links anew for all states of these reviews.
///
/// # Errors
/// Where the database refuses.
pub async fn refresh(transaction: &DatabaseTransaction, reviews: &HashSet<Uuid>) -> Result<(), DbErr> {
    let reviews: Vec<Uuid> = reviews.iter().copied().collect();
    // In one order, so that two changes at the same time wait for each other and never both.
    let mut countries = BTreeSet::new();
    for chunk in reviews.chunks(ROWS) {
        let found: Vec<Uuid> = review::Entity::find()
            .select_only()
            .column(review::Column::CountryId)
            .filter(review::Column::Id.is_in(chunk.iter().copied()))
            .into_tuple()
            .all(transaction)
            .await?;
        countries.extend(found);
    }
    for country in countries {
        refresh_state(transaction, country).await?;
    }
    Ok(())
}

async fn refresh_state(transaction: &DatabaseTransaction, country: Uuid) -> Result<(), DbErr> {
    let reviews: Vec<Uuid> = review::Entity::find()
        .select_only()
        .column(review::Column::Id)
        .filter(review::Column::CountryId.eq(country))
        .order_by_asc(review::Column::Place)
        .order_by_asc(review::Column::Id)
        // Who changes recommendations to the state at the same time waits here, and then sees this change. Rows that only
        // refer to the reviews don't wait.
        .lock(LockType::NoKeyUpdate)
        .into_tuple()
        .all(transaction)
        .await?;
    let compared = compared(transaction, country, &reviews).await?;
    let ids: Vec<Uuid> = compared.iter().map(|one| one.key).collect();
    let rule = i32::try_from(VERSION).unwrap_or(i32::MAX);
    let found: Vec<recommendation_link::ActiveModel> = links(compared)
        .into_iter()
        .map(|link| {
            let (source, target, kind) = match link {
                Link::Similar(one, other) => (one, other, AlikeKind::Similar),
                Link::Repeats(later, earlier) => (later, earlier, AlikeKind::Repeats),
            };
            recommendation_link::ActiveModel {
                source_id: Set(source),
                target_id: Set(target),
                kind: Set(kind),
                rule: Set(rule),
            }
        })
        .collect();
    // Links never leave a state.
    for chunk in ids.chunks(ROWS) {
        recommendation_link::Entity::delete_many()
            .filter(recommendation_link::Column::SourceId.is_in(chunk.iter().copied()))
            .exec(transaction)
            .await?;
    }
    for chunk in found.chunks(ROWS) {
        recommendation_link::Entity::insert_many(chunk.iter().cloned())
            .exec_without_returning(transaction)
            .await?;
    }
    Ok(())
}

/// The recommendations of the reviews of a state, which stand in order, as they are compared.
async fn compared(
    transaction: &DatabaseTransaction,
    country: Uuid,
    reviews: &[Uuid],
) -> Result<Vec<Compared<Uuid>>, DbErr> {
    let rows: Vec<(Uuid, Uuid, String, Option<String>)> = recommendation::Entity::find()
        .select_only()
        .columns([
            recommendation::Column::ContentId,
            recommendation::Column::ReviewId,
            recommendation::Column::Text,
            recommendation::Column::RecommendingBody,
        ])
        .filter(recommendation::Column::ReviewId.is_in(reviews.iter().copied()))
        .filter(recommendation::Column::Kind.is_in(TOLD))
        .into_tuple()
        .all(transaction)
        .await?;
    let ids: Vec<Uuid> = rows.iter().map(|row| row.0).collect();
    let makers = makers(transaction, &ids).await?;
    let compared = rows.into_iter().map(|(key, review, text, body)| {
        let mut by: Vec<String> = makers.get(&key).cloned().unwrap_or_default();
        by.extend(body);
        // What nobody is known to have made is nobody else's.
        if by.is_empty() {
            by.push(key.to_string());
        }
        let place = reviews.iter().position(|one| *one == review).unwrap_or_default();
        Compared {
            key,
            state: country.to_string(),
            review: u32::try_from(place).unwrap_or(u32::MAX),
            recommender: by.join(" "),
            terms: Terms::of(&text),
        }
    });
    Ok(compared.collect())
}

/// The states that made these recommendations, in the order of their documents.
async fn makers(transaction: &DatabaseTransaction, ids: &[Uuid]) -> Result<HashMap<Uuid, Vec<String>>, DbErr> {
    let mut found: HashMap<Uuid, Vec<String>> = HashMap::new();
    for chunk in ids.chunks(ROWS) {
        let rows = recommending_country::Entity::find()
            .filter(recommending_country::Column::ContentId.is_in(chunk.iter().copied()))
            .order_by_asc(recommending_country::Column::Position)
            .all(transaction)
            .await?;
        for row in rows {
            found
                .entry(row.content_id)
                .or_default()
                .push(row.country_id.to_string());
        }
    }
    Ok(found)
}

/// How another recommendation is alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Enum)]
pub enum Likeness {
    /// Others made it in the same review.
    Similar,
    /// It was made in an earlier review, and this one repeats it.
    Earlier,
    /// It was made in a later review, and repeats this one.
    Later,
}

/// A recommendation to the same state that one and the same step would answer, at least in the main.
#[derive(SimpleObject)]
pub struct AlikeRecommendation {
    /// How it is alike.
    likeness: Likeness,
    /// The other recommendation.
    recommendation: Recommendation,
    /// The version of the rule that says so.
    rule: i32,
}

#[derive(Clone, PartialEq, Eq, Hash)]
struct AlikeOf(Uuid);

impl BatchKey for AlikeOf {
    type Value = Arc<Vec<(Likeness, Uuid, i32)>>;

    async fn load(context: &LoadContext, keys: Vec<Self>) -> Result<HashMap<Self, Self::Value>, ApiError> {
        let ids: Vec<Uuid> = keys.into_iter().map(|key| key.0).collect();
        let column = |column| Expr::col((recommendation_link::Entity, column));
        let direction =
            |from: recommendation_link::Column, to: recommendation_link::Column, later: i32| -> SelectStatement {
                Query::select()
                    .expr_as(column(from), "parent_key")
                    .expr_as(column(to), "other_key")
                    .expr_as(column(recommendation_link::Column::Kind), "kind")
                    .expr_as(column(recommendation_link::Column::Rule), "rule")
                    .expr_as(Expr::val(later), "later")
                    .from(recommendation_link::Entity)
                    .inner_join(
                        content::Entity,
                        Expr::col((content::Entity, content::Column::Id)).equals((recommendation_link::Entity, to)),
                    )
                    .and_where(among(context.app.database.read(), column(from), ids.clone()))
                    .and_where(visibility::listed(&context.actor))
                    .take()
            };
        let (source, target) = (
            recommendation_link::Column::SourceId,
            recommendation_link::Column::TargetId,
        );
        let statement = direction(source, target, 0)
            .union(UnionType::All, direction(target, source, 1))
            .order_by("kind", Order::Asc)
            .order_by("other_key", Order::Asc)
            .take();
        let mut found: HashMap<Uuid, Vec<(Likeness, Uuid, i32)>> = HashMap::new();
        for row in context.app.database.read().query_all(&statement).await? {
            let later: i32 = row.try_get("", "later")?;
            let likeness = match (row.try_get("", "kind")?, later) {
                (AlikeKind::Similar, _) => Likeness::Similar,
                (AlikeKind::Repeats, 0) => Likeness::Earlier,
                (AlikeKind::Repeats, _) => Likeness::Later,
            };
            let others = found.entry(row.try_get("", "parent_key")?).or_default();
            if others.len() < SHOWN {
                others.push((likeness, row.try_get("", "other_key")?, row.try_get("", "rule")?));
            }
        }
        Ok(found
            .into_iter()
            .map(|(id, others)| (Self(id), Arc::new(others)))
            .collect())
    }
}

/// The recommendations that are alike: one statement for all recommendations at a level, and one for what is found.
///
/// # Errors
/// Where the database is away.
pub async fn of_recommendation(
    context: &Context<'_>,
    recommendation: Uuid,
) -> Result<Vec<AlikeRecommendation>, ApiError> {
    let loaders = loaders(context)?;
    let others = loaders.load(AlikeOf(recommendation)).await?.unwrap_or_default();
    let loaded = try_join_all(others.iter().map(|(likeness, id, rule)| {
        let loaders = &loaders;
        async move {
            let found = Content::load(loaders, ContentKind::Recommendation, *id).await?;
            Ok::<_, ApiError>(match found {
                Some(Content::Recommendation(recommendation)) => Some(AlikeRecommendation {
                    likeness: *likeness,
                    recommendation,
                    rule: *rule,
                }),
                _ => None,
            })
        }
    }))
    .await?;
    Ok(loaded.into_iter().flatten().collect())
}
