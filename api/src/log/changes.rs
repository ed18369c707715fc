//! The `changes` query: the event log for partners who keep a copy in step.

use std::sync::Arc;

use async_graphql::{Context, ID, Object, SimpleObject};
use praxis_entities::event;
use praxis_entities::vocabulary::{ChangeType, ContentKind};

use crate::content::interface::Content;
use crate::graphql::connection::{Cursor, CursorKey, PageArguments, PageInfo};
use crate::graphql::errors::{ApiError, Code};
use crate::graphql::loaders;
use crate::graphql::scalars::Moment;
use crate::identifier::NodeId;

/// Marks the cursors of the log.
const CHANGES: u8 = 22;

/// One change to content.
pub struct Change(pub Arc<event::Model>);

/// One change to content.
#[Object]
impl Change {
    /// The change's place in the log: ask `changes(after:)` with it for everything that came later.
    async fn cursor(&self) -> String {
        cursor(&self.0)
    }

    /// What happened.
    #[graphql(name = "type")]
    async fn change(&self) -> ChangeType {
        self.0.change
    }

    /// The id of the item.
    async fn id(&self) -> ID {
        NodeId::content(self.0.kind, self.0.content_id).into()
    }

    /// The item's kind.
    async fn kind(&self) -> ContentKind {
        self.0.kind
    }

    /// The item's revision after the change.
    async fn revision(&self) -> i32 {
        self.0.revision
    }

    /// When it happened.
    async fn occurred_at(&self) -> Moment {
        self.0.occurred_at.into()
    }

    /// The item as it is now, which may be later than this change. Null once hidden or erased.
    async fn content(&self, context: &Context<'_>) -> Result<Option<Content>, ApiError> {
        Content::load(&*loaders(context)?, self.0.kind, self.0.content_id).await
    }
}

fn cursor(event: &event::Model) -> String {
    Cursor::number(CHANGES, event.sequence).encode()
}

/// The sequence number that a cursor of the log stands for.
///
/// # Errors
/// `INVALID_CURSOR`.
pub fn place(cursor: &str) -> Result<i64, ApiError> {
    match Cursor::decode(cursor, CHANGES)?.key {
        CursorKey::Number(number) => Ok(number),
        _ => Ok(0),
    }
}

/// A change with its cursor.
#[derive(SimpleObject)]
pub struct ChangeEdge {
    /// The change's place in the log.
    pub cursor: String,
    /// The change.
    pub node: Change,
}

/// A page of the log, oldest first. Keep `pageInfo.endCursor` and ask again with it as `after`, at once while
/// `hasNextPage` is true and later when it is not: the log has one total order, and nothing is ever inserted before a
/// place that you have read.
pub struct ChangeConnection {
    edges: Vec<ChangeEdge>,
    has_next_page: bool,
    after: Option<String>,
}

/// A page of the log, oldest first. Keep `pageInfo.endCursor` and ask again with it as `after`, at once while
/// `hasNextPage` is true and later when it is not: the log has one total order, and nothing is ever inserted before a
/// place that you have read.
#[Object]
impl ChangeConnection {
    /// The changes with their cursors.
    async fn edges(&self) -> &[ChangeEdge] {
        &self.edges
    }

    /// The changes alone.
    async fn nodes(&self) -> Vec<&Change> {
        self.edges.iter().map(|edge| &edge.node).collect()
    }

    /// Where this page stands. On an empty page `endCursor` is the `after` that was asked with, so that it can always be
    /// kept for the next time.
    async fn page_info(&self) -> PageInfo {
        PageInfo {
            has_next_page: self.has_next_page,
            has_previous_page: self.after.is_some(),
            start_cursor: self.edges.first().map(|edge| edge.cursor.clone()),
            end_cursor: self
                .edges
                .last()
                .map(|edge| edge.cursor.clone())
                .or_else(|| self.after.clone()),
        }
    }
}

/// Reads a page of the log: one statement, and one for each kind of content on the page.
///
/// # Errors
/// As [`PageArguments::check`]; where the database is away.
pub async fn changes(
    context: &Context<'_>,
    after: Option<String>,
    first: Option<i32>,
    kinds: Option<Vec<ContentKind>>,
) -> Result<ChangeConnection, ApiError> {
    let loaders = loaders(context)?;
    let page = PageArguments::forward(first, after.clone()).check(CHANGES)?;
    let start = match page.after {
        Some(Cursor {
            key: CursorKey::Number(number),
            ..
        }) => number,
        _ => 0,
    };
    let kinds = kinds.filter(|kinds| !kinds.is_empty());
    let mut events = super::read_after(loaders.app().database.read(), start, kinds.as_deref(), page.limit + 1).await?;
    if events.is_empty() && start > super::last_sequence(loaders.app().database.read()).await? {
        return Err(ApiError::new(
            Code::InvalidCursor,
            "This place lies behind the end of the log: the database is an older copy of the one that you have read. Make your own \
             copy anew, and start without a cursor.",
        ));
    }
    let limit = usize::try_from(page.limit).unwrap_or(usize::MAX);
    let has_next_page = events.len() > limit;
    events.truncate(limit);
    let edges = events
        .into_iter()
        .map(|event| ChangeEdge {
            cursor: cursor(&event),
            node: Change(Arc::new(event)),
        })
        .collect();
    Ok(ChangeConnection {
        edges,
        has_next_page,
        after,
    })
}
