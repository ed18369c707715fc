//! The files that a bundle names.

use std::path::PathBuf;

use uuid::Uuid;

use super::known::Known;
use super::{Import, ImportError, Located};
use crate::content::document::problem::{Problem, ProblemCode};
use crate::database::Database;
use crate::files::folder::Folder;
use crate::files::intake::{self, IntakeError};
use crate::files::is_sha256;

/// Where the files are that a bundle names: each in a folder beside it, under its SHA-256.
pub struct BundleFiles<'a> {
    /// Where they go.
    pub folder: &'a Folder,
    /// Where they are.
    pub beside: PathBuf,
    /// Most bytes of one.
    pub most: u64,
}

impl BundleFiles<'_> {
    /// Takes in the file with this SHA-256; nothing where it is not there.
    async fn take(&self, database: &Database, sha256: &str, name: &str) -> Result<Option<Uuid>, IntakeError> {
        let path = self.beside.join(sha256);
        if !path.is_file() {
            return Ok(None);
        }
        let stored = intake::take(database, self.folder, &path, name, self.most).await?;
        if stored.sha256 == sha256 {
            return Ok(Some(stored.id));
        }
        Err(IntakeError::Folder(std::io::Error::other(format!(
            "its SHA-256 is {}",
            stored.sha256
        ))))
    }
}

/// A file that a document names.
pub struct NamedFile {
    /// The line that names it first.
    pub line: usize,
    /// The item of that line.
    pub slug: String,
    /// What it is called there.
    pub name: String,
}

impl Import<'_> {
    /// Finds the stored files that the file names, and takes in those that lie beside it. One that is taken in for an import
    /// that fails afterwards goes like any upload that is never used.
    pub(super) async fn find_files(&self, known: &mut Known, problems: &mut Vec<Located>) -> Result<(), ImportError> {
        let wanted = std::mem::take(&mut known.named_files);
        for (sha256, wanted) in wanted {
            if !is_sha256(&sha256) {
                continue;
            }
            if let Some(stored) = intake::by_sha256(self.database.read(), &sha256).await? {
                known.files.insert(sha256, stored.id);
                continue;
            }
            // Where it is not, the second reading says so.
            let Some(files) = &self.files else { continue };
            match files.take(self.database, &sha256, &wanted.name).await {
                Ok(Some(id)) => {
                    known.files.insert(sha256, id);
                }
                Ok(None) => {}
                Err(IntakeError::Database(error)) => return Err(error.into()),
                Err(error) => problems.push(Located {
                    line: wanted.line,
                    slug: Some(wanted.slug),
                    problem: Problem {
                        code: ProblemCode::Invalid,
                        path: "files".to_owned(),
                        message: format!("The file `{sha256}` beside the bundle can't be taken: {error}."),
                    },
                }),
            }
        }
        Ok(())
    }
}
