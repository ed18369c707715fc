//! Relay connections with keyset paging, written once for every list.

use std::borrow::Cow;

use async_graphql::{Object, OutputType, SimpleObject, TypeName};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use futures::future::BoxFuture;
use uuid::Uuid;

use crate::content::order::ContentOrder;
use crate::graphql::errors::{ApiError, Code};

/// How many items a page has where the caller does not say.
pub const DEFAULT_PAGE_SIZE: u64 = 20;
/// The largest page.
pub const MAXIMUM_PAGE_SIZE: u64 = 100;

/// The place of an item in an order: the value that it is ordered by, and its key.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Cursor {
    /// The order that the place belongs to.
    pub order: u8,
    /// The value that the item is ordered by.
    pub key: CursorKey,
    /// The item's key, which makes the place unique.
    pub id: Uuid,
}

/// The value that an item is ordered by.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum CursorKey {
    /// A moment.
    Moment(DateTime<Utc>),
    /// A folded text.
    Text(String),
    /// A number: a position, a sequence number.
    Number(i64),
}

impl Cursor {
    /// A place in a list that is ordered by number alone.
    pub fn number(order: u8, number: i64) -> Self {
        Self {
            order,
            key: CursorKey::Number(number),
            id: Uuid::nil(),
        }
    }

    /// Writes the cursor as the opaque text that callers hand back.
    pub fn encode(&self) -> String {
        let mut bytes = Vec::with_capacity(26);
        bytes.push(self.order);
        match &self.key {
            CursorKey::Moment(moment) => {
                bytes.push(0);
                bytes.extend(moment.timestamp_micros().to_be_bytes());
            }
            CursorKey::Number(number) => {
                bytes.push(1);
                bytes.extend(number.to_be_bytes());
            }
            CursorKey::Text(_) => bytes.push(2),
        }
        bytes.extend(self.id.as_bytes());
        if let CursorKey::Text(text) = &self.key {
            bytes.extend(text.as_bytes());
        }
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// Reads a cursor of this order.
    ///
    /// # Errors
    /// `INVALID_CURSOR` where the text is no cursor, or one of another list or order.
    pub fn decode(text: &str, order: u8) -> Result<Self, ApiError> {
        let invalid = foreign_cursor;
        if text.len() > 2000 {
            return Err(invalid());
        }
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| invalid())?;
        let (&found, rest) = bytes.split_first().ok_or_else(invalid)?;
        let (&tag, rest) = rest.split_first().ok_or_else(invalid)?;
        if found != order {
            return Err(invalid());
        }
        let number = |bytes: &[u8]| -> Option<i64> { Some(i64::from_be_bytes(bytes.get(..8)?.try_into().ok()?)) };
        let (key, rest) = match tag {
            0 => {
                let moment = number(rest)
                    .and_then(DateTime::from_timestamp_micros)
                    .ok_or_else(invalid)?;
                (CursorKey::Moment(moment), rest.get(8..).ok_or_else(invalid)?)
            }
            1 => (
                CursorKey::Number(number(rest).ok_or_else(invalid)?),
                rest.get(8..).ok_or_else(invalid)?,
            ),
            2 => {
                let text = rest.get(16..).ok_or_else(invalid)?;
                let text = String::from_utf8(text.to_vec()).map_err(|_| invalid())?;
                (CursorKey::Text(text), rest.get(..16).ok_or_else(invalid)?)
            }
            _ => return Err(invalid()),
        };
        let id = Uuid::from_slice(rest).map_err(|_| invalid())?;
        if !fits(order, &key) {
            return Err(invalid());
        }
        Ok(Self { order, key, id })
    }
}

/// The error of what is no cursor, or one of another list, order or search.
pub fn foreign_cursor() -> ApiError {
    ApiError::new(
        Code::InvalidCursor,
        "That cursor does not belong to this list in this order. Use an `endCursor`, `startCursor` or edge `cursor` of the \
         same field with the same arguments, unchanged.",
    )
}

/// Whether the places of an order hold this sort of value. Nobody but a forger writes another.
fn fits(order: u8, key: &CursorKey) -> bool {
    match ContentOrder::of_code(order) {
        Some(ContentOrder::Title) => matches!(key, CursorKey::Text(text) if !text.contains('\0')),
        Some(_) => matches!(key, CursorKey::Moment(_)),
        None => matches!(key, CursorKey::Number(_)),
    }
}

/// A number of things to give, within bounds.
///
/// # Errors
/// `INVALID_PAGE_SIZE`.
pub fn bounded(name: &str, value: Option<i32>, default: usize, most: usize) -> Result<usize, ApiError> {
    match value.map(usize::try_from) {
        None => Ok(default),
        Some(Ok(value)) if (1..=most).contains(&value) => Ok(value),
        Some(_) => Err(ApiError::new(
            Code::InvalidPageSize,
            format!(
                "`{name}` is {}; give a number from 1 to {most}.",
                value.unwrap_or_default()
            ),
        )),
    }
}

/// The paging arguments as the caller gave them.
#[derive(Clone, Debug, Default)]
pub struct PageArguments {
    /// How many items from the start.
    pub first: Option<i32>,
    /// Start after this cursor.
    pub after: Option<String>,
    /// How many items from the end.
    pub last: Option<i32>,
    /// End before this cursor.
    pub before: Option<String>,
}

impl PageArguments {
    /// The arguments of a list that is only paged forward.
    pub fn forward(first: Option<i32>, after: Option<String>) -> Self {
        Self {
            first,
            after,
            ..Self::default()
        }
    }

    /// Checks the arguments.
    ///
    /// # Errors
    /// `INVALID_PAGE_SIZE`, `CONFLICTING_PAGE_ARGUMENTS` or `INVALID_CURSOR`.
    pub fn check(self, order: u8) -> Result<Page, ApiError> {
        let size = |name: &str, value: i32| match u64::try_from(value) {
            Ok(value) if (1..=MAXIMUM_PAGE_SIZE).contains(&value) => Ok(value),
            _ => Err(ApiError::new(
                Code::InvalidPageSize,
                format!("`{name}` is {value}; give a number from 1 to {MAXIMUM_PAGE_SIZE}."),
            )),
        };
        let (limit, backward) = match (self.first, self.last) {
            (Some(_), Some(_)) => {
                return Err(ApiError::new(
                    Code::ConflictingPageArguments,
                    "`first` and `last` can't be combined: give `first` to page forward or `last` to page backward.",
                ));
            }
            (first, None) => (
                first.map_or(Ok(DEFAULT_PAGE_SIZE), |value| size("first", value))?,
                self.before.is_some() && first.is_none() && self.after.is_none(),
            ),
            (None, Some(last)) => (size("last", last)?, true),
        };
        let decode = |text: Option<String>| text.map(|text| Cursor::decode(&text, order)).transpose();
        Ok(Page {
            limit,
            backward,
            after: decode(self.after)?,
            before: decode(self.before)?,
        })
    }
}

/// A checked page of a list.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Page {
    /// How many items at most.
    pub limit: u64,
    /// Whether the page is counted from the end.
    pub backward: bool,
    /// Only items after this place.
    pub after: Option<Cursor>,
    /// Only items before this place.
    pub before: Option<Cursor>,
}

impl Page {
    /// Takes the page out of a list that is wholly in memory and ordered by position.
    pub fn slice<T: Clone>(&self, order: u8, items: &[T]) -> Connection<T> {
        let place = |cursor: &Option<Cursor>| match cursor {
            Some(Cursor {
                key: CursorKey::Number(number),
                ..
            }) => Some(usize::try_from(*number).unwrap_or(usize::MAX)),
            _ => None,
        };
        let start = place(&self.after).map_or(0, |at| at.saturating_add(1)).min(items.len());
        let end = place(&self.before).unwrap_or(items.len()).clamp(start, items.len());
        let limit = usize::try_from(self.limit).unwrap_or(usize::MAX);
        let (from, to) = if self.backward {
            (end.saturating_sub(limit).max(start), end)
        } else {
            (start, start.saturating_add(limit).min(end))
        };
        let edges = items
            .iter()
            .enumerate()
            .take(to)
            .skip(from)
            .map(|(position, item)| Edge {
                cursor: Cursor::number(order, i64::try_from(position).unwrap_or(i64::MAX)).into(),
                node: item.clone(),
            })
            .collect();
        let total = i32::try_from(items.len()).unwrap_or(i32::MAX);
        Connection {
            edges,
            has_next_page: to < items.len(),
            has_previous_page: from > 0,
            total: Box::new(move || Box::pin(async move { Ok(total) })),
        }
    }
}

/// Where a page stands in its list.
#[derive(SimpleObject)]
pub struct PageInfo {
    /// Whether there is more after this page.
    pub has_next_page: bool,
    /// Whether there is more before this page.
    pub has_previous_page: bool,
    /// The cursor of the first item; null on an empty page.
    pub start_cursor: Option<String>,
    /// The cursor of the last item; null on an empty page. Give it as `after` for the next page.
    pub end_cursor: Option<String>,
}

/// Counts a list when the count is asked for.
pub type Total = Box<dyn Fn() -> BoxFuture<'static, Result<i32, ApiError>> + Send + Sync>;

/// A page of a list.
pub struct Connection<T> {
    /// The items with their cursors.
    pub edges: Vec<Edge<T>>,
    /// Whether there is more after this page.
    pub has_next_page: bool,
    /// Whether there is more before this page.
    pub has_previous_page: bool,
    /// Counts the whole list.
    pub total: Total,
}

/// The place of an item, written when it is selected.
#[derive(Clone)]
pub enum EdgeCursor<T> {
    /// As it is known.
    Known(Cursor),
    /// Derived from the item and the order of the list.
    Derived(ContentOrder, fn(ContentOrder, &T) -> Result<Cursor, ApiError>),
}

impl<T> From<Cursor> for EdgeCursor<T> {
    fn from(cursor: Cursor) -> Self {
        Self::Known(cursor)
    }
}

/// An item of a list with its cursor.
#[derive(Clone)]
pub struct Edge<T> {
    /// The item's place in the list.
    pub cursor: EdgeCursor<T>,
    /// The item.
    pub node: T,
}

impl<T> Edge<T> {
    /// The cursor as callers get it.
    ///
    /// # Errors
    /// Where it can't be derived from the item.
    pub fn encode_cursor(&self) -> Result<String, ApiError> {
        match &self.cursor {
            EdgeCursor::Known(cursor) => Ok(cursor.encode()),
            EdgeCursor::Derived(order, derive) => Ok(derive(*order, &self.node)?.encode()),
        }
    }
}

impl<T: OutputType> TypeName for Connection<T> {
    fn type_name() -> Cow<'static, str> {
        Cow::Owned(format!("{}Connection", T::type_name()))
    }
}

impl<T: OutputType> TypeName for Edge<T> {
    fn type_name() -> Cow<'static, str> {
        Cow::Owned(format!("{}Edge", T::type_name()))
    }
}

/// A page of a list. Page on with `after: pageInfo.endCursor`; a page far into the list costs what the first one costs.
#[Object(name_type)]
impl<T: OutputType> Connection<T> {
    /// The items with their cursors.
    async fn edges(&self) -> &[Edge<T>] {
        &self.edges
    }

    /// The items alone, for callers who only need `pageInfo` to page on.
    async fn nodes(&self) -> Vec<&T> {
        self.edges.iter().map(|edge| &edge.node).collect()
    }

    /// Where this page stands in the list.
    async fn page_info(&self) -> Result<PageInfo, ApiError> {
        Ok(PageInfo {
            has_next_page: self.has_next_page,
            has_previous_page: self.has_previous_page,
            start_cursor: self.edges.first().map(Edge::encode_cursor).transpose()?,
            end_cursor: self.edges.last().map(Edge::encode_cursor).transpose()?,
        })
    }

    /// How many items the whole list has. Counted only when it is selected.
    async fn total_count(&self) -> Result<i32, ApiError> {
        (self.total)().await
    }
}

/// An item of a list with its cursor.
#[Object(name_type)]
impl<T: OutputType> Edge<T> {
    /// The item's place in this list, to page on from.
    async fn cursor(&self) -> Result<String, ApiError> {
        self.encode_cursor()
    }

    /// The item.
    async fn node(&self) -> &T {
        &self.node
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn place() -> impl Strategy<Value = (u8, CursorKey)> {
        prop_oneof![
            (0i64..4_000_000_000_000_000)
                .prop_map(|micros| (101, CursorKey::Moment(DateTime::from_timestamp_micros(micros).unwrap()))),
            "\\PC{0,60}".prop_map(|text| (104, CursorKey::Text(text))),
            (any::<i64>(), 20u8..30).prop_map(|(number, order)| (order, CursorKey::Number(number))),
        ]
    }

    proptest! {
        #[test]
        fn every_cursor_reads_back_as_itself((order, key) in place(), bytes in any::<[u8; 16]>()) {
            let cursor = Cursor { order, key, id: Uuid::from_bytes(bytes) };
            prop_assert_eq!(Cursor::decode(&cursor.encode(), order).unwrap(), cursor);
        }

        #[test]
        fn no_text_makes_reading_a_cursor_panic(text in ".{0,100}", order in any::<u8>()) {
            let _ = Cursor::decode(&text, order);
        }

        #[test]
        fn pages_of_a_list_in_memory_join_up_to_the_list(length in 0usize..60, size in 1i32..20) {
            let items: Vec<usize> = (0..length).collect();
            let mut seen = Vec::new();
            let mut after = None;
            loop {
                let page = PageArguments::forward(Some(size), after.clone()).check(9).unwrap();
                let connection = page.slice(9, &items);
                seen.extend(connection.edges.iter().map(|edge| edge.node));
                after = connection.edges.last().map(|edge| edge.encode_cursor().unwrap());
                if !connection.has_next_page {
                    break;
                }
            }
            prop_assert_eq!(seen, items);
        }
    }

    #[test]
    fn a_page_size_of_zero_below_zero_or_over_the_limit_is_refused() {
        for size in [0, -1, 101, i32::MIN] {
            let error = PageArguments::forward(Some(size), None).check(0).unwrap_err();
            assert_eq!(error.code(), Code::InvalidPageSize);
        }
    }
}
