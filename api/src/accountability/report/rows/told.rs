//! What a state was told about children, and what it pledged.

use std::collections::HashMap;

use praxis_entities::vocabulary::{ConceptScheme, RecommendationKind, RelationKind};
use praxis_entities::{content_concept, recommendation, recommending_country};
use sea_orm::sea_query::{Alias, Cond, Expr, ExprTrait, Func, Query};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use super::{Cut, Names, Progress, Told, assessed, history, links, named, published, resources, titles};
use crate::accountability::implementation::ImplementationEntry;
use crate::accountability::report::{PLEDGES, RECOMMENDATIONS};
use crate::accountability::uptake::TOLD;
use crate::text::as_counted;
use crate::vocabulary::Vocabulary;

/// The published recommendations of these kinds in reviews.
pub fn of_reviews(
    reviews: impl IntoIterator<Item = Uuid>,
    kinds: &[RecommendationKind],
) -> sea_orm::Select<recommendation::Entity> {
    recommendation::Entity::find()
        .filter(recommendation::Column::ReviewId.is_in(reviews))
        .filter(recommendation::Column::Kind.is_in(kinds.iter().copied()))
        .filter(Expr::col((recommendation::Entity, recommendation::Column::ContentId)).in_subquery(published()))
}

/// Counts all recommendations about children, each under its first theme.
pub async fn progress(
    connection: &impl ConnectionTrait,
    vocabulary: &Vocabulary,
    reviews: &[(Uuid, String)],
) -> Result<Vec<Progress>, DbErr> {
    let told = |column| (recommendation::Entity, column);
    let about = |column| (content_concept::Entity, column);
    let earlier = Alias::new("earlier");
    let first = Query::select()
        .expr(Func::min(Expr::col((
            earlier.clone(),
            content_concept::Column::Position,
        ))))
        .from_as(content_concept::Entity, earlier.clone())
        .and_where(
            Expr::col((earlier.clone(), content_concept::Column::ContentId))
                .equals(told(recommendation::Column::ContentId)),
        )
        .and_where(Expr::col((earlier, content_concept::Column::Scheme)).eq(ConceptScheme::Theme))
        .take();
    let statement = Query::select()
        .expr_as(Expr::col(about(content_concept::Column::ConceptId)), "theme")
        .expr_as(Expr::col(told(recommendation::Column::Implementation)), "state")
        .expr_as(Expr::cust("COUNT(*)"), "counted")
        .from(recommendation::Entity)
        .left_join(
            content_concept::Entity,
            Cond::all()
                .add(
                    Expr::col(about(content_concept::Column::ContentId))
                        .equals(told(recommendation::Column::ContentId)),
                )
                .add(Expr::col(about(content_concept::Column::Scheme)).eq(ConceptScheme::Theme))
                .add(
                    Expr::col(about(content_concept::Column::Position))
                        .eq(Expr::SubQuery(None, Box::new(first.into()))),
                ),
        )
        .and_where(Expr::col(told(recommendation::Column::ReviewId)).is_in(reviews.iter().map(|(id, _)| *id)))
        .and_where(Expr::col(told(recommendation::Column::ChildFocused)).eq(true))
        .and_where(Expr::col(told(recommendation::Column::Kind)).is_in(TOLD))
        .and_where(Expr::col(told(recommendation::Column::ContentId)).in_subquery(published()))
        .add_group_by([
            Expr::col(about(content_concept::Column::ConceptId)),
            Expr::col(told(recommendation::Column::Implementation)),
        ])
        .take();
    connection
        .query_all(&statement)
        .await?
        .into_iter()
        .map(|row| {
            let theme: Option<Uuid> = row.try_get("", "theme")?;
            let counted: i64 = row.try_get("", "counted")?;
            Ok(Progress {
                theme: theme
                    .and_then(|theme| vocabulary.get(theme))
                    .map_or_else(String::new, |theme| theme.label(None).to_owned()),
                state: row.try_get("", "state")?,
                count: u64::try_from(counted).unwrap_or(0),
            })
        })
        .collect()
}

/// The first of these in the order in which they stand: by review, and there by paragraph.
async fn in_order(
    connection: &impl ConnectionTrait,
    reviews: &[(Uuid, String)],
    all: sea_orm::Select<recommendation::Entity>,
    limit: usize,
) -> Result<Cut<(Vec<ImplementationEntry>, recommendation::Model)>, DbErr> {
    type Place = (Uuid, Uuid, Option<String>);
    let mut places: Vec<Place> = all
        .select_only()
        .columns([
            recommendation::Column::ContentId,
            recommendation::Column::ReviewId,
            recommendation::Column::Paragraph,
        ])
        .into_tuple()
        .all(connection)
        .await?;
    let in_all = u64::try_from(places.len()).unwrap_or(u64::MAX);
    places.sort_by_cached_key(|(id, review, paragraph)| {
        let review = reviews.iter().position(|(one, _)| one == review);
        (review, paragraph.is_none(), paragraph.as_deref().map(as_counted), *id)
    });
    places.truncate(limit);
    let ids = places.iter().map(|(id, _, _)| *id);
    let rows = recommendation::Entity::find()
        .filter(recommendation::Column::ContentId.is_in(ids))
        .all(connection)
        .await?;
    let mut rows: HashMap<Uuid, recommendation::Model> = rows.into_iter().map(|row| (row.content_id, row)).collect();
    let in_order = places.iter().filter_map(|(id, _, _)| rows.remove(id)).collect();
    Cut::new(in_order, limit, in_all).map(|row| Ok((history(&row.implementation_history)?, row)))
}

/// The recommendations about children and the voluntary pledges of these reviews.
pub async fn told(
    connection: &impl ConnectionTrait,
    vocabulary: &Vocabulary,
    reviews: &[(Uuid, String)],
) -> Result<(Cut<Told>, Cut<Told>), DbErr> {
    let of_kinds = |kinds: &[RecommendationKind]| of_reviews(reviews.iter().map(|(id, _)| *id), kinds);
    let about_children = of_kinds(&TOLD).filter(recommendation::Column::ChildFocused.eq(true));
    let about_children = in_order(connection, reviews, about_children, RECOMMENDATIONS).await?;
    let pledges = of_kinds(&[RecommendationKind::VoluntaryPledge]);
    let pledges = in_order(connection, reviews, pledges, PLEDGES).await?;
    let all = || about_children.shown.iter().chain(&pledges.shown);
    let ids: Vec<Uuid> = all().map(|(_, row)| row.content_id).collect();
    let links = links(connection, &ids, RelationKind::Responsible).await?;
    let mut named_by: Vec<Uuid> = links.iter().map(|(_, target)| *target).collect();
    named_by.extend(all().flat_map(|(history, _)| resources(history)));
    let titles = titles(connection, &named_by).await?;
    let mut responsible = named(links, &titles);
    let mut makers = makers(connection, vocabulary, &ids).await?;
    let themes = themes(connection, vocabulary, &ids).await?;
    let mut one = |(history, row): (Vec<ImplementationEntry>, recommendation::Model)| {
        let review = reviews.iter().find(|(id, _)| *id == row.review_id);
        let review = review.map(|(_, name)| name.clone()).unwrap_or_default();
        let mut by = makers.remove(&row.content_id).unwrap_or_default();
        by.extend(row.recommending_body);
        Ok(Told {
            place: row
                .paragraph
                .map_or_else(|| review.clone(), |number| format!("{review}, {number}")),
            text: row.text,
            makers: by,
            response: row.response,
            state: row.implementation,
            history: assessed(history, &titles),
            responsible: responsible.remove(&row.content_id).unwrap_or_default(),
            theme: themes.get(&row.content_id).cloned().unwrap_or_default(),
        })
    };
    let mut found = about_children.map(&mut one)?;
    found
        .shown
        .sort_by(|a, b| (a.theme.is_empty(), &a.theme).cmp(&(b.theme.is_empty(), &b.theme)));
    Ok((found, pledges.map(one)?))
}

async fn makers(
    connection: &impl ConnectionTrait,
    vocabulary: &Vocabulary,
    ids: &[Uuid],
) -> Result<HashMap<Uuid, Vec<String>>, DbErr> {
    let rows = recommending_country::Entity::find()
        .filter(recommending_country::Column::ContentId.is_in(ids.iter().copied()))
        .order_by_asc(recommending_country::Column::Position)
        .all(connection)
        .await?;
    let mut found: HashMap<Uuid, Vec<String>> = HashMap::new();
    for row in rows {
        if let Some(country) = vocabulary.get(row.country_id) {
            found
                .entry(row.content_id)
                .or_default()
                .push(country.label(None).to_owned());
        }
    }
    Ok(found)
}

/// The first theme of each item.
async fn themes(connection: &impl ConnectionTrait, vocabulary: &Vocabulary, ids: &[Uuid]) -> Result<Names, DbErr> {
    let rows = content_concept::Entity::find()
        .filter(content_concept::Column::ContentId.is_in(ids.iter().copied()))
        .filter(content_concept::Column::Scheme.eq(ConceptScheme::Theme))
        .order_by_desc(content_concept::Column::Position)
        .all(connection)
        .await?;
    Ok(rows
        .into_iter()
        .filter_map(|row| Some((row.content_id, vocabulary.get(row.concept_id)?.label(None).to_owned())))
        .collect())
}
