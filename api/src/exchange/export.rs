//! Export: the published documents of the database as a bundle.

use std::collections::HashSet;
use std::io::{self, Write};
use std::path::Path;

use praxis_entities::vocabulary::{ContentKind, ContentStatus};
use praxis_entities::{citation, content, revision};
use sea_orm::sea_query::{Expr, ExprTrait, Query};
use sea_orm::{
    ColumnTrait, Condition, DatabaseTransaction, DbErr, EntityTrait, Iterable, QueryFilter, QueryOrder, QuerySelect,
};
use serde_json::Value;
use serde_json::value::RawValue;

use super::bundle::StoredItem;
use crate::accountability::register;
use crate::content::document::ContentInput;
use crate::content::document::reference::drop_gone;
use crate::curation::erase::unpublished;
use crate::database::Database;
use crate::files::access::published;
use crate::files::folder::Folder;

/// How many items are read at a time.
const PAGE: u64 = 500;

/// What can go wrong with an export.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The database is away.
    #[error("the database could not be read: {0}")]
    Database(#[from] DbErr),
    /// The output can't be written.
    #[error("the output could not be written: {0}")]
    Output(#[from] io::Error),
    /// A stored document is damaged.
    #[error("the stored document of `{slug}` is damaged: {error}")]
    Document {
        /// The item.
        slug: String,
        /// Why.
        error: serde_json::Error,
    },
}

/// What is left of a document without its references to what is not published.
enum Kept {
    Unchanged,
    Changed(String),
    /// Evidence without a source is no evidence.
    Nothing,
}

/// Takes the references out of a document that lead to what the API would not show.
fn without(
    kind: ContentKind,
    document: &str,
    gone: &HashSet<(ContentKind, String)>,
) -> Result<Kept, serde_json::Error> {
    let mut value: Value = serde_json::from_str(document)?;
    let Some(inner) = value.get_mut(ContentInput::field(kind)).and_then(Value::as_object_mut) else {
        return Ok(Kept::Unchanged);
    };
    let dropped = drop_gone(kind, inner, |target, slug| gone.contains(&(target, slug.to_owned())));
    if !dropped {
        return Ok(Kept::Unchanged);
    }
    if kind == ContentKind::Evidence && !inner.contains_key("citations") {
        return Ok(Kept::Nothing);
    }
    serde_json::to_string(&value).map(Kept::Changed)
}

/// A page of the published items of a kind after this slug, with their documents, ordered by slug.
async fn page(
    snapshot: &DatabaseTransaction,
    kind: ContentKind,
    after: &str,
    condition: Condition,
) -> Result<Vec<(String, String)>, DbErr> {
    content::Entity::find()
        .select_only()
        .column(content::Column::Slug)
        .column(revision::Column::Document)
        .join(sea_orm::JoinType::InnerJoin, content::current_revision())
        .filter(
            Condition::all()
                .add(content::Column::Kind.eq(kind))
                .add(content::Column::Status.eq(ContentStatus::Published))
                .add(Expr::col((content::Entity, content::Column::Slug)).gt(after))
                .add(condition),
        )
        .order_by_asc(content::Column::Slug)
        .limit(PAGE)
        .into_tuple()
        .all(snapshot)
        .await
}

/// The evidence none of whose sources is published. It is left out, so nothing may refer to it either.
async fn without_source(
    snapshot: &DatabaseTransaction,
    gone: &HashSet<(ContentKind, String)>,
) -> Result<Vec<String>, ExportError> {
    let mut found = Vec::new();
    if !gone.iter().any(|(kind, _)| *kind == ContentKind::Resource) {
        return Ok(found);
    }
    let unpublished = Query::select()
        .column(content::Column::Id)
        .from(content::Entity)
        .and_where(Expr::col(content::Column::Kind).eq(ContentKind::Resource))
        .and_where(Expr::col(content::Column::Status).ne(ContentStatus::Published))
        .take();
    let citing = Query::select()
        .column(citation::Column::ContentId)
        .from(citation::Entity)
        .and_where(Expr::col(citation::Column::ResourceId).in_subquery(unpublished))
        .take();
    let cites = Condition::all().add(Expr::col((content::Entity, content::Column::Id)).in_subquery(citing));
    let mut after = String::new();
    loop {
        let rows = page(snapshot, ContentKind::Evidence, &after, cites.clone()).await?;
        let Some((last, _)) = rows.last() else { break };
        after.clone_from(last);
        for (slug, document) in rows {
            match without(ContentKind::Evidence, &document, gone) {
                Ok(Kept::Nothing) => found.push(slug),
                Ok(Kept::Unchanged | Kept::Changed(_)) => {}
                Err(error) => return Err(ExportError::Document { slug, error }),
            }
        }
    }
    Ok(found)
}

/// Writes every published item of these kinds (all where there are none), ordered by kind and slug, and says how many.
/// Memory does not grow with the collection. All is of one moment: nothing that is written meanwhile is in it.
///
/// # Errors
/// Where the database is away or the output can't be written.
pub async fn export(
    database: &Database,
    kinds: &[ContentKind],
    output: &mut (dyn Write + Send),
) -> Result<u64, ExportError> {
    let snapshot = database.snapshot().await?;
    let mut gone: HashSet<(ContentKind, String)> = unpublished(&snapshot).await?.into_iter().collect();
    let bare = without_source(&snapshot, &gone).await?;
    gone.extend(bare.into_iter().map(|slug| (ContentKind::Evidence, slug)));
    let mut written = 0;
    let mut write = |line: String| -> Result<(), ExportError> {
        output.write_all(line.as_bytes())?;
        output.write_all(b"\n")?;
        written += 1;
        Ok(())
    };
    // What recommendations and asks refer to goes before them.
    if kinds.is_empty() || kinds.contains(&ContentKind::Recommendation) {
        register::export(&snapshot)
            .await?
            .into_iter()
            .try_for_each(&mut write)?;
        register::facts::export(&snapshot, &mut write).await?;
    }
    for kind in ContentKind::iter().filter(|kind| kinds.is_empty() || kinds.contains(kind)) {
        let mut after = String::new();
        loop {
            let rows = page(&snapshot, kind, &after, Condition::all()).await?;
            let Some((last, _)) = rows.last() else { break };
            after.clone_from(last);
            for (slug, mut document) in rows {
                if !gone.is_empty() {
                    let error = |error| ExportError::Document {
                        slug: slug.clone(),
                        error,
                    };
                    match without(kind, &document, &gone).map_err(error)? {
                        Kept::Unchanged => {}
                        Kept::Changed(changed) => document = changed,
                        Kept::Nothing => {
                            tracing::warn!(slug, "left out of the export: none of its sources is published");
                            continue;
                        }
                    }
                }
                let damaged = |error| ExportError::Document {
                    slug: slug.clone(),
                    error,
                };
                let raw = RawValue::from_string(document).map_err(damaged)?;
                let item = StoredItem {
                    slug: &slug,
                    content: &raw,
                };
                write(serde_json::to_string(&item).map_err(damaged)?)?;
            }
        }
    }
    output.flush()?;
    Ok(written)
}

/// Copies the files of published resources into a folder, each under its SHA-256, and says how many. Those that are there
/// already are left.
///
/// # Errors
/// Where the database is away, or a file can't be read or written.
pub async fn export_files(database: &Database, folder: &Folder, target: &Path) -> Result<u64, ExportError> {
    std::fs::create_dir_all(target)?;
    let mut copied = 0;
    for (id, sha256) in published(database.read()).await? {
        let path = target.join(&sha256);
        if !path.exists() {
            // Complete when it appears.
            let unfinished = target.join(format!("{sha256}.partial"));
            std::fs::copy(folder.path(id), &unfinished)?;
            std::fs::rename(&unfinished, &path)?;
        }
        copied += 1;
    }
    Ok(copied)
}
