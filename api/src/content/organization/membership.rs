//! Who belongs to a body, and to which bodies an organisation belongs: each with the role and the dates. For all parents at one
//! level of a query it is one statement, and one for each kind of content that is found.

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::{Context, Object};
use praxis_entities::vocabulary::{ContentKind, MembershipRole, RelationKind};
use praxis_entities::{content, content_relation};
use sea_orm::prelude::Date as Day;
use sea_orm::sea_query::{Alias, Asterisk, Expr, ExprTrait, Order, Query, SelectStatement, UnionType, WindowStatement};
use sea_orm::{ActiveEnum, ConnectionTrait, QueryResult};
use uuid::Uuid;

use super::Organization;
use crate::content::interface::Content;
use crate::content::visibility;
use crate::database::among;
use crate::graphql::connection::{Connection, Cursor, CursorKey, Edge, Page, PageArguments};
use crate::graphql::errors::ApiError;
use crate::graphql::loader::{BatchKey, LoadContext};
use crate::graphql::loaders;
use crate::graphql::scalars::Date;

/// Marks the cursors of lists of who belongs to a body.
const COMPOSITION: u8 = 24;
/// Marks the cursors of lists of the bodies that an organisation belongs to.
const MEMBERSHIPS: u8 = 25;

/// From which end of memberships a list is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Side {
    /// Who belongs to a body: members in the order of the document, its secretariat, then people.
    Composition,
    /// The bodies that an organisation belongs to or services, those that were written down last first.
    Memberships,
}

impl Side {
    fn code(self) -> u8 {
        match self {
            Side::Composition => COMPOSITION,
            Side::Memberships => MEMBERSHIPS,
        }
    }

    /// The column that holds the parents, of what organisations state of their members.
    fn parent(self) -> content_relation::Column {
        match self {
            Side::Composition => content_relation::Column::SourceId,
            Side::Memberships => content_relation::Column::TargetId,
        }
    }

    /// The column that holds the other end.
    fn other(self) -> content_relation::Column {
        match self {
            Side::Composition => content_relation::Column::TargetId,
            Side::Memberships => content_relation::Column::SourceId,
        }
    }
}

/// Which memberships a list holds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Wanted {
    /// Only these roles; those of all organisations and people where there are none.
    pub roles: Option<Vec<MembershipRole>>,
    /// Only memberships that last on this day, as far as is known.
    pub on: Option<Date>,
}

/// That somebody belongs to a body, as what, from when and until when.
#[derive(Clone)]
pub struct Membership {
    member: (ContentKind, Uuid),
    body: Uuid,
    role: Option<MembershipRole>,
    title: Option<String>,
    from: Option<Day>,
    to: Option<Day>,
}

/// That somebody belongs to a body, as what, from when and until when.
#[Object]
impl Membership {
    /// Who belongs to it: an organisation or a practitioner.
    async fn member(&self, context: &Context<'_>) -> Result<Content, ApiError> {
        let (kind, id) = self.member;
        Content::load(&*loaders(context)?, kind, id)
            .await?
            .ok_or_else(|| ApiError::internal(format!("member {id} is missing")))
    }

    /// The body.
    async fn body(&self, context: &Context<'_>) -> Result<Organization, ApiError> {
        match Content::load(&*loaders(context)?, ContentKind::Organization, self.body).await? {
            Some(Content::Organization(body)) => Ok(body),
            _ => Err(ApiError::internal(format!("body {} is missing", self.body))),
        }
    }

    /// What an organisation is there; null of people, who have a `title`.
    async fn role(&self) -> Option<MembershipRole> {
        self.role
    }

    /// What a person is there, in the words of their profile; null of organisations, which have a `role`.
    async fn title(&self) -> Option<&str> {
        self.title.as_deref()
    }

    /// Since when, where it is known.
    async fn from(&self) -> Option<Date> {
        self.from.map(Date)
    }

    /// Until when; null while it lasts or where it is not known.
    async fn to(&self) -> Option<Date> {
        self.to.map(Date)
    }
}

/// A membership with its place in the list.
#[derive(Clone)]
struct Found {
    membership: Membership,
    cursor: Cursor,
}

const PARENT: &str = "parent_id";
const OTHER: &str = "other_id";
const OTHER_KIND: &str = "other_kind";
const PLACE: &str = "place";
const RANK: &str = "rank_in_parent";
const ALL: &str = "memberships";
const RANKED: &str = "ranked";

/// The places of what is of one sort lie together: no document has as many relations.
const SORT: i32 = 1_000_000;

fn column(column: content_relation::Column) -> Expr {
    Expr::col((content_relation::Entity, column))
}

/// The relations of a kind from one of the parents, with the other end, which the caller may see.
fn relations(
    context: &LoadContext,
    kind: RelationKind,
    sort: i32,
    (parent, other): (content_relation::Column, content_relation::Column),
    parents: Vec<Uuid>,
    on: Option<Date>,
) -> SelectStatement {
    let mut select = Query::select();
    select
        .expr_as(column(parent), Alias::new(PARENT))
        .expr_as(column(other), Alias::new(OTHER))
        .expr_as(
            Expr::col((content::Entity, content::Column::Kind)),
            Alias::new(OTHER_KIND),
        )
        .columns([
            (content_relation::Entity, content_relation::Column::Kind),
            (content_relation::Entity, content_relation::Column::Role),
            (content_relation::Entity, content_relation::Column::ValidFrom),
            (content_relation::Entity, content_relation::Column::ValidTo),
            (content_relation::Entity, content_relation::Column::SourceId),
        ])
        .expr_as(
            column(content_relation::Column::Position).add(Expr::Constant((sort * SORT).into())),
            Alias::new(PLACE),
        )
        .from(content_relation::Entity)
        .inner_join(
            content::Entity,
            Expr::col((content::Entity, content::Column::Id)).equals((content_relation::Entity, other)),
        )
        .and_where(column(content_relation::Column::Kind).eq(Expr::Constant(kind.into())))
        .and_where(among(context.app.database.read(), column(parent), parents))
        .and_where(visibility::listed(&context.actor));
    if let Some(day) = on {
        let (from, to) = (content_relation::Column::ValidFrom, content_relation::Column::ValidTo);
        select
            .and_where(column(from).is_null().or(column(from).lte(day.0)))
            .and_where(column(to).is_null().or(column(to).gte(day.0)));
    }
    select
}

/// Every membership of the parents that is wanted.
fn memberships(context: &LoadContext, side: Side, wanted: &Wanted, parents: &[Uuid]) -> SelectStatement {
    let ends = (side.parent(), side.other());
    let roles = wanted.roles.as_deref();
    let mut all = relations(context, RelationKind::Member, 0, ends, parents.to_vec(), wanted.on);
    if let Some(roles) = roles {
        let stated = column(content_relation::Column::Role).is_in(roles.iter().map(|role| role.as_str()));
        // Where nothing is said, it is a plain member.
        let wanted = if roles.contains(&MembershipRole::Member) {
            stated.or(column(content_relation::Column::Role).is_null())
        } else {
            stated
        };
        all.and_where(wanted);
    }
    if roles.is_none_or(|roles| roles.contains(&MembershipRole::Secretariat)) {
        let services = relations(context, RelationKind::Secretariat, 1, ends, parents.to_vec(), wanted.on);
        all.union(UnionType::All, services);
    }
    if side == Side::Composition && roles.is_none() {
        let ends = (content_relation::Column::TargetId, content_relation::Column::SourceId);
        let people = relations(context, RelationKind::Affiliation, 2, ends, parents.to_vec(), wanted.on);
        all.union(UnionType::All, people);
    }
    all
}

fn of(name: &'static str) -> (Alias, Alias) {
    (Alias::new(ALL), Alias::new(name))
}

fn source() -> (Alias, content_relation::Column) {
    (Alias::new(ALL), content_relation::Column::SourceId)
}

fn beyond(side: Side, after: &Cursor) -> Expr {
    let place = match after.key {
        CursorKey::Number(number) => number,
        _ => 0,
    };
    let later_place = Expr::col(of(PLACE)).gt(place);
    let later_source = Expr::col(source()).lt(after.id);
    match side {
        Side::Composition => later_place.or(Expr::col(of(PLACE)).eq(place).and(later_source)),
        Side::Memberships => later_source.or(Expr::col(source()).eq(after.id).and(later_place)),
    }
}

fn page_of(context: &LoadContext, side: Side, wanted: &Wanted, page: &Page, parents: &[Uuid]) -> SelectStatement {
    let mut window = WindowStatement::partition_by(of(PARENT));
    match side {
        Side::Composition => window.order_by(of(PLACE), Order::Asc).order_by(source(), Order::Desc),
        Side::Memberships => window.order_by(source(), Order::Desc).order_by(of(PLACE), Order::Asc),
    };
    let mut ranked = Query::select();
    ranked
        .column((Alias::new(ALL), Asterisk))
        .expr_window_as(Expr::cust("ROW_NUMBER()"), window, Alias::new(RANK))
        .from_subquery(memberships(context, side, wanted, parents), Alias::new(ALL));
    if let Some(after) = &page.after {
        ranked.and_where(beyond(side, after));
    }
    Query::select()
        .column(Asterisk)
        .from_subquery(ranked, Alias::new(RANKED))
        .and_where(Expr::col(Alias::new(RANK)).lte(i64::try_from(page.limit + 1).unwrap_or(i64::MAX)))
        .order_by(Alias::new(PARENT), Order::Asc)
        .order_by(Alias::new(RANK), Order::Asc)
        .take()
}

/// What the lists of several parents have in common.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Shape {
    side: Side,
    wanted: Wanted,
    page: Page,
}

#[derive(Clone, PartialEq, Eq, Hash)]
struct PageOf(Uuid, Shape);

impl BatchKey for PageOf {
    type Value = Arc<Vec<Found>>;

    async fn load(context: &LoadContext, keys: Vec<Self>) -> Result<HashMap<Self, Self::Value>, ApiError> {
        let mut parents_of: HashMap<Shape, Vec<Uuid>> = HashMap::new();
        for PageOf(parent, shape) in keys {
            parents_of.entry(shape).or_default().push(parent);
        }
        let mut found = HashMap::new();
        for (shape, parents) in parents_of {
            let statement = page_of(context, shape.side, &shape.wanted, &shape.page, &parents);
            let mut lists: HashMap<Uuid, Vec<Found>> = HashMap::new();
            for row in context.app.database.read().query_all(&statement).await? {
                let parent = row.try_get("", PARENT)?;
                lists.entry(parent).or_default().push(read(&row, shape.side, parent)?);
            }
            for (parent, list) in lists {
                found.insert(PageOf(parent, shape.clone()), Arc::new(list));
            }
        }
        Ok(found)
    }
}

fn read(row: &QueryResult, side: Side, parent: Uuid) -> Result<Found, ApiError> {
    let kind: RelationKind = row.try_get("", "kind")?;
    let said: Option<String> = row.try_get("", "role")?;
    let (role, title) = match kind {
        RelationKind::Affiliation => (None, said),
        RelationKind::Secretariat => (Some(MembershipRole::Secretariat), None),
        _ => match said {
            Some(said) => (Some(MembershipRole::try_from_value(&said)?), None),
            None => (Some(MembershipRole::Member), None),
        },
    };
    let other = (row.try_get("", OTHER_KIND)?, row.try_get("", OTHER)?);
    let (member, body) = match side {
        Side::Composition => (other, parent),
        Side::Memberships => ((ContentKind::Organization, parent), other.1),
    };
    let place: i32 = row.try_get("", PLACE)?;
    Ok(Found {
        membership: Membership {
            member,
            body,
            role,
            title,
            from: row.try_get("", "valid_from")?,
            to: row.try_get("", "valid_to")?,
        },
        cursor: Cursor {
            order: side.code(),
            key: CursorKey::Number(i64::from(place)),
            id: row.try_get("", "source_id")?,
        },
    })
}

#[derive(Clone, PartialEq, Eq, Hash)]
struct CountOf(Uuid, Side, Wanted);

impl BatchKey for CountOf {
    type Value = i32;

    async fn load(context: &LoadContext, keys: Vec<Self>) -> Result<HashMap<Self, Self::Value>, ApiError> {
        let mut parents_of: HashMap<(Side, Wanted), Vec<Uuid>> = HashMap::new();
        for CountOf(parent, side, wanted) in keys {
            parents_of.entry((side, wanted)).or_default().push(parent);
        }
        let mut found = HashMap::new();
        for ((side, wanted), parents) in parents_of {
            let statement = Query::select()
                .column(of(PARENT))
                .expr_as(Expr::cust("COUNT(*)"), Alias::new("total"))
                .from_subquery(memberships(context, side, &wanted, &parents), Alias::new(ALL))
                .group_by_col(of(PARENT))
                .take();
            for row in context.app.database.read().query_all(&statement).await? {
                let total: i64 = row.try_get("", "total")?;
                let key = CountOf(row.try_get("", PARENT)?, side, wanted.clone());
                found.insert(key, i32::try_from(total).unwrap_or(i32::MAX));
            }
        }
        Ok(found)
    }
}

/// A page of the memberships of an organisation, seen from this side.
///
/// # Errors
/// As [`PageArguments::check`]; where the database is away.
pub async fn connection(
    context: &Context<'_>,
    parent: Uuid,
    side: Side,
    wanted: Wanted,
    arguments: PageArguments,
) -> Result<Connection<Membership>, ApiError> {
    let loaders = loaders(context)?;
    let page = arguments.check(side.code())?;
    let wanted = Wanted {
        roles: wanted.roles.filter(|roles| !roles.is_empty()),
        ..wanted
    };
    let limit = usize::try_from(page.limit).unwrap_or(usize::MAX);
    let later = page.after.is_some();
    let shape = Shape {
        side,
        wanted: wanted.clone(),
        page,
    };
    let found = loaders.load(PageOf(parent, shape)).await?.unwrap_or_default();
    let edges = found
        .iter()
        .take(limit)
        .map(|found| Edge {
            cursor: found.cursor.clone().into(),
            node: found.membership.clone(),
        })
        .collect();
    // Where the first page holds everything there is nothing to count.
    let known = (!later && found.len() <= limit).then_some(found.len());
    let counting = loaders.clone();
    Ok(Connection {
        edges,
        has_next_page: found.len() > limit,
        has_previous_page: later,
        total: Box::new(move || {
            let (counting, key) = (counting.clone(), CountOf(parent, side, wanted.clone()));
            Box::pin(async move {
                match known {
                    Some(known) => Ok(i32::try_from(known).unwrap_or(i32::MAX)),
                    None => Ok(counting.load(key).await?.unwrap_or(0)),
                }
            })
        }),
    })
}
