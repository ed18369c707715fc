//! The reviews of a state with their figures.

use std::collections::{HashMap, HashSet};

use praxis_entities::vocabulary::RecommendationResponse;
use praxis_entities::{citation, mechanism, recommendation, reported_figure, review};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use super::told::of_reviews;
use super::{Names, Reported, ReviewFacts, place_in, titles};
use crate::accountability::uptake::{self, TOLD, Uptake};
use crate::identity::Actor;

/// The names of the reviews of a state, and their figures, the latest first.
pub async fn reviews(
    connection: &impl ConnectionTrait,
    country: Uuid,
) -> Result<(Vec<(Uuid, String)>, Vec<ReviewFacts>), DbErr> {
    let mechanisms: Names = mechanism::Entity::find()
        .select_only()
        .columns([mechanism::Column::Id, mechanism::Column::Name])
        .into_tuple()
        .all(connection)
        .await?
        .into_iter()
        .collect();
    let rows = review::Entity::find()
        .filter(review::Column::CountryId.eq(country))
        .order_by_desc(review::Column::Place)
        .order_by_desc(review::Column::Id)
        .all(connection)
        .await?;
    let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
    let uptakes = uptake::compute(connection, &Actor::Anonymous, &ids).await?;
    let answered = answered(connection, &ids).await?;
    let mut reported = reported(connection, &ids).await?;
    let before: HashMap<(Uuid, i32), Uptake> = rows
        .iter()
        .filter_map(|row| Some(((row.mechanism_id, row.cycle? + 1), uptakes.get(&row.id).copied()?)))
        .collect();
    let mut names = Vec::new();
    let mut found = Vec::new();
    for row in rows {
        let mut name = mechanisms.get(&row.mechanism_id).cloned().unwrap_or_default();
        if let Some(session) = &row.session {
            name.push_str(&format!(", session {session}"));
        }
        if let Some(cycle) = row.cycle {
            name.push_str(&format!(", cycle {cycle}"));
        }
        match (row.date, row.year) {
            (Some(date), _) => name.push_str(&format!(" ({date})")),
            (None, Some(year)) => name.push_str(&format!(" ({year})")),
            (None, None) => {}
        }
        names.push((row.id, name.clone()));
        found.push(ReviewFacts {
            name,
            uptake: uptakes.get(&row.id).copied().unwrap_or_default(),
            before: row
                .cycle
                .and_then(|cycle| before.get(&(row.mechanism_id, cycle)).copied()),
            is_answered: answered.contains(&(row.id, true)) || answered.contains(&(row.id, false)),
            is_answered_on_children: answered.contains(&(row.id, true)),
            reported: reported.remove(&row.id).unwrap_or_default(),
        });
    }
    Ok((names, found))
}

/// The reviews in which the state has answered recommendations about children (`true`) or others.
async fn answered(connection: &impl ConnectionTrait, reviews: &[Uuid]) -> Result<HashSet<(Uuid, bool)>, DbErr> {
    let rows: Vec<(Uuid, bool)> = of_reviews(reviews.iter().copied(), &TOLD)
        .filter(recommendation::Column::Response.ne(RecommendationResponse::Pending))
        .select_only()
        .columns([recommendation::Column::ReviewId, recommendation::Column::ChildFocused])
        .distinct()
        .into_tuple()
        .all(connection)
        .await?;
    Ok(rows.into_iter().collect())
}

async fn reported(connection: &impl ConnectionTrait, reviews: &[Uuid]) -> Result<HashMap<Uuid, Vec<Reported>>, DbErr> {
    let figures = reported_figure::Entity::find()
        .filter(reported_figure::Column::ReviewId.is_in(reviews.iter().copied()))
        .order_by_asc(reported_figure::Column::ContentId)
        .order_by_asc(reported_figure::Column::Position)
        .all(connection)
        .await?;
    let findings: Vec<Uuid> = figures.iter().map(|figure| figure.content_id).collect();
    let titles = titles(connection, &findings).await?;
    let cited = citation::Entity::find()
        .filter(citation::Column::ContentId.is_in(findings))
        .order_by_asc(citation::Column::Position)
        .all(connection)
        .await?;
    let resources: Vec<Uuid> = cited.iter().map(|one| one.resource_id).collect();
    let resources = self::titles(connection, &resources).await?;
    let mut sources: HashMap<Uuid, Vec<String>> = HashMap::new();
    for one in cited {
        let Some(title) = resources.get(&one.resource_id) else {
            continue;
        };
        sources
            .entry(one.content_id)
            .or_default()
            .push(place_in(title, one.locator.as_deref()));
    }
    let mut found: HashMap<Uuid, Vec<Reported>> = HashMap::new();
    for figure in figures {
        // A finding that is not published has no title here.
        let Some(finding) = titles.get(&figure.content_id).cloned() else {
            continue;
        };
        let sources = sources.get(&figure.content_id).cloned().unwrap_or_default();
        found.entry(figure.review_id).or_default().push(Reported {
            figure,
            finding,
            sources,
        });
    }
    Ok(found)
}
