//! Erasure: personal data goes from rows, revisions, the index and every export. What remains is that there was
//! something, its key and kind, and when.
//!
//! The slug may hold a name, and other documents refer by slug. So the slug is replaced by a neutral one everywhere: in
//! the item's row, in every revision of every document that refers to it, and in every submission.

use praxis_entities::vocabulary::ContentKind;
use praxis_entities::{
    ask, audit_entry, citation, commitment, content, content_concept, content_event, content_relation,
    content_translation, evidence, initiative, lesson, organization, practitioner, recommendation, recommendation_link,
    recommending_country, reported_figure, resource, revision,
};
use sea_orm::sea_query::{Expr, ExprTrait, Query};
use sea_orm::{ActiveValue::Set, ColumnTrait, DatabaseTransaction, DbErr, EntityTrait, QueryFilter, QuerySelect};
use uuid::Uuid;

use crate::content::document::ContentInput;

/// What stands in place of a title that is gone.
pub const TITLE: &str = "Erased";

/// Erases an item within the transaction that also writes the audit entry and the event, and gives the items that referred
/// to it: their documents have changed too.
///
/// # Errors
/// Where the database refuses, or a stored document is damaged.
pub async fn erase(transaction: &DatabaseTransaction, item: &content::Model) -> Result<Vec<content::Model>, DbErr> {
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
    audit_entry::Entity::update_many()
        .col_expr(audit_entry::Column::Reason, Expr::value(None::<String>))
        .filter(audit_entry::Column::ContentId.eq(item.id))
        .exec(transaction)
        .await?;
    delete_detail(transaction, item.kind, item.id).await?;
    Ok(referring)
}

/// The items that stand in a relation to this one.
async fn referring(transaction: &DatabaseTransaction, id: Uuid) -> Result<Vec<content::Model>, DbErr> {
    let sources = Query::select()
        .column(content_relation::Column::SourceId)
        .from(content_relation::Entity)
        .and_where(Expr::col(content_relation::Column::TargetId).eq(id))
        .take();
    content::Entity::find()
        .filter(Expr::col((content::Entity, content::Column::Id)).in_subquery(sources))
        .all(transaction)
        .await
}

async fn delete_detail(transaction: &DatabaseTransaction, kind: ContentKind, id: Uuid) -> Result<(), DbErr> {
    match kind {
        ContentKind::Practitioner => practitioner::Entity::delete_by_id(id).exec(transaction).await?,
        ContentKind::Organization => organization::Entity::delete_by_id(id).exec(transaction).await?,
        ContentKind::Initiative => {
            ask::Entity::delete_many()
                .filter(ask::Column::InitiativeId.eq(id))
                .exec(transaction)
                .await?;
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
        ContentKind::Commitment => commitment::Entity::delete_by_id(id).exec(transaction).await?,
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
    Ok(())
}

fn renamed(document: &str, item: &content::Model, neutral: &str) -> Result<Option<String>, DbErr> {
    if document == "{}" {
        return Ok(None);
    }
    let mut input: ContentInput = serde_json::from_str(document).map_err(|error| DbErr::Type(error.to_string()))?;
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
