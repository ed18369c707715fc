//! A submission becomes published content: the one way, whoever decides.

use chrono::{DateTime, Utc};
use praxis_entities::submission;
use sea_orm::ActiveValue::Set;
use uuid::Uuid;

use super::store::{self, Act};
use crate::curation::consent;
use crate::curation::error::CurationError;
use crate::curation::prepare::Prepared;
use crate::curation::publish::{Provenance, Publication, Publisher};
use crate::identity::Actor;

/// Where a revision that comes from a submission says that it comes from.
const SOURCE: &str = "submission";

/// Who publishes a submission with this note, and when.
pub(super) fn provenance(actor: &Actor, note: Option<String>, at: DateTime<Utc>) -> Provenance {
    Provenance {
        actor: actor.clone(),
        source: SOURCE.to_owned(),
        note,
        at,
    }
}

/// Publishes what a submission proposes: submission, content, revision, audit entries and event in one transaction.
///
/// # Errors
/// `WRONG_STATE`, `CONFLICT`; where the database is away.
pub(super) async fn publish(
    mut publisher: Publisher,
    before: &submission::Model,
    prepared: Prepared,
    act: Act,
    changes: submission::ActiveModel,
) -> Result<submission::Model, CurationError> {
    let Provenance { actor, at, .. } = publisher.provenance().clone();
    let status = store::step(before, act.action)?;
    let content = before.target_id.unwrap_or_else(Uuid::now_v7);
    let slug = prepared.slug().to_owned();
    publisher.publish(vec![Publication { id: content, prepared }]).await?;
    let changes = submission::ActiveModel {
        status: Set(status),
        target_id: Set(Some(content)),
        slug: Set(slug),
        claimed_by_id: Set(None),
        claimed_until: Set(None),
        ..changes
    };
    let saved = store::update(publisher.transaction(), before, changes, at).await?;
    consent::hand_over(publisher.transaction(), before.id, content).await?;
    store::record(publisher.transaction(), &actor, act, at).await?;
    publisher.finish().await?;
    Ok(saved)
}
