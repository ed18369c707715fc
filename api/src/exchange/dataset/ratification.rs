//! Where the states stand towards a treaty.

use std::collections::HashMap;
use std::io::{Read, Seek};

use chrono::Datelike;
use praxis_entities::vocabulary::{ConceptScheme, TreatyStatus};
use praxis_entities::{ratification, treaty};
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, EntityTrait, IdenStatic, IntoActiveModel, Iterable, QueryFilter};
use uuid::Uuid;

use super::{DatasetError, DatasetImport, Report};
use crate::accountability::reference::place_of;
use crate::content::document::problem::ProblemCode;
use crate::curation::publish::Publisher;
use crate::exchange::ratification::{self as reader, RatificationRow, Standing};
use crate::exchange::table::RowProblem;

/// The earliest year of a treaty whose adoption is not known.
const EARLIEST: i32 = 1945;

impl DatasetImport<'_> {
    pub(super) async fn ratification(
        &self,
        slug: &str,
        source: impl Read + Seek + Send,
    ) -> Result<Report, DatasetError> {
        let mut report = Report::default();
        let treaty = treaty::Entity::find()
            .filter(treaty::Column::Slug.eq(slug))
            .one(self.database.read())
            .await?
            .ok_or_else(|| {
                DatasetError::Missing(format!(
                    "there is no treaty `{slug}`; name one with --treaty, or add it in a bundle first"
                ))
            })?;
        let first = treaty.adopted_on.map_or(EARLIEST, |day| day.year());
        let mut rows = Vec::new();
        let mut problems = Vec::new();
        // One row a state: they fit into memory.
        for row in reader::read(source, self.encoding, first..=self.provenance.at.year()) {
            if self.is_enough(&problems) {
                break;
            }
            match row {
                Ok(mut row) => {
                    report.notices.append(&mut row.doubts);
                    match self.row(&treaty, &row) {
                        Some(model) => rows.push(model),
                        None => problems.push(RowProblem::new(
                            row.line,
                            ProblemCode::UnknownCountry,
                            "iso2",
                            format!("The vocabulary has no country {}.", row.state),
                        )),
                    }
                }
                Err(problem) => problems.push(problem),
            }
        }
        self.judge(problems, &mut report)?;
        let mut publisher = Publisher::begin(self.database, self.provenance.clone()).await?;
        let stored: HashMap<Uuid, ratification::Model> = ratification::Entity::find()
            .filter(ratification::Column::TreatyId.eq(treaty.id))
            .all(publisher.transaction())
            .await?
            .into_iter()
            .map(|row| (row.country_id, row))
            .collect();
        let mut changed = Vec::new();
        for mut row in rows {
            match stored.get(&row.country_id) {
                Some(before) => {
                    row.id = before.id;
                    // The same fact from a file of another name is the same fact.
                    let same = ratification::Model {
                        source: before.source.clone(),
                        ..row.clone()
                    };
                    if same == *before {
                        report.outcome.unchanged += 1;
                        continue;
                    }
                    report.outcome.updated += 1;
                }
                None => report.outcome.created += 1,
            }
            changed.push(row.into_active_model());
        }
        for chunk in changed.chunks(200) {
            let others = ratification::Column::iter().filter(|column| column.as_str() != "id");
            ratification::Entity::insert_many(chunk.iter().cloned())
                .on_conflict(
                    OnConflict::column(ratification::Column::Id)
                        .update_columns(others)
                        .to_owned(),
                )
                .exec_without_returning(publisher.transaction())
                .await?;
        }
        if !changed.is_empty() {
            let told = format!(
                "treaty/{slug}: {} ratifications added, {} changed",
                report.outcome.created, report.outcome.updated
            );
            publisher.record_references(vec![(false, told)]).await?;
        }
        publisher.end(self.dry_run).await?;
        Ok(report)
    }

    fn row(&self, treaty: &treaty::Model, row: &RatificationRow) -> Option<ratification::Model> {
        let country = self.vocabulary.find(ConceptScheme::Country, row.state.as_str())?;
        let (status, year) = match row.standing {
            Standing::Party { year } => (TreatyStatus::StateParty, Some(year)),
            Standing::Signatory => (TreatyStatus::Signatory, None),
            Standing::NoAction => (TreatyStatus::NoAction, None),
        };
        Some(ratification::Model {
            id: Uuid::now_v7(),
            treaty_id: treaty.id,
            country_id: country.id,
            status,
            year,
            date: None,
            note: None,
            source: self.provenance.source.clone(),
            place: place_of(None, year),
        })
    }
}
