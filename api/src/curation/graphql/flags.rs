//! Flags as moderators see them.

use std::collections::HashMap;

use async_graphql::{Context, ID, InputObject, Object};
use praxis_entities::vocabulary::{ContentKind, FlagReason};
use praxis_entities::{content, flag};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
};
use uuid::Uuid;

use super::submission::viewer;
use crate::content::filter::given;
use crate::content::interface::Content;
use crate::graphql::connection::{Connection, Cursor, Edge, PageArguments};
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
pub struct Flag {
    row: flag::Model,
    /// The kind of the content.
    kind: ContentKind,
}

impl Flag {
    /// Flags with the kinds of their content, which are read in one statement.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn of(connection: &impl ConnectionTrait, rows: Vec<flag::Model>) -> Result<Vec<Self>, DbErr> {
        let ids: Vec<Uuid> = rows.iter().map(|row| row.content_id).collect();
        let kinds: HashMap<Uuid, ContentKind> = content::Entity::find()
            .select_only()
            .columns([content::Column::Id, content::Column::Kind])
            .filter(content::Column::Id.is_in(ids))
            .into_tuple::<(Uuid, ContentKind)>()
            .all(connection)
            .await?
            .into_iter()
            .collect();
        Ok(rows
            .into_iter()
            .filter_map(|row| kinds.get(&row.content_id).map(|kind| Self { kind: *kind, row }))
            .collect())
    }
}

/// A member's flag on published content. For moderators.
#[Object]
impl Flag {
    /// The id.
    async fn id(&self) -> ID {
        NodeId {
            node_type: NodeType::Flag,
            uuid: self.row.id,
        }
        .into()
    }

    /// Why it was set.
    async fn reason(&self) -> FlagReason {
        self.row.reason
    }

    /// What the member says about it.
    async fn note(&self) -> Option<&str> {
        self.row.note.as_deref()
    }

    /// The content, as far as the caller may see it.
    async fn content(&self, context: &Context<'_>) -> Result<Option<Content>, ApiError> {
        Content::load(&*loaders(context)?, self.kind, self.row.content_id).await
    }

    /// Who set it; null of a former member.
    async fn by(&self, context: &Context<'_>) -> Result<Option<Viewer>, ApiError> {
        viewer(context, self.row.by_id).await
    }

    /// When it was set.
    async fn created_at(&self) -> Moment {
        Moment(self.row.created_at)
    }

    /// When it was settled; null while it is open.
    async fn resolved_at(&self) -> Option<Moment> {
        self.row.resolved_at.map(Moment)
    }

    /// Who settled it.
    async fn resolved_by(&self, context: &Context<'_>) -> Result<Option<Viewer>, ApiError> {
        viewer(context, self.row.resolved_by_id).await
    }

    /// What came of it.
    async fn resolution(&self) -> Option<&str> {
        self.row.resolution.as_deref()
    }
}

/// A page of the flags, the oldest first.
///
/// # Errors
/// `UNAUTHENTICATED`, `FORBIDDEN`; as [`PageArguments::check`].
pub async fn flags(
    context: &Context<'_>,
    filter: Option<FlagFilter>,
    arguments: PageArguments,
) -> Result<Connection<Flag>, ApiError> {
    let loaders = loaders(context)?;
    loaders.context().actor.require(Permission::Moderate)?;
    let app = loaders.app().clone();
    let page = arguments.check(FLAGS)?;
    let filter = filter.unwrap_or_default();
    let mut condition = Condition::all();
    if let Some(reasons) = given(&filter.reasons) {
        condition = condition.add(flag::Column::Reason.is_in(reasons.iter().copied()));
    }
    match filter.resolved {
        Some(true) => condition = condition.add(flag::Column::ResolvedAt.is_not_null()),
        Some(false) => condition = condition.add(flag::Column::ResolvedAt.is_null()),
        None => {}
    }
    let mut select = flag::Entity::find().filter(condition.clone());
    if let Some(after) = &page.after {
        select = select.filter(flag::Column::Id.gt(after.id));
    }
    let rows = select
        .order_by_asc(flag::Column::Id)
        .limit(page.limit + 1)
        .all(app.database.read())
        .await?;
    let limit = usize::try_from(page.limit).unwrap_or(usize::MAX);
    let has_next_page = rows.len() > limit;
    let rows = rows.into_iter().take(limit).collect();
    let edges = Flag::of(app.database.read(), rows)
        .await?
        .into_iter()
        .map(|flag| Edge {
            cursor: Cursor {
                id: flag.row.id,
                ..Cursor::number(FLAGS, 0)
            }
            .encode(),
            node: flag,
        })
        .collect();
    Ok(Connection {
        edges,
        has_next_page,
        has_previous_page: page.after.is_some(),
        total: Box::new(move || {
            let app = app.clone();
            let condition = condition.clone();
            Box::pin(async move {
                let total = flag::Entity::find()
                    .filter(condition)
                    .count(app.database.read())
                    .await?;
                Ok(i32::try_from(total).unwrap_or(i32::MAX))
            })
        }),
    })
}
