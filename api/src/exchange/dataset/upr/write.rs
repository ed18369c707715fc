//! Second reading: a batch of rows becomes recommendations.

use std::collections::HashMap;

use praxis_entities::vocabulary::{ContentKind, ContentStatus};
use praxis_entities::{content, revision};
use sea_orm::{ColumnTrait, DatabaseTransaction, DbErr, EntityTrait, QueryFilter, QuerySelect};
use uuid::Uuid;

use super::document::{cite, document};
use super::references::Known;
use super::slug::slug_of_row;
use super::survey::Survey;
use super::{located, themes};
use crate::accountability::recommendation::document::RecommendationInput;
use crate::content::document::ContentInput;
use crate::content::document::problem::ProblemCode;
use crate::curation::publish::{Publication, Publisher, ids_by_slug};
use crate::exchange::dataset::{DatasetError, DatasetImport, Report};
use crate::exchange::table::RowProblem;
use crate::exchange::upr::{RowKey, UprRow};

/// A recommendation to be written, with the line that says it.
pub struct Written {
    line: usize,
    slug: String,
    id: Uuid,
    /// What it refers to may be looked up.
    pub document: RecommendationInput,
}

/// A recommendation that exists.
struct Stored {
    id: Uuid,
    status: ContentStatus,
    document: String,
}

impl Stored {
    /// Its document, where it is published; otherwise says that it is left as it is.
    fn published(&self, slug: &str, line: usize, report: &mut Report) -> Result<Option<RecommendationInput>, DbErr> {
        if self.status != ContentStatus::Published {
            report.notices.push(RowProblem::new(
                line,
                ProblemCode::WrongState,
                "",
                format!(
                    "The recommendation `{slug}` is {}; it was left as it is.",
                    self.status.as_str().to_lowercase()
                ),
            ));
            return Ok(None);
        }
        let document = serde_json::from_str(&self.document)
            .map_err(|error| DbErr::Type(format!("document of {slug}: {error}")))?;
        Ok(match document {
            ContentInput::Recommendation(document) => Some(document),
            _ => None,
        })
    }
}

/// The recommendations that exist, with their documents: one statement, and one more where there are any.
async fn stored(transaction: &DatabaseTransaction, slugs: &[String]) -> Result<HashMap<String, Stored>, DbErr> {
    let known = ids_by_slug(transaction, ContentKind::Recommendation, slugs).await?;
    if known.is_empty() {
        return Ok(HashMap::new());
    }
    let documents: HashMap<Uuid, String> = content::Entity::find()
        .select_only()
        .column(content::Column::Id)
        .column(revision::Column::Document)
        .join(sea_orm::JoinType::InnerJoin, content::current_revision())
        .filter(content::Column::Id.is_in(known.iter().map(|(_, id, _)| *id)))
        .into_tuple::<(Uuid, String)>()
        .all(transaction)
        .await?
        .into_iter()
        .collect();
    Ok(known
        .into_iter()
        .filter_map(|(slug, id, status)| {
            let document = documents.get(&id)?.clone();
            Some((slug, Stored { id, status, document }))
        })
        .collect())
}

/// The slug of the recommendation that a row is: that of what somebody has entered, where the row has none of its own yet.
fn slug_among(
    stored: &HashMap<String, Stored>,
    slug: String,
    entered: Option<&String>,
    line: usize,
    report: &mut Report,
) -> String {
    match entered {
        Some(entered) if !stored.contains_key(&slug) => entered.clone(),
        Some(entered) => {
            report.notices.push(RowProblem::new(
                line,
                ProblemCode::Duplicate,
                "",
                format!("`{slug}` and `{entered}` are one recommendation; retract one of the two."),
            ));
            slug
        }
        None => slug,
    }
}

impl DatasetImport<'_> {
    /// Publishes a batch of recommendations.
    pub(super) async fn write(
        &self,
        publisher: &mut Publisher,
        known: &Known,
        survey: &Survey,
        batch: Vec<(RowKey, UprRow)>,
        report: &mut Report,
    ) -> Result<(), DatasetError> {
        let same = &survey.recognised.same;
        let slugs: Vec<String> = batch.iter().map(|(key, row)| slug_of_row(*key, row)).collect();
        let entered = batch.iter().filter_map(|(key, _)| same.get(key).cloned());
        let wanted: Vec<String> = slugs.iter().cloned().chain(entered).collect();
        let stored = stored(publisher.transaction(), &wanted).await?;
        let mut rows = Vec::with_capacity(batch.len());
        let mut gained = HashMap::new();
        for ((key, row), slug) in batch.into_iter().zip(slugs) {
            let line = row.line;
            let issues = survey.issues.get(&key).unwrap_or(&row.issues);
            let slug = slug_among(&stored, slug, same.get(&key), line, report);
            let (id, document) = match stored.get(&slug) {
                None => (
                    Uuid::now_v7(),
                    document(self.vocabulary, &survey.held, &row, issues, None),
                ),
                Some(one) => {
                    let Some(mut before) = one.published(&slug, line, report)? else {
                        continue;
                    };
                    if let Some(more) = themes::follow(self.vocabulary, &mut before, &row.text, issues) {
                        gained.insert(one.id, more);
                    }
                    let mut document = document(self.vocabulary, &survey.held, &row, issues, Some(before));
                    if same.get(&key) == Some(&slug) {
                        cite(&mut document, &row);
                    }
                    (one.id, document)
                }
            };
            rows.push(Written {
                line,
                slug,
                id,
                document,
            });
        }
        let mut taken_out = themes::taken_out(publisher.transaction(), gained).await?;
        for row in &mut rows {
            if let Some(before) = taken_out.remove(&row.id) {
                row.document.themes = before;
            }
        }
        self.publish(publisher, known, rows, report).await
    }

    /// Checks recommendations and publishes those that nothing is wrong with.
    async fn publish(
        &self,
        publisher: &mut Publisher,
        known: &Known,
        mut rows: Vec<Written>,
        report: &mut Report,
    ) -> Result<(), DatasetError> {
        let known = known.with_references(publisher.transaction(), &mut rows).await?;
        let mut publications = Vec::with_capacity(rows.len());
        let mut problems = Vec::new();
        for row in rows {
            match self.prepare(&row.slug, ContentInput::Recommendation(row.document), &known) {
                Ok(prepared) => publications.push(Publication { id: row.id, prepared }),
                Err(found) => problems.extend(located(row.line, found)),
            }
        }
        if !problems.is_empty() {
            // What the reader lets through obeys the rules of documents; what others have added may not.
            if !self.skip_problems {
                return Err(DatasetError::Problems(problems));
            }
            report.skipped.append(&mut problems);
        }
        publisher.publish(publications).await?;
        Ok(())
    }
}
