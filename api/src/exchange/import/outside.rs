//! What stands outside the file that the file refers to.

use std::collections::{HashMap, HashSet};
use std::io::{Read, Seek};

use praxis_entities::vocabulary::{ContentKind, ContentStatus};
use sea_orm::DbErr;
use uuid::Uuid;

use super::files::NamedFile;
use super::known::{Known, well_formed};
use super::lines::Lines;
use super::{Import, ImportError};
use crate::accountability::register::{self, Sort};
use crate::accountability::review::facts;
use crate::content::document::ContentInput;
use crate::curation::prepare::References;
use crate::curation::publish::{ids_by_slug, slugs_by_id};
use crate::database::Database;
use crate::exchange::bundle::{self, Item};
use crate::identifier::NodeId;

/// What is to be looked for.
#[derive(Default)]
struct Wanted {
    slugs: HashMap<ContentKind, HashSet<String>>,
    ids: HashMap<ContentKind, HashSet<Uuid>>,
    reviews: HashSet<String>,
    nodes: HashSet<(Sort, String)>,
    /// Whether the file has something that asks for recommendations, whose reviews must be known then.
    with_asks: bool,
}

impl Wanted {
    /// Takes what an item refers to.
    fn take(&mut self, line: usize, mut item: Item, known: &mut Known) {
        for (_, slug) in item.content.document().reviews() {
            if !known.reviews.contains_key(slug) {
                self.reviews.insert(slug.to_owned());
            }
        }
        let nodes = item.content.document().named().into_iter();
        self.nodes.extend(nodes.map(|node| (node.sort, node.slug.to_owned())));
        match &item.content {
            ContentInput::Recommendation(document) => {
                if let Some(id) = known.by_slug(ContentKind::Recommendation, &item.slug) {
                    known.reviews_of.insert(id, document.review.clone());
                }
            }
            ContentInput::Initiative(document) => self.with_asks |= document.asks.is_some(),
            _ => {}
        }
        for file in item.content.document().files() {
            known
                .named_files
                .entry(file.sha256.clone())
                .or_insert_with(|| NamedFile {
                    line,
                    slug: item.slug.clone(),
                    name: file.name.clone(),
                });
        }
        item.content.document_mut().references(&mut |slot| {
            if known.by_slug(slot.target, slot.value).is_some() {
            } else if let Ok(id) = NodeId::parse(slot.value) {
                self.ids.entry(slot.target).or_default().insert(id.uuid);
            } else {
                self.slugs.entry(slot.target).or_default().insert(slot.value.clone());
            }
        });
    }

    /// Looks for it.
    async fn find(self, database: &Database, known: &mut Known) -> Result<(), DbErr> {
        let reviews: Vec<String> = self.reviews.into_iter().collect();
        known.reviews.extend(facts::by_slugs(database.read(), &reviews).await?);
        known.registered = register::named(database.read(), self.nodes).await?;
        // What was retracted may still be cited; what was hidden or erased is not there.
        let is_there = |status| matches!(status, ContentStatus::Published | ContentStatus::Retracted);
        for (kind, slugs) in self.slugs {
            for (slug, id, status) in ids_by_slug(database.read(), kind, &well_formed(&slugs)).await? {
                if is_there(status) {
                    known.ids.insert((kind, slug), id);
                }
            }
        }
        for (kind, ids) in self.ids {
            let ids: Vec<Uuid> = ids.into_iter().collect();
            for (id, slug, status) in slugs_by_id(database.read(), kind, &ids).await? {
                if is_there(status) {
                    known.slugs.insert((kind, id), slug);
                }
            }
        }
        if self.with_asks {
            known.find_reviews_of(database).await?;
        }
        Ok(())
    }
}

impl Known {
    /// Finds the reviews of the recommendations outside the file.
    async fn find_reviews_of(&mut self, database: &Database) -> Result<(), DbErr> {
        let keys = self.ids.iter().map(|((kind, _), id)| (*kind, *id));
        let outside: Vec<Uuid> = keys
            .chain(self.slugs.keys().copied())
            .filter(|(kind, id)| *kind == ContentKind::Recommendation && !self.reviews_of.contains_key(id))
            .map(|(_, id)| id)
            .collect();
        self.reviews_of
            .extend(facts::of_recommendations(database.read(), &outside).await?);
        Ok(())
    }
}

impl Import<'_> {
    /// Finds the content outside the file that the file refers to.
    pub(super) async fn resolve_outside(
        &self,
        source: &mut (impl Read + Seek),
        known: &mut Known,
    ) -> Result<(), ImportError> {
        let mut wanted = Wanted::default();
        for slug in known.references.resources() {
            if known.by_slug(ContentKind::Resource, slug).is_none() {
                let resources = wanted.slugs.entry(ContentKind::Resource).or_default();
                resources.insert(slug.to_owned());
            }
        }
        let mut lines = Lines::from_start(source)?;
        while let Some((number, text)) = lines.next_line()? {
            if known.is_content(number)
                && let Ok(Ok(item)) = text.map(bundle::read)
            {
                wanted.take(number, item, known);
            }
        }
        Ok(wanted.find(self.database, known).await?)
    }
}
