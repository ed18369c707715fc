//! The filter of lists of organisations.

use async_graphql::InputObject;
use praxis_entities::organization;
use praxis_entities::vocabulary::OrganizationKind;
use sea_orm::Condition;
use sea_orm::sea_query::{Expr, ExprTrait};

use crate::content::filter::{ContentFilter, given};
use crate::content::kind::{KindFilter, Scope};
use crate::graphql::errors::ApiError;

/// Which organisations a list holds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, InputObject)]
pub struct OrganizationFilter {
    /// The conditions that all kinds share.
    #[graphql(flatten)]
    pub common: ContentFilter,
    /// Only these sorts of body.
    pub kinds: Option<Vec<OrganizationKind>>,
}

impl KindFilter for OrganizationFilter {
    fn condition(&self, scope: &Scope<'_>) -> Result<Condition, ApiError> {
        let mut condition = self.common.condition(scope)?;
        if let Some(kinds) = given(&self.kinds) {
            condition = condition
                .add(Expr::col((organization::Entity, organization::Column::Kind)).is_in(kinds.iter().copied()));
        }
        Ok(condition)
    }
}
