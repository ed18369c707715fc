//! The settings of the index.

use std::collections::{BTreeMap, HashMap, HashSet};

use meilisearch_sdk::settings::{
    FacetSortValue, FacetingSettings, FilterableAttribute, MinWordSizeForTypos, PaginationSetting, Settings,
    TypoToleranceSettings,
};

use super::document::{NAMES, facet_attribute};
use super::embedder::{MeilisearchEmbedder, NAME};
use crate::query::Field;
use crate::text::stop_words::stop_words;
use crate::text::synonyms::Synonyms;
use crate::text::words::words;

/// Totals are exact up to here.
pub const MOST_HITS: usize = 100_000;

/// Fields that are searched, the most important first; each with its stems after it.
const SEARCHED: [&str; 10] = [
    "title",
    "title_stems",
    "summary",
    "summary_stems",
    "keywords",
    "keyword_stems",
    "body",
    "body_stems",
    "files",
    "file_stems",
];

/// The stated order: misspelt after genuine, then by field, then exact over prefix, then strength and recency.
const RANKING: [&str; 8] = [
    "sort",
    "words",
    "typo",
    "attributeRank",
    "exactness",
    "proximity",
    "strength_score:desc",
    "published_at:desc",
];

/// All settings.
pub fn settings(current: &Synonyms, embedder: Option<&MeilisearchEmbedder>) -> Settings {
    let mut filterable: Vec<FilterableAttribute> =
        Field::ALL.iter().map(|field| facet_attribute(*field).into()).collect();
    for attribute in ["id", NAMES, "strength_level", "year", "child_friendly"] {
        filterable.push(attribute.into());
    }
    let mut settings = Settings::new()
        .with_searchable_attributes(SEARCHED)
        .with_ranking_rules(RANKING)
        .with_sortable_attributes(["strength_score", "published_at"])
        .with_synonyms(synonyms(current));
    settings.embedders = embedder.map(|embedder| HashMap::from([(NAME.to_owned(), embedder.settings().clone())]));
    settings.filterable_attributes = Some(filterable);
    settings.pagination = Some(PaginationSetting {
        max_total_hits: MOST_HITS,
    });
    settings.faceting = Some(FacetingSettings {
        max_values_per_facet: crate::results::MOST_FACET_VALUES,
        sort_facet_values_by: Some(BTreeMap::from([("*".to_owned(), FacetSortValue::Count)])),
    });
    settings.typo_tolerance = Some(TypoToleranceSettings {
        enabled: Some(true),
        // A stem is exact or it is another word's.
        disable_on_attributes: Some(
            SEARCHED
                .iter()
                .filter(|attribute| attribute.ends_with("_stems"))
                .map(|attribute| (*attribute).to_owned())
                .collect(),
        ),
        disable_on_words: None,
        min_word_size_for_typos: Some(MinWordSizeForTypos {
            // The server forgives an error in the beginning of a longer word too: of four letters that leaves three, which
            // half of all words begin with.
            one_typo: Some(5),
            two_typos: Some(8),
        }),
        disable_on_numbers: Some(true),
    });
    settings
}

/// Stop words without which a phrase means the opposite.
const NEGATIONS: [&str; 14] = [
    "no", "not", "nor", "non", "out", "without", "pas", "sans", "sin", "sem", "nao", "nicht", "ohne", "без",
];

/// Synonyms as the server takes them. Stop words are left out of queries, so each phrase also stands without them, where it
/// still says the same.
pub fn synonyms(synonyms: &Synonyms) -> HashMap<String, Vec<String>> {
    let mut table: HashMap<String, Vec<String>> = HashMap::new();
    for (phrase, others) in synonyms.entries() {
        let short = content(&phrase).filter(|short| *short != phrase);
        for form in short.into_iter().chain([phrase]) {
            let known = table.entry(form).or_default();
            for other in &others {
                if !known.contains(other) {
                    known.push(other.clone());
                }
            }
        }
    }
    table
}

/// Whether two tables hold the same synonyms, in whatever order.
pub fn are_same(one: &HashMap<String, Vec<String>>, other: &HashMap<String, Vec<String>>) -> bool {
    fn set(others: &[String]) -> HashSet<&String> {
        others.iter().collect()
    }
    one.len() == other.len()
        && one
            .iter()
            .all(|(phrase, others)| other.get(phrase).is_some_and(|known| set(known) == set(others)))
}

/// A phrase without its stop words; `None` where that leaves a single word of several, or takes a negation away.
fn content(phrase: &str) -> Option<String> {
    let found = words(phrase);
    let stops = stop_words(&found, None);
    let mut kept: Vec<&str> = Vec::with_capacity(found.len());
    for (word, is_stop) in found.iter().zip(stops) {
        let folded = word.folded.as_str();
        if !is_stop {
            kept.push(folded);
        } else if NEGATIONS.contains(&folded) {
            return None;
        }
    }
    (kept.len() > 1).then(|| kept.join(" "))
}

#[cfg(test)]
mod tests {
    use super::content;

    #[test]
    fn a_phrase_stands_without_stop_words_where_it_says_the_same() {
        assert_eq!(content("right to be heard").as_deref(), Some("right heard"));
        for phrase in ["out of school children", "fgm"] {
            assert_eq!(content(phrase), None, "{phrase}");
        }
        for phrase in ["non violent discipline", "general comment"] {
            assert_eq!(content(phrase).as_deref(), Some(phrase));
        }
    }
}
