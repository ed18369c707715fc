//! A moderator's decision on whether a recommendation is about children, in place of the rule's.
//!
//! It is part of the document. So it makes a revision with an audit entry and an event, imports of the same recommendation
//! keep it, exports carry it, and all that counts recommendations about children follows it.

use chrono::{DateTime, Utc};
use praxis_entities::revision;
use praxis_entities::vocabulary::{ContentKind, ContentStatus};
use sea_orm::EntityTrait;
use uuid::Uuid;

use super::error::CurationError;
use super::prepare::prepare;
use super::publish::{Provenance, Publication, Publisher};
use super::references::StoredReferences;
use super::standing::curated;
use super::words::public;
use crate::accountability::recommendation::document::ChildFocusInput;
use crate::app::App;
use crate::content::document::ContentInput;
use crate::content::document::problem::ProblemCode;
use crate::files::access::FileScope;
use crate::graphql::errors::ApiError;
use crate::identity::permissions::Permission;
use crate::identity::{Actor, truncate};

/// Where the reason stands in the document.
const PATH: &str = "childFocus.reason";

/// Decides that a published recommendation is about children, or is not; `None` leaves it to the rule again.
///
/// # Errors
/// `REQUIRED` without a reason, `OPEN_FINDINGS` where the reason may show who a child is, `NO_CHANGE`, `NOT_FOUND`,
/// `WRONG_STATE`; where the actor may not; what has become wrong with the document since it was published.
pub async fn decide(
    app: &App,
    actor: &Actor,
    id: Uuid,
    child_focused: Option<bool>,
    reason: String,
    at: DateTime<Utc>,
) -> Result<(), CurationError> {
    actor.require(Permission::DecideOnContent)?;
    let at = truncate(at);
    let reason = public(Some(reason), "reason", "Say why, for everybody to read.")?;
    let mut publisher = Publisher::begin(
        &app.database,
        Provenance {
            actor: actor.clone(),
            source: "api".to_owned(),
            note: Some(reason.clone()),
            at,
        },
    )
    .await?;
    let before = curated(publisher.transaction(), actor, ContentKind::Recommendation, id)
        .await
        .map_err(|error| error.at("id", "recommendation"))?;
    if before.status != ContentStatus::Published {
        return Err(CurationError::problem(
            ProblemCode::WrongState,
            "recommendation",
            "The recommendation is not published any more, so nothing can be decided about it.",
        ));
    }
    let stored = revision::Entity::find_by_id((id, before.revision))
        .one(publisher.transaction())
        .await?
        .map(|revision| revision.document)
        .unwrap_or_default();
    let mut input: ContentInput = serde_json::from_str(&stored).map_err(ApiError::internal)?;
    if let ContentInput::Recommendation(document) = &mut input {
        document.child_focus = child_focused.map(|child_focused| ChildFocusInput { child_focused, reason });
    }
    let references = StoredReferences::of(publisher.transaction(), &input, FileScope::default()).await?;
    let prepared = prepare(&before.slug, input, &references, &app.vocabulary, at.date_naive())
        .map_err(|problems| CurationError::Problems(problems).at(PATH, "reason"))?;
    if prepared.canonical() == stored {
        return Err(CurationError::problem(
            ProblemCode::NoChange,
            "childFocused",
            "This is decided already, with the same reason.",
        ));
    }
    publisher.publish(vec![Publication { id, prepared }]).await?;
    publisher.finish().await?;
    Ok(())
}
