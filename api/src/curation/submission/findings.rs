//! What the safeguarding checks found in a submission, as it is written down for moderators to settle.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use praxis_entities::vocabulary::SubmissionStatus;
use praxis_entities::{content, safeguarding_finding, stored_file, submission, submission_file};
use sea_orm::sea_query::{Expr, ExprTrait, Query};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DatabaseTransaction, DbErr, EntityTrait, QueryFilter, QueryOrder,
    QuerySelect,
};
use uuid::Uuid;

use super::store;
use crate::content::document::ContentInput;
use crate::curation::consent;
use crate::curation::error::CurationError;
use crate::curation::safeguarding::{self, Finding};
use crate::files::examine::FileFinding;

/// How many findings are written with one statement.
const MOST_AT_ONCE: usize = 500;

/// A place in a text as it is stored.
fn stored(place: usize) -> i32 {
    i32::try_from(place).unwrap_or(i32::MAX)
}

/// Writes down what was found, to be settled.
///
/// # Errors
/// Where the database refuses.
pub(super) async fn write(
    connection: &impl ConnectionTrait,
    submission: Uuid,
    findings: &[Finding],
) -> Result<(), DbErr> {
    for chunk in findings.chunks(MOST_AT_ONCE) {
        safeguarding_finding::Entity::insert_many(chunk.iter().map(|finding| safeguarding_finding::ActiveModel {
            id: Set(Uuid::now_v7()),
            submission_id: Set(submission),
            rule: Set(finding.rule.as_str().to_owned()),
            path: Set(finding.path.clone()),
            file_id: Set(finding.file),
            start_at: Set(stored(finding.start)),
            end_at: Set(stored(finding.end)),
            resolved_by_id: Set(None),
            resolved_at: Set(None),
            reason: Set(None),
        }))
        .exec_without_returning(connection)
        .await?;
    }
    Ok(())
}

/// Writes down those of these findings in files of a submission that nobody has seen: neither was one of them written down
/// before, nor does a consent cover it. Gives how many there are.
///
/// # Errors
/// `CONFLICT` where somebody changes the submission at the same time; where the database refuses.
pub(super) async fn add(
    connection: &impl ConnectionTrait,
    before: &submission::Model,
    mut found: Vec<Finding>,
    at: DateTime<Utc>,
) -> Result<usize, CurationError> {
    if found.is_empty() {
        return Ok(0);
    }
    let known: HashSet<(String, Option<Uuid>, i32, i32)> = safeguarding_finding::Entity::find()
        .filter(safeguarding_finding::Column::SubmissionId.eq(before.id))
        .all(connection)
        .await?
        .into_iter()
        .map(|row| (row.rule, row.file_id, row.start_at, row.end_at))
        .collect();
    found.retain(|finding| {
        let key = (
            finding.rule.as_str().to_owned(),
            finding.file,
            stored(finding.start),
            stored(finding.end),
        );
        !known.contains(&key)
    });
    let unseen = consent::not_covered(connection, before, found).await?;
    if unseen.is_empty() {
        return Ok(0);
    }
    write(connection, before.id, &unseen).await?;
    let changes = submission::ActiveModel {
        open_findings: Set(before.open_findings.saturating_add(stored(unseen.len()))),
        ..Default::default()
    };
    store::update(connection, before, changes, at).await?;
    Ok(unseen.len())
}

/// Adds what was found in a file that was read only now to the submissions under review that name it. A decision that is being
/// made on what they were before then fails.
///
/// # Errors
/// Where the database refuses.
pub async fn add_of_file(
    transaction: &DatabaseTransaction,
    file: &stored_file::Model,
    found: &[FileFinding],
    at: DateTime<Utc>,
) -> Result<(), CurationError> {
    let naming = || {
        Query::select()
            .column(submission_file::Column::SubmissionId)
            .from(submission_file::Entity)
            .and_where(Expr::col(submission_file::Column::FileId).eq(file.id))
            .take()
    };
    let targets = Query::select()
        .column(submission::Column::TargetId)
        .from(submission::Entity)
        .and_where(Expr::col(submission::Column::Id).in_subquery(naming()))
        .and_where(Expr::col(submission::Column::TargetId).is_not_null())
        .take();
    // Content is locked before what was proposed for it, as where a submission is published.
    let _locked: Vec<Uuid> = content::Entity::find()
        .select_only()
        .column(content::Column::Id)
        .filter(content::Column::Id.in_subquery(targets))
        .order_by_asc(content::Column::Id)
        .lock_exclusive()
        .into_tuple()
        .all(transaction)
        .await?;
    let open = submission::Entity::find()
        .filter(submission::Column::Id.in_subquery(naming()))
        .filter(submission::Column::Status.is_in([SubmissionStatus::Submitted, SubmissionStatus::InReview]))
        .order_by_asc(submission::Column::Id)
        .lock_exclusive()
        .all(transaction)
        .await?;
    for before in open {
        // One that is damaged is never published, and must not keep the file from being read.
        let Ok(input) = serde_json::from_str::<ContentInput>(&before.document) else {
            continue;
        };
        let place = input
            .document()
            .files()
            .iter()
            .position(|one| one.sha256 == file.sha256);
        if let Some(place) = place {
            let found = safeguarding::of_file(place, file.id, found.to_vec()).collect();
            add(transaction, &before, found, at).await?;
        }
    }
    Ok(())
}
