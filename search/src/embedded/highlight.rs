//! Highlights: which words of a text were found, in whatever form.

use std::collections::HashMap;
use std::ops::Range;

use super::convert::{Source, stem_term};
use super::plan::{Lookup, Slot};
use super::schema::Tier;
use crate::Highlight;
use crate::text::highlight::passage;
use crate::text::language::{StemLanguage, primary_subtag};
use crate::text::words::{joined, words};

/// The highlights of a hit: of each field that has any of the words, the passage in the language that has the most of
/// them; between equals in the reader's language, then in the original one.
#[must_use]
pub fn highlights(source: &Source, slots: &[Slot], reader: Option<&str>) -> Vec<Highlight> {
    let matcher = Matcher::new(slots);
    let reader = reader.map(primary_subtag);
    let mut found = Vec::new();
    for tier in [Tier::Title, Tier::Summary, Tier::Body] {
        let mut best: Option<((usize, bool), Highlight)> = None;
        for text in &source.texts {
            let written = match tier {
                Tier::Title => &text.title,
                Tier::Summary => &text.summary,
                Tier::Body | Tier::Keywords => &text.body,
            };
            let marked = matcher.matches(written, StemLanguage::of_tag(&text.language).as_slice());
            if marked.is_empty() {
                continue;
            }
            let own = reader
                .as_ref()
                .is_some_and(|tag| *tag == primary_subtag(&text.language));
            let worth = (different(&marked), own);
            if best.as_ref().is_none_or(|(most, _)| worth > *most) {
                let highlight = Highlight {
                    field: tier.name().to_owned(),
                    language: Some(text.language.clone()),
                    html: passage(written, &marked),
                };
                best = Some((worth, highlight));
            }
        }
        found.extend(best.map(|(_, highlight)| highlight));
    }
    found.extend(keywords(source, &matcher));
    found
}

fn keywords(source: &Source, matcher: &Matcher<'_>) -> Option<Highlight> {
    let languages: Vec<StemLanguage> = source
        .texts
        .iter()
        .filter_map(|text| StemLanguage::of_tag(&text.language))
        .collect();
    let shown: Vec<String> = source
        .keywords
        .iter()
        .filter_map(|keyword| {
            let marked = matcher.matches(keyword, &languages);
            (!marked.is_empty()).then(|| passage(keyword, &marked))
        })
        .collect();
    (!shown.is_empty()).then(|| Highlight {
        field: Tier::Keywords.name().to_owned(),
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
struct Matcher<'a> {
    plain: HashMap<&'a str, usize>,
    stems: HashMap<&'a str, usize>,
    beginnings: Vec<(&'a str, usize)>,
}

impl<'a> Matcher<'a> {
    fn new(slots: &'a [Slot]) -> Self {
        let mut matcher = Self {
            plain: HashMap::new(),
            stems: HashMap::new(),
            beginnings: Vec::new(),
        };
        for (number, slot) in slots.iter().enumerate() {
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
    fn matches(&self, text: &str, languages: &[StemLanguage]) -> Vec<(Range<usize>, usize)> {
        let found = words(text);
        let mut marked: Vec<(Range<usize>, usize)> = joined(&found)
            .into_iter()
            .filter_map(|(parts, text)| {
                let slot = self.plain.get(text.as_str())?;
                Some((found[parts.start].start..found[parts.end - 1].end, *slot))
            })
            .collect();
        for word in &found {
            let slot = self.plain.get(word.folded.as_str()).copied().or_else(|| {
                languages.iter().find_map(|language| {
                    let (stem, second) = language.stems(word);
                    std::iter::once(stem)
                        .chain(second)
                        .find_map(|stem| self.stems.get(stem_term(*language, &stem).as_str()))
                        .copied()
                })
            });
            let slot = slot.or_else(|| {
                self.beginnings
                    .iter()
                    .find(|(beginning, _)| word.folded.starts_with(beginning))
                    .map(|(_, slot)| *slot)
            });
            if let Some(slot) = slot {
                marked.push((word.start..word.end, slot));
            }
        }
        marked.sort_by_key(|(range, _)| (range.start, range.end));
        marked
    }
}
