//! Finds what a single document refers to in the database.

use std::collections::{HashMap, HashSet};

use praxis_entities::content;
use praxis_entities::vocabulary::{ContentKind, ContentStatus, RelationKind};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, ExprTrait, QueryFilter};
use uuid::Uuid;

use super::cycles::{self, ACYCLIC, Edges};
use super::prepare::{Prepared, References};
use crate::accountability::register::{self, Sort};
use crate::accountability::review::facts::{self, ReviewFacts};
use crate::content::document::ContentInput;
use crate::content::document::problem::{Problem, ProblemCode};
use crate::files::access::{self, FileScope};
use crate::identifier::NodeId;

/// The content that one document refers to.
#[derive(Default)]
pub struct StoredReferences {
    by_slug: HashMap<(ContentKind, String), Uuid>,
    by_id: HashMap<(ContentKind, Uuid), String>,
    reviews: HashMap<String, ReviewFacts>,
    /// The slugs of the reviews that the recommendations belong to.
    reviews_of: HashMap<Uuid, String>,
    files: HashMap<String, Uuid>,
    registered: HashMap<(Sort, String), Uuid>,
}

impl StoredReferences {
    /// The keys of the files that the document names and may use.
    pub fn files(&self) -> HashSet<Uuid> {
        self.files.values().copied().collect()
    }

    /// Looks up everything that the document refers to: one statement for each kind, one for reviews, one for each sort of
    /// other nodes of the register, one for files, and one for the reviews of recommendations where an initiative names some. What was erased or hidden can't be
    /// referred to.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn of(connection: &impl ConnectionTrait, input: &ContentInput, scope: FileScope) -> Result<Self, DbErr> {
        let mut slugs: HashMap<ContentKind, Vec<String>> = HashMap::new();
        let mut ids: HashMap<ContentKind, Vec<Uuid>> = HashMap::new();
        let mut copy = input.clone();
        copy.document_mut()
            .references(&mut |slot| match NodeId::parse(slot.value) {
                Ok(id) => ids.entry(slot.target).or_default().push(id.uuid),
                Err(_) => slugs.entry(slot.target).or_default().push(slot.value.clone()),
            });
        let mut kinds: Vec<ContentKind> = slugs.keys().chain(ids.keys()).copied().collect();
        kinds.sort_unstable();
        kinds.dedup();
        let mut found = Self::default();
        for kind in kinds {
            let rows = content::Entity::find()
                .filter(content::Column::Kind.eq(kind))
                .filter(content::Column::Status.is_in([ContentStatus::Published, ContentStatus::Retracted]))
                .filter(
                    content::Column::Slug
                        .is_in(slugs.remove(&kind).unwrap_or_default())
                        .or(content::Column::Id.is_in(ids.remove(&kind).unwrap_or_default())),
                )
                .all(connection)
                .await?;
            for row in rows {
                found.by_slug.insert((kind, row.slug.clone()), row.id);
                found.by_id.insert((kind, row.id), row.slug);
            }
        }
        let reviews: Vec<String> = input
            .document()
            .reviews()
            .into_iter()
            .map(|(_, slug)| slug.to_owned())
            .collect();
        let files: Vec<&str> = input
            .document()
            .files()
            .iter()
            .map(|file| file.sha256.as_str())
            .collect();
        let nodes = input.document().named().into_iter();
        let nodes: Vec<(Sort, String)> = nodes.map(|node| (node.sort, node.slug.to_owned())).collect();
        found.registered = register::named(connection, nodes).await?;
        found.files = access::usable(connection, &files, scope).await?;
        found.reviews = facts::by_slugs(connection, &reviews).await?.into_iter().collect();
        if matches!(input, ContentInput::Initiative(_)) {
            let recommendations: Vec<Uuid> = found
                .by_id
                .keys()
                .filter(|(kind, _)| *kind == ContentKind::Recommendation)
                .map(|(_, id)| *id)
                .collect();
            found.reviews_of = facts::of_recommendations(connection, &recommendations).await?;
        }
        Ok(found)
    }
}

impl References for StoredReferences {
    fn by_slug(&self, kind: ContentKind, slug: &str) -> Option<Uuid> {
        self.by_slug.get(&(kind, slug.to_owned())).copied()
    }

    fn by_id(&self, kind: ContentKind, id: Uuid) -> Option<String> {
        self.by_id.get(&(kind, id)).cloned()
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
        self.registered.get(&(sort, slug.to_owned())).copied()
    }
}

/// Finds relations of a document that would lead back to the item itself.
///
/// # Errors
/// Where the database is away.
pub async fn cycle_problems(
    connection: &impl ConnectionTrait,
    id: Uuid,
    prepared: &Prepared,
) -> Result<Vec<Problem>, DbErr> {
    let mut by_kind: HashMap<RelationKind, Edges> = HashMap::new();
    for relation in prepared.relations() {
        if ACYCLIC.contains(&relation.kind) {
            by_kind
                .entry(relation.kind)
                .or_default()
                .entry(id)
                .or_default()
                .push(relation.target);
        }
    }
    let own = std::iter::once(id).collect();
    let mut problems = Vec::new();
    for (kind, mut edges) in by_kind {
        cycles::add_stored(connection, kind, &mut edges, &own).await?;
        if cycles::find_cycle(&edges).is_some() {
            problems.push(Problem {
                code: ProblemCode::Cycle,
                path: cycles::field_of(kind).to_owned(),
                message: cycles::MESSAGE.to_owned(),
            });
        }
    }
    Ok(problems)
}
