//! Documents of revisions as they are shown: without references to what the reader may not see. A slug is often a name.

use std::cell::RefCell;
use std::collections::HashSet;

use praxis_entities::content;
use praxis_entities::vocabulary::ContentKind;
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{EntityTrait, Iterable, QueryFilter, QuerySelect};
use serde_json::Value;

use super::ContentInput;
use super::reference::drop_gone;
use crate::content::visibility;
use crate::graphql::errors::ApiError;
use crate::graphql::loader::LoadContext;

/// How many items one statement looks up.
const ITEMS: usize = 500;

/// An item by its kind and slug.
type Item = (ContentKind, String);

/// Takes references to what the reader may not see out of documents: one statement for five hundred items that they refer to.
///
/// # Errors
/// Where the database is away or a document can't be read.
pub async fn without_hidden(context: &LoadContext, documents: Vec<String>) -> Result<Vec<String>, ApiError> {
    let mut parsed = Vec::with_capacity(documents.len());
    let mut named: HashSet<Item> = HashSet::new();
    for document in &documents {
        let mut value: Value = serde_json::from_str(document).map_err(ApiError::internal)?;
        let seen = RefCell::new(&mut named);
        drop_from(&mut value, |kind, slug| {
            seen.borrow_mut().insert((kind, slug.to_owned()));
            false
        });
        parsed.push(value);
    }
    let hidden = hidden(context, named.into_iter().collect()).await?;
    if hidden.is_empty() {
        return Ok(documents);
    }
    documents
        .into_iter()
        .zip(parsed)
        .map(|(document, mut value)| {
            if drop_from(&mut value, |kind, slug| hidden.contains(&(kind, slug.to_owned()))) {
                serde_json::to_string(&value).map_err(ApiError::internal)
            } else {
                Ok(document)
            }
        })
        .collect()
}

/// Takes out what `gone` names, and says whether there was any.
fn drop_from(document: &mut Value, gone: impl Fn(ContentKind, &str) -> bool) -> bool {
    // Of what was erased nothing is left.
    let Some(kind) = ContentKind::iter().find(|kind| document.get(ContentInput::field(*kind)).is_some()) else {
        return false;
    };
    match document
        .get_mut(ContentInput::field(kind))
        .and_then(Value::as_object_mut)
    {
        Some(fields) => drop_gone(kind, fields, gone),
        None => false,
    }
}

async fn hidden(context: &LoadContext, named: Vec<Item>) -> Result<HashSet<Item>, ApiError> {
    let mut found = HashSet::new();
    for chunk in named.chunks(ITEMS) {
        let place = Expr::tuple([
            Expr::col((content::Entity, content::Column::Kind)),
            Expr::col((content::Entity, content::Column::Slug)),
        ]);
        let rows: Vec<Item> = content::Entity::find()
            .select_only()
            .columns([content::Column::Kind, content::Column::Slug])
            .filter(place.in_tuples(chunk.iter().map(|(kind, slug)| (*kind, slug.clone()))))
            .filter(visibility::addressable(&context.actor).not())
            .into_tuple()
            .all(context.app.database.read())
            .await?;
        found.extend(rows);
    }
    Ok(found)
}
