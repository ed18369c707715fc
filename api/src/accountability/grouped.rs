//! Content of a review, a country, a mechanism or an indicator: for all parents at one level of a query, one statement.

use std::collections::HashMap;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use async_graphql::Context;
use praxis_entities::{content, content_concept, indicator_target, organization_mechanism, recommendation};
use sea_orm::sea_query::{Alias, Expr, ExprTrait, IntoCondition, Order, Query, SelectStatement, WindowStatement};
use sea_orm::{ConnectionTrait, DbErr, JoinType, QueryResult};
use uuid::Uuid;

use crate::content::kind::{Kind, cursor, detail_key, read, require_slugs, select};
use crate::content::listed::{narrow_rows, rows};
use crate::content::order::ContentOrder;
use crate::content::row::Columns;
use crate::database::{join_in_order, of_parents};
use crate::graphql::connection::{Connection, Edge, EdgeCursor, Page, PageArguments};
use crate::graphql::errors::ApiError;
use crate::graphql::loader::{BatchKey, LoadContext};
use crate::graphql::loaders;

/// How content belongs to its parent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Grouping {
    /// Recommendations by their review.
    Review,
    /// Content of any kind by a country that it is about.
    Country,
    /// Organisations by a mechanism that they are the body behind.
    Mechanism,
    /// Initiatives and commitments by an indicator that they are measured by.
    Indicator,
}

const PARENT: &str = "parent_key";
const TOTAL: &str = "child_total";

impl Grouping {
    fn parent(self) -> Expr {
        match self {
            Grouping::Review => Expr::col((recommendation::Entity, recommendation::Column::ReviewId)),
            Grouping::Country => Expr::col((content_concept::Entity, content_concept::Column::ConceptId)),
            Grouping::Mechanism => Expr::col((
                organization_mechanism::Entity,
                organization_mechanism::Column::MechanismId,
            )),
            Grouping::Indicator => Expr::col((indicator_target::Entity, indicator_target::Column::IndicatorId)),
        }
    }

    /// Joins what tells the parents of items with this key.
    fn join(self, statement: &mut SelectStatement, key: Expr) {
        match self {
            Grouping::Review => {}
            Grouping::Country => {
                statement.inner_join(
                    content_concept::Entity,
                    key.eq(Expr::col((content_concept::Entity, content_concept::Column::ContentId))),
                );
            }
            Grouping::Mechanism => {
                statement.inner_join(
                    organization_mechanism::Entity,
                    key.eq(Expr::col((
                        organization_mechanism::Entity,
                        organization_mechanism::Column::ContentId,
                    ))),
                );
            }
            Grouping::Indicator => {
                // One item may be measured by the same indicator for several groups of people.
                let measured = Query::select()
                    .distinct()
                    .columns([
                        indicator_target::Column::IndicatorId,
                        indicator_target::Column::ContentId,
                    ])
                    .from(indicator_target::Entity)
                    .take();
                statement.join_subquery(
                    JoinType::InnerJoin,
                    measured,
                    indicator_target::Entity,
                    key.eq(Expr::col((
                        indicator_target::Entity,
                        indicator_target::Column::ContentId,
                    ))),
                );
            }
        }
    }

    /// The published content of these parents that fulfils the filter; nothing is selected yet. Rows of `content` are among it
    /// for a page, and for a count only where they are needed.
    fn children<K: Kind>(
        self,
        filter: &K::Filter,
        context: &LoadContext,
        parents: Vec<Uuid>,
        is_page: bool,
    ) -> Result<SelectStatement, ApiError> {
        let content_key = || Expr::col((content::Entity, content::Column::Id));
        let narrow = match self {
            Grouping::Country => narrow_rows::<K>(context, filter)?,
            // These are found by indexes of the tables of the kinds.
            Grouping::Review | Grouping::Mechanism | Grouping::Indicator => None,
        };
        let mut statement = match narrow {
            Some(mut statement) => {
                let key = Expr::col(detail_key::<K>());
                self.join(&mut statement, key.clone());
                if is_page {
                    // Only what fulfils the filter is looked up.
                    join_in_order(&mut statement, content::Entity, content::Entity, content_key().eq(key));
                }
                statement
            }
            None => {
                let mut statement = rows::<K>(context, filter)?;
                self.join(&mut statement, content_key());
                statement
            }
        };
        statement.and_where(of_parents(context.app.database.read(), self.parent(), parents));
        Ok(statement)
    }
}

/// What is asked of the children of a parent.
#[derive(Clone, PartialEq, Eq, Hash)]
enum Asked {
    /// A page of them.
    Page(Page),
    /// The first page, and how many there are.
    CountedPage(Page),
    /// How many there are.
    Count,
}

/// What is asked of every parent alike.
type Shape<F> = (Grouping, F, Asked);

struct Group<K: Kind> {
    parent: Uuid,
    grouping: Grouping,
    filter: K::Filter,
    asked: Asked,
}

impl<K: Kind> Group<K> {
    fn shape(&self) -> Shape<K::Filter> {
        (self.grouping, self.filter.clone(), self.asked.clone())
    }
}

impl<K: Kind> Clone for Group<K> {
    fn clone(&self) -> Self {
        Self {
            parent: self.parent,
            grouping: self.grouping,
            filter: self.filter.clone(),
            asked: self.asked.clone(),
        }
    }
}

impl<K: Kind> PartialEq for Group<K> {
    fn eq(&self, other: &Self) -> bool {
        self.parent == other.parent
            && self.grouping == other.grouping
            && self.filter == other.filter
            && self.asked == other.asked
    }
}

impl<K: Kind> Eq for Group<K> {}

impl<K: Kind> Hash for Group<K> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.parent.hash(state);
        self.grouping.hash(state);
        self.filter.hash(state);
        self.asked.hash(state);
    }
}

/// The items of a page, and how many there are in all, as far as it was asked for.
struct Found<K> {
    items: Vec<K>,
    total: Option<i32>,
}

impl<K: Kind> BatchKey for Group<K> {
    type Value = Arc<Found<K>>;

    async fn load(context: &LoadContext, keys: Vec<Self>) -> Result<HashMap<Self, Self::Value>, ApiError> {
        let mut parents_of: HashMap<Shape<K::Filter>, Vec<Uuid>> = HashMap::new();
        for key in keys {
            parents_of.entry(key.shape()).or_default().push(key.parent);
        }
        let mut found = HashMap::new();
        for ((grouping, filter, asked), parents) in parents_of {
            let groups = match &asked {
                Asked::Page(page) => pages::<K>(grouping, &filter, page, false, context, parents).await?,
                Asked::CountedPage(page) => pages::<K>(grouping, &filter, page, true, context, parents).await?,
                Asked::Count => counts::<K>(grouping, &filter, context, parents).await?,
            };
            for (parent, group) in groups {
                let key = Self {
                    parent,
                    grouping,
                    filter: filter.clone(),
                    asked: asked.clone(),
                };
                found.insert(key, Arc::new(group));
            }
        }
        Ok(found)
    }
}

async fn pages<K: Kind>(
    grouping: Grouping,
    filter: &K::Filter,
    page: &Page,
    is_counted: bool,
    context: &LoadContext,
    parents: Vec<Uuid>,
) -> Result<HashMap<Uuid, Found<K>>, ApiError> {
    let (child, rank, pages) = (Alias::new("child_id"), Alias::new("child_rank"), Alias::new("ranked"));
    let within_parent = WindowStatement::partition_by_custom(match grouping {
        Grouping::Review => "\"recommendation\".\"review_id\"",
        Grouping::Country => "\"content_concept\".\"concept_id\"",
        Grouping::Mechanism => "\"organization_mechanism\".\"mechanism_id\"",
        Grouping::Indicator => "\"indicator_target\".\"indicator_id\"",
    });
    let mut ranked = grouping.children::<K>(filter, context, parents, true)?;
    ranked
        .expr_as(grouping.parent(), Alias::new(PARENT))
        .expr_as(Expr::col((content::Entity, content::Column::Id)), child.clone())
        .expr_window_as(
            Expr::cust("ROW_NUMBER()"),
            within_parent
                .clone()
                .order_by((content::Entity, content::Column::PublishedAt), Order::Desc)
                .order_by((content::Entity, content::Column::Id), Order::Desc)
                .take(),
            rank.clone(),
        );
    if is_counted {
        ranked.expr_window_as(Expr::cust("COUNT(*)"), within_parent, Alias::new(TOTAL));
    }
    if let Some(after) = &page.after {
        ranked.cond_where(ContentOrder::Newest.beyond(after, false).into_condition());
    }
    let columns = Columns::all::<K>();
    let mut statement = select::<K>(columns);
    statement
        .column((pages.clone(), Alias::new(PARENT)))
        .join_subquery(
            JoinType::InnerJoin,
            ranked,
            pages.clone(),
            Expr::col((content::Entity, content::Column::Id)).equals((pages.clone(), child)),
        )
        .and_where(Expr::col((pages.clone(), rank.clone())).lte(i64::try_from(page.limit + 1).unwrap_or(i64::MAX)))
        .order_by((pages.clone(), rank), Order::Asc);
    if is_counted {
        statement.column((pages, Alias::new(TOTAL)));
    }
    let mut groups: HashMap<Uuid, Found<K>> = HashMap::new();
    for row in context.app.database.read().query_all(&statement).await? {
        let parent = row.try_get("", PARENT)?;
        let total = if is_counted { Some(total(&row)?) } else { None };
        let items = Vec::new();
        let group = groups.entry(parent).or_insert(Found { items, total });
        group.items.push(read(row, columns)?);
    }
    Ok(groups)
}

async fn counts<K: Kind>(
    grouping: Grouping,
    filter: &K::Filter,
    context: &LoadContext,
    parents: Vec<Uuid>,
) -> Result<HashMap<Uuid, Found<K>>, ApiError> {
    let mut statement = grouping.children::<K>(filter, context, parents, false)?;
    statement
        .expr_as(grouping.parent(), Alias::new(PARENT))
        .expr_as(Expr::cust("COUNT(*)"), Alias::new(TOTAL))
        .add_group_by([grouping.parent()]);
    let mut groups = HashMap::new();
    for row in context.app.database.read().query_all(&statement).await? {
        let group = Found {
            items: Vec::new(),
            total: Some(total(&row)?),
        };
        groups.insert(row.try_get("", PARENT)?, group);
    }
    Ok(groups)
}

fn total(row: &QueryResult) -> Result<i32, DbErr> {
    let total: i64 = row.try_get("", TOTAL)?;
    Ok(i32::try_from(total).unwrap_or(i32::MAX))
}

/// A page of the content of a parent, newest first: one statement for all parents at a level, and one more where
/// `totalCount` is selected of a later page.
///
/// # Errors
/// As [`PageArguments::check`] and the filter; where the database is away.
pub async fn connection<K: Kind>(
    context: &Context<'_>,
    grouping: Grouping,
    parent: Uuid,
    filter: Option<K::Filter>,
    arguments: PageArguments,
) -> Result<Connection<K>, ApiError> {
    let loaders = loaders(context)?;
    let page = arguments.check(ContentOrder::Newest.code(Some(K::KIND)))?;
    let limit = usize::try_from(page.limit).unwrap_or(usize::MAX);
    let has_previous_page = page.after.is_some();
    let filter = filter.unwrap_or_default();
    require_slugs(&loaders, &filter).await?;
    let key = |asked| Group::<K> {
        parent,
        grouping,
        filter: filter.clone(),
        asked,
    };
    let is_counted = !has_previous_page && context.look_ahead().field("totalCount").exists();
    let asked = if is_counted { Asked::CountedPage } else { Asked::Page };
    let found = loaders.load(key(asked(page))).await?;
    let items = found.as_ref().map_or(&[][..], |found| found.items.as_slice());
    let edges = items
        .iter()
        .take(limit)
        .map(|node| Edge {
            cursor: EdgeCursor::Derived(ContentOrder::Newest, cursor::<K>),
            node: node.clone(),
        })
        .collect();
    // Where the first page holds everything there is nothing to count.
    let all = (!has_previous_page && items.len() <= limit).then_some(items.len());
    let known = match all {
        Some(all) => Some(i32::try_from(all).unwrap_or(i32::MAX)),
        None => found.as_ref().and_then(|found| found.total),
    };
    let (counting, count) = (loaders.clone(), key(Asked::Count));
    Ok(Connection {
        edges,
        has_next_page: items.len() > limit,
        has_previous_page,
        total: Box::new(move || {
            let (counting, count) = (counting.clone(), count.clone());
            Box::pin(async move {
                match known {
                    Some(known) => Ok(known),
                    None => Ok(counting.load(count).await?.and_then(|found| found.total).unwrap_or(0)),
                }
            })
        }),
    })
}
