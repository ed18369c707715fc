//! The filter of lists of lessons.

use async_graphql::InputObject;
use praxis_entities::lesson;
use praxis_entities::vocabulary::{Factor, LessonKind};
use sea_orm::Condition;
use sea_orm::sea_query::{Expr, ExprTrait};

use crate::content::filter::{ContentFilter, given};
use crate::content::kind::{KindFilter, Scope};
use crate::graphql::errors::ApiError;

/// Which lessons a list holds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, InputObject)]
pub struct LessonFilter {
    /// The conditions that all kinds share.
    #[graphql(flatten)]
    pub common: ContentFilter,
    /// Only these sorts of lesson.
    pub kinds: Option<Vec<LessonKind>>,
    /// Only lessons that turn on one of these factors.
    pub factors: Option<Vec<Factor>>,
}

impl KindFilter for LessonFilter {
    fn condition(&self, scope: &Scope<'_>) -> Result<Condition, ApiError> {
        let mut condition = self.common.condition(scope)?;
        if let Some(kinds) = given(&self.kinds) {
            condition = condition.add(Expr::col((lesson::Entity, lesson::Column::Kind)).is_in(kinds.iter().copied()));
        }
        if let Some(factors) = given(&self.factors) {
            condition =
                condition.add(Expr::col((lesson::Entity, lesson::Column::Factor)).is_in(factors.iter().copied()));
        }
        Ok(condition)
    }
}
