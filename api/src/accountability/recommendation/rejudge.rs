//! Brings the verdicts of the rule for what is child-focused in step with the rule of this version.

use chrono::Utc;
use praxis_entities::vocabulary::{ChangeType, ContentStatus};
use praxis_entities::{content, recommendation};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, DatabaseTransaction, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use super::document::by_rule;
use crate::accountability::rules::child_focused::VERSION;
use crate::database::{Database, read_setting, write_setting};
use crate::identity::truncate;
use crate::log::{self, PendingEvent};

/// The setting that holds the version of the rule by which all recommendations were judged.
const SETTING: &str = "rules.child_focused";
/// How many recommendations are read together.
const BATCH: u64 = 500;

/// Judges anew what an earlier version of the rule has judged, where this was not done yet, and says of how many the verdict
/// is another one. Those are told as changes, since copies of them must follow. What a moderator decided stays.
///
/// # Errors
/// Where the database is away.
pub async fn rejudge(database: &Database) -> Result<usize, DbErr> {
    let version = i32::try_from(VERSION).unwrap_or(i32::MAX);
    let judged = read_setting(database.read(), SETTING).await?;
    // A process of a later version has been here; its verdicts stay.
    if judged
        .and_then(|judged| judged.parse().ok())
        .is_some_and(|judged: i32| judged >= version)
    {
        return Ok(0);
    }
    let transaction = database.begin().await?;
    let mut changed = Vec::new();
    let mut after = None;
    while let Some(last) = rejudge_batch(&transaction, version, after, &mut changed).await? {
        after = Some(last);
    }
    write_setting(&transaction, SETTING, &version.to_string()).await?;
    let events = events(&transaction, &changed).await?;
    log::append(&transaction, &events, truncate(Utc::now())).await?;
    transaction.commit().await?;
    Ok(changed.len())
}

/// Judges the next batch after a key and gives the last key of it; `None` where there are no more.
async fn rejudge_batch(
    transaction: &DatabaseTransaction,
    version: i32,
    after: Option<Uuid>,
    changed: &mut Vec<Uuid>,
) -> Result<Option<Uuid>, DbErr> {
    let mut select = recommendation::Entity::find()
        .select_only()
        .columns([
            recommendation::Column::ContentId,
            recommendation::Column::Text,
            recommendation::Column::SourceTags,
            recommendation::Column::ChildFocused,
        ])
        .filter(recommendation::Column::ChildFocusedRule.lt(version))
        .order_by_asc(recommendation::Column::ContentId)
        .limit(BATCH);
    if let Some(after) = after {
        select = select.filter(recommendation::Column::ContentId.gt(after));
    }
    let rows: Vec<(Uuid, String, serde_json::Value, bool)> = select.into_tuple().all(transaction).await?;
    let Some(last) = rows.last().map(|row| row.0) else {
        return Ok(None);
    };
    let (mut about, mut others) = (Vec::new(), Vec::new());
    for (id, text, tags, before) in rows {
        let tags: Vec<String> = serde_json::from_value(tags).unwrap_or_default();
        let now = by_rule(&text, &tags);
        if now != before {
            changed.push(id);
        }
        if now { &mut about } else { &mut others }.push(id);
    }
    for (verdict, ids) in [(true, about), (false, others)] {
        if ids.is_empty() {
            continue;
        }
        recommendation::Entity::update_many()
            .col_expr(recommendation::Column::ChildFocused, Expr::value(verdict))
            .col_expr(recommendation::Column::ChildFocusedRule, Expr::value(version))
            .filter(recommendation::Column::ContentId.is_in(ids))
            .exec(transaction)
            .await?;
    }
    Ok(Some(last))
}

/// The events for those of the items that are published.
async fn events(transaction: &DatabaseTransaction, changed: &[Uuid]) -> Result<Vec<PendingEvent>, DbErr> {
    let mut events = Vec::with_capacity(changed.len());
    for chunk in changed.chunks(500) {
        let items = content::Entity::find()
            .filter(content::Column::Id.is_in(chunk.iter().copied()))
            .filter(content::Column::Status.eq(ContentStatus::Published))
            .order_by_asc(content::Column::Id)
            .all(transaction)
            .await?;
        events.extend(items.into_iter().map(|item| PendingEvent {
            change: ChangeType::Updated,
            content_id: item.id,
            kind: item.kind,
            revision: item.revision,
        }));
    }
    Ok(events)
}
