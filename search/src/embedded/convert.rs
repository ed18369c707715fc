//! Turning a document into what the index holds.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use tantivy::TantivyDocument;
use tantivy::tokenizer::{PreTokenizedString, Token};

use super::schema::{Fields, facet_index};
use crate::query::Field;
use crate::text::language::{StemLanguage, stem_term};
use crate::text::tier::Tier;
use crate::text::titles::names;
use crate::text::words::{Word, joined, words};
use crate::{Document, LocalizedText, SearchError};

/// What is stored of a document beside what is indexed.
#[derive(Debug, Deserialize, Serialize)]
pub struct Source {
    /// The kind.
    pub kind: String,
    /// The texts.
    pub texts: Vec<LocalizedText>,
    /// The keywords.
    pub keywords: Vec<String>,
}

/// How many letters of a word can be looked up as a beginning.
pub const LONGEST_BEGINNING: usize = 3;

/// Builds what is added to the index.
pub fn to_index(fields: &Fields, document: &Document) -> Result<TantivyDocument, SearchError> {
    let mut entry = TantivyDocument::new();
    let id = document.id.as_u128();
    entry.add_text(fields.id, document.id.simple().to_string());
    // The two halves of the id; nothing is lost by cutting.
    entry.add_u64(fields.id_high, (id >> 64) as u64);
    entry.add_u64(fields.id_low, id as u64);
    entry.add_i64(fields.revision, i64::from(document.revision));
    let source = Source {
        kind: document.kind.clone(),
        texts: document.texts.clone(),
        keywords: document.keywords.clone(),
    };
    let source = serde_json::to_string(&source)
        .map_err(|error| SearchError::Engine(format!("document {}: {error}", document.id)))?;
    entry.add_text(fields.source, source);
    add_texts(&mut entry, fields, document);
    add_values(&mut entry, fields, document);
    Ok(entry)
}

fn add_texts(entry: &mut TantivyDocument, fields: &Fields, document: &Document) {
    let mut vocabulary = BTreeSet::new();
    let mut lengths = [0_usize; 5];
    let mut languages = BTreeSet::new();
    for text in &document.texts {
        let language = StemLanguage::of_tag(&text.language);
        languages.extend(language);
        for (tier, written) in [
            (Tier::Title, &text.title),
            (Tier::Summary, &text.summary),
            (Tier::Body, &text.body),
            (Tier::Files, &text.files),
        ] {
            let found = words(written);
            lengths[tier.index()] += found.len();
            if tier == Tier::Title {
                add_beginnings(entry, fields, &found);
            }
            add_words(entry, fields, tier, &found, language.as_slice(), &mut vocabulary);
        }
    }
    for name in names(&document.texts, &document.keywords) {
        entry.add_text(fields.names, name);
    }
    // Keywords are in no language in particular, so they are stemmed as each of the languages of the texts.
    let languages: Vec<StemLanguage> = languages.into_iter().collect();
    for keyword in &document.keywords {
        let found = words(keyword);
        lengths[Tier::Keywords.index()] += found.len();
        add_words(entry, fields, Tier::Keywords, &found, &languages, &mut vocabulary);
    }
    for language in &languages {
        entry.add_text(fields.stem_languages, language.code());
    }
    for tier in Tier::ALL {
        let texts = match tier {
            Tier::Keywords => 1,
            _ => document.texts.len().max(1),
        };
        let length = lengths[tier.index()].div_ceil(texts);
        entry.add_u64(fields.lengths[tier.index()], length as u64);
    }
    let tokens = vocabulary
        .into_iter()
        .enumerate()
        .map(|(position, text)| token(text, position));
    entry.add_pre_tokenized_text(fields.words, pre_tokenized(tokens.collect()));
}

fn add_beginnings(entry: &mut TantivyDocument, fields: &Fields, found: &[Word]) {
    let mut beginnings = BTreeSet::new();
    for word in found {
        for (at, character) in word.folded.char_indices().take(LONGEST_BEGINNING) {
            beginnings.insert(word.folded[..at + character.len_utf8()].to_owned());
        }
    }
    let tokens = beginnings.into_iter().map(|beginning| token(beginning, 0)).collect();
    entry.add_pre_tokenized_text(fields.title_beginnings, pre_tokenized(tokens));
}

fn add_words(
    entry: &mut TantivyDocument,
    fields: &Fields,
    tier: Tier,
    found: &[Word],
    languages: &[StemLanguage],
    vocabulary: &mut BTreeSet<String>,
) {
    if found.is_empty() {
        return;
    }
    let handles = fields.tiers[tier.index()];
    let mut plain: Vec<Token> = found
        .iter()
        .enumerate()
        .map(|(position, word)| token(word.folded.clone(), position))
        .collect();
    let chains = joined(found);
    vocabulary.extend(found.iter().map(|word| word.folded.clone()));
    for (parts, text) in chains {
        vocabulary.insert(text.clone());
        plain.push(token(text, parts.start));
    }
    entry.add_pre_tokenized_text(handles.plain, pre_tokenized(plain));
    for language in languages {
        let mut stems = Vec::with_capacity(found.len());
        for (position, word) in found.iter().enumerate() {
            let (stem, second) = language.stems(word);
            stems.push(token(stem_term(*language, &stem), position));
            if let Some(second) = second {
                stems.push(token(stem_term(*language, &second), position));
            }
        }
        entry.add_pre_tokenized_text(handles.stems, pre_tokenized(stems));
    }
}

fn token(text: String, position: usize) -> Token {
    Token {
        text,
        position,
        ..Token::default()
    }
}

fn pre_tokenized(tokens: Vec<Token>) -> PreTokenizedString {
    PreTokenizedString {
        text: String::new(),
        tokens,
    }
}

fn add_values(entry: &mut TantivyDocument, fields: &Fields, document: &Document) {
    let mut facet = |field: Field, values: &[String]| {
        let distinct: BTreeSet<&String> = values.iter().collect();
        for value in distinct {
            entry.add_text(fields.facets[facet_index(field)], value);
        }
    };
    facet(Field::Kind, std::slice::from_ref(&document.kind));
    facet(Field::Theme, &document.themes);
    facet(Field::Country, &document.countries);
    facet(Field::Region, &document.regions);
    facet(Field::Language, &document.languages);
    facet(Field::Instrument, &document.instruments);
    facet(Field::OutcomeDomain, document.outcome_domain.as_slice());
    facet(Field::Direction, document.direction.as_slice());
    facet(Field::Factor, document.factor.as_slice());
    let strength = document.strength_level.map(|level| level.to_string());
    facet(Field::Strength, strength.as_slice());
    let year = document.year.map(|year| year.to_string());
    facet(Field::Year, year.as_slice());
    facet(Field::ChildFriendly, &[document.child_friendly.to_string()]);
    if let Some(level) = document.strength_level {
        entry.add_u64(fields.strength_level, u64::from(level));
    }
    if let Some(score) = document.strength_score {
        entry.add_u64(fields.strength_score, u64::from(score));
    }
    if let Some(year) = document.year {
        entry.add_i64(fields.year, i64::from(year));
    }
    entry.add_bool(fields.child_friendly, document.child_friendly);
    entry.add_i64(fields.published_at, document.published_at.timestamp_millis());
}
