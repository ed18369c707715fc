//! Who may use a file in a document, and who may read its bytes.

use std::collections::HashMap;

use praxis_entities::{content, content_file, file_upload, stored_file, submission, submission_file};
use sea_orm::sea_query::{Expr, ExprTrait, Query, SelectStatement};
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use super::is_sha256;
use crate::content::visibility;
use crate::curation::submission::store;
use crate::identity::Actor;
use crate::identity::permissions::Permission;

/// On whose behalf a document names files. Knowing the SHA-256 of a file must not be enough to get hold of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FileScope {
    /// Whose uploads may be used.
    pub account: Option<Uuid>,
    /// The submission whose files may be used again.
    pub submission: Option<Uuid>,
    /// The content whose files, those of earlier revisions too, may be used again.
    pub target: Option<Uuid>,
}

/// The keys of those of these files that may be used, by their SHA-256: what was uploaded, is used already in the same
/// place, or is public.
///
/// # Errors
/// Where the database is away.
pub async fn usable(
    connection: &impl ConnectionTrait,
    sha256: &[&str],
    scope: FileScope,
) -> Result<HashMap<String, Uuid>, DbErr> {
    let sha256: Vec<&str> = sha256.iter().copied().filter(|text| is_sha256(text)).collect();
    if sha256.is_empty() {
        return Ok(HashMap::new());
    }
    let mut any = Condition::any().add(own_key().in_subquery(public(&Actor::Anonymous)));
    if let Some(account) = scope.account {
        any = any.add(own_key().in_subquery(uploaded(account)));
    }
    if let Some(submission) = scope.submission {
        let used = Query::select()
            .column(submission_file::Column::FileId)
            .from(submission_file::Entity)
            .and_where(Expr::col(submission_file::Column::SubmissionId).eq(submission))
            .take();
        any = any.add(own_key().in_subquery(used));
    }
    if let Some(target) = scope.target {
        let used = Query::select()
            .column(content_file::Column::FileId)
            .from(content_file::Entity)
            .and_where(Expr::col(content_file::Column::ContentId).eq(target))
            .take();
        any = any.add(own_key().in_subquery(used));
    }
    let rows: Vec<(String, Uuid)> = stored_file::Entity::find()
        .select_only()
        .columns([stored_file::Column::Sha256, stored_file::Column::Id])
        .filter(stored_file::Column::Sha256.is_in(sha256))
        .filter(any)
        .into_tuple()
        .all(connection)
        .await?;
    Ok(rows.into_iter().collect())
}

/// A file that may be read, with the name under which it is to be saved where there is one.
pub struct Readable {
    /// The file.
    pub file: stored_file::Model,
    /// The name that the content which shows it gives it.
    pub name: Option<String>,
}

/// The file with this key, if the actor may read its bytes: everybody where published content shows it, its uploader always,
/// and people who moderate where hidden content or a submission that was handed in has it.
///
/// # Errors
/// Where the database is away.
pub async fn readable(connection: &impl ConnectionTrait, actor: &Actor, id: Uuid) -> Result<Option<Readable>, DbErr> {
    let found = stored_file::Entity::find_by_id(id)
        .filter(readable_by(actor))
        .one(connection)
        .await?;
    let Some(file) = found else { return Ok(None) };
    let name = content_file::Entity::find()
        .select_only()
        .column(content_file::Column::Name)
        .filter(content_file::Column::FileId.eq(id))
        .filter(content_file::Column::Position.is_not_null())
        .filter(
            Expr::col(content_file::Column::ContentId).in_subquery(
                Query::select()
                    .column(content::Column::Id)
                    .from(content::Entity)
                    .cond_where(visibility::listed(actor))
                    .take(),
            ),
        )
        .order_by_asc(content_file::Column::ContentId)
        .into_tuple()
        .one(connection)
        .await?;
    Ok(Some(Readable { file, name }))
}

/// Whether the actor may read the bytes of a stored file.
pub fn readable_by(actor: &Actor) -> Condition {
    let mut any = Condition::any().add(own_key().in_subquery(public(actor)));
    if let Some(account) = actor.own(Permission::Contribute) {
        any = any.add(own_key().in_subquery(uploaded(account)));
    }
    if actor.own(Permission::Moderate).is_some() {
        any = any
            .add(own_key().in_subquery(handed_in(actor)))
            .add(own_key().in_subquery(in_content(visibility::addressable(actor))));
    }
    any
}

/// The files that published content shows, with their SHA-256, in its order.
///
/// # Errors
/// Where the database is away.
pub async fn published(connection: &impl ConnectionTrait) -> Result<Vec<(Uuid, String)>, DbErr> {
    stored_file::Entity::find()
        .select_only()
        .columns([stored_file::Column::Id, stored_file::Column::Sha256])
        .filter(own_key().in_subquery(public(&Actor::Anonymous)))
        .order_by_asc(stored_file::Column::Sha256)
        .into_tuple()
        .all(connection)
        .await
}

fn own_key() -> Expr {
    Expr::col((stored_file::Entity, stored_file::Column::Id))
}

/// The files that published content shows.
fn public(actor: &Actor) -> SelectStatement {
    in_content(Condition::all().add(visibility::listed(actor)))
}

/// The files that the current revision of such content has.
fn in_content(which: Condition) -> SelectStatement {
    Query::select()
        .column((content_file::Entity, content_file::Column::FileId))
        .from(content_file::Entity)
        .inner_join(
            content::Entity,
            Expr::col((content::Entity, content::Column::Id))
                .equals((content_file::Entity, content_file::Column::ContentId)),
        )
        .and_where(Expr::col((content_file::Entity, content_file::Column::Position)).is_not_null())
        .cond_where(which)
        .take()
}

fn uploaded(account: Uuid) -> SelectStatement {
    Query::select()
        .column(file_upload::Column::FileId)
        .from(file_upload::Entity)
        .and_where(Expr::col(file_upload::Column::AccountId).eq(account))
        .take()
}

/// The files of submissions that somebody who moderates may see.
fn handed_in(actor: &Actor) -> SelectStatement {
    Query::select()
        .column((submission_file::Entity, submission_file::Column::FileId))
        .from(submission_file::Entity)
        .inner_join(
            submission::Entity,
            Expr::col((submission::Entity, submission::Column::Id))
                .equals((submission_file::Entity, submission_file::Column::SubmissionId)),
        )
        .cond_where(store::moderated(actor))
        .take()
}
