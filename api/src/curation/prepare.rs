//! From a document to rows: validation, resolution of references, the canonical form.

use std::collections::HashMap;

use chrono::NaiveDate;
use praxis_entities::vocabulary::{ConceptScheme, ContentKind, RelationKind};
use uuid::Uuid;

use crate::accountability::register::Sort;
use crate::accountability::review::facts::ReviewFacts;
use crate::content::document::problem::{Problem, ProblemCode, Problems};
use crate::content::document::reference::{Meaning, Slot};
use crate::content::document::validate::{Rules, SLUG, is_slug};
use crate::content::document::{CitationInput, ContentInput, Document, Named};
use crate::files::is_sha256;
use crate::identifier::{NodeId, NodeType};
use crate::vocabulary::Vocabulary;

/// Finds the key of content that a document refers to.
pub trait References {
    /// The key of the item with this slug.
    fn by_slug(&self, kind: ContentKind, slug: &str) -> Option<Uuid>;

    /// The slug of the item with this key.
    fn by_id(&self, kind: ContentKind, id: Uuid) -> Option<String>;

    /// The key of the stored file with this SHA-256, where the document may use it. Tables that others publish name none.
    fn file(&self, _sha256: &str) -> Option<Uuid> {
        None
    }

    /// What is known of the review with this slug.
    fn review(&self, slug: &str) -> Option<&ReviewFacts>;

    /// The slug of the review that a recommendation belongs to, for asks that are reflected in it. Tables that others publish
    /// hold no asks.
    fn review_of(&self, _recommendation: Uuid) -> Option<&str> {
        None
    }

    /// The key of a node of the register, not a review. Tables that others publish name none but by their reviews.
    fn registered(&self, _sort: Sort, _slug: &str) -> Option<Uuid> {
        None
    }
}

/// A relation of a document, resolved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PreparedRelation {
    /// Which relation.
    pub kind: RelationKind,
    /// The item referred to.
    pub target: Uuid,
    /// A role.
    pub role: Option<String>,
    /// Since when.
    pub from: Option<NaiveDate>,
    /// Until when.
    pub to: Option<NaiveDate>,
}

/// A citation of a document, resolved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PreparedCitation {
    /// The cited resource.
    pub resource: Uuid,
    /// The place in it.
    pub locator: Option<String>,
    /// A short note.
    pub note: Option<String>,
}

/// A document that is valid and whose references are resolved. There is no other way to make one than [`prepare`], and
/// no other way into the database than with one.
#[derive(Clone, Debug)]
pub struct Prepared {
    slug: String,
    input: ContentInput,
    canonical: String,
    concepts: Vec<(ConceptScheme, Uuid)>,
    relations: Vec<PreparedRelation>,
    citations: Vec<PreparedCitation>,
    keys: HashMap<(ContentKind, String), Uuid>,
    reviews: HashMap<String, Uuid>,
    recommending: Vec<Uuid>,
    files: Vec<(Uuid, String)>,
    registered: HashMap<(Sort, String), Uuid>,
}

impl Prepared {
    /// The slug.
    pub fn slug(&self) -> &str {
        &self.slug
    }

    /// The document.
    pub fn input(&self) -> &ContentInput {
        &self.input
    }

    /// The canonical JSON of the document.
    pub fn canonical(&self) -> &str {
        &self.canonical
    }

    /// The concepts that it is about, in order, each once.
    pub fn concepts(&self) -> &[(ConceptScheme, Uuid)] {
        &self.concepts
    }

    /// The relations, in order.
    pub fn relations(&self) -> &[PreparedRelation] {
        &self.relations
    }

    /// The citations, in order.
    pub fn citations(&self) -> &[PreparedCitation] {
        &self.citations
    }

    /// The key of content that the document refers to by this slug.
    pub fn key_of(&self, kind: ContentKind, slug: &str) -> Option<Uuid> {
        self.keys.get(&(kind, slug.to_owned())).copied()
    }

    /// What a part of the document is taken from.
    pub fn cited(&self, citation: Option<&CitationInput>) -> Option<PreparedCitation> {
        let citation = citation?;
        Some(PreparedCitation {
            resource: self.key_of(ContentKind::Resource, &citation.resource)?,
            locator: citation.locator.clone(),
            note: citation.note.clone(),
        })
    }

    /// The key of a review that the document names.
    pub fn review(&self, slug: &str) -> Option<Uuid> {
        self.reviews.get(slug).copied()
    }

    /// The stored files with their names, in order.
    pub fn files(&self) -> &[(Uuid, String)] {
        &self.files
    }

    /// The key of a node of the register that the document names.
    pub fn registered(&self, sort: Sort, slug: &str) -> Option<Uuid> {
        self.registered.get(&(sort, slug.to_owned())).copied()
    }

    /// The states that made a recommendation, in order.
    pub fn recommending(&self) -> &[Uuid] {
        &self.recommending
    }
}

/// Validates a document and resolves its references; finds everything that is wrong with it.
///
/// # Errors
/// All problems of the document.
pub fn prepare(
    slug: &str,
    mut input: ContentInput,
    references: &dyn References,
    vocabulary: &Vocabulary,
    today: NaiveDate,
) -> Result<Prepared, Vec<Problem>> {
    let mut problems = Problems::default();
    check_slug(slug, &mut problems);
    let reviews = find_reviews(input.document(), references, &mut problems);
    let files = find_files(input.document(), references, &mut problems);
    let registered = find_registered(input.document(), references, &mut problems);
    let mut found = Resolved::of(slug, &mut input, references);
    let review_of = |slug: &str| {
        let key = (ContentKind::Recommendation, slug.to_owned());
        found.keys.get(&key).and_then(|id| references.review_of(*id))
    };
    input
        .document()
        .check_recommendations(&|slug| references.review(slug), &review_of, &mut problems);
    // After the references, so that an item that is given by its slug and again by its id is seen to stand twice.
    Rules { vocabulary, today }.check(input.document(), &mut problems);
    problems.0.append(&mut found.problems.0);
    if !problems.is_empty() {
        return Err(problems.0);
    }
    let concepts = concepts(input.document(), vocabulary);
    let recommending = recommending(&input, vocabulary);
    let canonical = canonical(&input).map_err(|message| {
        vec![Problem {
            code: ProblemCode::Malformed,
            path: String::new(),
            message,
        }]
    })?;
    Ok(Prepared {
        slug: slug.to_owned(),
        input,
        canonical,
        concepts,
        relations: found.relations,
        citations: found.citations,
        keys: found.keys,
        reviews,
        recommending,
        files,
        registered,
    })
}

/// What became of the references to other content in a document.
#[derive(Default)]
struct Resolved {
    keys: HashMap<(ContentKind, String), Uuid>,
    relations: Vec<PreparedRelation>,
    citations: Vec<PreparedCitation>,
    problems: Problems,
}

impl Resolved {
    /// Resolves the references of an item, and writes them as slugs.
    fn of(slug: &str, input: &mut ContentInput, references: &dyn References) -> Self {
        let own_kind = input.kind();
        let mut resolved = Self::default();
        input.document_mut().references(&mut |slot| {
            let found = match resolve(slot.target, slot.value, references) {
                Ok(found) => found,
                Err((code, message)) => {
                    resolved.problems.add(code, slot.path, message);
                    return;
                }
            };
            if slot.target == own_kind && *slot.value == slug {
                resolved.problems.add(
                    ProblemCode::Cycle,
                    slot.path,
                    "This refers to the item itself; remove it.",
                );
                return;
            }
            resolved.add(slot, found);
        });
        resolved
    }

    fn add(&mut self, slot: Slot<'_>, found: Uuid) {
        self.keys.insert((slot.target, slot.value.clone()), found);
        match slot.meaning {
            Meaning::Relation { kind, role, from, to } => self.relations.push(PreparedRelation {
                kind,
                target: found,
                role,
                from,
                to,
            }),
            Meaning::Citation { locator, note } => {
                let citation = PreparedCitation {
                    resource: found,
                    locator,
                    note,
                };
                // A part of a document, such as a mandate, often cites the place that the whole of it cites.
                if !self.citations.contains(&citation) {
                    self.citations.push(citation);
                }
            }
        }
    }
}

/// Finds the reviews that a document names, and checks the document against them.
fn find_reviews(
    document: &dyn Document,
    references: &dyn References,
    problems: &mut Problems,
) -> HashMap<String, Uuid> {
    let mut found = HashMap::new();
    for (path, slug) in document.reviews() {
        match references.review(slug) {
            Some(review) => {
                found.insert(slug.to_owned(), review.id);
            }
            None => {
                let shown: String = slug.chars().take(100).collect();
                problems.add(
                    ProblemCode::UnknownReference,
                    path,
                    format!(
                        "There is no review `{shown}`. Those that there are: query `reviews`. An operator adds others with \
                         `praxis import`, before this or in the same file."
                    ),
                );
            }
        }
    }
    document.check_reviews(&|slug| references.review(slug), problems);
    found
}

/// Finds the nodes of the register that a document names.
fn find_registered(
    document: &dyn Document,
    references: &dyn References,
    problems: &mut Problems,
) -> HashMap<(Sort, String), Uuid> {
    let mut found = HashMap::new();
    for Named { sort, path, slug } in document.named() {
        match references.registered(sort, slug) {
            Some(id) => {
                found.insert((sort, slug.to_owned()), id);
            }
            None => {
                let shown: String = slug.chars().take(100).collect();
                let name = sort.field();
                problems.add(
                    ProblemCode::UnknownReference,
                    path,
                    format!(
                        "There is no {name} `{shown}`. Those that there are: query `{}`. An operator adds others with \
                         `praxis import`, before this or in the same file.",
                        sort.query()
                    ),
                );
            }
        }
    }
    found
}

/// Finds the stored files that a document names.
fn find_files(document: &dyn Document, references: &dyn References, problems: &mut Problems) -> Vec<(Uuid, String)> {
    let mut found = Vec::new();
    for (index, file) in document.files().iter().enumerate() {
        match references.file(&file.sha256) {
            Some(id) => found.push((id, file.name.clone())),
            // What has not the form of a SHA-256 is told by the rules.
            None if is_sha256(&file.sha256) => problems.add(
                ProblemCode::UnknownReference,
                format!("files[{index}].sha256"),
                "There is no such file, or it is not yours to use. Upload it first (`POST /files`); in an import, put it \
                 into a folder `files` beside the bundle, under its SHA-256.",
            ),
            None => {}
        }
    }
    found
}

fn recommending(input: &ContentInput, vocabulary: &Vocabulary) -> Vec<Uuid> {
    let ContentInput::Recommendation(document) = input else {
        return Vec::new();
    };
    document
        .recommending_countries
        .iter()
        .flatten()
        .filter_map(|code| vocabulary.find(ConceptScheme::Country, code.as_str()))
        .map(|country| country.id)
        .collect()
}

fn check_slug(slug: &str, problems: &mut Problems) {
    if !is_slug(slug) {
        problems.add(
            ProblemCode::InvalidSlug,
            "slug",
            format!(
                "Write at most {SLUG} lower-case letters, digits and single hyphens between them, e.g. \
                 `zambia-health-budget-2013`."
            ),
        );
    }
}

/// Finds the item that a slug or an id refers to, and puts the slug in its place.
fn resolve(
    target: ContentKind,
    value: &mut String,
    references: &dyn References,
) -> Result<Uuid, (ProblemCode, String)> {
    if let Some(id) = references.by_slug(target, value) {
        return Ok(id);
    }
    let name = ContentInput::field(target);
    let unknown = |value: &str| {
        let shown: String = value.chars().take(100).collect();
        (
            ProblemCode::UnknownReference,
            format!("There is no {name} `{shown}`. Check the spelling, or add it before, or in the same file."),
        )
    };
    if !value.contains('_') {
        return Err(unknown(value));
    }
    let id = NodeId::parse(value).map_err(|error| (ProblemCode::UnknownReference, error.message().to_owned()))?;
    if id.node_type != NodeType::Content(target) {
        return Err((
            ProblemCode::WrongReference,
            format!(
                "`{value}` is the id of a {}; give the slug or id of a {name}.",
                id.node_type.prefix()
            ),
        ));
    }
    match references.by_id(target, id.uuid) {
        Some(slug) => {
            *value = slug;
            Ok(id.uuid)
        }
        None => Err(unknown(value)),
    }
}

fn concepts(document: &dyn Document, vocabulary: &Vocabulary) -> Vec<(ConceptScheme, Uuid)> {
    let common = document.common();
    let find = |scheme, code: &str| vocabulary.find(scheme, code).map(|concept| (scheme, concept.id));
    let mut found: Vec<_> = common
        .themes
        .iter()
        .filter_map(|code| find(ConceptScheme::Theme, code))
        .chain(
            common
                .countries
                .iter()
                .filter_map(|code| find(ConceptScheme::Country, code.as_str())),
        )
        .chain(
            document
                .instruments()
                .iter()
                .filter_map(|code| find(ConceptScheme::Instrument, code)),
        )
        .collect();
    let mut seen = HashMap::new();
    found.retain(|(_, id)| seen.insert(*id, ()).is_none());
    found
}

/// Writes a document as canonical JSON: fields in the order of their definition, nothing that is empty.
///
/// # Errors
/// Where a value can't be written as JSON, which no document has.
pub fn canonical(input: &ContentInput) -> Result<String, String> {
    let mut value = serde_json::to_value(input).map_err(|error| error.to_string())?;
    drop_empty(&mut value);
    serde_json::to_string(&value).map_err(|error| error.to_string())
}

/// Drops empty lists. No list that a document must have is empty: the rules want an entry in it.
fn drop_empty(value: &mut serde_json::Value) {
    use serde_json::Value;
    match value {
        Value::Object(fields) => {
            fields.retain(|_, field| !matches!(field, Value::Array(list) if list.is_empty()));
            fields.values_mut().for_each(drop_empty);
        }
        Value::Array(list) => list.iter_mut().for_each(drop_empty),
        _ => {}
    }
}
