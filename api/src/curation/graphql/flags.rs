//! Flags as moderators see them.

use async_graphql::{Context, ID, InputObject, Object};
use praxis_entities::flag;
use praxis_entities::vocabulary::FlagReason;
use sea_orm::sea_query::Order;
use sea_orm::{ColumnTrait, Condition};

use super::submission::viewer;
use crate::content::filter::given;
use crate::content::interface::Content;
use crate::graphql::by_key::ByKey;
use crate::graphql::connection::{Connection, PageArguments};
use crate::graphql::errors::ApiError;
use crate::graphql::loaders;
use crate::graphql::scalars::Moment;
use crate::identifier::{NodeId, NodeType};
use crate::identity::permissions::Permission;
use crate::identity::viewer::Viewer;

/// Marks the cursors of the list of flags.
const FLAGS: u8 = 33;

/// Which flags.
#[derive(Clone, Debug, Default, InputObject)]
pub struct FlagFilter {
    /// Why they were set.
    pub reasons: Option<Vec<FlagReason>>,
    /// Only settled ones, or only open ones.
    pub resolved: Option<bool>,
}

/// A member's flag on published content.
#[derive(Clone)]
pub struct Flag(pub flag::Model);

/// A member's flag on published content. For moderators.
#[Object]
impl Flag {
    /// The id.
    async fn id(&self) -> ID {
        NodeId {
            node_type: NodeType::Flag,
            uuid: self.0.id,
        }
        .into()
    }

    /// Why it was set.
    async fn reason(&self) -> FlagReason {
        self.0.reason
    }

    /// What the member says about it.
    async fn note(&self) -> Option<&str> {
        self.0.note.as_deref()
    }

    /// The content, as far as the caller may see it.
    async fn content(&self, context: &Context<'_>) -> Result<Option<Content>, ApiError> {
        Content::load_any(&*loaders(context)?, self.0.content_id).await
    }

    /// Who set it; null of a former member, and of what was found when a file was read after its publication.
    async fn by(&self, context: &Context<'_>) -> Result<Option<Viewer>, ApiError> {
        viewer(context, self.0.by_id).await
    }

    /// When it was set.
    async fn created_at(&self) -> Moment {
        Moment(self.0.created_at)
    }

    /// When it was settled; null while it is open.
    async fn resolved_at(&self) -> Option<Moment> {
        self.0.resolved_at.map(Moment)
    }

    /// Who settled it.
    async fn resolved_by(&self, context: &Context<'_>) -> Result<Option<Viewer>, ApiError> {
        viewer(context, self.0.resolved_by_id).await
    }

    /// What came of it.
    async fn resolution(&self) -> Option<&str> {
        self.0.resolution.as_deref()
    }
}

/// A page of the flags on what the caller moderates, the oldest first.
///
/// # Errors
/// `UNAUTHENTICATED`, `FORBIDDEN`; as [`PageArguments::check`].
pub async fn flags(
    context: &Context<'_>,
    filter: Option<FlagFilter>,
    arguments: PageArguments,
) -> Result<Connection<Flag>, ApiError> {
    let loaders = loaders(context)?;
    let actor = &loaders.context().actor;
    actor.require(Permission::Moderate)?;
    let app = loaders.app().clone();
    let page = arguments.check(FLAGS)?;
    let filter = filter.unwrap_or_default();
    let own = actor.remit().map(|remit| remit.content_of(flag::Column::ContentId));
    let mut condition = Condition::all().add_option(own);
    if let Some(reasons) = given(&filter.reasons) {
        condition = condition.add(flag::Column::Reason.is_in(reasons.iter().copied()));
    }
    match filter.resolved {
        Some(true) => condition = condition.add(flag::Column::ResolvedAt.is_not_null()),
        Some(false) => condition = condition.add(flag::Column::ResolvedAt.is_null()),
        None => {}
    }
    let list = ByKey::<flag::Entity> {
        order: FLAGS,
        key: flag::Column::Id,
        key_of: |row| row.id,
        direction: Order::Asc,
    };
    list.page(app, condition, page, Flag).await
}
