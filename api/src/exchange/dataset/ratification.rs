//! Where the states stand towards a treaty.

use std::io::{Read, Seek};

use chrono::Datelike;
use praxis_entities::vocabulary::{ConceptScheme, TreatyStatus};
use praxis_entities::{ratification, treaty};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use uuid::Uuid;

use super::{DatasetError, DatasetImport, Report};
use crate::accountability::reference::place_of;
use crate::accountability::register::facts;
use crate::content::document::problem::ProblemCode;
use crate::curation::publish::Publisher;
use crate::exchange::ratification::{self as reader, RatificationRow, Standing};
use crate::exchange::table::RowProblem;

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
        let first = treaty.adopted_on.map_or(facts::EARLIEST, |day| day.year());
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
        for chunk in rows.chunks(facts::BATCH) {
            // The same fact from a file of another name is the same fact.
            let same = |row: &ratification::Model, before: &ratification::Model| {
                let of_that_file = ratification::Model {
                    source: before.source.clone(),
                    ..row.clone()
                };
                of_that_file == *before
            };
            report
                .outcome
                .add(facts::write(publisher.transaction(), chunk.to_vec(), same).await?);
        }
        if report.outcome.created + report.outcome.updated > 0 {
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
