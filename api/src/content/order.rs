//! The orders of lists of content, and where a page stands in them.

use async_graphql::Enum;
use praxis_entities::content;
use sea_orm::sea_query::{Expr, ExprTrait, Order, SelectStatement, SimpleExpr};

use crate::graphql::connection::{Cursor, CursorKey};

/// The order of a list of content.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Enum)]
pub enum ContentOrder {
    /// The latest published first.
    #[default]
    Newest,
    /// The earliest published first.
    Oldest,
    /// The latest changed first.
    RecentlyUpdated,
    /// By title, regardless of accents and case.
    Title,
}

impl ContentOrder {
    /// Marks the cursors of this order.
    pub fn code(self) -> u8 {
        match self {
            ContentOrder::Newest => 1,
            ContentOrder::Oldest => 2,
            ContentOrder::RecentlyUpdated => 3,
            ContentOrder::Title => 4,
        }
    }

    fn column(self) -> content::Column {
        match self {
            ContentOrder::Newest | ContentOrder::Oldest => content::Column::PublishedAt,
            ContentOrder::RecentlyUpdated => content::Column::UpdatedAt,
            ContentOrder::Title => content::Column::TitleKey,
        }
    }

    fn descending(self) -> bool {
        matches!(self, ContentOrder::Newest | ContentOrder::RecentlyUpdated)
    }

    /// The place of an item.
    pub fn cursor(self, row: &content::Model) -> Cursor {
        let key = match self {
            ContentOrder::Newest | ContentOrder::Oldest => CursorKey::Moment(row.published_at),
            ContentOrder::RecentlyUpdated => CursorKey::Moment(row.updated_at),
            ContentOrder::Title => CursorKey::Text(row.title_key.clone()),
        };
        Cursor {
            order: self.code(),
            key,
            id: row.id,
        }
    }

    /// The condition for what comes after a place, or before it.
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
        let bound = Expr::tuple([key, Expr::val(cursor.id)]);
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
