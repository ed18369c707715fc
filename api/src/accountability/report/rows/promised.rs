//! What a state has promised.

use std::collections::{HashMap, HashSet};

use praxis_entities::vocabulary::RelationKind;
use praxis_entities::{citation, commitment, content_concept};
use sea_orm::sea_query::{Expr, ExprTrait, Query};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder};
use uuid::Uuid;

use super::{Cut, Promised, assessed, cut, history, links, named, place_in, published, resources, titles};
use crate::accountability::report::COMMITMENTS;

/// The commitments of a state, those due first first.
pub async fn promised(connection: &impl ConnectionTrait, country: Uuid) -> Result<Cut<Promised>, DbErr> {
    let all = commitment::Entity::find()
        .filter(
            Expr::col((commitment::Entity, commitment::Column::ContentId)).in_subquery(
                Query::select()
                    .column(content_concept::Column::ContentId)
                    .from(content_concept::Entity)
                    .and_where(Expr::col(content_concept::Column::ConceptId).eq(country))
                    .take(),
            ),
        )
        .filter(Expr::col((commitment::Entity, commitment::Column::ContentId)).in_subquery(published()))
        // The databases differ in where they put what has no day.
        .order_by_asc(Expr::col((commitment::Entity, commitment::Column::DueOn)).is_null())
        .order_by_asc(commitment::Column::DueOn)
        .order_by_asc(commitment::Column::ContentId);
    let rows = cut(connection, all, COMMITMENTS)
        .await?
        .map(|row| Ok((history(&row.implementation_history)?, row)))?;
    let ids: Vec<Uuid> = rows.shown.iter().map(|(_, row)| row.content_id).collect();
    let owners = links(connection, &ids, RelationKind::Owner).await?;
    let cited = citation::Entity::find()
        .filter(citation::Column::ContentId.is_in(ids.iter().copied()))
        .order_by_asc(citation::Column::Position)
        .all(connection)
        .await?;
    let mut named_by = ids;
    named_by.extend(owners.iter().map(|(_, target)| *target));
    named_by.extend(cited.iter().map(|one| one.resource_id));
    named_by.extend(rows.shown.iter().flat_map(|(history, _)| resources(history)));
    let titles = titles(connection, &named_by).await?;
    let mut owners = named(owners, &titles);
    let mut sources: HashMap<Uuid, Vec<String>> = HashMap::new();
    // What stands behind an assessment is named with it.
    let of_assessments: HashSet<_> = rows
        .shown
        .iter()
        .flat_map(|(history, row)| {
            history
                .iter()
                .filter_map(|entry| Some((row.content_id, entry.source()?)))
        })
        .collect();
    for one in cited {
        let place = (one.content_id, (one.resource_id, one.locator.as_deref()));
        if let Some(title) = titles.get(&one.resource_id)
            && !of_assessments.contains(&place)
        {
            let source = place_in(title, one.locator.as_deref());
            sources.entry(one.content_id).or_default().push(source);
        }
    }
    let mut found = rows.map(|(history, row)| {
        Ok(Promised {
            title: titles.get(&row.content_id).cloned().unwrap_or_default(),
            kind: row.kind,
            due: row.due_on,
            state: row.implementation,
            history: assessed(history, &titles),
            owners: owners.remove(&row.content_id).unwrap_or_default(),
            sources: sources.remove(&row.content_id).unwrap_or_default(),
        })
    })?;
    found
        .shown
        .sort_by(|a, b| (a.due.is_none(), a.due, &a.title).cmp(&(b.due.is_none(), b.due, &b.title)));
    Ok(found)
}
