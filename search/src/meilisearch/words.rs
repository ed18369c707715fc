//! Queries as Meilisearch gets them: the words themselves, and for each language in which their stems differ, the stems.

use std::collections::BTreeSet;

use crate::text::fold::fold;
use crate::text::language::{StemLanguage, stem_term};
use crate::text::reading::{Lookup, Quality, Reading, Slot, phrase};
use crate::text::synonyms::Synonyms;
use crate::text::words::{Word, words};

/// The server reads only so many words of a query.
pub const MOST_WORDS: usize = 10;

/// A text as the server gets it: its words folded, with nothing between them but spaces. The server cuts and folds words by
/// rules of its own (it keeps `<word>` whole, and `й` apart from `и`, for two); so both engines have the same words, and those of
/// synonyms, which are folded, are among them.
pub fn bare(text: &str) -> String {
    let found = words(text);
    let borrowed: Vec<&Word> = found.iter().collect();
    runs(text, &borrowed)
        .into_iter()
        .map(|(run, _)| run)
        .collect::<Vec<_>>()
        .join(" ")
}

/// Words, folded, each with its number. Overlapping pairs of characters of scripts without spaces are put
/// together again: the server knows better where to cut them.
fn runs(text: &str, words: &[&Word]) -> Vec<(String, usize)> {
    let mut ranges: Vec<(std::ops::Range<usize>, usize)> = Vec::new();
    for (number, word) in words.iter().enumerate() {
        match ranges.last_mut() {
            Some((last, _)) if word.start < last.end && word.start >= last.start => {
                last.end = last.end.max(word.end);
            }
            _ => ranges.push((word.start..word.end, number)),
        }
    }
    ranges
        .into_iter()
        .map(|(range, number)| (fold(&text[range]), number))
        .collect()
}

/// One of several queries; a document that answers any of them is a hit.
#[derive(Clone, Debug, PartialEq)]
pub struct Variant {
    /// The query.
    pub text: String,
    /// How much its hits count beside those of the others, above 0.
    pub weight: f32,
}

impl Variant {
    /// One that counts like any other.
    pub fn new(text: String) -> Self {
        Self { text, weight: 1.0 }
    }
}

/// The queries that together ask for these words of a text. Stems are quoted, so that they are matched as they are;
/// words with digits too, so that codes are never corrected.
pub fn variants(text: &str, slots: &[&Word], open: bool, languages: &[StemLanguage]) -> Vec<Variant> {
    let runs = runs(text, slots);
    let last = runs.len().saturating_sub(1);
    let plain: Vec<String> = runs
        .iter()
        .enumerate()
        .map(|(place, (run, _))| {
            let code = run.chars().any(|character| character.is_ascii_digit()) && run.chars().any(char::is_alphabetic);
            if code && !(open && place == last) {
                quoted(run)
            } else {
                run.clone()
            }
        })
        .collect();
    let mut variants = vec![sentence(&plain, open)];
    for language in languages {
        let mut stemmed = plain.clone();
        for ((_, number), place) in runs.iter().zip(&mut stemmed) {
            let word = slots[*number];
            let (stem, _) = language.stems(word);
            if stem != word.folded {
                *place = quoted(&stem);
            }
        }
        let variant = sentence(&stemmed, open);
        if !variants.contains(&variant) {
            variants.push(variant);
        }
    }
    variants.into_iter().map(Variant::new).collect()
}

fn quoted(word: &str) -> String {
    format!("\"{word}\"")
}

/// A space at the end says that the last word is finished.
fn sentence(parts: &[String], open: bool) -> String {
    let mut sentence = parts.join(" ");
    if !open {
        sentence.push(' ');
    }
    sentence
}

/// The languages of these subtags.
pub fn stem_languages(subtags: &BTreeSet<String>) -> Vec<StemLanguage> {
    subtags
        .iter()
        .filter_map(|subtag| StemLanguage::of_tag(subtag))
        .collect()
}

/// The words of the query with everything that they may stand as in a text, for highlights and corrections.
pub fn slots(reading: &Reading, languages: &[StemLanguage]) -> Vec<Slot> {
    let last = reading.slots.len().saturating_sub(1);
    let mut slots: Vec<Slot> = reading
        .slots
        .iter()
        .enumerate()
        .map(|(number, word)| {
            let mut lookups = vec![(Quality::Exact, Lookup::Plain(word.folded.clone()))];
            for language in languages {
                let (stem, second) = language.stems(word);
                for stem in std::iter::once(stem).chain(second) {
                    lookups.push((Quality::Stem, Lookup::Stem(stem_term(*language, &stem))));
                }
            }
            if reading.last_is_open && number == last {
                lookups.push((Quality::Prefix, Lookup::Prefix(word.folded.clone())));
            }
            Slot {
                word: word.clone(),
                position: reading.positions[number],
                lookups,
                frequency: 0,
                weight: 0.0,
                correction: None,
            }
        })
        .collect();
    for (covered, text) in &reading.joined {
        for slot in covered {
            slots[*slot].lookups.push((Quality::Exact, Lookup::Plain(text.clone())));
        }
    }
    for synonym in &reading.synonyms {
        for lookup in phrase(&synonym.phrase, languages) {
            for slot in &synonym.slots {
                slots[*slot].lookups.push((Quality::Synonym, lookup.clone()));
            }
        }
    }
    slots
}

/// Whether any synonym stands for this word.
pub fn has_synonym(synonyms: &Synonyms, word: &Word) -> bool {
    !synonyms.of(std::slice::from_ref(&word.folded)).is_empty()
}
