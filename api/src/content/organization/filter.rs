//! The filter of lists of organisations.

use async_graphql::InputObject;
use praxis_entities::vocabulary::{BodyKind, ContentKind, OrganizationKind, RelationKind};
use praxis_entities::{content, mechanism, organization, organization_mechanism};
use sea_orm::Condition;
use sea_orm::sea_query::{Expr, ExprTrait, Query, SimpleExpr};

use crate::content::filter::{ContentFilter, End, given, related_to};
use crate::content::kind::{KindFilter, Scope};
use crate::graphql::errors::ApiError;
use crate::vocabulary::slugs::{self, Slugged};

/// Which organisations a list holds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, InputObject)]
pub struct OrganizationFilter {
    /// The conditions that all kinds share.
    #[graphql(flatten)]
    pub common: ContentFilter,
    /// Only these sorts of body.
    pub kinds: Option<Vec<OrganizationKind>>,
    /// Only these parts of the human rights system.
    pub body_kinds: Option<Vec<BodyKind>>,
    /// Slugs or ids of bodies: only their members.
    pub member_of: Option<Vec<String>>,
    /// Slugs or ids of organisations: only the bodies that one of them is a member of.
    pub members: Option<Vec<String>>,
    /// Slugs or ids of bodies: only what is a part of one of them.
    pub part_of: Option<Vec<String>>,
    /// Slugs or ids of organisations: only the bodies whose secretariat one of them is.
    pub secretariat: Option<Vec<String>>,
    /// Slugs or ids of resources: only the bodies whose mandates rest on one of them.
    pub mandated_by: Option<Vec<String>>,
    /// Slugs of mechanisms, in capitals too: only the bodies behind one of them.
    pub mechanisms: Option<Vec<String>>,
}

impl KindFilter for OrganizationFilter {
    fn slugs(&self) -> Option<(Slugged, &[String])> {
        given(&self.mechanisms).map(|mechanisms| (Slugged::Mechanism, mechanisms))
    }

    fn condition(&self, scope: &Scope<'_>) -> Result<Condition, ApiError> {
        let column = |column| Expr::col((organization::Entity, column));
        let mut condition = self.common.condition(scope)?;
        if let Some(kinds) = given(&self.kinds) {
            condition = condition.add(column(organization::Column::Kind).is_in(kinds.iter().copied()));
        }
        if let Some(kinds) = given(&self.body_kinds) {
            condition = condition.add(column(organization::Column::BodyKind).is_in(kinds.iter().copied()));
        }
        let (body, resource) = (ContentKind::Organization, ContentKind::Resource);
        for (items, end, relation, kind) in [
            (&self.member_of, End::Target, RelationKind::Member, body),
            (&self.members, End::Source, RelationKind::Member, body),
            (&self.part_of, End::Source, RelationKind::PartOf, body),
            (&self.secretariat, End::Source, RelationKind::Secretariat, body),
            (&self.mandated_by, End::Source, RelationKind::MandatedBy, resource),
        ] {
            if let Some(items) = given(items) {
                condition = condition.add(related_to(end, relation, kind, items)?);
            }
        }
        if let Some(mechanisms) = given(&self.mechanisms) {
            condition = condition.add(behind(mechanisms));
        }
        Ok(condition)
    }
}

/// The bodies behind one of these mechanisms.
fn behind(mechanisms: &[String]) -> SimpleExpr {
    Expr::col((content::Entity, content::Column::Id)).in_subquery(
        Query::select()
            .column((
                organization_mechanism::Entity,
                organization_mechanism::Column::ContentId,
            ))
            .from(organization_mechanism::Entity)
            .inner_join(
                mechanism::Entity,
                Expr::col((mechanism::Entity, mechanism::Column::Id)).equals((
                    organization_mechanism::Entity,
                    organization_mechanism::Column::MechanismId,
                )),
            )
            .and_where(Expr::col((mechanism::Entity, mechanism::Column::Slug)).is_in(slugs::written(mechanisms)))
            .take(),
    )
}
