//! Documents like a given one: candidates that share its rarest words, compared by ourselves.

use std::collections::{HashMap, HashSet};

use uuid::Uuid;

use super::Shared;
use super::ask::Ask;
use super::document::{Stored, key};
use super::words::Variant;
use crate::SearchError;
use crate::text::language::{StemLanguage, stem_term};
use crate::text::stop_words::stop_words;
use crate::text::words::words;

/// How many words are counted, how many of them are searched, and how many documents are compared.
const COUNTED: usize = 40;
const SEARCHED: usize = 12;
const COMPARED: usize = 120;

/// How much a shared theme, instrument or country adds, as a share of the likeness.
const SHARED: f32 = 0.15;

impl Shared {
    /// The ids of the documents most like this one.
    pub async fn similar(&self, id: Uuid, limit: usize) -> Result<Vec<Uuid>, SearchError> {
        if limit == 0 {
            return Ok(Vec::new());
        }
        let Some(document) = self.texts(&[key(&id)]).await?.pop() else {
            self.built().await?;
            return Ok(Vec::new());
        };
        let (document, telling) = apart(move || {
            let telling = telling_words(&document);
            (document, telling)
        })
        .await?;
        let queries: Vec<Variant> = telling.iter().map(|word| Variant::new(format!("\"{word}\""))).collect();
        let counts = self.counts(&queries).await?;
        let mut rare: Vec<(usize, Variant)> = counts
            .into_iter()
            .zip(queries)
            .filter(|(count, _)| *count > 1)
            .collect();
        rare.sort_by(|one, other| (one.0, &one.1.text).cmp(&(other.0, &other.1.text)));
        rare.truncate(SEARCHED);
        if rare.is_empty() {
            self.built().await?;
            return Ok(Vec::new());
        }
        let variants: Vec<Variant> = rare.into_iter().map(|(_, query)| query).collect();
        let answer = self
            .ask(Ask {
                limit: COMPARED.max(limit + 1),
                retrieve: &[
                    "id",
                    "texts",
                    "keyword_list",
                    "theme_facet",
                    "instrument_facet",
                    "country_facet",
                ],
                ..Ask::count(&variants, None)
            })
            .await?;
        let others: Vec<Stored> = answer
            .hits
            .into_iter()
            .map(|hit| hit.result)
            .filter(|other| other.id != id)
            .collect();
        apart(move || most_alike(&document, &others, limit)).await
    }
}

/// Computes something that takes too long for a thread on which answers to others wait.
async fn apart<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, SearchError> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|error| SearchError::Engine(format!("comparing documents was interrupted: {error}")))
}

/// Candidates for words that tell what a document is about: those of the title and keywords first.
fn telling_words(document: &Stored) -> Vec<String> {
    let mut telling = Vec::new();
    let mut known = HashSet::new();
    let titles = document.texts.iter().map(|text| &text.title);
    let keywords = document.keyword_list.iter();
    let summaries = document.texts.iter().map(|text| &text.summary);
    let bodies = document.texts.iter().map(|text| &text.body);
    for written in titles.chain(keywords).chain(summaries).chain(bodies) {
        let found = words(written);
        let stops = stop_words(&found, None);
        for (word, is_stop) in found.into_iter().zip(stops) {
            if telling.len() < COUNTED && !is_stop && known.insert(word.folded.clone()) {
                telling.push(word.folded);
            }
        }
    }
    telling
}

fn most_alike(document: &Stored, others: &[Stored], limit: usize) -> Vec<Uuid> {
    let own = stems(document);
    let of_others: Vec<HashMap<String, f32>> = others.iter().map(stems).collect();
    let mut frequencies: HashMap<&str, f32> = HashMap::new();
    for stem in of_others.iter().flat_map(HashMap::keys) {
        *frequencies.entry(stem).or_default() += 1.0;
    }
    let rarity = |stem: &str| {
        let frequency = frequencies.get(stem).copied().unwrap_or_default();
        (1.0 + others.len() as f32 / (1.0 + frequency)).ln()
    };
    let mut alike: Vec<(f32, Uuid)> = others
        .iter()
        .zip(&of_others)
        .map(|(other, stems)| {
            let length: f32 = stems.values().sum::<f32>().sqrt().max(1.0);
            let likeness: f32 = own
                .iter()
                .filter_map(|(stem, times)| {
                    let shared = stems.get(stem)?;
                    Some(rarity(stem) * (times / (times + 1.0)) * (shared / (shared + 1.0)))
                })
                .sum();
            let shared = about(document).intersection(&about(other)).count();
            (likeness / length.sqrt() * (1.0 + SHARED * shared as f32), other.id)
        })
        .filter(|(likeness, _)| *likeness > 0.0)
        .collect();
    alike.sort_by(|one, other| other.0.total_cmp(&one.0).then(one.1.cmp(&other.1)));
    alike.truncate(limit);
    alike.into_iter().map(|(_, id)| id).collect()
}

fn about(document: &Stored) -> HashSet<(u8, &String)> {
    let themes = document.theme_facet.iter().map(|value| (0, value));
    let instruments = document.instrument_facet.iter().map(|value| (1, value));
    let countries = document.country_facet.iter().map(|value| (2, value));
    themes.chain(instruments).chain(countries).collect()
}

fn stems(document: &Stored) -> HashMap<String, f32> {
    let mut stems = HashMap::new();
    for text in &document.texts {
        let language = StemLanguage::of_tag(&text.language);
        for (written, times) in [(&text.title, 3.0), (&text.summary, 2.0), (&text.body, 1.0)] {
            let found = words(written);
            let stops = stop_words(&found, language.map(StemLanguage::code));
            for (word, is_stop) in found.iter().zip(stops) {
                if !is_stop {
                    let stem = language.map_or_else(
                        || word.folded.clone(),
                        |language| stem_term(language, &language.stems(word).0),
                    );
                    *stems.entry(stem).or_default() += times;
                }
            }
        }
    }
    stems
}
