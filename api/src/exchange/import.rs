//! Import of bundles: all or nothing for each file, every problem named with its line and field, memory flat.
//!
//! A file is read three times: first only the slugs, so that items may refer to each other in any order; then everything
//! is validated and all problems are collected; then, if there were none, the documents are published in batches within
//! one transaction. Only slugs and keys are kept in memory.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fs::File;
use std::io::{BufRead, BufReader, Read, Seek};
use std::path::{Path, PathBuf};

use praxis_entities::vocabulary::{ContentKind, ContentStatus, RelationKind};
use sea_orm::{DbErr, Iterable};
use uuid::Uuid;

use super::bundle::{self, Heading};
use super::fact_lines::{FactLines, FactWriter};
use super::overtaken::{ATTEMPTS, is_overtaken};
use super::reference_lines::ReferenceLines;
use crate::accountability::register::{self, Sort};
use crate::accountability::review::facts::{self, ReviewFacts};
use crate::content::document::ContentInput;
use crate::content::document::problem::{Problem, ProblemCode};
use crate::content::document::validate::is_slug;
use crate::curation::cycles::{self, ACYCLIC, Edges};
use crate::curation::prepare::{Prepared, References, prepare};
use crate::curation::publish::{BATCH, Outcome, Provenance, Publication, Publisher, ids_by_slug, slugs_by_id};
use crate::database::Database;
use crate::files::folder::Folder;
use crate::files::intake::{self, IntakeError};
use crate::files::is_sha256;
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

    /// First reading: the slugs of the file, with the keys of those that exist and new keys for the others. Lines whose
    /// slug and kind can't be read are left to the second reading.
    async fn index(&self, source: &mut (impl Read + Seek), problems: &mut Vec<Located>) -> Result<Known, ImportError> {
        let mut known = Known::default();
        let mut lines = Lines::from_start(source)?;
        while let Some((number, text)) = lines.next_line()? {
            known.lines += 1;
            let heading: Option<Heading> = text.as_ref().ok().and_then(|text| serde_json::from_str(text).ok());
            if heading.as_ref().is_some_and(|heading| heading.reference.is_some()) {
                if let Ok(text) = text
                    && let Err(problem) = known.references.take(number, text)
                    && problems.len() < PROBLEMS
                {
                    problems.push(problem);
                }
                continue;
            }
            if heading.as_ref().is_some_and(|heading| heading.fact.is_some()) {
                if let Ok(text) = text
                    && let Err(problem) = known.facts.take(number, text)
                    && problems.len() < PROBLEMS
                {
                    problems.push(problem);
                }
                continue;
            }
            let kind = heading.as_ref().and_then(|heading| {
                let content = heading.content.as_ref()?;
                ContentKind::iter().find(|kind| content.contains_key(ContentInput::field(*kind)))
            });
            let (Some(slug), Some(kind)) = (heading.and_then(|heading| heading.slug), kind) else {
                continue;
            };
            let first = *known.first_line.entry((kind, slug.clone())).or_insert(number);
            if first != number && problems.len() < PROBLEMS {
                problems.push(Located {
                    line: number,
                    problem: Problem {
                        code: ProblemCode::DuplicateSlug,
                        path: "slug".to_owned(),
                        message: format!(
                            "Line {first} has the {} `{}` already; give this one another slug.",
                            ContentInput::field(kind),
                            slug
                        ),
                    },
                    slug: Some(slug),
                });
            }
        }
        for kind in ContentKind::iter() {
            let mut lines: Vec<(usize, String)> = known
                .first_line
                .iter()
                .filter(|((one, _), _)| *one == kind)
                .map(|((_, slug), line)| (*line, slug.clone()))
                .collect();
            // Ids are given in the order of the lines. What is published at the same time is listed by id, so that the
            // same file gives the same lists everywhere.
            lines.sort_unstable();
            let slugs: Vec<String> = lines.into_iter().map(|(_, slug)| slug).collect();
            let mut stored: HashMap<String, Uuid> = HashMap::new();
            for (slug, id, status) in ids_by_slug(self.database.read(), kind, &well_formed(&slugs)).await? {
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
        let mut named: HashSet<(Sort, String)> = HashSet::new();
        let mut with_asks = false;
        for slug in known.references.resources() {
            if known.by_slug(ContentKind::Resource, slug).is_none() {
                slugs.entry(ContentKind::Resource).or_default().insert(slug.to_owned());
            }
        }
        let mut lines = Lines::from_start(source)?;
        while let Some((number, text)) = lines.next_line()? {
            if !known.is_content(number) {
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
            let nodes = item.content.document().named().into_iter();
            named.extend(nodes.map(|node| (node.sort, node.slug.to_owned())));
            match &item.content {
                ContentInput::Recommendation(document) => {
                    if let Some(id) = known.by_slug(ContentKind::Recommendation, &item.slug) {
                        known.reviews_of.insert(id, document.review.clone());
                    }
                }
                ContentInput::Initiative(document) => with_asks |= document.asks.is_some(),
                _ => {}
            }
            for file in item.content.document().files() {
                known
                    .named_files
                    .entry(file.sha256.clone())
                    .or_insert_with(|| NamedFile {
                        line: number,
                        slug: item.slug.clone(),
                        name: file.name.clone(),
                    });
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
        known.registered = register::named(self.database.read(), named).await?;
        // What was retracted may still be cited; what was hidden or erased is not there.
        let is_there = |status| matches!(status, ContentStatus::Published | ContentStatus::Retracted);
        for (kind, slugs) in slugs {
            for (slug, id, status) in ids_by_slug(self.database.read(), kind, &well_formed(&slugs)).await? {
                if is_there(status) {
                    known.ids.insert((kind, slug), id);
                }
            }
        }
        for (kind, ids) in ids {
            let ids: Vec<Uuid> = ids.into_iter().collect();
            for (id, slug, status) in slugs_by_id(self.database.read(), kind, &ids).await? {
                if is_there(status) {
                    known.slugs.insert((kind, id), slug);
                }
            }
        }
        if with_asks {
            let keys = known.ids.iter().map(|((kind, _), id)| (*kind, *id));
            let outside: Vec<Uuid> = keys
                .chain(known.slugs.keys().copied())
                .filter(|(kind, id)| *kind == ContentKind::Recommendation && !known.reviews_of.contains_key(id))
                .map(|(_, id)| id)
                .collect();
            known
                .reviews_of
                .extend(facts::of_recommendations(self.database.read(), &outside).await?);
        }
        Ok(())
    }

    /// Finds the stored files that the file names, and takes in those that lie beside it. One that is taken in for an import
    /// that fails afterwards goes like any upload that is never used.
    async fn find_files(&self, known: &mut Known, problems: &mut Vec<Located>) -> Result<(), ImportError> {
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
            if known.facts.is_line(number) {
                // What can't be read the first reading has said.
                if let Ok(Ok(item)) = text.map(bundle::read_fact) {
                    problems.extend(located(number, None, known.facts.check(self, &item.fact)));
                }
                continue;
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
                Err((slug, found)) => problems.extend(located(number, slug, found)),
            }
        }
        for (kind, mut edges) in edges {
            cycles::add_stored(self.database.read(), kind, &mut edges, &known.own).await?;
            if let Some(cycle) = cycles::find_cycle(&edges) {
                problems.extend(known.cycle(kind, &cycle));
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
        let mut facts = FactWriter::new(self, &known.facts);
        let mut batch = Vec::with_capacity(BATCH);
        let mut written = 0;
        let mut lines = Lines::from_start(source)?;
        while let Some((number, text)) = lines.next_line()? {
            if known.references.is_line(number) {
                continue;
            }
            // Checked a moment ago; a file that changed meanwhile is a problem like any other.
            let changed = |slug, found| ImportError::Problems(located(number, slug, found).collect());
            if known.facts.is_line(number) {
                let text = text.map_err(|message| changed(None, vec![malformed(message)]))?;
                let fact = bundle::read_fact(text)
                    .map_err(|problem| changed(None, vec![problem]))?
                    .fact;
                let found = known.facts.check(self, &fact);
                if !found.is_empty() {
                    return Err(changed(None, found));
                }
                if facts.take(&publisher, fact).await? {
                    progress(Progress::Written(written + facts.written(), known.lines));
                }
                continue;
            }
            let (id, prepared) = self
                .prepare(text, known)
                .map_err(|(slug, found)| changed(slug, found))?;
            batch.push(Publication { id, prepared });
            if batch.len() == BATCH {
                written += batch.len();
                publisher.publish(std::mem::take(&mut batch)).await?;
                progress(Progress::Written(written + facts.written(), known.lines));
            }
        }
        written += batch.len();
        publisher.publish(batch).await?;
        written += facts.end(&mut publisher).await?;
        progress(Progress::Written(written, known.lines));
        Ok(publisher.end(self.dry_run).await?)
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
struct NamedFile {
    line: usize,
    slug: String,
    name: String,
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
    /// The slugs of the reviews that recommendations belong to, those of the file and those that it refers to.
    reviews_of: HashMap<Uuid, String>,
    references: ReferenceLines,
    facts: FactLines,
    /// The nodes of the register that the file's content names, of those that exist.
    registered: HashMap<(Sort, String), Uuid>,
    /// The stored files that the file names.
    files: HashMap<String, Uuid>,
    /// Where each file is named first, until it is looked for.
    named_files: BTreeMap<String, NamedFile>,
}

impl Known {
    /// Whether a line holds an item of content.
    fn is_content(&self, line: usize) -> bool {
        !self.references.is_line(line) && !self.facts.is_line(line)
    }

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

    /// A cycle is a problem of the first of the file's items on it; without one the file had not closed it.
    fn cycle(&self, kind: RelationKind, cycle: &[Uuid]) -> Option<Located> {
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

/// The slugs that there can be. Others, which may hold what a database refuses, are not looked for.
fn well_formed<'a>(slugs: impl IntoIterator<Item = &'a String>) -> Vec<String> {
    slugs.into_iter().filter(|slug| is_slug(slug)).cloned().collect()
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

/// What some editors put before the first character of a file in UTF-8.
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

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
            // With room for the byte order mark and the end of the line, which do not count.
            let limit = u64::try_from(bundle::LINE + BYTE_ORDER_MARK.len() + 2).unwrap_or(u64::MAX);
            let read = (&mut self.reader).take(limit).read_until(b'\n', &mut self.buffer)?;
            if read == 0 {
                return Ok(None);
            }
            let ended = self.buffer.ends_with(b"\n");
            if ended {
                self.buffer.pop();
                if self.buffer.ends_with(b"\r") {
                    self.buffer.pop();
                }
            }
            if self.number == 0 && self.buffer.starts_with(BYTE_ORDER_MARK) {
                self.buffer.drain(..BYTE_ORDER_MARK.len());
            }
            self.number += 1;
            if self.buffer.len() > bundle::LINE {
                if !ended {
                    self.skip_rest()?;
                }
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
