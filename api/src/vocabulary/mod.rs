//! The vocabularies in memory: themes, instruments, regions, countries and languages.
//!
//! They are small, read by nearly every query and change seldom, so each process keeps them whole. The files in
//! `api/vocabulary/` are their source; [`load`] brings the database in step with them.

pub mod country_names;
pub mod load;
pub mod slugs;
pub mod types;

use std::collections::HashMap;
use std::sync::Arc;

use praxis_entities::concept;
use praxis_entities::vocabulary::ConceptScheme;
use sea_orm::{ConnectionTrait, DbErr, EntityTrait, QueryOrder};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::graphql::errors::{ApiError, Code};

/// Labels by BCP 47 tag.
pub type Labels = std::collections::BTreeMap<String, String>;

/// What a vocabulary file says of a concept beside its code and its place.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Properties {
    /// The preferred label in each language.
    pub pref_label: Labels,
    /// Other labels, by language: synonyms, acronyms, other spellings.
    #[serde(skip_serializing_if = "std::collections::BTreeMap::is_empty")]
    pub alt_label: std::collections::BTreeMap<String, Vec<String>>,
    /// What it means, by language.
    #[serde(skip_serializing_if = "std::collections::BTreeMap::is_empty")]
    pub definition: Labels,
    /// Articles of the Convention on the Rights of the Child.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub crc_articles: Vec<i32>,
    /// Targets of the Sustainable Development Goals, e.g. `16.2`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub sdg_targets: Vec<String>,
    /// ISO 3166-1 alpha-3, of a country.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub alpha3: Option<String>,
    /// UN M49 code, of a country.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub m49: Option<String>,
    /// The language's name in itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub autonym: Option<String>,
}

/// A concept of a vocabulary.
#[derive(Clone, Debug)]
pub struct Concept {
    /// Its key.
    pub id: Uuid,
    /// Which vocabulary it belongs to.
    pub scheme: ConceptScheme,
    /// Slug, ISO code, M49 code or BCP 47 tag.
    pub code: String,
    /// A short systematic code.
    pub notation: Option<String>,
    /// The next broader concept; a country's region.
    pub broader: Option<Uuid>,
    /// Labels and the rest.
    pub properties: Properties,
}

impl Concept {
    /// The label in the best available language: the one asked for, its base language, English, any.
    pub fn label(&self, language: Option<&str>) -> &str {
        let labels = &self.properties.pref_label;
        language
            .and_then(|tag| {
                labels
                    .get(tag)
                    .or_else(|| labels.get(tag.split('-').next().unwrap_or(tag)))
            })
            .or_else(|| labels.get("en"))
            .or_else(|| labels.values().next())
            .map_or(self.code.as_str(), String::as_str)
    }

    /// Every label in every language, preferred ones first.
    pub fn all_labels(&self) -> impl Iterator<Item = &str> {
        self.properties
            .pref_label
            .values()
            .map(String::as_str)
            .chain(self.properties.alt_label.values().flatten().map(String::as_str))
    }
}

/// All vocabularies.
#[derive(Debug, Default)]
pub struct Vocabulary {
    by_id: HashMap<Uuid, Arc<Concept>>,
    by_code: HashMap<(ConceptScheme, String), Arc<Concept>>,
    in_order: HashMap<ConceptScheme, Vec<Arc<Concept>>>,
    narrower: HashMap<Uuid, Vec<Arc<Concept>>>,
}

impl Vocabulary {
    /// Reads all vocabularies from the database.
    ///
    /// # Errors
    /// Where the database is away or a row can't be understood.
    pub async fn read(connection: &impl ConnectionTrait) -> Result<Self, DbErr> {
        let rows = concept::Entity::find()
            .order_by_asc(concept::Column::Scheme)
            .order_by_asc(concept::Column::Position)
            .all(connection)
            .await?;
        let mut vocabulary = Self::default();
        for row in rows {
            let properties = serde_json::from_value(row.properties)
                .map_err(|error| DbErr::Type(format!("concept {}: {error}", row.code)))?;
            let concept = Arc::new(Concept {
                id: row.id,
                scheme: row.scheme,
                code: row.code,
                notation: row.notation,
                broader: row.broader_id,
                properties,
            });
            vocabulary.by_id.insert(concept.id, concept.clone());
            vocabulary
                .by_code
                .insert((concept.scheme, concept.code.clone()), concept.clone());
            if let Some(broader) = concept.broader {
                vocabulary.narrower.entry(broader).or_default().push(concept.clone());
            }
            vocabulary.in_order.entry(concept.scheme).or_default().push(concept);
        }
        Ok(vocabulary)
    }

    /// The concept with this key.
    pub fn get(&self, id: Uuid) -> Option<&Arc<Concept>> {
        self.by_id.get(&id)
    }

    /// The concept with this code.
    pub fn find(&self, scheme: ConceptScheme, code: &str) -> Option<&Arc<Concept>> {
        self.by_code.get(&(scheme, code.to_owned()))
    }

    /// All concepts of a scheme, in order.
    pub fn all(&self, scheme: ConceptScheme) -> &[Arc<Concept>] {
        self.in_order.get(&scheme).map_or(&[], Vec::as_slice)
    }

    /// The next narrower concepts.
    pub fn narrower(&self, id: Uuid) -> &[Arc<Concept>] {
        self.narrower.get(&id).map_or(&[], Vec::as_slice)
    }

    /// The concept itself and everything broader, nearest first.
    pub fn with_broader<'a>(&'a self, concept: &'a Arc<Concept>) -> Vec<&'a Arc<Concept>> {
        let mut found = vec![concept];
        let mut at = concept;
        // The files are checked for cycles when they are loaded; the bound keeps a damaged database from looping.
        while let Some(next) = at.broader.and_then(|id| self.get(id)) {
            if found.len() > 16 {
                break;
            }
            found.push(next);
            at = next;
        }
        found
    }

    /// The concept itself and everything narrower.
    pub fn with_narrower(&self, id: Uuid) -> Vec<Uuid> {
        let mut found = vec![id];
        let mut next = 0;
        while let Some(at) = found.get(next).copied() {
            found.extend(self.narrower(at).iter().map(|concept| concept.id));
            next += 1;
        }
        found
    }

    /// The concept with this code, or an error that names the nearest ones.
    ///
    /// # Errors
    /// `UNKNOWN_THEME`, `UNKNOWN_INSTRUMENT`, `UNKNOWN_REGION`, `UNKNOWN_COUNTRY` or `UNKNOWN_LANGUAGE`.
    pub fn require(&self, scheme: ConceptScheme, code: &str) -> Result<&Arc<Concept>, ApiError> {
        self.find(scheme, code).ok_or_else(|| self.unknown(scheme, code))
    }

    /// The keys of the concepts with these codes and of everything narrower.
    ///
    /// # Errors
    /// As [`Vocabulary::require`].
    pub fn expand(&self, scheme: ConceptScheme, codes: &[String]) -> Result<Vec<Uuid>, ApiError> {
        let mut ids = Vec::with_capacity(codes.len());
        for code in codes {
            ids.extend(self.with_narrower(self.require(scheme, code)?.id));
        }
        ids.sort_unstable();
        ids.dedup();
        Ok(ids)
    }

    fn unknown(&self, scheme: ConceptScheme, code: &str) -> ApiError {
        let (error, name, list) = match scheme {
            ConceptScheme::Theme => (Code::UnknownTheme, "theme", "themes"),
            ConceptScheme::Instrument => (Code::UnknownInstrument, "instrument", "instruments"),
            ConceptScheme::Region => (Code::UnknownRegion, "UN M49 region", "regions"),
            ConceptScheme::Country => (Code::UnknownCountry, "ISO 3166-1 alpha-2 country code", "countries"),
            ConceptScheme::Language => (Code::UnknownLanguage, "BCP 47 language", "languages"),
        };
        let known = self.all(scheme).iter();
        unknown(
            (error, name, list),
            code,
            known.map(|concept| (concept.code.as_str(), concept.all_labels())),
        )
    }
}

/// The error of a code that is none of the known ones: it names the nearest of them, by its spelling or one of its names, and the
/// query that lists them all.
fn unknown<'a, Names: Iterator<Item = &'a str>>(
    (error, name, list): (Code, &str, &str),
    code: &str,
    known: impl Iterator<Item = (&'a str, Names)>,
) -> ApiError {
    let shown: String = code.chars().take(60).collect();
    let mut near: Vec<(f64, &str)> = known
        .map(|(code, names)| {
            let by_name = names
                .map(|name| strsim::jaro_winkler(&name.to_lowercase(), &shown.to_lowercase()))
                .fold(0.0, f64::max);
            (by_name.max(strsim::jaro_winkler(code, &shown)), code)
        })
        .filter(|(score, _)| *score > 0.82)
        .collect();
    near.sort_by(|a, b| b.0.total_cmp(&a.0));
    let hint = match near.first() {
        Some((_, code)) => format!("Did you mean `{code}`? "),
        None => String::new(),
    };
    ApiError::new(
        error,
        format!("`{shown}` is not a known {name}. {hint}The query `{list}` lists all of them."),
    )
}
