//! Highlights: which words of a text were found, in whatever form.

use std::collections::HashMap;
use std::ops::Range;

use super::edits::{allowed_edits, distance, prefix_distance};
use super::highlight::passage;
use super::language::{StemLanguage, primary_subtag, stem_term};
use super::reading::{Lookup, Slot};
use super::words::{Word, joined, words};
use crate::{Highlight, LocalizedText};

/// Reads one field of a text.
type Written = fn(&LocalizedText) -> &str;

/// The fields of a text by name.
const FIELDS: [(&str, Written); 3] = [
    ("title", |text| &text.title),
    ("summary", |text| &text.summary),
    ("body", |text| &text.body),
];

/// The highlights of a hit: of each field that has any of the words, the passage in the language that has the most of
/// them; between equals in the reader's language, then in the original one.
#[must_use]
pub fn highlights(
    texts: &[LocalizedText],
    keywords: &[String],
    matcher: &Matcher<'_>,
    reader: Option<&str>,
) -> Vec<Highlight> {
    let reader = reader.map(primary_subtag);
    let mut found = Vec::new();
    for (field, written) in FIELDS {
        let mut best: Option<((usize, bool), Highlight)> = None;
        for text in texts {
            let languages = StemLanguage::of_tag(&text.language);
            let marked = matcher.matches(written(text), languages.as_slice());
            if marked.is_empty() {
                continue;
            }
            let own = reader
                .as_ref()
                .is_some_and(|tag| *tag == primary_subtag(&text.language));
            let worth = (different(&marked), own);
            if best.as_ref().is_none_or(|(most, _)| worth > *most) {
                let highlight = Highlight {
                    field: field.to_owned(),
                    language: Some(text.language.clone()),
                    html: passage(written(text), &marked),
                };
                best = Some((worth, highlight));
            }
        }
        found.extend(best.map(|(_, highlight)| highlight));
    }
    found.extend(keyword_highlight(texts, keywords, matcher));
    found
}

fn keyword_highlight(texts: &[LocalizedText], keywords: &[String], matcher: &Matcher<'_>) -> Option<Highlight> {
    let languages: Vec<StemLanguage> = texts
        .iter()
        .filter_map(|text| StemLanguage::of_tag(&text.language))
        .collect();
    let shown: Vec<String> = keywords
        .iter()
        .filter_map(|keyword| {
            let marked = matcher.matches(keyword, &languages);
            (!marked.is_empty()).then(|| passage(keyword, &marked))
        })
        .collect();
    (!shown.is_empty()).then(|| Highlight {
        field: "keywords".to_owned(),
        language: None,
        html: shown.join(", "),
    })
}

fn different(marked: &[(Range<usize>, usize)]) -> usize {
    let mut slots: Vec<usize> = marked.iter().map(|(_, slot)| *slot).collect();
    slots.sort_unstable();
    slots.dedup();
    slots.len()
}

/// Everything that the words of a query were looked up as.
pub struct Matcher<'a> {
    plain: HashMap<&'a str, usize>,
    stems: HashMap<&'a str, usize>,
    beginnings: Vec<(&'a str, usize)>,
    /// Words in which typing errors are forgiven, and whether they may be unfinished.
    misspelt: Vec<(&'a str, bool, usize)>,
}

impl<'a> Matcher<'a> {
    /// Takes what words were looked up as. Misspelt words are among that if the engine has a dictionary of its own;
    /// otherwise `forgiving` compares every word of the text.
    #[must_use]
    pub fn new(slots: &'a [Slot], forgiving: bool) -> Self {
        let mut matcher = Self {
            plain: HashMap::new(),
            stems: HashMap::new(),
            beginnings: Vec::new(),
            misspelt: Vec::new(),
        };
        for (number, slot) in slots.iter().enumerate() {
            if forgiving {
                let open = slot
                    .lookups
                    .iter()
                    .any(|(_, lookup)| matches!(lookup, Lookup::Prefix(_)));
                matcher.misspelt.push((&slot.word.folded, open, number));
            }
            for (_, lookup) in &slot.lookups {
                match lookup {
                    Lookup::Plain(text) => {
                        matcher.plain.entry(text).or_insert(number);
                    }
                    Lookup::Stem(stem) => {
                        matcher.stems.entry(stem).or_insert(number);
                    }
                    Lookup::Phrase(stems) => {
                        for stem in stems {
                            matcher.stems.entry(stem).or_insert(number);
                        }
                    }
                    Lookup::Prefix(beginning) => matcher.beginnings.push((beginning, number)),
                }
            }
        }
        matcher
    }

    /// Where words of the query stand in a text, with the number of each.
    #[must_use]
    pub fn matches(&self, text: &str, languages: &[StemLanguage]) -> Vec<(Range<usize>, usize)> {
        let found = words(text);
        let mut marked: Vec<(Range<usize>, usize)> = joined(&found)
            .into_iter()
            .filter_map(|(parts, text)| {
                let slot = self.plain.get(text.as_str())?;
                Some((found[parts.start].start..found[parts.end - 1].end, *slot))
            })
            .collect();
        for word in &found {
            let slot = self.genuine(word, languages).or_else(|| self.misspelt(word));
            if let Some(slot) = slot {
                marked.push((word.start..word.end, slot));
            }
        }
        marked.sort_by_key(|(range, _)| (range.start, range.end));
        marked
    }

    /// The word of the query that this word is, in whatever form.
    #[must_use]
    pub fn genuine(&self, word: &Word, languages: &[StemLanguage]) -> Option<usize> {
        if let Some(slot) = self.plain.get(word.folded.as_str()) {
            return Some(*slot);
        }
        for language in languages {
            let (stem, second) = language.stems(word);
            for stem in std::iter::once(stem).chain(second) {
                if let Some(slot) = self.stems.get(stem_term(*language, &stem).as_str()) {
                    return Some(*slot);
                }
            }
        }
        self.beginnings
            .iter()
            .find(|(beginning, _)| word.folded.starts_with(beginning))
            .map(|(_, slot)| *slot)
    }

    /// The word of the query that this word is but for typing errors.
    #[must_use]
    pub fn misspelt(&self, word: &Word) -> Option<usize> {
        self.misspelt
            .iter()
            .find(|(typed, open, _)| {
                let limit = allowed_edits(typed);
                limit > 0
                    && (distance(typed, &word.folded, limit).is_some()
                        || *open && prefix_distance(typed, &word.folded, limit.min(1)).is_some())
            })
            .map(|(_, _, slot)| *slot)
    }
}
