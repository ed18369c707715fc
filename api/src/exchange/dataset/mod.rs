//! Importing tables that others publish: what their readers give becomes content and reference nodes.
//!
//! A file is read twice, once to check everything and once to write, within one transaction. By default a file with a
//! problem is not imported at all; on request its faulty rows are passed over, each named with line and reason. A file that
//! can't be read as such a table is never passed over.

mod ratification;
mod sdmx;
mod upr;

use std::io::{Read, Seek};

use sea_orm::DbErr;

use super::import::Progress;
use super::overtaken::{ATTEMPTS, is_overtaken};
use super::table::{Encoding, RowProblem};
use crate::curation::publish::{Outcome, Provenance};
use crate::database::Database;
use crate::vocabulary::Vocabulary;

/// How many problems are collected before the import gives up looking for more, where it does not pass over them.
const PROBLEMS: usize = 1_000;

/// How an import reports how far it has come.
pub type Watch<'a> = &'a mut (dyn FnMut(Progress) + Send);

/// Which table a file holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Dataset {
    /// Recommendations of the Universal Periodic Review, as UPR Info publishes them.
    Upr,
    /// Where the states stand towards a treaty, by the slug of the treaty.
    Ratification(String),
    /// Values of indicators, SDMX-CSV.
    Sdmx,
}

/// What the import does with a table.
pub struct DatasetImport<'a> {
    /// Where it goes.
    pub database: &'a Database,
    /// The vocabularies.
    pub vocabulary: &'a Vocabulary,
    /// Who imports, from where and why.
    pub provenance: Provenance,
    /// Whether to undo everything at the end and only say what would have been done.
    pub dry_run: bool,
    /// How the file is encoded; found where it is missing.
    pub encoding: Option<Encoding>,
    /// Whether faulty rows are passed over, rather than the whole file refused.
    pub skip_problems: bool,
}

/// What an import did.
#[derive(Debug, Default)]
pub struct Report {
    /// How many rows became what.
    pub outcome: Outcome,
    /// Rows that were passed over because of what is wrong with them.
    pub skipped: Vec<RowProblem>,
    /// What else is worth knowing about rows: repetitions, doubts.
    pub notices: Vec<RowProblem>,
    /// What else was done, in words: `193 reviews added`.
    pub remarks: Vec<String>,
}

/// What can go wrong with an import. In every case nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum DatasetError {
    /// The table has problems.
    #[error("the file has {} problem(s); nothing was imported", .0.len())]
    Problems(Vec<RowProblem>),
    /// The file can't be read.
    #[error("the file could not be read: {0}")]
    File(#[from] std::io::Error),
    /// Something that the file belongs to is missing.
    #[error("{0}")]
    Missing(String),
    /// The database refused.
    #[error("the database refused: {0}")]
    Database(#[from] DbErr),
}

impl DatasetImport<'_> {
    /// Imports a table.
    ///
    /// # Errors
    /// All problems of the table; or where the source or the database fails.
    pub async fn run(
        &self,
        dataset: &Dataset,
        mut source: impl Read + Seek + Send,
        watch: Watch<'_>,
    ) -> Result<Report, DatasetError> {
        let mut attempt = 1;
        loop {
            source.rewind()?;
            let done = match dataset {
                Dataset::Upr => self.upr(&mut source, watch).await,
                Dataset::Ratification(treaty) => self.ratification(treaty, &mut source).await,
                Dataset::Sdmx => self.sdmx(&mut source, watch).await,
            };
            match done {
                Err(DatasetError::Database(error)) if attempt < ATTEMPTS && is_overtaken(&error) => attempt += 1,
                other => return other,
            }
        }
    }

    /// Decides what becomes of a file with these problems. Rows can be passed over, a file that can't be used can't.
    fn judge(&self, mut problems: Vec<RowProblem>, report: &mut Report) -> Result<(), DatasetError> {
        problems.sort_by_key(|problem| problem.line);
        let may_pass = self.skip_problems && !problems.iter().any(|problem| problem.is_of_file);
        if !problems.is_empty() && !may_pass {
            return Err(DatasetError::Problems(problems));
        }
        report.skipped = problems;
        Ok(())
    }

    /// Whether enough problems were found.
    fn is_enough(&self, problems: &[RowProblem]) -> bool {
        !self.skip_problems && problems.len() >= PROBLEMS
    }
}
