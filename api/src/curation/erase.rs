//! Erasure: personal data goes from rows, revisions, the index and every export. What remains is that there was
//! something, its key and kind, and when.
//!
//! The slug may hold a name, and other documents refer by slug. So the slug is replaced by a neutral one everywhere: in
//! the item's row, in every revision of every document that refers to it, and in every submission.

use chrono::{DateTime, Utc};
use praxis_entities::vocabulary::{ContentKind, SubmissionStatus};
use praxis_entities::{
    appeal, ask, citation, commitment, content, content_concept, content_event, content_relation, content_translation,
    decision, evidence, flag, indicator_target, initiative, lesson, organization, organization_mechanism, practitioner,
    recommendation, recommendation_link, recommending_country, reported_figure, resource, revision,
    safeguarding_finding, submission,
};
use sea_orm::sea_query::{Expr, ExprTrait, Query, SelectStatement};
use sea_orm::{ActiveValue::Set, ColumnTrait, DatabaseTransaction, DbErr, EntityTrait, QueryFilter, QuerySelect};
use uuid::Uuid;

use super::submission::{countries, store};
use super::{appeals, consent, flags};
use crate::content::document::ContentInput;
use crate::files::uses;
use crate::identity::audit;
use crate::log::submissions as log;

/// What stands in place of a title that is gone.
pub const TITLE: &str = "Erased";

/// Erases an item within the transaction that also writes the audit entry and the event, and gives the items that referred
/// to it: their documents have changed too.
///
/// # Errors
/// Where the database refuses, or a stored document is damaged.
pub async fn erase(
    transaction: &DatabaseTransaction,
    item: &content::Model,
    at: DateTime<Utc>,
) -> Result<Vec<content::Model>, DbErr> {
    let referring = referring(transaction, item.id).await?;
    let neutral = format!("erased-{}", item.id.simple());
    rename_references(transaction, item, &neutral).await?;
    content::Entity::update_many()
        .set(content::ActiveModel {
            slug: Set(neutral),
            title: Set(TITLE.to_owned()),
            title_key: Set(String::new()),
            summary: Set(None),
            status_reason: Set(None),
            ..Default::default()
        })
        .filter(content::Column::Id.eq(item.id))
        .exec(transaction)
        .await?;
    content_translation::Entity::delete_many()
        .filter(content_translation::Column::ContentId.eq(item.id))
        .exec(transaction)
        .await?;
    content_concept::Entity::delete_many()
        .filter(content_concept::Column::ContentId.eq(item.id))
        .exec(transaction)
        .await?;
    content_relation::Entity::delete_many()
        .filter(
            content_relation::Column::SourceId
                .eq(item.id)
                .or(content_relation::Column::TargetId.eq(item.id)),
        )
        .exec(transaction)
        .await?;
    citation::Entity::delete_many()
        .filter(citation::Column::ContentId.eq(item.id))
        .exec(transaction)
        .await?;
    revision::Entity::update_many()
        .set(revision::ActiveModel {
            document: Set("{}".to_owned()),
            note: Set(None),
            ..Default::default()
        })
        .filter(revision::Column::ContentId.eq(item.id))
        .exec(transaction)
        .await?;
    audit::erase_reasons_of_content(transaction, item.id).await?;
    erase_submissions(transaction, item.id, at).await?;
    delete_detail(transaction, item.kind, item.id).await?;
    Ok(referring)
}

/// Takes the words out of everything that was proposed, decided and flagged about the item. What is still open is
/// withdrawn: there is nothing left to decide on.
async fn erase_submissions(transaction: &DatabaseTransaction, content: Uuid, at: DateTime<Utc>) -> Result<(), DbErr> {
    decision::Entity::update_many()
        .col_expr(decision::Column::Reason, Expr::value(None::<String>))
        .col_expr(decision::Column::Comments, Expr::value(None::<serde_json::Value>))
        .filter(Expr::col(decision::Column::SubmissionId).in_subquery(proposed_for(content)))
        .exec(transaction)
        .await?;
    safeguarding_finding::Entity::delete_many()
        .filter(Expr::col(safeguarding_finding::Column::SubmissionId).in_subquery(proposed_for(content)))
        .exec(transaction)
        .await?;
    let proposed: Vec<Uuid> = submission::Entity::find()
        .select_only()
        .column(submission::Column::Id)
        .filter(submission::Column::TargetId.eq(content))
        .into_tuple()
        .all(transaction)
        .await?;
    uses::erase(transaction, content, &proposed).await?;
    countries::erase(transaction, &proposed).await?;
    consent::erase(transaction, content, &proposed).await?;
    audit::erase_reasons(transaction, subjects(transaction, content, &proposed).await?).await?;
    submission::Entity::update_many()
        .set(submission::ActiveModel {
            title: Set(TITLE.to_owned()),
            slug: Set(format!("erased-{}", content.simple())),
            document: Set("{}".to_owned()),
            note: Set(None),
            open_findings: Set(0),
            awaits_review: Set(false),
            ..Default::default()
        })
        .col_expr(
            submission::Column::Version,
            Expr::col(submission::Column::Version).add(1),
        )
        .filter(submission::Column::TargetId.eq(content))
        .exec(transaction)
        .await?;
    submission::Entity::update_many()
        .set(submission::ActiveModel {
            status: Set(SubmissionStatus::Withdrawn),
            claimed_by_id: Set(None),
            claimed_until: Set(None),
            ..Default::default()
        })
        .filter(submission::Column::TargetId.eq(content))
        .filter(submission::Column::Status.is_not_in([SubmissionStatus::Published, SubmissionStatus::Rejected]))
        .exec(transaction)
        .await?;
    appeal::Entity::delete_many()
        .filter(
            appeal::Column::ContentId
                .eq(content)
                .or(Expr::col(appeal::Column::SubmissionId).in_subquery(proposed_for(content))),
        )
        .exec(transaction)
        .await?;
    flag::Entity::update_many()
        .col_expr(flag::Column::Note, Expr::value(None::<String>))
        .col_expr(flag::Column::Resolution, Expr::value(None::<String>))
        .filter(flag::Column::ContentId.eq(content))
        .exec(transaction)
        .await?;
    log::append(transaction, &proposed, at).await
}

/// The submissions that propose something for content.
fn proposed_for(content: Uuid) -> SelectStatement {
    Query::select()
        .column(submission::Column::Id)
        .from(submission::Entity)
        .and_where(Expr::col(submission::Column::TargetId).eq(content))
        .take()
}

/// How the audit log names what was proposed for content, what it was flagged for and what was appealed against.
async fn subjects(transaction: &DatabaseTransaction, content: Uuid, proposed: &[Uuid]) -> Result<Vec<String>, DbErr> {
    let mut subjects: Vec<String> = proposed.iter().copied().map(store::subject).collect();
    let flagged: Vec<Uuid> = flag::Entity::find()
        .select_only()
        .column(flag::Column::Id)
        .filter(flag::Column::ContentId.eq(content))
        .into_tuple()
        .all(transaction)
        .await?;
    subjects.extend(flagged.into_iter().map(flags::subject));
    let appealed: Vec<Uuid> = appeal::Entity::find()
        .select_only()
        .column(appeal::Column::Id)
        .filter(
            appeal::Column::ContentId
                .eq(content)
                .or(Expr::col(appeal::Column::SubmissionId).in_subquery(proposed_for(content))),
        )
        .into_tuple()
        .all(transaction)
        .await?;
    subjects.extend(appealed.into_iter().map(appeals::subject));
    Ok(subjects)
}

/// The items that stand in a relation to this one, or cite it.
async fn referring(transaction: &DatabaseTransaction, id: Uuid) -> Result<Vec<content::Model>, DbErr> {
    let sources = Query::select()
        .column(content_relation::Column::SourceId)
        .from(content_relation::Entity)
        .and_where(Expr::col(content_relation::Column::TargetId).eq(id))
        .take();
    let citing = Query::select()
        .column(citation::Column::ContentId)
        .from(citation::Entity)
        .and_where(Expr::col(citation::Column::ResourceId).eq(id))
        .take();
    let key = || Expr::col((content::Entity, content::Column::Id));
    content::Entity::find()
        .filter(key().in_subquery(sources).or(key().in_subquery(citing)))
        .all(transaction)
        .await
}

async fn delete_targets(transaction: &DatabaseTransaction, id: Uuid) -> Result<(), DbErr> {
    indicator_target::Entity::delete_many()
        .filter(indicator_target::Column::ContentId.eq(id))
        .exec(transaction)
        .await?;
    Ok(())
}

async fn delete_detail(transaction: &DatabaseTransaction, kind: ContentKind, id: Uuid) -> Result<(), DbErr> {
    match kind {
        ContentKind::Practitioner => practitioner::Entity::delete_by_id(id).exec(transaction).await?,
        ContentKind::Organization => {
            organization_mechanism::Entity::delete_many()
                .filter(organization_mechanism::Column::ContentId.eq(id))
                .exec(transaction)
                .await?;
            organization::Entity::delete_by_id(id).exec(transaction).await?
        }
        ContentKind::Initiative => {
            ask::Entity::delete_many()
                .filter(ask::Column::InitiativeId.eq(id))
                .exec(transaction)
                .await?;
            delete_targets(transaction, id).await?;
            initiative::Entity::delete_by_id(id).exec(transaction).await?
        }
        ContentKind::Evidence => {
            reported_figure::Entity::delete_many()
                .filter(reported_figure::Column::ContentId.eq(id))
                .exec(transaction)
                .await?;
            evidence::Entity::delete_by_id(id).exec(transaction).await?
        }
        ContentKind::Lesson => lesson::Entity::delete_by_id(id).exec(transaction).await?,
        ContentKind::Resource => resource::Entity::delete_by_id(id).exec(transaction).await?,
        ContentKind::Recommendation => {
            recommending_country::Entity::delete_many()
                .filter(recommending_country::Column::ContentId.eq(id))
                .exec(transaction)
                .await?;
            recommendation_link::Entity::delete_many()
                .filter(
                    recommendation_link::Column::SourceId
                        .eq(id)
                        .or(recommendation_link::Column::TargetId.eq(id)),
                )
                .exec(transaction)
                .await?;
            recommendation::Entity::delete_by_id(id).exec(transaction).await?
        }
        ContentKind::Commitment => {
            delete_targets(transaction, id).await?;
            commitment::Entity::delete_by_id(id).exec(transaction).await?
        }
        ContentKind::Event => content_event::Entity::delete_by_id(id).exec(transaction).await?,
    };
    Ok(())
}

/// Puts the neutral slug in the place of the old one in every document that refers to the item.
async fn rename_references(
    transaction: &DatabaseTransaction,
    item: &content::Model,
    neutral: &str,
) -> Result<(), DbErr> {
    // A slug stands in a document as a JSON string of its own; those few that only look alike are left as they are.
    let quoted = format!("%\"{}\"%", item.slug);
    let revisions: Vec<(Uuid, i32, String)> = revision::Entity::find()
        .select_only()
        .columns([
            revision::Column::ContentId,
            revision::Column::Number,
            revision::Column::Document,
        ])
        .filter(revision::Column::Document.like(&quoted))
        .into_tuple()
        .all(transaction)
        .await?;
    for (id, number, document) in revisions {
        if let Some(renamed) = renamed(&document, item, neutral)? {
            revision::Entity::update_many()
                .col_expr(revision::Column::Document, Expr::value(renamed))
                .filter(revision::Column::ContentId.eq(id))
                .filter(revision::Column::Number.eq(number))
                .exec(transaction)
                .await?;
        }
    }
    let proposals: Vec<(Uuid, String)> = submission::Entity::find()
        .select_only()
        .columns([submission::Column::Id, submission::Column::Document])
        .filter(submission::Column::Document.like(&quoted))
        .into_tuple()
        .all(transaction)
        .await?;
    for (id, document) in proposals {
        if let Some(renamed) = renamed(&document, item, neutral)? {
            submission::Entity::update_many()
                .col_expr(submission::Column::Document, Expr::value(renamed))
                .filter(submission::Column::Id.eq(id))
                .exec(transaction)
                .await?;
        }
    }
    Ok(())
}

fn renamed(document: &str, item: &content::Model, neutral: &str) -> Result<Option<String>, DbErr> {
    if document == "{}" {
        return Ok(None);
    }
    let mut input: ContentInput = serde_json::from_str(document).map_err(|error| damaged(&error))?;
    let mut changed = false;
    input.document_mut().references(&mut |slot| {
        if slot.target == item.kind && *slot.value == item.slug {
            neutral.clone_into(slot.value);
            changed = true;
        }
    });
    if !changed {
        return Ok(None);
    }
    super::prepare::canonical(&input).map(Some).map_err(DbErr::Type)
}

/// Says where a stored document is damaged without its words, which go to the log.
fn damaged(error: &serde_json::Error) -> DbErr {
    DbErr::Type(format!(
        "a stored document that may refer to what is erased is damaged (line {}, column {})",
        error.line(),
        error.column()
    ))
}

/// The items that are not published but that published documents may refer to, by kind and slug.
///
/// # Errors
/// Where the database is away.
pub async fn unpublished(connection: &impl sea_orm::ConnectionTrait) -> Result<Vec<(ContentKind, String)>, DbErr> {
    let referred = Query::select()
        .column(content_relation::Column::TargetId)
        .from(content_relation::Entity)
        .take();
    let cited = Query::select()
        .column(citation::Column::ResourceId)
        .from(citation::Entity)
        .take();
    content::Entity::find()
        .select_only()
        .columns([content::Column::Kind, content::Column::Slug])
        .filter(content::Column::Status.ne(praxis_entities::vocabulary::ContentStatus::Published))
        .filter(
            Expr::col((content::Entity, content::Column::Id))
                .in_subquery(referred)
                .or(Expr::col((content::Entity, content::Column::Id)).in_subquery(cited))
                .or(content::Column::Status.eq(praxis_entities::vocabulary::ContentStatus::Erased)),
        )
        .into_tuple()
        .all(connection)
        .await
}
