//! Recommendations of the Universal Periodic Review.
//!
//! Each row becomes a recommendation with a slug made of its session, its state and the key of the row, so that it is
//! known again in a newer file. The review is found by state and cycle, whatever its slug, or made. What others have added to a
//! recommendation since (paragraph, assessments, responsibility, decisions) stays when the file is imported again.
//!
//! A recommendation that somebody has entered by hand, from a publication that quotes it, is not made again: the row adds its
//! words, its maker and its source to it. It is known by its review and its words (`quotes`), where no other maker is named
//! and neither the row nor what was entered may be another one.

mod document;
mod entered;
mod not_in_file;
mod references;
mod reviews;
mod slug;
mod survey;
mod themes;
mod write;

use std::io::{Read, Seek};

use self::entered::EnteredByHand;
use self::not_in_file::{not_in_file_notice, of_rows};
use self::reviews::HeldReviews;
use self::slug::{is_slug_of_row, slug_of_row};
use self::survey::wrong_session;
use super::{DatasetError, DatasetImport, Report, Watch};
use crate::content::document::ContentInput;
use crate::content::document::problem::Problem;
use crate::curation::prepare::{Prepared, References, prepare};
use crate::curation::publish::{BATCH, Publisher};
use crate::exchange::import::Progress;
use crate::exchange::table::RowProblem;
use crate::exchange::upr::{self, Duplicates, Standing};

/// The mechanism.
const MECHANISM: &str = "upr";

impl DatasetImport<'_> {
    pub(super) async fn upr(
        &self,
        mut source: impl Read + Seek + Send,
        watch: Watch<'_>,
    ) -> Result<Report, DatasetError> {
        let mut report = Report::default();
        let entered = EnteredByHand::read(self.database.read(), MECHANISM, is_slug_of_row).await?;
        let held = HeldReviews::read(self.database.read()).await?;
        let mut survey = self.survey(&mut source, entered, held, watch);
        self.check_sessions(&mut survey).await?;
        self.judge(std::mem::take(&mut survey.problems), &mut report)?;
        let mut publisher = Publisher::begin(self.database, self.provenance.clone()).await?;
        // Somebody may have added a review since.
        survey.held = HeldReviews::read(publisher.transaction()).await?;
        let known = self.references(&mut publisher, &survey, &mut report).await?;
        let before = publisher.outcome();
        let mut not_in_file = of_rows(publisher.transaction(), &known).await?;
        let mut batch = Vec::with_capacity(BATCH);
        let mut seen = Duplicates::default();
        let mut written = 0;
        source.rewind()?;
        for row in upr::read(&mut source, self.encoding) {
            let Ok(row) = row else { continue };
            if survey.faulty.contains(&row.line) {
                continue;
            }
            if let Some((first, reason)) = survey.refused.get(&(row.state.clone(), row.session)) {
                if row.line != *first {
                    report.skipped.push(wrong_session(row.line, reason));
                }
                continue;
            }
            let Ok(Standing::New(key)) = seen.take(&row) else {
                continue;
            };
            not_in_file.remove(&slug_of_row(key, &row));
            batch.push((key, row));
            if batch.len() == BATCH {
                written += batch.len();
                self.write(&mut publisher, &known, &survey, std::mem::take(&mut batch), &mut report)
                    .await?;
                watch(Progress::Written(written, survey.rows));
            }
        }
        written += batch.len();
        self.write(&mut publisher, &known, &survey, batch, &mut report).await?;
        watch(Progress::Written(written, survey.rows));
        let all = publisher.end(self.dry_run).await?;
        report.outcome = all.since(before);
        report.skipped.sort_by_key(|problem| problem.line);
        report.notices.append(&mut survey.notices);
        report.notices.extend(not_in_file_notice(not_in_file));
        report.notices.sort_by_key(|notice| notice.line);
        Ok(report)
    }

    fn prepare(&self, slug: &str, input: ContentInput, known: &dyn References) -> Result<Prepared, Vec<Problem>> {
        prepare(slug, input, known, self.vocabulary, self.provenance.at.date_naive())
    }
}

fn located(line: usize, problems: Vec<Problem>) -> Vec<RowProblem> {
    problems
        .into_iter()
        .map(|problem| RowProblem::new(line, problem.code, &problem.path, problem.message))
        .collect()
}
