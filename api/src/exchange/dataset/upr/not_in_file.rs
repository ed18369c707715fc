//! What another file has brought and this one has not.

use std::collections::HashSet;

use praxis_entities::vocabulary::{ContentKind, ContentStatus};
use praxis_entities::{content, recommendation};
use sea_orm::sea_query::{Expr, ExprTrait, Query};
use sea_orm::{ColumnTrait, DatabaseTransaction, DbErr, EntityTrait, QueryFilter, QuerySelect};
use uuid::Uuid;

use super::references::Known;
use super::slug::is_slug_of_row;
use crate::content::document::problem::ProblemCode;
use crate::exchange::table::RowProblem;

/// How many of the recommendations that a newer file lacks are named.
const NAMED: usize = 5;

/// The slugs of the published recommendations of the reviews that come from rows.
///
/// # Errors
/// Where the database is away.
pub async fn of_rows(transaction: &DatabaseTransaction, known: &Known) -> Result<HashSet<String>, DbErr> {
    let reviews: Vec<Uuid> = known.reviews.values().map(|review| review.id).collect();
    let mut found = HashSet::new();
    for chunk in reviews.chunks(500) {
        let slugs: Vec<String> = content::Entity::find()
            .select_only()
            .column(content::Column::Slug)
            .filter(content::Column::Kind.eq(ContentKind::Recommendation))
            .filter(content::Column::Status.eq(ContentStatus::Published))
            .filter(
                content::Column::Id.in_subquery(
                    Query::select()
                        .column(recommendation::Column::ContentId)
                        .from(recommendation::Entity)
                        .and_where(Expr::col(recommendation::Column::ReviewId).is_in(chunk.iter().copied()))
                        .take(),
                ),
            )
            .into_tuple()
            .all(transaction)
            .await?;
        found.extend(slugs.into_iter().filter(|slug| is_slug_of_row(slug)));
    }
    Ok(found)
}

/// Says which recommendations an older file has brought and this one has not, at its first line: they stay, and a text that
/// was corrected has become a second one.
pub fn not_in_file_notice(slugs: HashSet<String>) -> Option<RowProblem> {
    let count = slugs.len();
    let mut slugs: Vec<String> = slugs.into_iter().collect();
    slugs.sort_unstable();
    slugs.truncate(NAMED);
    (count > 0).then(|| {
        let named: Vec<String> = slugs.iter().map(|slug| format!("`{slug}`")).collect();
        let more = if count > named.len() { " …" } else { "" };
        RowProblem::new(
            1,
            ProblemCode::NotFound,
            "",
            format!(
                "{count} recommendation(s) of the reviews in this file came from another file and were not taken from a row of \
                 this one: {}{more}. They stay. If a text was corrected, retract the old one.",
                named.join(", ")
            ),
        )
    })
}
