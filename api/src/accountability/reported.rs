//! Figures of reviews as others report them, beside the computed ones. Both are true of their source.

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::{Context, Object, SimpleObject};
use praxis_entities::vocabulary::{ContentKind, UptakeFigure};
use praxis_entities::{content, reported_figure, review};
use sea_orm::sea_query::{Alias, Expr, ExprTrait, Order, Query};
use sea_orm::{ConnectionTrait, FromQueryResult, Iterable, JoinType};
use uuid::Uuid;

use super::uptake::{self, Uptake};
use crate::content::evidence::Evidence;
use crate::content::interface::Content;
use crate::content::visibility;
use crate::database::among;
use crate::graphql::errors::ApiError;
use crate::graphql::loader::{BatchKey, LoadContext};
use crate::graphql::loaders;

/// A figure of a review as a finding reports it, beside the computed one. Both are true of their source: who reports
/// counts by a rule of their own.
#[derive(Clone)]
pub struct ReportedFigure(Arc<reported_figure::Model>);

/// A figure as it is computed from the data.
#[derive(Clone, Copy, Debug, Default, PartialEq, SimpleObject)]
pub struct ComputedFigure {
    /// The part; of a change, how many more there are than the `denominator`.
    pub numerator: i32,
    /// The whole; of a change, how many there were in the review one cycle before, or, of a change of the share, how many there
    /// would be now if the share were the same as then, rounded.
    pub denominator: i32,
    /// The share, 0 to 1, or the change, which may be any number from -1 on; null where the whole is 0 or nothing is held that
    /// it could be told from, as in `Uptake`, and of a change where the review one cycle before is not held.
    pub share: Option<f64>,
}

impl ComputedFigure {
    /// The figure by the uptake of a review, and of that of the review of the same state by the same mechanism one cycle before.
    pub fn of(figure: UptakeFigure, uptake: &Uptake, before: Option<&Uptake>) -> Self {
        let (numerator, denominator, share) = match figure {
            UptakeFigure::AsksReflected => (uptake.asks_reflected, uptake.asks, uptake.asks_reflected_share),
            UptakeFigure::AsksAccepted => (uptake.asks_accepted, uptake.asks, uptake.asks_accepted_share),
            UptakeFigure::ChildFocused => (
                uptake.child_focused,
                uptake.recommendations,
                uptake::share(uptake.child_focused, uptake.recommendations),
            ),
            UptakeFigure::ChildFocusedAccepted => (
                uptake.child_focused_accepted,
                uptake.child_focused,
                uptake.child_focused_accepted_share,
            ),
            UptakeFigure::ChildFocusedChange => {
                return Self::change(uptake, before, |before| before.child_focused.into());
            }
            UptakeFigure::ChildFocusedShareChange => {
                return Self::change(uptake, before, |before| {
                    let growth = f64::from(uptake.recommendations) / f64::from(before.recommendations);
                    f64::from(before.child_focused) * growth
                });
            }
        };
        Self {
            numerator,
            denominator,
            share,
        }
    }

    /// How many more recommendations are about children than were to be expected by the review before. Of a review of which
    /// nothing is held nothing is said.
    fn change(uptake: &Uptake, before: Option<&Uptake>, expected: impl FnOnce(&Uptake) -> f64) -> Self {
        let both = before.filter(|before| before.recommendations > 0 && uptake.recommendations > 0);
        let Some(expected) = both.map(expected) else {
            return Self::default();
        };
        let whole = expected.round() as i32;
        Self {
            numerator: uptake.child_focused - whole,
            denominator: whole,
            share: (expected > 0.0).then(|| f64::from(uptake.child_focused) / expected - 1.0),
        }
    }
}

/// A figure of a review as a finding reports it, beside the computed one. Both are true of their source: who reports
/// counts by a rule of their own.
#[Object]
impl ReportedFigure {
    /// Which figure.
    async fn figure(&self) -> UptakeFigure {
        self.0.figure
    }

    /// What was measured, in the finding's words.
    async fn metric(&self) -> &str {
        &self.0.metric
    }

    /// The part, where it is reported.
    async fn numerator(&self) -> Option<f64> {
        self.0.numerator
    }

    /// The whole, where it is reported.
    async fn denominator(&self) -> Option<f64> {
        self.0.denominator
    }

    /// The share as it is reported, 0 to 1.
    async fn share(&self) -> Option<f64> {
        self.0.share
    }

    /// The finding that reports it, with its citations and limits.
    async fn evidence(&self, context: &Context<'_>) -> Result<Option<Evidence>, ApiError> {
        let found = Content::load(&*loaders(context)?, ContentKind::Evidence, self.0.content_id).await?;
        Ok(match found {
            Some(Content::Evidence(evidence)) => Some(evidence),
            _ => None,
        })
    }

    /// The same figure, computed from the recommendations, asks and links that are held here.
    async fn computed(&self, context: &Context<'_>) -> Result<ComputedFigure, ApiError> {
        computed(context, self.0.review_id, self.0.figure).await
    }

    /// The reported share less the computed one; null where there is no computed one.
    async fn difference(&self, context: &Context<'_>) -> Result<Option<f64>, ApiError> {
        let computed = computed(context, self.0.review_id, self.0.figure).await?.share;
        Ok(self
            .0
            .share
            .zip(computed)
            .map(|(reported, computed)| reported - computed))
    }
}

/// Whether a figure compares with the review one cycle before.
pub fn is_change(figure: UptakeFigure) -> bool {
    matches!(
        figure,
        UptakeFigure::ChildFocusedChange | UptakeFigure::ChildFocusedShareChange
    )
}

async fn computed(context: &Context<'_>, review: Uuid, figure: UptakeFigure) -> Result<ComputedFigure, ApiError> {
    let uptake = uptake::of_review(context, review).await?;
    let earlier = match is_change(figure) {
        true => loaders(context)?.load(Before(review)).await?,
        false => None,
    };
    let before = match earlier {
        Some(earlier) => Some(uptake::of_review(context, earlier).await?),
        None => None,
    };
    Ok(ComputedFigure::of(figure, &uptake, before.as_ref()))
}

/// The review of the same state by the same mechanism one cycle before.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Before(Uuid);

impl BatchKey for Before {
    type Value = Uuid;

    async fn load(context: &LoadContext, keys: Vec<Self>) -> Result<HashMap<Self, Self::Value>, ApiError> {
        let database = context.app.database.read();
        let (before, of) = (Alias::new("before"), |column| Expr::col((review::Entity, column)));
        let earlier = |column| Expr::col((Alias::new("before"), column));
        let statement = Query::select()
            .expr_as(of(review::Column::Id), "later")
            .expr_as(earlier(review::Column::Id), "earlier")
            .from(review::Entity)
            .join_as(
                JoinType::InnerJoin,
                review::Entity,
                before,
                earlier(review::Column::MechanismId)
                    .eq(of(review::Column::MechanismId))
                    .and(earlier(review::Column::CountryId).eq(of(review::Column::CountryId)))
                    .and(earlier(review::Column::Cycle).eq(of(review::Column::Cycle).sub(1))),
            )
            .and_where(among(
                database,
                of(review::Column::Id),
                keys.into_iter().map(|key| key.0).collect(),
            ))
            .order_by_expr(earlier(review::Column::Id), Order::Asc)
            .take();
        let rows = database.query_all(&statement).await?;
        rows.iter()
            .map(|row| Ok((Self(row.try_get("", "later")?), row.try_get("", "earlier")?)))
            .collect()
    }
}

#[derive(Clone, PartialEq, Eq, Hash)]
struct FiguresOf(Uuid);

impl BatchKey for FiguresOf {
    type Value = Arc<Vec<ReportedFigure>>;

    async fn load(context: &LoadContext, keys: Vec<Self>) -> Result<HashMap<Self, Self::Value>, ApiError> {
        let reviews = keys.into_iter().map(|key| key.0).collect();
        let mut statement = Query::select();
        for column in reported_figure::Column::iter() {
            statement.column((reported_figure::Entity, column));
        }
        statement
            .from(reported_figure::Entity)
            .inner_join(
                content::Entity,
                Expr::col((content::Entity, content::Column::Id))
                    .equals((reported_figure::Entity, reported_figure::Column::ContentId)),
            )
            .and_where(among(
                context.app.database.read(),
                Expr::col((reported_figure::Entity, reported_figure::Column::ReviewId)),
                reviews,
            ))
            .and_where(visibility::listed(&context.actor))
            .order_by((content::Entity, content::Column::Slug), Order::Asc)
            .order_by((reported_figure::Entity, reported_figure::Column::Position), Order::Asc);
        let mut found: HashMap<Uuid, Vec<ReportedFigure>> = HashMap::new();
        for row in context.app.database.read().query_all(&statement).await? {
            let row = reported_figure::Model::from_query_result(&row, "")?;
            found
                .entry(row.review_id)
                .or_default()
                .push(ReportedFigure(Arc::new(row)));
        }
        Ok(found
            .into_iter()
            .map(|(review, figures)| (Self(review), Arc::new(figures)))
            .collect())
    }
}

/// The figures that findings report of a review: one statement for all reviews at a level.
///
/// # Errors
/// Where the database is away.
pub async fn of_review(context: &Context<'_>, review: Uuid) -> Result<Vec<ReportedFigure>, ApiError> {
    let found = loaders(context)?.load(FiguresOf(review)).await?;
    Ok(found.map(|figures| figures.to_vec()).unwrap_or_default())
}
