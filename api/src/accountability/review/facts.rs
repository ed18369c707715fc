//! What documents are checked against that refer to a review.

use chrono::NaiveDate;
use praxis_entities::{concept, review};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, JoinType, QueryFilter, QuerySelect};
use uuid::Uuid;

/// What is known of a review.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReviewFacts {
    /// Its key.
    pub id: Uuid,
    /// ISO 3166-1 alpha-2 code of the state under review.
    pub country: String,
    /// The day, where it is known.
    pub date: Option<NaiveDate>,
    /// The year.
    pub year: Option<i32>,
}

impl ReviewFacts {
    /// A day before which the review has not begun.
    pub fn begun(&self) -> Option<NaiveDate> {
        self.date
            .or_else(|| self.year.and_then(|year| NaiveDate::from_ymd_opt(year, 1, 1)))
    }
}

/// The reviews with these slugs.
///
/// # Errors
/// Where the database is away.
pub async fn by_slugs(
    connection: &impl ConnectionTrait,
    slugs: &[String],
) -> Result<Vec<(String, ReviewFacts)>, DbErr> {
    type Columns = (String, Uuid, String, Option<NaiveDate>, Option<i32>);
    let mut found = Vec::new();
    for chunk in slugs.chunks(500) {
        let rows: Vec<Columns> = review::Entity::find()
            .select_only()
            .columns([review::Column::Slug, review::Column::Id])
            .column(concept::Column::Code)
            .columns([review::Column::Date, review::Column::Year])
            .join(
                JoinType::InnerJoin,
                review::Entity::belongs_to(concept::Entity)
                    .from(review::Column::CountryId)
                    .to(concept::Column::Id)
                    .into(),
            )
            .filter(review::Column::Slug.is_in(chunk.iter().cloned()))
            .into_tuple()
            .all(connection)
            .await?;
        found.extend(rows.into_iter().map(|(slug, id, country, date, year)| {
            let facts = ReviewFacts {
                id,
                country,
                date,
                year,
            };
            (slug, facts)
        }));
    }
    Ok(found)
}
