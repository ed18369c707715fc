//! Why a hit is one: which word of it answers which word of the query, and how.

use std::ops::Range;

use super::language::{StemLanguage, stem_term};
use super::reading::{Lookup, Quality, Slot};
use super::words::{Word, begins_as_one, joined, words};
use crate::{LocalizedText, WordMatch};

/// The parts of a document by weight, the heaviest first: the order of ranking between equal qualities.
const FIELDS: [&str; 5] = ["title", "summary", "keywords", "body", "files"];

/// For each word of the query that the texts have, the best match: by how well it answers, then by the field.
///
/// `forgiving` compares every word of the texts with the words of the query, for an engine whose typing errors are not among
/// the lookups.
#[must_use]
pub fn explain(texts: &[LocalizedText], keywords: &[String], slots: &[Slot], forgiving: bool) -> Vec<WordMatch> {
    let mut best: Vec<Option<WordMatch>> = slots.iter().map(|_| None).collect();
    let languages: Vec<StemLanguage> = texts
        .iter()
        .filter_map(|text| StemLanguage::of_tag(&text.language))
        .collect();
    for field in FIELDS {
        if field == "keywords" {
            for keyword in keywords {
                take_best(&mut best, slots, field, keyword, &languages, forgiving);
            }
            continue;
        }
        for text in texts {
            let written = match field {
                "title" => &text.title,
                "summary" => &text.summary,
                "body" => &text.body,
                _ => &text.files,
            };
            let language = StemLanguage::of_tag(&text.language);
            take_best(&mut best, slots, field, written, language.as_slice(), forgiving);
        }
    }
    best.into_iter().flatten().collect()
}

/// Takes the matches of a text that are better than what there is. Fields come the heaviest first, so an equal one is not.
fn take_best(
    best: &mut [Option<WordMatch>],
    slots: &[Slot],
    field: &'static str,
    text: &str,
    languages: &[StemLanguage],
    forgiving: bool,
) {
    let cut = words(text);
    let chains = joined(&cut);
    let found: Vec<(Word, Vec<String>)> = cut
        .into_iter()
        .map(|word| {
            let stems = stems(&word, languages);
            (word, stems)
        })
        .collect();
    for (slot, best) in slots.iter().zip(best) {
        let mut take = |quality: Quality, parts: Range<usize>| {
            if best.as_ref().is_none_or(|known| quality > known.quality) {
                *best = Some(WordMatch {
                    word: slot.word.folded.clone(),
                    found: text[found[parts.start].0.start..found[parts.end - 1].0.end].to_owned(),
                    field,
                    quality,
                });
            }
        };
        for at in 0..found.len() {
            if let Some((quality, length)) = answers(slot, &found[at..], forgiving) {
                take(quality, at..at + length);
            }
        }
        for (parts, whole) in &chains {
            if let Some(quality) = answers_as_one(slot, whole, &found[parts.start].0) {
                take(quality, parts.clone());
            }
        }
    }
}

/// How well words that are written as one word, as `child-friendly` is, answer a word of the query.
fn answers_as_one(slot: &Slot, whole: &str, first: &Word) -> Option<Quality> {
    let looked_up = slot.lookups.iter().filter(|(_, lookup)| match lookup {
        Lookup::Plain(plain) => plain == whole,
        Lookup::Prefix(beginning) => begins_as_one(beginning, whole, first),
        Lookup::Stem(_) | Lookup::Phrase(_) => false,
    });
    looked_up.map(|(quality, _)| *quality).max()
}

fn stems(word: &Word, languages: &[StemLanguage]) -> Vec<String> {
    let mut all = Vec::new();
    for language in languages {
        let (stem, second) = language.stems(word);
        all.extend(
            std::iter::once(stem)
                .chain(second)
                .map(|stem| stem_term(*language, &stem)),
        );
    }
    all
}

/// How well the words at the start of this text answer a word of the query, and how many of them do.
fn answers(slot: &Slot, text: &[(Word, Vec<String>)], forgiving: bool) -> Option<(Quality, usize)> {
    let (word, stems) = text.first()?;
    let looked_up = slot.lookups.iter().filter_map(|(quality, lookup)| {
        let length = match lookup {
            Lookup::Plain(plain) => (*plain == word.folded).then_some(1),
            Lookup::Stem(stem) => stems.contains(stem).then_some(1),
            Lookup::Prefix(beginning) => word.folded.starts_with(beginning.as_str()).then_some(1),
            Lookup::Phrase(phrase) => {
                let follows = |(wanted, (_, stems)): (&String, &(Word, Vec<String>))| stems.contains(wanted);
                (text.len() >= phrase.len() && phrase.iter().zip(text).all(follows)).then_some(phrase.len())
            }
        };
        length.map(|length| (*quality, length.max(1)))
    });
    let best = looked_up.max_by_key(|(quality, _)| *quality);
    if best.is_some() || !forgiving {
        return best;
    }
    slot.edits_to(word).map(|edits| (Quality::of_edits(edits), 1))
}
