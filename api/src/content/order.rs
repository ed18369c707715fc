//! The orders of lists of content, and where a page stands in them.

use async_graphql::Enum;
use praxis_entities::content;
use praxis_entities::vocabulary::ContentKind;
use sea_orm::sea_query::{Expr, ExprTrait, Order, Query, SelectStatement, SimpleExpr};
use uuid::Uuid;

use super::row::ContentRow;
use crate::graphql::connection::{Cursor, CursorKey};
use crate::graphql::errors::ApiError;

/// Above the marks of all other lists.
const FIRST_CODE: u8 = 100;

/// The order of a list of content.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Enum)]
pub enum ContentOrder {
    /// The latest published first.
    #[default]
    Newest = 1,
    /// The earliest published first.
    Oldest,
    /// The latest changed first.
    RecentlyUpdated,
    /// By title, regardless of accents and case.
    Title,
}

impl ContentOrder {
    /// Marks the cursors of a list of this kind in this order; `None` for a list of all kinds.
    pub fn code(self, kind: Option<ContentKind>) -> u8 {
        let list = kind.map_or(0, |kind| kind as u8 + 1);
        FIRST_CODE + 8 * list + self as u8
    }

    /// The order that marks cursors so; `None` where it is another sort of list.
    pub fn of_code(code: u8) -> Option<Self> {
        let code = code.checked_sub(FIRST_CODE)?;
        Self::ALL.into_iter().find(|order| *order as u8 == code % 8)
    }

    /// Every order.
    pub const ALL: [ContentOrder; 4] = [
        ContentOrder::Newest,
        ContentOrder::Oldest,
        ContentOrder::RecentlyUpdated,
        ContentOrder::Title,
    ];

    /// The column that it is by.
    pub fn column(self) -> content::Column {
        match self {
            ContentOrder::Newest | ContentOrder::Oldest => content::Column::PublishedAt,
            ContentOrder::RecentlyUpdated => content::Column::UpdatedAt,
            ContentOrder::Title => content::Column::TitleKey,
        }
    }

    fn descending(self) -> bool {
        matches!(self, ContentOrder::Newest | ContentOrder::RecentlyUpdated)
    }

    /// The place of an item in a list of this kind; `None` for a list of all kinds.
    ///
    /// # Errors
    /// Where the column of this order was not read.
    pub fn cursor(self, kind: Option<ContentKind>, row: &ContentRow) -> Result<Cursor, ApiError> {
        let key = match self {
            ContentOrder::Title => CursorKey::Text(row.get(self.column())?),
            _ => CursorKey::Moment(row.get(self.column())?),
        };
        Ok(self.place(kind, key, row.id))
    }

    /// The place of an item with this key.
    pub fn place(self, kind: Option<ContentKind>, key: CursorKey, id: Uuid) -> Cursor {
        Cursor {
            order: self.code(kind),
            key,
            id,
        }
    }

    /// The condition for what comes after a place, or before it.
    ///
    /// The place stands in selects of its own, which no planner looks into. PostgreSQL would otherwise plan a page anew
    /// each time, for the few rows that it expects beyond its place.
    pub fn beyond(self, cursor: &Cursor, before: bool) -> SimpleExpr {
        let place = Expr::tuple([
            Expr::col((content::Entity, self.column())),
            Expr::col((content::Entity, content::Column::Id)),
        ]);
        let key = match &cursor.key {
            CursorKey::Moment(moment) => Expr::val(*moment),
            CursorKey::Text(text) => Expr::val(text.as_str()),
            CursorKey::Number(number) => Expr::val(*number),
        };
        let bound = Expr::tuple([key, Expr::val(cursor.id)].map(selected));
        if self.descending() == before {
            place.gt(bound)
        } else {
            place.lt(bound)
        }
    }

    /// Orders a statement, or the other way round.
    pub fn apply(self, select: &mut SelectStatement, backward: bool) {
        let order = if self.descending() == backward {
            Order::Asc
        } else {
            Order::Desc
        };
        select
            .order_by((content::Entity, self.column()), order.clone())
            .order_by((content::Entity, content::Column::Id), order);
    }
}

/// A value as a select of nothing else.
fn selected(value: Expr) -> Expr {
    Expr::SubQuery(None, Box::new(Query::select().expr(value).take().into()))
}
