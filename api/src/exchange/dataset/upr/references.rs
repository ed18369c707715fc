//! What the recommendations of a file refer to: the reviews and the source, made where they are missing, and what others have
//! added.

use std::collections::{HashMap, HashSet};

use praxis_entities::vocabulary::{ConceptScheme, ContentKind, ResourceKind};
use sea_orm::{DatabaseTransaction, DbErr};
use uuid::Uuid;

use super::survey::Survey;
use super::write::Written;
use super::{MECHANISM, located};
use crate::accountability::register::{self, ReferenceInput, Registration, Resolved, ReviewInput, Sort};
use crate::accountability::review::facts::ReviewFacts;
use crate::content::document::{ContentInput, Document};
use crate::content::resource::document::ResourceInput;
use crate::curation::prepare::References;
use crate::curation::publish::{Publication, Publisher, ids_by_slug};
use crate::exchange::dataset::{DatasetError, DatasetImport, Report};
use crate::graphql::scalars::{LanguageTag, Url};

/// The resource that every recommendation cites. It is made where it is missing, and left as it is where it is not.
pub const SOURCE: &str = "upr-info-database-of-recommendations";
/// Its title.
const SOURCE_TITLE: &str = "Database of recommendations of the Universal Periodic Review (UPR Info)";
/// Its address.
const SOURCE_LINK: &str = "https://www.upr-info.org/";

/// What the documents of an import refer to.
#[derive(Default)]
pub struct Known {
    pub reviews: HashMap<String, ReviewFacts>,
    source: Uuid,
}

impl Known {
    /// What the documents of a batch refer to beside the reviews and the source: what others have added.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn with_references<'a>(
        &'a self,
        transaction: &DatabaseTransaction,
        rows: &mut [Written],
    ) -> Result<Batch<'a>, DbErr> {
        let mut slugs: HashMap<ContentKind, HashSet<String>> = HashMap::new();
        for row in rows {
            row.document.references(&mut |slot| {
                if self.by_slug(slot.target, slot.value).is_none() {
                    slugs.entry(slot.target).or_default().insert(slot.value.clone());
                }
            });
        }
        let mut others = HashMap::new();
        for (kind, slugs) in slugs {
            let slugs: Vec<String> = slugs.into_iter().collect();
            let found = ids_by_slug(transaction, kind, &slugs).await?;
            others.extend(found.into_iter().map(|(slug, id, _)| ((kind, slug), id)));
        }
        Ok(Batch { known: self, others })
    }
}

/// What the documents of a batch refer to.
pub struct Batch<'a> {
    known: &'a Known,
    others: HashMap<(ContentKind, String), Uuid>,
}

impl References for Batch<'_> {
    fn by_slug(&self, kind: ContentKind, slug: &str) -> Option<Uuid> {
        self.known
            .by_slug(kind, slug)
            .or_else(|| self.others.get(&(kind, slug.to_owned())).copied())
    }

    fn by_id(&self, kind: ContentKind, id: Uuid) -> Option<String> {
        self.known.by_id(kind, id)
    }

    fn review(&self, slug: &str) -> Option<&ReviewFacts> {
        self.known.review(slug)
    }
}

impl References for Known {
    fn by_slug(&self, kind: ContentKind, slug: &str) -> Option<Uuid> {
        (kind == ContentKind::Resource && slug == SOURCE).then_some(self.source)
    }

    fn by_id(&self, _kind: ContentKind, _id: Uuid) -> Option<String> {
        None
    }

    fn review(&self, slug: &str) -> Option<&ReviewFacts> {
        self.reviews.get(slug)
    }
}

impl DatasetImport<'_> {
    /// Makes the reviews and the source that are missing, and gives what documents refer to.
    pub(super) async fn references(
        &self,
        publisher: &mut Publisher,
        survey: &Survey,
        report: &mut Report,
    ) -> Result<Known, DatasetError> {
        let mechanism = register::ids(publisher.transaction(), Sort::Mechanism, &[MECHANISM.to_owned()])
            .await?
            .remove(MECHANISM)
            .ok_or_else(|| DatasetError::Missing(format!("there is no mechanism `{MECHANISM}`")))?;
        let mut missing = Vec::new();
        let mut reviews = HashMap::new();
        for key in survey.reviews.keys() {
            let (state, session) = key;
            let slug = survey.held.slug_of(key);
            let existing = survey.held.find(key).map(|known| known.id);
            let id = existing.unwrap_or_else(Uuid::now_v7);
            let facts = ReviewFacts {
                id,
                mechanism: MECHANISM.to_owned(),
                country: state.to_string(),
                date: None,
                year: Some(session.year()),
            };
            reviews.insert(slug.clone(), facts);
            if existing.is_some() {
                continue;
            }
            missing.push(Registration {
                id,
                slug,
                input: ReferenceInput::Review(ReviewInput {
                    mechanism: MECHANISM.to_owned(),
                    country: state.clone(),
                    cycle: Some(i32::from(session.cycle().number())),
                    session: Some(session.number().to_string()),
                    date: None,
                    year: Some(session.year()),
                    document_symbol: None,
                    citation: None,
                }),
                resolved: Resolved {
                    mechanism: Some(mechanism),
                    country: self
                        .vocabulary
                        .find(ConceptScheme::Country, state.as_str())
                        .map(|country| country.id),
                    resource: None,
                },
            });
        }
        if !missing.is_empty() {
            report.remarks.push(format!("{} reviews added", missing.len()));
        }
        let (_, changes) = register::write(publisher.transaction(), missing).await?;
        publisher.record_references(changes).await?;
        let source = self.source(publisher).await?;
        Ok(Known { reviews, source })
    }

    /// The key of the resource that recommendations cite.
    async fn source(&self, publisher: &mut Publisher) -> Result<Uuid, DatasetError> {
        let found = ids_by_slug(publisher.transaction(), ContentKind::Resource, &[SOURCE.to_owned()]).await?;
        if let Some((_, id, _)) = found.into_iter().next() {
            return Ok(id);
        }
        let document = ResourceInput {
            title: SOURCE_TITLE.to_owned(),
            language: LanguageTag::trusted("en"),
            summary: None,
            themes: None,
            countries: None,
            translations: None,
            citations: None,
            contributors: None,
            kind: ResourceKind::Dataset,
            year: None,
            license: None,
            identifiers: None,
            link: Some(Url::trusted(SOURCE_LINK)),
            authors: None,
            publishers: None,
            translation_of: None,
            child_friendly_version_of: None,
            new_version_of: None,
            part_of: None,
            files: None,
        };
        let id = Uuid::now_v7();
        let prepared = self
            .prepare(SOURCE, ContentInput::Resource(document), &Known::default())
            .map_err(|problems| DatasetError::Problems(located(1, problems)))?;
        publisher.publish(vec![Publication { id, prepared }]).await?;
        Ok(id)
    }
}
