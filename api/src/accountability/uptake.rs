//! Uptake: how much of what coalitions asked for was recommended and accepted.

use std::collections::HashMap;

use async_graphql::{Context, SimpleObject};
use praxis_entities::vocabulary::{ContentStatus, RecommendationKind, RecommendationResponse, RelationKind};
use praxis_entities::{ask, content, content_relation, recommendation};
use sea_orm::sea_query::{Alias, CaseStatement, Cond, Expr, ExprTrait, Func, Query, SelectStatement, UnionType};
use sea_orm::{ConnectionTrait, DbErr, JoinType};
use uuid::Uuid;

use super::recommendation::Recommendation;
use crate::content::listed::unlisted;
use crate::content::visibility;
use crate::database::of_parents;
use crate::graphql::errors::ApiError;
use crate::graphql::loader::{BatchKey, LoadContext};
use crate::graphql::loaders;
use crate::identity::Actor;

/// What counts as a recommendation of a review: what the state was told, not what it pledged or was asked.
pub const TOLD: [RecommendationKind; 2] = [
    RecommendationKind::Recommendation,
    RecommendationKind::ConcludingObservation,
];

/// The condition for them on the rows of recommendations. The kinds are written into the statement, so that PostgreSQL knows how many
/// rows they leave when it plans it once.
pub fn is_told() -> Expr {
    let kinds = TOLD.map(|kind| Expr::Constant(kind.into()));
    Expr::col((recommendation::Entity, recommendation::Column::Kind)).is_in(kinds)
}

/// How much of what was asked for came through. Computed from the data, never entered. Accepted is what the state supports
/// wholly. A share is null where its denominator is 0, and where nothing that is held says anything of it: the shares of the
/// asks where no recommendation of the review is held that they could be reflected in, and the shares of what was accepted
/// where no answer of the state is known, as it is of concluding observations, which states are not asked to accept.
#[derive(Clone, Copy, Debug, Default, PartialEq, SimpleObject)]
pub struct Uptake {
    /// How many things were asked for.
    pub asks: i32,
    /// How many of the asks are reflected in recommendations of the review.
    pub asks_reflected: i32,
    /// The share of the asks that are reflected, 0 to 1.
    pub asks_reflected_share: Option<f64>,
    /// How many of the asks are reflected in recommendations that the state accepted.
    pub asks_accepted: i32,
    /// The share of the asks that are reflected in accepted recommendations, 0 to 1.
    pub asks_accepted_share: Option<f64>,
    /// How many recommendations there are; pledges and questions are not counted.
    pub recommendations: i32,
    /// How many of the recommendations are about children.
    pub child_focused: i32,
    /// How many of those the state accepted.
    pub child_focused_accepted: i32,
    /// The share of those that the state accepted, 0 to 1.
    pub child_focused_accepted_share: Option<f64>,
}

/// A part of a whole; `None` where the whole is 0.
pub fn share(part: i32, whole: i32) -> Option<f64> {
    (whole > 0).then(|| f64::from(part) / f64::from(whole))
}

/// How many recommendations of a review the state is known to have answered.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Answered {
    /// Of all.
    all: i32,
    /// Of those about children.
    child_focused: i32,
}

impl Uptake {
    fn with_shares(mut self, answered: Answered) -> Self {
        let compared = self.recommendations > 0 || self.asks_reflected > 0;
        // A pledge, which counts as no recommendation, may have been asked for.
        let accepted = answered.all > 0 || self.asks_accepted > 0;
        self.asks_reflected_share = share(self.asks_reflected, self.asks).filter(|_| compared);
        self.asks_accepted_share = share(self.asks_accepted, self.asks).filter(|_| compared && accepted);
        self.child_focused_accepted_share =
            share(self.child_focused_accepted, self.child_focused).filter(|_| answered.child_focused > 0);
        self
    }
}

#[derive(Clone, PartialEq, Eq, Hash)]
struct UptakeOf(Uuid);

/// 1 where the condition holds, else 0; the sum of it counts.
fn one_if(condition: Expr) -> Expr {
    CaseStatement::new()
        .case(condition, Expr::val(1))
        .finally(Expr::val(0))
        .into()
}

fn sum(counted: Expr) -> Expr {
    // PostgreSQL sums whole numbers up to a wider type.
    Expr::expr(Func::sum(counted)).cast_as("bigint")
}

fn recommendations(connection: &impl ConnectionTrait, reviews: &[Uuid]) -> SelectStatement {
    let column = |column| Expr::col((recommendation::Entity, column));
    let children = column(recommendation::Column::ChildFocused).eq(true);
    let accepted = column(recommendation::Column::Response).eq(RecommendationResponse::Accepted);
    let answered = column(recommendation::Column::Response).ne(RecommendationResponse::Pending);
    Query::select()
        .expr_as(column(recommendation::Column::ReviewId), "review")
        .expr_as(Expr::val(0), "part")
        .expr_as(Expr::cust("COUNT(*)"), "whole")
        .expr_as(sum(one_if(children.clone())), "one")
        .expr_as(sum(one_if(children.clone().and(accepted))), "two")
        .expr_as(sum(one_if(answered.clone())), "three")
        .expr_as(sum(one_if(children.and(answered))), "four")
        .from(recommendation::Entity)
        .and_where(of_parents(
            connection,
            column(recommendation::Column::ReviewId),
            reviews.to_vec(),
        ))
        .and_where(is_told())
        .and_where(column(recommendation::Column::ContentId).not_in_subquery(unlisted::<Recommendation>()))
        .group_by_col((recommendation::Entity, recommendation::Column::ReviewId))
        .take()
}

fn asks(connection: &impl ConnectionTrait, actor: &Actor, reviews: &[Uuid]) -> SelectStatement {
    let column = |column| Expr::col((ask::Entity, column));
    let relation = |column| Expr::col((content_relation::Entity, column));
    let told = |column| Expr::col((recommendation::Entity, column));
    let published = Alias::new("reflecting");
    // Each ask once, with whether any published recommendation of the same review reflects it.
    let each = Query::select()
        .expr_as(column(ask::Column::Id), "id")
        .expr_as(column(ask::Column::ReviewId), "review")
        .expr_as(
            Expr::expr(Func::max(one_if(told(recommendation::Column::ContentId).is_not_null()))),
            "reflected",
        )
        .expr_as(
            Expr::expr(Func::max(one_if(
                told(recommendation::Column::Response).eq(RecommendationResponse::Accepted),
            ))),
            "accepted",
        )
        .from(ask::Entity)
        .inner_join(
            content::Entity,
            Expr::col((content::Entity, content::Column::Id)).equals((ask::Entity, ask::Column::InitiativeId)),
        )
        .left_join(
            content_relation::Entity,
            Cond::all()
                .add(relation(content_relation::Column::SourceId).equals((ask::Entity, ask::Column::InitiativeId)))
                .add(relation(content_relation::Column::Role).equals((ask::Entity, ask::Column::Key)))
                .add(relation(content_relation::Column::Kind).eq(Expr::Constant(RelationKind::LedTo.into()))),
        )
        .join_as(
            JoinType::LeftJoin,
            content::Entity,
            published.clone(),
            Cond::all()
                .add(
                    Expr::col((published.clone(), content::Column::Id))
                        .equals((content_relation::Entity, content_relation::Column::TargetId)),
                )
                .add(
                    Expr::col((published.clone(), content::Column::Status))
                        .eq(Expr::Constant(ContentStatus::Published.into())),
                ),
        )
        .left_join(
            recommendation::Entity,
            Cond::all()
                .add(told(recommendation::Column::ContentId).equals((published, content::Column::Id)))
                .add(told(recommendation::Column::ReviewId).equals((ask::Entity, ask::Column::ReviewId))),
        )
        .and_where(of_parents(connection, column(ask::Column::ReviewId), reviews.to_vec()))
        .and_where(visibility::listed(actor))
        .add_group_by([column(ask::Column::Id), column(ask::Column::ReviewId)])
        .take();
    let each_column = |name: &'static str| Expr::col((Alias::new("each_ask"), Alias::new(name)));
    Query::select()
        .expr_as(each_column("review"), "review")
        .expr_as(Expr::val(1), "part")
        .expr_as(Expr::cust("COUNT(*)"), "whole")
        .expr_as(sum(each_column("reflected")), "one")
        .expr_as(sum(each_column("accepted")), "two")
        .expr_as(Expr::val(0).cast_as("bigint"), "three")
        .expr_as(Expr::val(0).cast_as("bigint"), "four")
        .from_subquery(each, Alias::new("each_ask"))
        .add_group_by([each_column("review")])
        .take()
}

/// The uptake of several reviews in one statement; a review of which nothing is held is left out.
///
/// # Errors
/// Where the database is away.
pub async fn compute(
    connection: &impl ConnectionTrait,
    actor: &Actor,
    reviews: &[Uuid],
) -> Result<HashMap<Uuid, Uptake>, DbErr> {
    let statement = recommendations(connection, reviews)
        .union(UnionType::All, asks(connection, actor, reviews))
        .take();
    let mut found: HashMap<Uuid, (Uptake, Answered)> = HashMap::new();
    for row in connection.query_all(&statement).await? {
        let number = |name: &str| -> Result<i32, DbErr> {
            let number: i64 = row.try_get("", name)?;
            Ok(i32::try_from(number).unwrap_or(i32::MAX))
        };
        let (uptake, answered) = found.entry(row.try_get("", "review")?).or_default();
        let part: i32 = row.try_get("", "part")?;
        if part == 0 {
            uptake.recommendations = number("whole")?;
            uptake.child_focused = number("one")?;
            uptake.child_focused_accepted = number("two")?;
            answered.all = number("three")?;
            answered.child_focused = number("four")?;
        } else {
            uptake.asks = number("whole")?;
            uptake.asks_reflected = number("one")?;
            uptake.asks_accepted = number("two")?;
        }
    }
    Ok(found
        .into_iter()
        .map(|(review, (uptake, answered))| (review, uptake.with_shares(answered)))
        .collect())
}

impl BatchKey for UptakeOf {
    type Value = Uptake;

    async fn load(context: &LoadContext, keys: Vec<Self>) -> Result<HashMap<Self, Self::Value>, ApiError> {
        let reviews: Vec<Uuid> = keys.into_iter().map(|key| key.0).collect();
        let found = compute(context.app.database.read(), &context.actor, &reviews).await?;
        Ok(found
            .into_iter()
            .map(|(review, uptake)| (Self(review), uptake))
            .collect())
    }
}

/// The uptake of a review: one statement for all reviews at a level.
///
/// # Errors
/// Where the database is away.
pub async fn of_review(context: &Context<'_>, review: Uuid) -> Result<Uptake, ApiError> {
    Ok(loaders(context)?.load(UptakeOf(review)).await?.unwrap_or_default())
}
