//! The lines of a bundle that hold reference nodes. They are few beside those with content, so they are kept in memory.

use std::collections::HashMap;

use praxis_entities::vocabulary::{ConceptScheme, ContentKind};
use sea_orm::DbErr;
use uuid::Uuid;

use super::bundle::{self, ReferenceItem};
use super::import::{Import, Located};
use crate::accountability::register::{
    self, Lookup, ReferenceInput, Registration, Resolved, ReviewInput, Reviews, Sort,
};
use crate::accountability::review::facts::ReviewFacts;
use crate::content::document::problem::{Problem, ProblemCode, Problems};
use crate::content::document::validate::Rules;
use crate::curation::prepare::References;
use crate::database::Database;
use crate::vocabulary::Vocabulary;

/// How many reference nodes a bundle may hold.
const MOST: usize = 50_000;

struct Entry {
    line: usize,
    item: ReferenceItem,
    id: Uuid,
}

/// The reference nodes of a bundle.
#[derive(Default)]
pub struct ReferenceLines {
    entries: Vec<Entry>,
    /// Where in `entries` each node stands.
    places: HashMap<(Sort, String), usize>,
    lines: std::collections::HashSet<usize>,
    mechanisms: HashMap<String, Uuid>,
    beside: Reviews,
}

impl ReferenceLines {
    /// Takes a line.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn take(&mut self, line: usize, text: &str) -> Result<(), Located> {
        self.lines.insert(line);
        let located = |slug, problem| Located { line, slug, problem };
        let item = bundle::read_reference(text).map_err(|problem| located(None, problem))?;
        let slug = Some(item.slug.clone());
        let refused = |code, message| {
            let path = "slug".to_owned();
            Err(located(slug, Problem { code, path, message }))
        };
        if self.entries.len() >= MOST {
            return refused(
                ProblemCode::TooLong,
                format!("The bundle holds more than {MOST} reference nodes; divide it."),
            );
        }
        let sort = item.reference.sort();
        if let Some(first) = self.entry(sort, &item.slug) {
            let message = format!(
                "Line {} has the {} `{}` already; give this one another slug.",
                first.line,
                sort.field(),
                item.slug
            );
            return refused(ProblemCode::DuplicateSlug, message);
        }
        let id = Uuid::now_v7();
        self.places.insert((sort, item.slug.clone()), self.entries.len());
        self.entries.push(Entry { line, item, id });
        Ok(())
    }

    /// Whether a line holds a reference node.
    pub fn is_line(&self, line: usize) -> bool {
        self.lines.contains(&line)
    }

    /// Finds the keys of the nodes that exist, the mechanisms that reviews name, and the reviews that there are beside them.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn find_ids(&mut self, database: &Database) -> Result<(), DbErr> {
        for sort in [Sort::Mechanism, Sort::Review, Sort::Treaty, Sort::Indicator] {
            let of_sort = |entry: &&mut Entry| entry.item.reference.sort() == sort;
            let slugs: Vec<String> = self
                .entries
                .iter_mut()
                .filter(of_sort)
                .map(|entry| entry.item.slug.clone())
                .collect();
            let known = register::ids(database.read(), sort, &slugs).await?;
            for entry in self.entries.iter_mut().filter(of_sort) {
                entry.id = known.get(&entry.item.slug).copied().unwrap_or(entry.id);
            }
        }
        let mut named: Vec<String> = self
            .entries
            .iter()
            .filter_map(|entry| match &entry.item.reference {
                ReferenceInput::Review(review) => Some(review.mechanism.clone()),
                _ => None,
            })
            .collect();
        named.sort_unstable();
        named.dedup();
        self.mechanisms = register::ids(database.read(), Sort::Mechanism, &named).await?;
        for entry in &self.entries {
            if entry.item.reference.sort() == Sort::Mechanism {
                self.mechanisms.insert(entry.item.slug.clone(), entry.id);
            }
        }
        let of_bundle: Vec<(&str, &ReviewInput)> = self
            .own_reviews()
            .map(|(entry, review)| (&*entry.item.slug, review))
            .collect();
        self.beside = Reviews::beside(database.read(), &of_bundle).await?;
        Ok(())
    }

    /// The key of a node that the bundle holds.
    pub fn key(&self, sort: Sort, slug: &str) -> Option<Uuid> {
        self.entry(sort, slug).map(|entry| entry.id)
    }

    fn entry(&self, sort: Sort, slug: &str) -> Option<&Entry> {
        self.entries.get(*self.places.get(&(sort, slug.to_owned()))?)
    }

    /// The nodes of the bundle, each with its slug and its key.
    pub fn all(&self) -> impl Iterator<Item = (&str, Uuid, &ReferenceInput)> {
        self.entries
            .iter()
            .map(|entry| (entry.item.slug.as_str(), entry.id, &entry.item.reference))
    }

    fn own_reviews(&self) -> impl Iterator<Item = (&Entry, &ReviewInput)> {
        self.entries.iter().filter_map(|entry| match &entry.item.reference {
            ReferenceInput::Review(review) => Some((entry, review)),
            _ => None,
        })
    }

    /// What is known of the reviews of the bundle, by slug.
    pub fn reviews(&self) -> Vec<(String, ReviewFacts)> {
        self.own_reviews()
            .map(|(entry, review)| {
                let facts = ReviewFacts {
                    id: entry.id,
                    mechanism: review.mechanism.clone(),
                    country: review.country.to_string(),
                    date: review.date.map(|date| date.0),
                    year: review.year,
                };
                (entry.item.slug.clone(), facts)
            })
            .collect()
    }

    /// The slugs of the resources that the nodes are taken from.
    pub fn resources(&self) -> impl Iterator<Item = &str> {
        self.entries
            .iter()
            .filter_map(|entry| entry.item.reference.citation())
            .map(|citation| citation.resource.as_str())
    }

    /// Finds everything that is wrong with the nodes.
    pub fn check(&self, import: &Import<'_>, content: &dyn References, problems: &mut Vec<Located>) {
        let rules = Rules {
            vocabulary: import.vocabulary,
            today: import.provenance.at.date_naive(),
        };
        let lookup = Found {
            mechanisms: &self.mechanisms,
            content,
            reviews: &self.beside,
        };
        for entry in &self.entries {
            let mut found = Problems::default();
            entry
                .item
                .reference
                .check(&entry.item.slug, &rules, &lookup, &mut found);
            problems.extend(found.0.into_iter().map(|problem| Located {
                line: entry.line,
                slug: Some(entry.item.slug.clone()),
                problem,
            }));
        }
    }

    /// The nodes with what they refer to, to be written.
    pub fn registrations(&self, vocabulary: &Vocabulary, content: &dyn References) -> Vec<Registration> {
        self.entries
            .iter()
            .map(|entry| {
                let mut resolved = Resolved::default();
                if let ReferenceInput::Review(review) = &entry.item.reference {
                    resolved.mechanism = self.mechanisms.get(&review.mechanism).copied();
                    resolved.country = vocabulary
                        .find(ConceptScheme::Country, review.country.as_str())
                        .map(|country| country.id);
                }
                if let Some(citation) = entry.item.reference.citation() {
                    resolved.resource = content.by_slug(ContentKind::Resource, &citation.resource);
                }
                Registration {
                    id: entry.id,
                    slug: entry.item.slug.clone(),
                    input: entry.item.reference.clone(),
                    resolved,
                }
            })
            .collect()
    }
}

struct Found<'a> {
    mechanisms: &'a HashMap<String, Uuid>,
    content: &'a dyn References,
    reviews: &'a Reviews,
}

impl Lookup for Found<'_> {
    fn mechanism(&self, slug: &str) -> Option<Uuid> {
        self.mechanisms.get(slug).copied()
    }

    fn resource(&self, slug: &str) -> Option<Uuid> {
        self.content.by_slug(ContentKind::Resource, slug)
    }

    fn reviews(&self) -> &Reviews {
        self.reviews
    }
}
