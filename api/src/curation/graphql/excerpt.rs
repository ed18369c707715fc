//! The passage that a finding is in, for people who review.
//!
//! It is cut out when it is asked for and kept nowhere else, so that erasing a text erases it.

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::SimpleObject;
use praxis_entities::{file_text, safeguarding_finding, stored_file};
use sea_orm::ConnectionTrait;
use sea_orm::sea_query::{Alias, CaseStatement, Expr, ExprTrait, Func, Query};
use serde_json::Value;
use uuid::Uuid;

use crate::database::among;
use crate::files::access::readable_by;
use crate::graphql::errors::ApiError;
use crate::graphql::loader::{BatchKey, LoadContext};

/// How many characters of the text are shown on either side.
const AROUND: usize = 80;
/// Most characters of what was found that are shown.
const MOST_FOUND: usize = 400;

/// The passage that a finding is in.
#[derive(Clone, Debug, PartialEq, Eq, SimpleObject)]
pub struct FindingExcerpt {
    /// The text before it, at most 80 characters.
    pub before: String,
    /// What was found, at most 400 characters.
    pub found: String,
    /// The text after it, at most 80 characters.
    pub after: String,
}

impl FindingExcerpt {
    /// Cuts the passage out of a piece of a text that begins at a character of it; nothing where the text has become shorter.
    fn cut(piece: &str, begins: usize, start: usize, end: usize) -> Option<Self> {
        let before = start.checked_sub(begins)?;
        let length = end.saturating_sub(start).min(MOST_FOUND);
        let part = |from: usize, length: usize| -> String { piece.chars().skip(from).take(length).collect() };
        let found = part(before, length);
        (!found.is_empty()).then(|| Self {
            before: part(before.saturating_sub(AROUND), before.min(AROUND)),
            found,
            after: part(before + length, if length == MOST_FOUND { 0 } else { AROUND }),
        })
    }

    /// The passage of a field of a document; nothing where the field is not there any more.
    pub fn of_field(document: &Value, path: &str, start: i32, end: i32) -> Option<Self> {
        Self::of_text(field(document, path)?, start, end)
    }

    /// The passage of a text; nothing where it has become shorter.
    pub fn of_text(text: &str, start: i32, end: i32) -> Option<Self> {
        Self::cut(text, 0, usize::try_from(start).ok()?, usize::try_from(end).ok()?)
    }
}

/// The text at a path such as `translations[0].summary`.
fn field<'a>(document: &'a Value, path: &str) -> Option<&'a str> {
    let mut value = document.as_object()?.values().next()?;
    for step in path.split('.') {
        let mut parts = step.split(['[', ']']).filter(|part| !part.is_empty());
        value = value.get(parts.next()?)?;
        for index in parts {
            value = value.get(index.parse::<usize>().ok()?)?;
        }
    }
    value.as_str()
}

/// The passage of a file that a finding is in, if whoever asks may read the file.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct ExcerptOfFile(pub Uuid);

impl BatchKey for ExcerptOfFile {
    type Value = Arc<FindingExcerpt>;

    async fn load(context: &LoadContext, keys: Vec<Self>) -> Result<HashMap<Self, Self::Value>, ApiError> {
        let database = context.app.database.read();
        let ids = keys.into_iter().map(|key| key.0).collect();
        let finding = |column| Expr::col((safeguarding_finding::Entity, column));
        let start = || finding(safeguarding_finding::Column::StartAt);
        let around = i32::try_from(AROUND).unwrap_or(i32::MAX);
        let shown = i32::try_from(AROUND * 2 + MOST_FOUND).unwrap_or(i32::MAX);
        // The first character of the piece, counted from 1.
        let first = CaseStatement::new()
            .case(start().gt(around), start().sub(around - 1))
            .finally(1);
        let piece = Func::cust(Alias::new("SUBSTR")).args([
            Expr::col((file_text::Entity, file_text::Column::Text)),
            Expr::Case(Box::new(first)),
            Expr::val(shown),
        ]);
        let statement = Query::select()
            .column((safeguarding_finding::Entity, safeguarding_finding::Column::Id))
            .column((safeguarding_finding::Entity, safeguarding_finding::Column::StartAt))
            .column((safeguarding_finding::Entity, safeguarding_finding::Column::EndAt))
            .expr_as(piece, Alias::new("piece"))
            .from(safeguarding_finding::Entity)
            .inner_join(
                stored_file::Entity,
                Expr::col((stored_file::Entity, stored_file::Column::Id))
                    .equals((safeguarding_finding::Entity, safeguarding_finding::Column::FileId)),
            )
            .inner_join(
                file_text::Entity,
                Expr::col((file_text::Entity, file_text::Column::FileId))
                    .equals((stored_file::Entity, stored_file::Column::Id)),
            )
            .and_where(among(database, finding(safeguarding_finding::Column::Id), ids))
            .and_where(finding(safeguarding_finding::Column::EndAt).gt(0))
            .cond_where(readable_by(&context.actor))
            .take();
        let mut found = HashMap::new();
        for row in database.query_all(&statement).await? {
            let id: Uuid = row.try_get("", "id")?;
            let start = usize::try_from(row.try_get::<i32>("", "start_at")?).unwrap_or_default();
            let end = usize::try_from(row.try_get::<i32>("", "end_at")?).unwrap_or_default();
            let piece: String = row.try_get("", "piece")?;
            if let Some(excerpt) = FindingExcerpt::cut(&piece, start.saturating_sub(AROUND), start, end) {
                found.insert(Self(id), Arc::new(excerpt));
            }
        }
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_passage_is_cut_by_characters_and_never_beyond_the_text() {
        let text = "é".repeat(100) + "zora@example.org" + &"à".repeat(100);
        let document = json!({ "lesson": { "title": "T", "translations": [{ "summary": text }] } });
        let path = "translations[0].summary";
        let excerpt = FindingExcerpt::of_field(&document, path, 100, 116).unwrap();
        assert_eq!(excerpt.before, "é".repeat(AROUND));
        assert_eq!(excerpt.found, "zora@example.org");
        assert_eq!(excerpt.after, "à".repeat(AROUND));
        let excerpt = FindingExcerpt::of_field(&document, "title", 0, 1).unwrap();
        assert_eq!((excerpt.before.as_str(), excerpt.found.as_str()), ("", "T"));
        assert_eq!(FindingExcerpt::of_field(&document, "title", 5, 9), None);
        for path in [
            "summary",
            "translations[1].summary",
            "translations[x]",
            "translations",
            "",
            "[[",
            "files[0]",
        ] {
            assert_eq!(FindingExcerpt::of_field(&document, path, 0, 1), None, "{path}");
        }
    }
}
