//! What documents are checked against that refer to a review.

use std::collections::HashMap;

use chrono::NaiveDate;
use praxis_entities::{concept, mechanism, recommendation, review};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, JoinType, QueryFilter, QuerySelect, Select};
use uuid::Uuid;

use crate::content::document::problem::{ProblemCode, Problems};
use crate::graphql::scalars::CountryCode;

/// The slug of the Universal Periodic Review.
const UNIVERSAL_PERIODIC_REVIEW: &str = "upr";

/// What is known of a review.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReviewFacts {
    /// Its key.
    pub id: Uuid,
    /// The slug of its mechanism.
    pub mechanism: String,
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

    /// Whether it is one of the Universal Periodic Review.
    pub fn is_universal_periodic(&self) -> bool {
        self.mechanism == UNIVERSAL_PERIODIC_REVIEW
    }

    /// Refuses other countries of a document than the state under review.
    pub fn check_state(&self, problems: &mut Problems, countries: Option<&[CountryCode]>) {
        let country = &self.country;
        if !matches!(countries.unwrap_or_default(), [only] if only.as_str() == country) {
            problems.add(
                ProblemCode::Invalid,
                "countries",
                format!("The review is of {country}; write `[\"{country}\"]`, the state under review alone."),
            );
        }
    }

    /// Refuses a day before the review.
    pub fn check_begun(&self, problems: &mut Problems, path: &str, day: NaiveDate) {
        if let Some(begun) = self.begun().filter(|begun| day < *begun) {
            problems.add(
                ProblemCode::Invalid,
                path,
                format!("{day} lies before the review, which began on {begun} or later."),
            );
        }
    }
}

/// Selects nothing yet, from reviews with their mechanism and, as a concept, the state under review.
pub fn with_mechanism_and_state() -> Select<review::Entity> {
    review::Entity::find()
        .select_only()
        .join(
            JoinType::InnerJoin,
            review::Entity::belongs_to(mechanism::Entity)
                .from(review::Column::MechanismId)
                .to(mechanism::Column::Id)
                .into(),
        )
        .join(
            JoinType::InnerJoin,
            review::Entity::belongs_to(concept::Entity)
                .from(review::Column::CountryId)
                .to(concept::Column::Id)
                .into(),
        )
}

/// The reviews with these slugs.
///
/// # Errors
/// Where the database is away.
pub async fn by_slugs(
    connection: &impl ConnectionTrait,
    slugs: &[String],
) -> Result<Vec<(String, ReviewFacts)>, DbErr> {
    type Columns = (String, Uuid, String, String, Option<NaiveDate>, Option<i32>);
    let mut found = Vec::new();
    for chunk in slugs.chunks(500) {
        let rows: Vec<Columns> = with_mechanism_and_state()
            .columns([review::Column::Slug, review::Column::Id])
            .column_as(mechanism::Column::Slug, "mechanism")
            .column(concept::Column::Code)
            .columns([review::Column::Date, review::Column::Year])
            .filter(review::Column::Slug.is_in(chunk.iter().cloned()))
            .into_tuple()
            .all(connection)
            .await?;
        found.extend(rows.into_iter().map(|(slug, id, mechanism, country, date, year)| {
            let facts = ReviewFacts {
                id,
                mechanism,
                country,
                date,
                year,
            };
            (slug, facts)
        }));
    }
    Ok(found)
}

/// The slugs of the reviews that recommendations belong to, by the key of the recommendation.
///
/// # Errors
/// Where the database is away.
pub async fn of_recommendations(
    connection: &impl ConnectionTrait,
    recommendations: &[Uuid],
) -> Result<HashMap<Uuid, String>, DbErr> {
    let mut found = HashMap::new();
    for chunk in recommendations.chunks(500) {
        let rows: Vec<(Uuid, String)> = recommendation::Entity::find()
            .select_only()
            .column(recommendation::Column::ContentId)
            .column(review::Column::Slug)
            .join(
                JoinType::InnerJoin,
                recommendation::Entity::belongs_to(review::Entity)
                    .from(recommendation::Column::ReviewId)
                    .to(review::Column::Id)
                    .into(),
            )
            .filter(recommendation::Column::ContentId.is_in(chunk.iter().copied()))
            .into_tuple()
            .all(connection)
            .await?;
        found.extend(rows);
    }
    Ok(found)
}
