//! What is kept in memory of a file, and how what its documents refer to is found there.

use std::collections::{BTreeMap, HashMap, HashSet};

use praxis_entities::vocabulary::{ContentKind, ContentStatus, RelationKind};
use uuid::Uuid;

use super::Located;
use super::files::NamedFile;
use crate::accountability::register::Sort;
use crate::accountability::review::facts::ReviewFacts;
use crate::content::document::ContentInput;
use crate::content::document::problem::{Problem, ProblemCode};
use crate::content::document::validate::is_slug;
use crate::curation::cycles;
use crate::curation::prepare::References;
use crate::exchange::fact_lines::FactLines;
use crate::exchange::reference_lines::ReferenceLines;

/// What is kept in memory of a file and of what it refers to.
#[derive(Default)]
pub struct Known {
    pub lines: usize,
    pub first_line: HashMap<(ContentKind, String), usize>,
    pub ids: HashMap<(ContentKind, String), Uuid>,
    pub slugs: HashMap<(ContentKind, Uuid), String>,
    pub own: HashSet<Uuid>,
    pub reviews: HashMap<String, ReviewFacts>,
    /// The slugs of the reviews that recommendations belong to, those of the file and those that it refers to.
    pub reviews_of: HashMap<Uuid, String>,
    pub references: ReferenceLines,
    pub facts: FactLines,
    /// The nodes of the register that the file's content names, of those that exist.
    pub registered: HashMap<(Sort, String), Uuid>,
    /// The stored files that the file names.
    pub files: HashMap<String, Uuid>,
    /// Where each file is named first, until it is looked for.
    pub named_files: BTreeMap<String, NamedFile>,
}

impl Known {
    /// Whether a line holds an item of content.
    pub fn is_content(&self, line: usize) -> bool {
        !self.references.is_line(line) && !self.facts.is_line(line)
    }

    /// An item of the file is there, but may not be changed.
    pub fn standing(&self, kind: ContentKind, slug: &str, status: ContentStatus) -> Located {
        let line = self.first_line.get(&(kind, slug.to_owned()));
        Located {
            line: line.copied().unwrap_or(0),
            slug: Some(slug.to_owned()),
            problem: Problem {
                code: ProblemCode::WrongState,
                path: "slug".to_owned(),
                message: format!(
                    "This {} is {} and can't be changed by an import; restore it first, or leave it out.",
                    ContentInput::field(kind),
                    status.as_str().to_lowercase()
                ),
            },
        }
    }

    /// A cycle is a problem of the first of the file's items on it; without one the file had not closed it.
    pub fn cycle(&self, kind: RelationKind, cycle: &[Uuid]) -> Option<Located> {
        let (line, slug) = self
            .first_line
            .iter()
            .filter(|(key, _)| self.ids.get(key).is_some_and(|id| cycle.contains(id)))
            .map(|((_, slug), line)| (*line, slug))
            .min()?;
        Some(Located {
            line,
            problem: Problem {
                code: ProblemCode::Cycle,
                path: cycles::field_of(kind).to_owned(),
                message: cycles::MESSAGE.to_owned(),
            },
            slug: Some(slug.clone()),
        })
    }
}

impl References for Known {
    fn by_slug(&self, kind: ContentKind, slug: &str) -> Option<Uuid> {
        self.ids.get(&(kind, slug.to_owned())).copied()
    }

    fn by_id(&self, kind: ContentKind, id: Uuid) -> Option<String> {
        self.slugs.get(&(kind, id)).cloned()
    }

    fn file(&self, sha256: &str) -> Option<Uuid> {
        self.files.get(sha256).copied()
    }

    fn review(&self, slug: &str) -> Option<&ReviewFacts> {
        self.reviews.get(slug)
    }

    fn review_of(&self, recommendation: Uuid) -> Option<&str> {
        self.reviews_of.get(&recommendation).map(String::as_str)
    }

    fn registered(&self, sort: Sort, slug: &str) -> Option<Uuid> {
        self.references
            .key(sort, slug)
            .or_else(|| self.registered.get(&(sort, slug.to_owned())).copied())
    }
}

/// The slugs that there can be. Others, which may hold what a database refuses, are not looked for.
pub fn well_formed<'a>(slugs: impl IntoIterator<Item = &'a String>) -> Vec<String> {
    slugs.into_iter().filter(|slug| is_slug(slug)).cloned().collect()
}
