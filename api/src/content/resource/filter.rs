//! The filter of lists of resources.

use async_graphql::InputObject;
use praxis_entities::resource;
use praxis_entities::vocabulary::{RelationKind, ResourceKind};
use praxis_entities::{content, content_relation};
use sea_orm::Condition;
use sea_orm::sea_query::{Expr, ExprTrait, Query};

use crate::content::filter::{ContentFilter, YearRange, given};
use crate::content::kind::{KindFilter, Scope};
use crate::graphql::errors::ApiError;

/// Which resources a list holds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, InputObject)]
pub struct ResourceFilter {
    /// The conditions that all kinds share.
    #[graphql(flatten)]
    pub common: ContentFilter,
    /// Only these sorts of material.
    pub kinds: Option<Vec<ResourceKind>>,
    /// Years of publication.
    pub years: Option<YearRange>,
    /// SPDX or Creative Commons identifiers, or LicenseRefs.
    pub licenses: Option<Vec<String>>,
    /// Only versions for children, or only others.
    pub child_friendly: Option<bool>,
}

impl KindFilter for ResourceFilter {
    fn condition(&self, scope: &Scope<'_>) -> Result<Condition, ApiError> {
        let column = |column| Expr::col((resource::Entity, column));
        let mut condition = self.common.condition(scope)?;
        if let Some(kinds) = given(&self.kinds) {
            condition = condition.add(column(resource::Column::Kind).is_in(kinds.iter().copied()));
        }
        if let Some(years) = &self.years {
            years.check()?;
            if let Some(from) = years.from {
                condition = condition.add(column(resource::Column::Year).gte(from));
            }
            if let Some(to) = years.to {
                condition = condition.add(column(resource::Column::Year).lte(to));
            }
        }
        if let Some(licenses) = given(&self.licenses) {
            condition = condition.add(
                column(resource::Column::License)
                    .is_in(licenses.iter().filter(|license| !license.contains('\0')).cloned()),
            );
        }
        if let Some(wanted) = self.child_friendly {
            let found = Condition::any()
                .add(column(resource::Column::Kind).eq(ResourceKind::ChildFriendly))
                .add(
                    Expr::col((content::Entity, content::Column::Id)).in_subquery(
                        Query::select()
                            .column(content_relation::Column::SourceId)
                            .from(content_relation::Entity)
                            .and_where(
                                Expr::col((content_relation::Entity, content_relation::Column::Kind))
                                    .eq(RelationKind::ChildFriendlyVersionOf),
                            )
                            .take(),
                    ),
                );
            condition = condition.add(if wanted { found } else { found.not() });
        }
        Ok(condition)
    }
}
