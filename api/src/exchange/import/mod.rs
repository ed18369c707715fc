//! Import of bundles: all or nothing for each file, every problem named with its line and field, memory flat.
//!
//! A file is read three times: first only the slugs, so that items may refer to each other in any order; then everything
//! is validated and all problems are collected; then, if there were none, the documents are published in batches within
//! one transaction. Only slugs and keys are kept in memory.

mod check;
mod files;
mod index;
mod known;
mod lines;
mod outside;
mod publish;

use std::fs::File;
use std::io::{Read, Seek};
use std::path::Path;

use sea_orm::DbErr;
use uuid::Uuid;

pub use self::files::BundleFiles;
use self::known::Known;
use super::bundle::{self, Heading};
use super::overtaken::{ATTEMPTS, is_overtaken};
use crate::content::document::problem::{Problem, ProblemCode};
use crate::curation::prepare::{Prepared, References, prepare};
use crate::curation::publish::{Outcome, Provenance};
use crate::database::Database;
use crate::vocabulary::Vocabulary;

/// How many problems are collected before the import gives up looking for more.
const PROBLEMS: usize = 1_000;

/// A problem with its place in the file.
#[derive(Debug)]
pub struct Located {
    /// The line, from 1.
    pub line: usize,
    /// The item, where its slug could be read.
    pub slug: Option<String>,
    /// What is wrong.
    pub problem: Problem,
}

/// What can go wrong with an import. In every case nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The bundle has problems.
    #[error("the bundle has {} problem(s); nothing was imported", .0.len())]
    Problems(Vec<Located>),
    /// The file can't be read.
    #[error("the file could not be read: {0}")]
    File(#[from] std::io::Error),
    /// The database refused.
    #[error("the database refused: {0}")]
    Database(#[from] DbErr),
}

/// How far an import has come.
#[derive(Clone, Copy, Debug)]
pub enum Progress {
    /// So many lines have been checked, of so many.
    Checked(usize, usize),
    /// So many items have been written, of so many.
    Written(usize, usize),
}

/// What the import does with a bundle.
pub struct Import<'a> {
    /// Where it goes.
    pub database: &'a Database,
    /// The vocabularies.
    pub vocabulary: &'a Vocabulary,
    /// Who imports, from where and why.
    pub provenance: Provenance,
    /// Whether to undo everything at the end and only say what would have been done.
    pub dry_run: bool,
    /// Where the files are that the bundle names.
    pub files: Option<BundleFiles<'a>>,
}

impl Import<'_> {
    /// Imports a file.
    ///
    /// # Errors
    /// All problems of the bundle; or where the file or the database fails.
    pub async fn file(&self, path: &Path, progress: &mut (dyn FnMut(Progress) + Send)) -> Result<Outcome, ImportError> {
        self.reader(File::open(path)?, progress).await
    }

    /// Imports what can be read from the start again.
    ///
    /// # Errors
    /// All problems of the bundle; or where the source or the database fails.
    pub async fn reader(
        &self,
        mut source: impl Read + Seek + Send,
        progress: &mut (dyn FnMut(Progress) + Send),
    ) -> Result<Outcome, ImportError> {
        let mut attempt = 1;
        loop {
            let mut problems = Vec::new();
            let mut known = self.index(&mut source, &mut problems).await?;
            known.references.find_ids(self.database).await?;
            known.facts.find_ids(self.database, &known.references).await?;
            known.reviews.extend(known.references.reviews());
            self.resolve_outside(&mut source, &mut known).await?;
            self.find_files(&mut known, &mut problems).await?;
            known.references.check(self, &known, &mut problems);
            self.check(&mut source, &known, &mut problems, progress).await?;
            if !problems.is_empty() {
                problems.sort_by_key(|located| located.line);
                problems.truncate(PROBLEMS);
                return Err(ImportError::Problems(problems));
            }
            match self.publish(&mut source, &known, progress).await {
                // Another process wrote an item of this file since its slugs were looked up. It waited for that process, and
                // everything was rolled back: the item is there now.
                Err(ImportError::Database(error)) if attempt < ATTEMPTS && is_overtaken(&error) => attempt += 1,
                other => return other,
            }
        }
    }

    fn prepare(
        &self,
        text: Result<&str, String>,
        known: &Known,
    ) -> Result<(Uuid, Prepared), (Option<String>, Vec<Problem>)> {
        let text = text.map_err(|message| (None, vec![malformed(message)]))?;
        let item = bundle::read(text).map_err(|problem| {
            let slug = serde_json::from_str::<Heading>(text)
                .ok()
                .and_then(|heading| heading.slug);
            (slug, vec![problem])
        })?;
        let slug = item.slug;
        let kind = item.content.kind();
        let id = known.by_slug(kind, &slug).ok_or_else(|| {
            let changed = malformed("The file changed while it was read.".to_owned());
            (Some(slug.clone()), vec![changed])
        })?;
        match prepare(
            &slug,
            item.content,
            known,
            self.vocabulary,
            self.provenance.at.date_naive(),
        ) {
            Ok(prepared) => Ok((id, prepared)),
            Err(problems) => Err((Some(slug), problems)),
        }
    }
}

fn malformed(message: String) -> Problem {
    Problem {
        code: ProblemCode::Malformed,
        path: String::new(),
        message,
    }
}

fn located(line: usize, slug: Option<String>, problems: Vec<Problem>) -> impl Iterator<Item = Located> {
    problems.into_iter().map(move |problem| Located {
        line,
        slug: slug.clone(),
        problem,
    })
}
