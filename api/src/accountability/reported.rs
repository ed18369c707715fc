//! Figures of reviews as others report them, beside the computed ones. Both are true of their source.

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::{Context, Object, SimpleObject};
use praxis_entities::vocabulary::{ContentKind, UptakeFigure};
use praxis_entities::{content, reported_figure};
use sea_orm::sea_query::{Expr, ExprTrait, Order, Query};
use sea_orm::{ConnectionTrait, FromQueryResult, Iterable};
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
#[derive(Clone, Copy, Debug, PartialEq, SimpleObject)]
pub struct ComputedFigure {
    /// The part.
    pub numerator: i32,
    /// The whole.
    pub denominator: i32,
    /// The share, 0 to 1; null where the whole is 0 or nothing is held that it could be told from, as in `Uptake`.
    pub share: Option<f64>,
}

impl ComputedFigure {
    /// The figure by the uptake of a review.
    pub fn of(figure: UptakeFigure, uptake: &Uptake) -> Self {
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
        };
        Self {
            numerator,
            denominator,
            share,
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
        let uptake = uptake::of_review(context, self.0.review_id).await?;
        Ok(ComputedFigure::of(self.0.figure, &uptake))
    }

    /// The reported share less the computed one; null where there is no computed one.
    async fn difference(&self, context: &Context<'_>) -> Result<Option<f64>, ApiError> {
        let uptake = uptake::of_review(context, self.0.review_id).await?;
        let computed = ComputedFigure::of(self.0.figure, &uptake).share;
        Ok(self
            .0
            .share
            .zip(computed)
            .map(|(reported, computed)| reported - computed))
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
