//! The countries that a submission names, beside its document, so that the queue can be limited to them.

use std::collections::BTreeSet;

use praxis_entities::submission_country;
use praxis_entities::vocabulary::ConceptScheme;
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter};
use uuid::Uuid;

use crate::graphql::scalars::CountryCode;
use crate::vocabulary::Vocabulary;

/// Writes down which countries the document of a submission names now; those that nobody knows are left out.
///
/// # Errors
/// Where the database is away.
pub async fn write(
    connection: &impl ConnectionTrait,
    vocabulary: &Vocabulary,
    submission: Uuid,
    countries: &[CountryCode],
) -> Result<(), DbErr> {
    erase(connection, &[submission]).await?;
    let known: BTreeSet<&str> = countries
        .iter()
        .map(CountryCode::as_str)
        .filter(|code| vocabulary.find(ConceptScheme::Country, code).is_some())
        .collect();
    if known.is_empty() {
        return Ok(());
    }
    submission_country::Entity::insert_many(known.into_iter().map(|country| submission_country::ActiveModel {
        submission_id: Set(submission),
        country: Set(country.to_owned()),
    }))
    .exec_without_returning(connection)
    .await?;
    Ok(())
}

/// Forgets the countries of submissions.
///
/// # Errors
/// Where the database is away.
pub async fn erase(connection: &impl ConnectionTrait, submissions: &[Uuid]) -> Result<(), DbErr> {
    for chunk in submissions.chunks(500) {
        submission_country::Entity::delete_many()
            .filter(submission_country::Column::SubmissionId.is_in(chunk.iter().copied()))
            .exec(connection)
            .await?;
    }
    Ok(())
}
