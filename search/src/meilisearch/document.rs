//! What stands in the Meilisearch index.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::words::bare;
use crate::query::Field;
use crate::text::language::StemLanguage;
use crate::text::titles::names;
use crate::text::words::words;
use crate::{Document, LocalizedText};

/// The key of a document: its id without hyphens, safe in filters and addresses.
pub fn key(id: &Uuid) -> String {
    id.simple().to_string()
}

/// A facet value as it is indexed: hexadecimal, so that no value can be read as an operator, and values that differ in
/// case or accents only stay different.
pub fn encode(value: &str) -> String {
    let mut encoded = String::with_capacity(value.len() * 2 + 1);
    encoded.push('x');
    for byte in value.bytes() {
        encoded.push(char::from_digit(u32::from(byte >> 4), 16).unwrap_or('0'));
        encoded.push(char::from_digit(u32::from(byte & 15), 16).unwrap_or('0'));
    }
    encoded
}

/// Undoes [`encode`].
pub fn decode(encoded: &str) -> Option<String> {
    let digits: Vec<u8> = encoded
        .strip_prefix('x')?
        .chars()
        .map(|digit| digit.to_digit(16).and_then(|digit| u8::try_from(digit).ok()))
        .collect::<Option<_>>()?;
    let bytes = digits
        .chunks(2)
        .map(|pair| match pair {
            [high, low] => Some(high << 4 | low),
            _ => None,
        })
        .collect::<Option<Vec<u8>>>()?;
    String::from_utf8(bytes).ok()
}

/// The attribute with what a document is called.
pub const NAMES: &str = "names";

/// The attribute of a facet.
pub fn facet_attribute(field: Field) -> &'static str {
    match field {
        Field::Kind => "kind_facet",
        Field::Theme => "theme_facet",
        Field::Country => "country_facet",
        Field::Region => "region_facet",
        Field::Language => "language_facet",
        Field::Instrument => "instrument_facet",
        Field::OutcomeDomain => "outcome_domain_facet",
        Field::Direction => "direction_facet",
        Field::Factor => "factor_facet",
        Field::Strength => "strength_facet",
        Field::Year => "year_facet",
        Field::ChildFriendly => "child_friendly_facet",
    }
}

/// The subtags of the languages whose words are stemmed.
pub fn stem_languages(document: &Document) -> Vec<String> {
    document
        .texts
        .iter()
        .filter_map(|text| StemLanguage::of_tag(&text.language))
        .map(|language| language.code().to_owned())
        .collect()
}

/// Documents in parts of at most so many, and with about so many bytes of texts.
pub fn batches(documents: &[Document], most: usize, most_text: usize) -> Vec<&[Document]> {
    let mut batches = Vec::new();
    let (mut begin, mut text) = (0, 0);
    for (number, document) in documents.iter().enumerate() {
        let own: usize = document
            .texts
            .iter()
            .map(|text| text.body.len() + text.files.len())
            .sum();
        if number > begin && (number - begin == most || text + own > most_text) {
            batches.push(&documents[begin..number]);
            (begin, text) = (number, 0);
        }
        text += own;
    }
    if begin < documents.len() {
        batches.push(&documents[begin..]);
    }
    batches
}

/// A document as it is sent.
#[derive(Debug, Serialize)]
pub struct Entry {
    id: String,
    revision: i32,
    kind: String,
    texts: Vec<LocalizedText>,
    keyword_list: Vec<String>,
    names: Vec<String>,
    title: Vec<String>,
    title_stems: String,
    summary: Vec<String>,
    summary_stems: String,
    keywords: Vec<String>,
    keyword_stems: String,
    body: Vec<String>,
    body_stems: String,
    files: Vec<String>,
    file_stems: String,
    kind_facet: Vec<String>,
    theme_facet: Vec<String>,
    country_facet: Vec<String>,
    region_facet: Vec<String>,
    language_facet: Vec<String>,
    instrument_facet: Vec<String>,
    outcome_domain_facet: Vec<String>,
    direction_facet: Vec<String>,
    factor_facet: Vec<String>,
    strength_facet: Vec<String>,
    year_facet: Vec<String>,
    child_friendly_facet: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    strength_level: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    strength_score: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    year: Option<i32>,
    child_friendly: bool,
    published_at: i64,
}

impl Entry {
    /// Prepares a document.
    pub fn new(document: &Document) -> Self {
        let of_texts = |part: fn(&LocalizedText) -> &String| -> (Vec<String>, String) {
            let mut stems = BTreeSet::new();
            for text in &document.texts {
                add_stems(part(text), StemLanguage::of_tag(&text.language), &mut stems);
            }
            let written = document.texts.iter().map(|text| bare(part(text))).collect();
            (written, join(stems))
        };
        let (title, title_stems) = of_texts(|text| &text.title);
        let (summary, summary_stems) = of_texts(|text| &text.summary);
        let (body, body_stems) = of_texts(|text| &text.body);
        let (files, file_stems) = of_texts(|text| &text.files);
        let mut keyword_stems = BTreeSet::new();
        for text in &document.texts {
            for keyword in &document.keywords {
                add_stems(keyword, StemLanguage::of_tag(&text.language), &mut keyword_stems);
            }
        }
        let encoded = |values: &[String]| values.iter().map(|value| encode(value)).collect();
        Self {
            id: key(&document.id),
            revision: document.revision,
            kind: document.kind.clone(),
            texts: document.texts.clone(),
            keyword_list: document.keywords.clone(),
            names: names(&document.texts, &document.keywords)
                .iter()
                .map(|name| encode(name))
                .collect(),
            title,
            title_stems,
            summary,
            summary_stems,
            keywords: document.keywords.iter().map(|keyword| bare(keyword)).collect(),
            keyword_stems: join(keyword_stems),
            body,
            body_stems,
            files,
            file_stems,
            kind_facet: encoded(std::slice::from_ref(&document.kind)),
            theme_facet: encoded(&document.themes),
            country_facet: encoded(&document.countries),
            region_facet: encoded(&document.regions),
            language_facet: encoded(&document.languages),
            instrument_facet: encoded(&document.instruments),
            outcome_domain_facet: encoded(document.outcome_domain.as_slice()),
            direction_facet: encoded(document.direction.as_slice()),
            factor_facet: encoded(document.factor.as_slice()),
            strength_facet: encoded(document.strength_level.map(|level| level.to_string()).as_slice()),
            year_facet: encoded(document.year.map(|year| year.to_string()).as_slice()),
            child_friendly_facet: encoded(&[document.child_friendly.to_string()]),
            strength_level: document.strength_level,
            strength_score: document.strength_score,
            year: document.year,
            child_friendly: document.child_friendly,
            published_at: document.published_at.timestamp_millis(),
        }
    }
}

/// Only stems that differ from their words: the others are found as words.
fn add_stems(text: &str, language: Option<StemLanguage>, stems: &mut BTreeSet<String>) {
    let Some(language) = language else {
        return;
    };
    for word in words(text) {
        let (stem, second) = language.stems(&word);
        for stem in std::iter::once(stem).chain(second) {
            if stem != word.folded {
                stems.insert(stem);
            }
        }
    }
}

fn join(stems: BTreeSet<String>) -> String {
    stems.into_iter().collect::<Vec<_>>().join(" ")
}

/// What is read of a hit.
#[derive(Clone, Debug, Deserialize)]
pub struct Stored {
    /// The id.
    pub id: Uuid,
    /// The revision.
    #[serde(default)]
    pub revision: i32,
    /// The kind.
    #[serde(default)]
    pub kind: String,
    /// The texts, if asked for.
    #[serde(default)]
    pub texts: Vec<LocalizedText>,
    /// The keywords, if asked for.
    #[serde(default)]
    pub keyword_list: Vec<String>,
    /// What it is about, encoded, if asked for.
    #[serde(default)]
    pub theme_facet: Vec<String>,
    /// The instruments, encoded, if asked for.
    #[serde(default)]
    pub instrument_facet: Vec<String>,
    /// The countries, encoded, if asked for.
    #[serde(default)]
    pub country_facet: Vec<String>,
}

/// The revision of a document.
#[derive(Debug, Deserialize)]
pub struct Revision {
    /// The id.
    pub id: Uuid,
    /// The revision.
    pub revision: i32,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{decode, encode};

    proptest! {
        #[test]
        fn any_value_survives_encoding_and_holds_no_operator(value in "\\PC{0,30}") {
            let encoded = encode(&value);
            prop_assert!(encoded.bytes().all(|byte| byte.is_ascii_alphanumeric()));
            prop_assert_eq!(decode(&encoded), Some(value));
        }
    }
}
