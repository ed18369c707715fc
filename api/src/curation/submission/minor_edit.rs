//! Minor edits of trusted members: published at once, and looked at afterwards by somebody else.

use chrono::{DateTime, Utc};
use praxis_entities::vocabulary::{ContentStatus, SubmissionStatus};
use praxis_entities::{content, revision, submission};
use sea_orm::{ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect};
use uuid::Uuid;

use super::minor::is_minor;
use super::state::Action;
use super::store::{self, Act};
use super::{decide, publication};
use crate::app::App;
use crate::content::document::ContentInput;
use crate::content::document::problem::ProblemCode;
use crate::curation::departure::wholly_by;
use crate::curation::error::CurationError;
use crate::curation::prepare::{Prepared, prepare};
use crate::curation::publish::{Publication, Publisher};
use crate::curation::references::StoredReferences;
use crate::curation::standing::current;
use crate::curation::words::{required, words};
use crate::files::access::FileScope;
use crate::graphql::errors::ApiError;
use crate::identity::permissions::Permission;
use crate::identity::{Actor, truncate};

/// Whether a change that its author hands in, and in which the safeguarding checks found nothing, may be published at once.
/// It is checked against the current revision already.
///
/// It may where its author is trusted, all revisions of the item came from them, the change is minor, and nobody has it in
/// hand: it was never handed in before, no earlier minor edit of the item awaits review, and the current revision is none
/// that took one back. Small steps so never add up to more than one that nobody has looked at.
///
/// # Errors
/// Where the database is away.
pub(super) async fn may_publish(
    connection: &impl ConnectionTrait,
    actor: &Actor,
    submission: &submission::Model,
    prepared: &Prepared,
) -> Result<bool, CurationError> {
    let (Some(account), Some(target), Some(base)) = (actor.account(), submission.target_id, submission.base_revision)
    else {
        return Ok(false);
    };
    if !actor.may(Permission::PublishMinorEdits) || submission.submitted_at.is_some() {
        return Ok(false);
    }
    let Some(before) = revision::Entity::find_by_id((target, base)).one(connection).await? else {
        return Ok(false);
    };
    if !is_minor(&before.document, prepared.canonical()) {
        return Ok(false);
    }
    let own = content::Entity::find_by_id(target)
        .filter(wholly_by(account))
        .one(connection)
        .await?;
    if own.is_none() {
        return Ok(false);
    }
    let in_hand: Option<Uuid> = submission::Entity::find()
        .select_only()
        .column(submission::Column::Id)
        .filter(submission::Column::TargetId.eq(target))
        .filter(
            Condition::any()
                .add(submission::Column::AwaitsReview.eq(true))
                .add(submission::Column::TakenBackIn.eq(base)),
        )
        .into_tuple()
        .one(connection)
        .await?;
    Ok(in_hand.is_none())
}

/// Settles a minor edit that was published at once: accepts it, or takes it back by going back to the revision before, as a
/// new revision. Never by its author.
///
/// # Errors
/// `OWN_SUBMISSION`, `WRONG_STATE` where nothing awaits review or the content is not published; `REQUIRED` where it is taken
/// back without a reason, `CONFLICT` where the content has changed since; what has become wrong with the earlier document.
pub async fn review(
    app: &App,
    actor: &Actor,
    id: Uuid,
    accepted: bool,
    reason: Option<String>,
    at: DateTime<Utc>,
) -> Result<submission::Model, CurationError> {
    actor.require(Permission::Moderate)?;
    let at = truncate(at);
    let reason = match accepted {
        true => words(reason, "reason")?,
        false => Some(required(reason, "reason", "Say why: the author will read it.")?),
    };
    let transaction = app.database.begin().await?;
    let before = decide::others(&transaction, actor, id).await?;
    let (true, SubmissionStatus::Published) = (before.awaits_review, before.status) else {
        return Err(CurationError::problem(
            ProblemCode::WrongState,
            "submission",
            "This is no minor edit that awaits review, or somebody has reviewed it already.",
        ));
    };
    let changes = submission::ActiveModel {
        awaits_review: Set(false),
        ..Default::default()
    };
    if accepted {
        let saved = store::update(&transaction, &before, changes, at).await?;
        let act = Act {
            reason,
            ..Act::new(id, Action::AcceptMinorEdit)
        };
        store::record(&transaction, actor, act, at).await?;
        transaction.commit().await?;
        return Ok(saved);
    }
    let (content, base) = still_current(&transaction, &before).await?;
    let note = Some(format!("Goes back to revision {base}."));
    let mut publisher = Publisher::within(transaction, publication::provenance(actor, note, at));
    let prepared = earlier(app, publisher.transaction(), &content, base, at).await?;
    publisher
        .publish(vec![Publication {
            id: content.id,
            prepared,
        }])
        .await?;
    let changes = submission::ActiveModel {
        taken_back_in: Set(Some(content.revision + 1)),
        ..changes
    };
    let saved = store::update(publisher.transaction(), &before, changes, at).await?;
    let act = Act {
        reason,
        ..Act::new(id, Action::TakeBackMinorEdit)
    };
    store::record(publisher.transaction(), actor, act, at).await?;
    publisher.finish().await?;
    Ok(saved)
}

/// The content that an edit changed, where nothing has changed it since, and the revision before.
async fn still_current(
    transaction: &sea_orm::DatabaseTransaction,
    edit: &submission::Model,
) -> Result<(content::Model, i32), CurationError> {
    let (Some(target), Some(base)) = (edit.target_id, edit.base_revision) else {
        return Err(CurationError::problem(
            ProblemCode::WrongState,
            "submission",
            "This changed no earlier revision.",
        ));
    };
    let content = current(transaction, edit.kind, target).await?;
    if content.status != ContentStatus::Published {
        return Err(CurationError::problem(
            ProblemCode::WrongState,
            "submission",
            "The content is not published any more, so it can't go back to an earlier revision; restore it first, or \
             accept the edit.",
        ));
    }
    if content.revision != base + 1 {
        return Err(CurationError::problem(
            ProblemCode::Conflict,
            "submission",
            format!(
                "The edit made revision {}, but the content is at revision {} now. Look at what it says now; mend it by a \
                 change of your own where it must be, and then accept the edit.",
                base + 1,
                content.revision
            ),
        ));
    }
    Ok((content, base))
}

/// An earlier document of the content, ready to be published anew.
async fn earlier(
    app: &App,
    connection: &impl ConnectionTrait,
    content: &content::Model,
    number: i32,
    at: DateTime<Utc>,
) -> Result<Prepared, CurationError> {
    let stored = revision::Entity::find_by_id((content.id, number))
        .one(connection)
        .await?
        .map(|revision| revision.document)
        .unwrap_or_default();
    let input: ContentInput = serde_json::from_str(&stored).map_err(ApiError::internal)?;
    let scope = FileScope {
        target: Some(content.id),
        ..FileScope::default()
    };
    let references = StoredReferences::of(connection, &input, scope).await?;
    prepare(&content.slug, input, &references, &app.vocabulary, at.date_naive()).map_err(CurationError::Problems)
}
