//! Import of bundles: all or nothing for each file, every problem named with its line and field, memory flat.
//!
//! A file is read three times: first only the slugs, so that items may refer to each other in any order; then everything
//! is validated and all problems are collected; then, if there were none, the documents are published in batches within
//! one transaction. Only slugs and keys are kept in memory.

use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::io::{BufRead, BufReader, Read, Seek};
use std::path::Path;

use praxis_entities::vocabulary::{ContentKind, ContentStatus, RelationKind};
use sea_orm::{DbErr, Iterable};
use uuid::Uuid;

use super::bundle::{self, Heading};
use super::reference_lines::ReferenceLines;
use crate::accountability::register;
use crate::accountability::review::facts::{self, ReviewFacts};
use crate::content::document::ContentInput;
use crate::content::document::problem::{Problem, ProblemCode};
use crate::curation::cycles::{self, ACYCLIC, Edges};
use crate::curation::prepare::{Prepared, References, prepare};
use crate::curation::publish::{BATCH, Outcome, Provenance, Publication, Publisher, ids_by_slug, slugs_by_id};
use crate::database::Database;
use crate::identifier::NodeId;
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
        let mut problems = Vec::new();
        let mut known = self.index(&mut source, &mut problems).await?;
        if problems.is_empty() {
            known.references.find_ids(self.database).await?;
            known.reviews.extend(known.references.reviews());
            self.resolve_outside(&mut source, &mut known).await?;
            known.references.check(self, &known, &mut problems);
            self.check(&mut source, &known, &mut problems, progress).await?;
        }
        if !problems.is_empty() {
            return Err(ImportError::Problems(problems));
        }
        self.publish(&mut source, &known, progress).await
    }

    /// First reading: the slugs of the file, with the keys of those that exist and new keys for the others.
    async fn index(&self, source: &mut (impl Read + Seek), problems: &mut Vec<Located>) -> Result<Known, ImportError> {
        let mut known = Known::default();
        let mut lines = Lines::from_start(source)?;
        while let Some((number, text)) = lines.next_line()? {
            let located = |code, path: &str, message: String| Located {
                line: number,
                slug: None,
                problem: Problem {
                    code,
                    path: path.to_owned(),
                    message,
                },
            };
            if problems.len() >= PROBLEMS {
                break;
            }
            let text = match text {
                Ok(text) => text,
                Err(message) => {
                    problems.push(located(ProblemCode::Malformed, "", message));
                    continue;
                }
            };
            let heading: Option<Heading> = serde_json::from_str(text).ok();
            if heading.as_ref().is_some_and(|heading| heading.reference.is_some()) {
                if let Err(problem) = known.references.take(number, text) {
                    problems.push(problem);
                }
                known.lines += 1;
                continue;
            }
            let kind = heading.as_ref().and_then(|heading| {
                ContentKind::iter().find(|kind| heading.content.contains_key(ContentInput::field(*kind)))
            });
            let (Some(heading), Some(kind)) = (heading, kind) else {
                // The full parser finds the words for what is wrong.
                let problem = bundle::read(text).err().unwrap_or(Problem {
                    code: ProblemCode::Malformed,
                    path: "content".to_owned(),
                    message: "Write exactly one kind of content.".to_owned(),
                });
                problems.push(Located {
                    line: number,
                    slug: None,
                    problem,
                });
                continue;
            };
            known.lines += 1;
            if let Some(first) = known.first_line.insert((kind, heading.slug.clone()), number) {
                problems.push(Located {
                    line: number,
                    slug: Some(heading.slug.clone()),
                    problem: Problem {
                        code: ProblemCode::DuplicateSlug,
                        path: "slug".to_owned(),
                        message: format!(
                            "Line {first} has the {} `{}` already; give this one another slug.",
                            ContentInput::field(kind),
                            heading.slug
                        ),
                    },
                });
            }
        }
        for kind in ContentKind::iter() {
            let slugs: Vec<String> = known
                .first_line
                .keys()
                .filter(|(one, _)| *one == kind)
                .map(|(_, slug)| slug.clone())
                .collect();
            let mut stored: HashMap<String, Uuid> = HashMap::new();
            for (slug, id, status) in ids_by_slug(self.database.read(), kind, &slugs).await? {
                if status != ContentStatus::Published {
                    problems.push(known.standing(kind, &slug, status));
                }
                stored.insert(slug, id);
            }
            for slug in slugs {
                let id = stored.get(&slug).copied().unwrap_or_else(Uuid::now_v7);
                known.own.insert(id);
                known.ids.insert((kind, slug), id);
            }
        }
        Ok(known)
    }

    /// Finds the content outside the file that the file refers to.
    async fn resolve_outside(&self, source: &mut (impl Read + Seek), known: &mut Known) -> Result<(), ImportError> {
        let mut slugs: HashMap<ContentKind, HashSet<String>> = HashMap::new();
        let mut ids: HashMap<ContentKind, HashSet<Uuid>> = HashMap::new();
        let mut reviews: HashSet<String> = HashSet::new();
        for slug in known.references.resources() {
            if known.by_slug(ContentKind::Resource, slug).is_none() {
                slugs.entry(ContentKind::Resource).or_default().insert(slug.to_owned());
            }
        }
        let mut lines = Lines::from_start(source)?;
        while let Some((number, text)) = lines.next_line()? {
            if known.references.is_line(number) {
                continue;
            }
            let Ok(Ok(mut item)) = text.map(bundle::read) else {
                continue;
            };
            for (_, slug) in item.content.document().reviews() {
                if !known.reviews.contains_key(slug) {
                    reviews.insert(slug.to_owned());
                }
            }
            item.content.document_mut().references(&mut |slot| {
                if known.by_slug(slot.target, slot.value).is_some() {
                } else if let Ok(id) = NodeId::parse(slot.value) {
                    ids.entry(slot.target).or_default().insert(id.uuid);
                } else {
                    slugs.entry(slot.target).or_default().insert(slot.value.clone());
                }
            });
        }
        let reviews: Vec<String> = reviews.into_iter().collect();
        known
            .reviews
            .extend(facts::by_slugs(self.database.read(), &reviews).await?);
        for (kind, slugs) in slugs {
            let slugs: Vec<String> = slugs.into_iter().collect();
            for (slug, id, status) in ids_by_slug(self.database.read(), kind, &slugs).await? {
                // What was retracted may still be cited; what was hidden or erased is not there.
                if matches!(status, ContentStatus::Published | ContentStatus::Retracted) {
                    known.ids.insert((kind, slug), id);
                }
            }
        }
        for (kind, ids) in ids {
            let ids: Vec<Uuid> = ids.into_iter().collect();
            for (id, slug) in slugs_by_id(self.database.read(), kind, &ids).await? {
                known.slugs.insert((kind, id), slug);
            }
        }
        Ok(())
    }

    /// Second reading: every line is validated, and the relations that must be free of cycles are walked.
    async fn check(
        &self,
        source: &mut (impl Read + Seek),
        known: &Known,
        problems: &mut Vec<Located>,
        progress: &mut (dyn FnMut(Progress) + Send),
    ) -> Result<(), ImportError> {
        let mut edges: HashMap<RelationKind, Edges> = HashMap::new();
        let mut checked = 0;
        let mut lines = Lines::from_start(source)?;
        while let Some((number, text)) = lines.next_line()? {
            if problems.len() >= PROBLEMS {
                break;
            }
            if known.references.is_line(number) {
                continue;
            }
            checked += 1;
            if checked % BATCH == 0 {
                progress(Progress::Checked(checked, known.lines));
            }
            match self.prepare(text, known) {
                Ok((id, prepared)) => {
                    for relation in prepared.relations() {
                        if ACYCLIC.contains(&relation.kind) {
                            edges
                                .entry(relation.kind)
                                .or_default()
                                .entry(id)
                                .or_default()
                                .push(relation.target);
                        }
                    }
                }
                Err((slug, found)) => problems.extend(found.into_iter().map(|problem| Located {
                    line: number,
                    slug: slug.clone(),
                    problem,
                })),
            }
        }
        for (kind, mut edges) in edges {
            cycles::add_stored(self.database.read(), kind, &mut edges, &known.own).await?;
            if let Some(item) = cycles::find_cycle(&edges) {
                problems.push(known.cycle(kind, item));
            }
        }
        Ok(())
    }

    /// Third reading: the documents are published.
    async fn publish(
        &self,
        source: &mut (impl Read + Seek),
        known: &Known,
        progress: &mut (dyn FnMut(Progress) + Send),
    ) -> Result<Outcome, ImportError> {
        let mut publisher = Publisher::begin(self.database, self.provenance.clone()).await?;
        let (outcome, changes) = register::write(
            publisher.transaction(),
            known.references.registrations(self.vocabulary, known),
        )
        .await?;
        publisher.record_references(changes).await?;
        publisher.count(outcome);
        let mut batch = Vec::with_capacity(BATCH);
        let mut written = 0;
        let mut lines = Lines::from_start(source)?;
        while let Some((number, text)) = lines.next_line()? {
            if known.references.is_line(number) {
                continue;
            }
            // Checked a moment ago; a file that changed meanwhile is a problem like any other.
            let (id, prepared) = self.prepare(text, known).map_err(|(slug, found)| {
                ImportError::Problems(
                    found
                        .into_iter()
                        .map(|problem| Located {
                            line: number,
                            slug: slug.clone(),
                            problem,
                        })
                        .collect(),
                )
            })?;
            batch.push(Publication { id, prepared });
            if batch.len() == BATCH {
                written += batch.len();
                publisher.publish(std::mem::take(&mut batch)).await?;
                progress(Progress::Written(written, known.lines));
            }
        }
        written += batch.len();
        publisher.publish(batch).await?;
        progress(Progress::Written(written, known.lines));
        Ok(if self.dry_run {
            publisher.discard().await?
        } else {
            publisher.finish().await?
        })
    }

    fn prepare(
        &self,
        text: Result<&str, String>,
        known: &Known,
    ) -> Result<(Uuid, Prepared), (Option<String>, Vec<Problem>)> {
        let malformed = |message: String| Problem {
            code: ProblemCode::Malformed,
            path: String::new(),
            message,
        };
        let text = text.map_err(|message| (None, vec![malformed(message)]))?;
        let item = bundle::read(text).map_err(|problem| {
            let slug = serde_json::from_str::<Heading>(text).ok().map(|heading| heading.slug);
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

/// What is kept in memory of a file and of what it refers to.
#[derive(Default)]
struct Known {
    lines: usize,
    first_line: HashMap<(ContentKind, String), usize>,
    ids: HashMap<(ContentKind, String), Uuid>,
    slugs: HashMap<(ContentKind, Uuid), String>,
    own: HashSet<Uuid>,
    reviews: HashMap<String, ReviewFacts>,
    references: ReferenceLines,
}

impl Known {
    fn standing(&self, kind: ContentKind, slug: &str, status: ContentStatus) -> Located {
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

    fn cycle(&self, kind: RelationKind, item: Uuid) -> Located {
        let (line, slug) = self
            .ids
            .iter()
            .find(|(_, id)| **id == item)
            .map_or((0, None), |(key, _)| {
                (self.first_line.get(key).copied().unwrap_or(0), Some(key.1.clone()))
            });
        Located {
            line,
            problem: Problem {
                code: ProblemCode::Cycle,
                path: field_of(kind).to_owned(),
                message: "Following this relation from item to item leads back to the item; remove one of the steps."
                    .to_owned(),
            },
            slug,
        }
    }
}

fn field_of(kind: RelationKind) -> &'static str {
    match kind {
        RelationKind::PartOf => "partOf",
        RelationKind::AdaptedFrom => "adaptedFrom",
        RelationKind::Follows => "follows",
        RelationKind::Member => "members",
        RelationKind::TranslationOf => "translationOf",
        RelationKind::ChildFriendlyVersionOf => "childFriendlyVersionOf",
        RelationKind::NewVersionOf => "newVersionOf",
        RelationKind::Repeats => "repeats",
        _ => "",
    }
}

impl References for Known {
    fn by_slug(&self, kind: ContentKind, slug: &str) -> Option<Uuid> {
        self.ids.get(&(kind, slug.to_owned())).copied()
    }

    fn by_id(&self, kind: ContentKind, id: Uuid) -> Option<String> {
        self.slugs.get(&(kind, id)).cloned()
    }

    fn review(&self, slug: &str) -> Option<&ReviewFacts> {
        self.reviews.get(slug)
    }
}

/// The lines of a file, bounded in length, blank ones left out.
struct Lines<R> {
    reader: BufReader<R>,
    number: usize,
    buffer: Vec<u8>,
}

impl<'a, R: Read + Seek> Lines<&'a mut R> {
    fn from_start(source: &'a mut R) -> std::io::Result<Self> {
        source.rewind()?;
        Ok(Self {
            reader: BufReader::with_capacity(256 * 1024, source),
            number: 0,
            buffer: Vec::new(),
        })
    }
}

impl<R: Read> Lines<R> {
    fn next_line(&mut self) -> std::io::Result<Option<(usize, Result<&str, String>)>> {
        loop {
            self.buffer.clear();
            let limit = u64::try_from(bundle::LINE + 1).unwrap_or(u64::MAX);
            let read = (&mut self.reader).take(limit).read_until(b'\n', &mut self.buffer)?;
            if read == 0 {
                return Ok(None);
            }
            self.number += 1;
            if self.buffer.len() > bundle::LINE && self.buffer.last() != Some(&b'\n') {
                self.skip_rest()?;
                return Ok(Some((
                    self.number,
                    Err(format!("The line is longer than {} bytes.", bundle::LINE)),
                )));
            }
            if !self.buffer.trim_ascii().is_empty() {
                break;
            }
        }
        let text = std::str::from_utf8(self.buffer.trim_ascii()).map_err(|error| {
            format!(
                "The line is not UTF-8 from byte {} on; save the file as UTF-8.",
                error.valid_up_to() + 1
            )
        });
        Ok(Some((self.number, text)))
    }

    fn skip_rest(&mut self) -> std::io::Result<()> {
        loop {
            let available = self.reader.fill_buf()?;
            if available.is_empty() {
                return Ok(());
            }
            match available.iter().position(|byte| *byte == b'\n') {
                Some(at) => {
                    self.reader.consume(at + 1);
                    return Ok(());
                }
                None => {
                    let length = available.len();
                    self.reader.consume(length);
                }
            }
        }
    }
}
