//! Related content: for all parents at one level of a query, one statement.

use std::collections::HashMap;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use async_graphql::Context;
use futures::FutureExt;
use futures::future::BoxFuture;
use praxis_entities::vocabulary::RelationKind;
use praxis_entities::{content, content_relation};
use sea_orm::prelude::Date as Day;
use sea_orm::sea_query::{
    Alias, Asterisk, Expr, ExprTrait, IntoCondition, Order, Query, SelectStatement, WindowStatement,
};
use sea_orm::{ConnectionTrait, QueryResult};
use uuid::Uuid;

use super::kind::{Kind, KindFilter, Scope, cursor, join_detail, read, require_slugs, select};
use super::order::ContentOrder;
use super::row::{CONNECTION, Columns};
use super::visibility;
use crate::database::of_parents;
use crate::graphql::connection::{Connection, Edge, EdgeCursor, Page, PageArguments};
use crate::graphql::errors::ApiError;
use crate::graphql::loader::{BatchKey, LoadContext};
use crate::graphql::loaders;

/// Which way a relation is followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Direction {
    /// From the item that states the relation to the one that it refers to.
    Forward,
    /// From the item referred to, back to those that state the relation.
    Backward,
}

/// What is asked of every parent alike.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Shape<F> {
    relation: RelationKind,
    direction: Direction,
    role: Option<&'static str>,
    filter: Option<F>,
    /// `None`: all of them, in the order of the document.
    page: Option<Page>,
}

impl<F: KindFilter> Shape<F> {
    fn parent(&self) -> content_relation::Column {
        match self.direction {
            Direction::Forward => content_relation::Column::SourceId,
            Direction::Backward => content_relation::Column::TargetId,
        }
    }

    fn child(&self) -> content_relation::Column {
        match self.direction {
            Direction::Forward => content_relation::Column::TargetId,
            Direction::Backward => content_relation::Column::SourceId,
        }
    }

    /// Restricts relations that are joined to children and the table of their kind to the parents, the filter, and what
    /// the caller may see.
    ///
    /// That table alone says what kind the children are. A condition on `content.kind` would say it again, and lead a
    /// planner without statistics to walk all content of the kind instead of the few relations of the parents.
    fn restrict(
        &self,
        select: &mut SelectStatement,
        context: &LoadContext,
        parents: Vec<Uuid>,
    ) -> Result<(), ApiError> {
        select
            .and_where(
                Expr::col((content_relation::Entity, content_relation::Column::Kind))
                    .eq(Expr::Constant(self.relation.into())),
            )
            .and_where(of_parents(
                context.app.database.read(),
                Expr::col((content_relation::Entity, self.parent())),
                parents,
            ))
            .and_where(visibility::listed(&context.actor));
        if let Some(role) = self.role {
            select.and_where(Expr::col((content_relation::Entity, content_relation::Column::Role)).eq(role));
        }
        if let Some(filter) = &self.filter {
            select.cond_where(filter.condition(&Scope::whole(&context.app))?);
        }
        Ok(())
    }

    /// Joins the relations to children of the kind.
    fn join_relations(&self, select: &mut SelectStatement) {
        select.inner_join(
            content_relation::Entity,
            Expr::col((content::Entity, content::Column::Id)).equals((content_relation::Entity, self.child())),
        );
    }
}

/// A parent whose related items are asked for, with the columns that are read of them.
pub struct Related<K: Kind> {
    parent: Uuid,
    shape: Arc<Shape<K::Filter>>,
    columns: Columns,
}

impl<K: Kind> Clone for Related<K> {
    fn clone(&self) -> Self {
        Self {
            parent: self.parent,
            shape: self.shape.clone(),
            columns: self.columns,
        }
    }
}

impl<K: Kind> PartialEq for Related<K> {
    fn eq(&self, other: &Self) -> bool {
        self.parent == other.parent && self.columns == other.columns && self.shape == other.shape
    }
}

impl<K: Kind> Eq for Related<K> {}

impl<K: Kind> Hash for Related<K> {
    // Of one level nearly all have the same shape and columns, so the parent tells them apart.
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.parent.hash(state);
    }
}

/// A related item with what the relation says of it.
#[derive(Clone)]
pub struct RelatedItem<K> {
    /// The item.
    pub node: K,
    /// A role.
    pub role: Option<String>,
    /// Since when.
    pub from: Option<Day>,
    /// Until when.
    pub to: Option<Day>,
}

const PARENT: &str = "parent_id";
const RANK: &str = "child_rank";

impl<K: Kind> Related<K> {
    /// All related items with their roles, in the order of the document: one statement for all parents.
    fn everything(
        shape: &Shape<K::Filter>,
        columns: Columns,
        context: &LoadContext,
        parents: Vec<Uuid>,
    ) -> Result<SelectStatement, ApiError> {
        let mut statement = select::<K>(columns);
        statement
            .expr_as(
                Expr::col((content_relation::Entity, shape.parent())),
                Alias::new(PARENT),
            )
            .columns([
                (content_relation::Entity, content_relation::Column::Role),
                (content_relation::Entity, content_relation::Column::ValidFrom),
                (content_relation::Entity, content_relation::Column::ValidTo),
            ])
            .order_by(Alias::new(PARENT), Order::Asc)
            .order_by(
                (content_relation::Entity, content_relation::Column::Position),
                Order::Asc,
            )
            .order_by((content::Entity, content::Column::Id), Order::Asc);
        shape.join_relations(&mut statement);
        shape.restrict(&mut statement, context, parents)?;
        Ok(statement)
    }

    /// A page of related items of each parent, newest first: the items are ranked within their parent.
    fn page(
        shape: &Shape<K::Filter>,
        page: &Page,
        columns: Columns,
        context: &LoadContext,
        parents: Vec<Uuid>,
    ) -> Result<SelectStatement, ApiError> {
        let mut ranked = select::<K>(columns);
        ranked
            .expr_as(
                Expr::col((content_relation::Entity, shape.parent())),
                Alias::new(PARENT),
            )
            .expr_window_as(
                Expr::cust("ROW_NUMBER()"),
                WindowStatement::partition_by((content_relation::Entity, shape.parent()))
                    .order_by((content::Entity, content::Column::PublishedAt), Order::Desc)
                    .order_by((content::Entity, content::Column::Id), Order::Desc)
                    .take(),
                Alias::new(RANK),
            );
        shape.join_relations(&mut ranked);
        shape.restrict(&mut ranked, context, parents)?;
        // One item may stand in the same relation twice with different roles or dates; the first place speaks for all.
        if shape.role.is_none() && has_roles(shape.relation) {
            let other = Alias::new("earlier");
            ranked.and_where(
                Expr::exists(
                    Query::select()
                        .expr(Expr::val(1))
                        .from_as(content_relation::Entity, other.clone())
                        .and_where(
                            Expr::col((other.clone(), content_relation::Column::Kind))
                                .eq(Expr::Constant(shape.relation.into())),
                        )
                        .and_where(
                            Expr::col((other.clone(), content_relation::Column::SourceId))
                                .equals((content_relation::Entity, content_relation::Column::SourceId)),
                        )
                        .and_where(
                            Expr::col((other.clone(), content_relation::Column::TargetId))
                                .equals((content_relation::Entity, content_relation::Column::TargetId)),
                        )
                        .and_where(Expr::col((other, content_relation::Column::Position)).lt(Expr::col((
                            content_relation::Entity,
                            content_relation::Column::Position,
                        ))))
                        .take(),
                )
                .not(),
            );
        }
        if let Some(after) = &page.after {
            ranked.cond_where(ContentOrder::Newest.beyond(after, false).into_condition());
        }
        Ok(Query::select()
            .column(Asterisk)
            .from_subquery(ranked, Alias::new("ranked"))
            .and_where(Expr::col(Alias::new(RANK)).lte(Expr::Constant((page.limit + 1).into())))
            .order_by(Alias::new(PARENT), Order::Asc)
            .order_by(Alias::new(RANK), Order::Asc)
            .take())
    }
}

fn has_roles(relation: RelationKind) -> bool {
    matches!(
        relation,
        RelationKind::Partner
            | RelationKind::Person
            | RelationKind::Affiliation
            | RelationKind::Member
            | RelationKind::LedTo
            | RelationKind::MandatedBy
    )
}

fn read_item<K: Kind>(row: QueryResult, columns: Columns, with_role: bool) -> Result<RelatedItem<K>, ApiError> {
    let (role, from, to) = if with_role {
        (
            row.try_get("", "role")?,
            row.try_get("", "valid_from")?,
            row.try_get("", "valid_to")?,
        )
    } else {
        (None, None, None)
    };
    Ok(RelatedItem {
        node: read(row, columns)?,
        role,
        from,
        to,
    })
}

/// What is loaded by one statement.
struct Together {
    parents: Vec<Uuid>,
    columns: Columns,
    asked: Vec<Columns>,
}

impl<K: Kind> BatchKey for Related<K> {
    type Value = Arc<Vec<RelatedItem<K>>>;

    async fn load(context: &LoadContext, keys: Vec<Self>) -> Result<HashMap<Self, Self::Value>, ApiError> {
        let mut together: HashMap<Arc<Shape<K::Filter>>, Together> = HashMap::new();
        for key in keys {
            let one = together.entry(key.shape).or_insert_with(|| Together {
                parents: Vec::new(),
                columns: Columns::default(),
                asked: Vec::new(),
            });
            if !one.asked.contains(&key.columns) {
                one.asked.push(key.columns);
                one.columns = one.columns.union(key.columns);
            }
            one.parents.push(key.parent);
        }
        let mut found = HashMap::new();
        for (
            shape,
            Together {
                parents,
                columns,
                asked,
            },
        ) in together
        {
            let statement = match &shape.page {
                None => Self::everything(&shape, columns, context, parents)?,
                Some(page) => Self::page(&shape, page, columns, context, parents)?,
            };
            let rows = context.app.database.read().query_all(&statement).await?;
            let mut items: HashMap<Uuid, Vec<RelatedItem<K>>> = HashMap::new();
            for row in rows {
                items
                    .entry(row.try_get("", PARENT)?)
                    .or_default()
                    .push(read_item(row, columns, shape.page.is_none())?);
            }
            for (parent, items) in items {
                let items = Arc::new(items);
                for columns in &asked {
                    let key = Self {
                        parent,
                        shape: shape.clone(),
                        columns: *columns,
                    };
                    found.insert(key, items.clone());
                }
            }
        }
        Ok(found)
    }
}

/// Counts the related items of all parents in one statement.
struct RelatedCount<K: Kind>(Related<K>);

impl<K: Kind> Clone for RelatedCount<K> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<K: Kind> PartialEq for RelatedCount<K> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl<K: Kind> Eq for RelatedCount<K> {}

impl<K: Kind> Hash for RelatedCount<K> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

impl<K: Kind> BatchKey for RelatedCount<K> {
    type Value = i32;

    async fn load(context: &LoadContext, keys: Vec<Self>) -> Result<HashMap<Self, Self::Value>, ApiError> {
        let mut parents_of: HashMap<Arc<Shape<K::Filter>>, Vec<Uuid>> = HashMap::new();
        for key in keys {
            parents_of.entry(key.0.shape).or_default().push(key.0.parent);
        }
        let mut found = HashMap::new();
        for (shape, parents) in parents_of {
            let mut statement = Query::select();
            statement
                .expr_as(
                    Expr::col((content_relation::Entity, shape.parent())),
                    Alias::new(PARENT),
                )
                .expr_as(
                    Expr::col((content_relation::Entity, shape.child())).count_distinct(),
                    Alias::new("children"),
                )
                .from(content::Entity)
                .group_by_col((content_relation::Entity, shape.parent()));
            join_detail::<K>(&mut statement);
            shape.join_relations(&mut statement);
            shape.restrict(&mut statement, context, parents)?;
            for row in context.app.database.read().query_all(&statement).await? {
                let count: i64 = row.try_get("", "children")?;
                let key = Self(Related {
                    parent: row.try_get("", PARENT)?,
                    shape: shape.clone(),
                    columns: Columns::default(),
                });
                found.insert(key, i32::try_from(count).unwrap_or(i32::MAX));
            }
        }
        Ok(found)
    }
}

/// The first items that stand in a relation to the parent in whatever role, newest first.
///
/// # Errors
/// As [`connection`].
pub fn items<'a, K: Kind>(
    context: &'a Context<'a>,
    parent: Uuid,
    relation: RelationKind,
    direction: Direction,
    first: Option<i32>,
    after: Option<String>,
) -> BoxFuture<'a, Result<Connection<K>, ApiError>> {
    let page = PageArguments::forward(first, after);
    connection(context, parent, relation, direction, None, None, page)
}

/// A page of the items that stand in a relation to the parent, newest first.
///
/// # Errors
/// As [`PageArguments::check`] and the filter; where the database is away.
pub fn connection<'a, K: Kind>(
    context: &'a Context<'a>,
    parent: Uuid,
    relation: RelationKind,
    direction: Direction,
    role: Option<&'static str>,
    filter: Option<K::Filter>,
    arguments: PageArguments,
) -> BoxFuture<'a, Result<Connection<K>, ApiError>> {
    async move {
        let loaders = loaders(context)?;
        if let Some(filter) = &filter {
            require_slugs(&loaders, filter).await?;
        }
        let columns = Columns::selected::<K>(context, CONNECTION).with(ContentOrder::Newest.column());
        let page = arguments.check(ContentOrder::Newest.code(Some(K::KIND)))?;
        let limit = usize::try_from(page.limit).unwrap_or(usize::MAX);
        let has_previous_page = page.after.is_some();
        let shape = Shape {
            relation,
            direction,
            role,
            filter,
            page: Some(page),
        };
        let count_shape = Arc::new(Shape {
            page: None,
            ..shape.clone()
        });
        let items = loaders
            .load(Related::<K> {
                parent,
                shape: Arc::new(shape),
                columns,
            })
            .await?
            .unwrap_or_default();
        let edges = items
            .iter()
            .take(limit)
            .map(|item| Edge {
                cursor: EdgeCursor::Derived(ContentOrder::Newest, cursor::<K>),
                node: item.node.clone(),
            })
            .collect();
        let counting = loaders.clone();
        Ok(Connection {
            edges,
            has_next_page: items.len() > limit,
            has_previous_page,
            total: Box::new(move || {
                let loaders = counting.clone();
                let key = RelatedCount(Related::<K> {
                    parent,
                    shape: count_shape.clone(),
                    columns: Columns::default(),
                });
                Box::pin(async move { Ok(loaders.load(key).await?.unwrap_or(0)) })
            }),
        })
    }
    .boxed()
}

/// All items that stand in a relation to the parent, with their roles, in the order of the document. Their fields are
/// selected at this path below the current field. The number of relations of an item is bounded when it is published.
///
/// # Errors
/// Where the database is away.
pub async fn all<K: Kind>(
    context: &Context<'_>,
    parent: Uuid,
    relation: RelationKind,
    direction: Direction,
    path: &[&str],
) -> Result<Arc<Vec<RelatedItem<K>>>, ApiError> {
    let key = Related::<K> {
        parent,
        shape: Arc::new(Shape {
            relation,
            direction,
            role: None,
            filter: None,
            page: None,
        }),
        columns: Columns::selected::<K>(context, &[path]),
    };
    Ok(loaders(context)?.load(key).await?.unwrap_or_default())
}
