//! Highlights: which words of a text were found, in whatever form.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use super::edits::{allowed_edits, distance, prefix_distance};
use super::highlight::passage;
use super::language::{StemLanguage, primary_subtag, stem_term};
use super::reading::{Lookup, Slot};
use super::words::{Piece, Word, begins_as_one, chains, is_joined, one_word, pieces, words};
use crate::{Highlight, LocalizedText};

/// Reads one field of a text.
type Written = fn(&LocalizedText) -> &str;

/// The fields of a text by name.
const FIELDS: [(&str, Written); 4] = [
    ("title", |text| &text.title),
    ("summary", |text| &text.summary),
    ("body", |text| &text.body),
    ("files", |text| &text.files),
];

/// The highlights of a hit: of each field that has any of the words, the passage in the language that has the most of
/// them; between equals in the reader's language, then in the original one.
#[must_use]
pub fn highlights(
    texts: &[LocalizedText],
    keywords: &[String],
    matcher: &mut Matcher<'_>,
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

fn keyword_highlight(texts: &[LocalizedText], keywords: &[String], matcher: &mut Matcher<'_>) -> Option<Highlight> {
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

/// Everything that the words of a query were looked up as, and what it has found of the words of texts so far: one for
/// all hits of a search, since stemming and folding every word of each would be most of the work.
pub struct Matcher<'a> {
    plain: HashMap<&'a str, usize>,
    stems: HashMap<&'a str, usize>,
    /// Phrases, which are found as wholes only.
    phrases: Vec<(&'a [String], usize)>,
    /// The stems that phrases are made of, with the word of the query that the first of those stands for.
    parts: HashMap<&'a str, usize>,
    beginnings: Vec<(&'a str, usize)>,
    /// Words in which typing errors are forgiven, and whether they may be unfinished.
    misspelt: Vec<(&'a str, bool, usize)>,
    /// With which letters anything begins that is looked for.
    initials: HashSet<char>,
    seen: Vec<(Vec<StemLanguage>, Seen<'a>)>,
}

/// What words were found to be in texts of the same languages, by how they are written.
#[derive(Default)]
struct Seen<'a> {
    words: HashMap<String, Known<'a>>,
    /// Words joined by hyphens and the like, as a whole: the word of the query that they are.
    chains: HashMap<String, Option<usize>>,
}

/// What is known of a piece of a text.
struct Known<'a> {
    recognised: Recognised,
    /// Which parts of phrases it is.
    parts: Vec<&'a str>,
}

/// A word that is nothing that is looked for.
static OTHER: Known<'static> = Known {
    recognised: Recognised::Other,
    parts: Vec::new(),
};

/// What a piece of a text is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Recognised {
    /// No word at all: nothing but marks.
    Nothing,
    /// A word, none of the query.
    Other,
    /// This word of the query, in whatever form.
    Slot(usize),
}

impl<'a> Matcher<'a> {
    /// Takes what words were looked up as. Misspelt words are among that if the engine has a dictionary of its own;
    /// otherwise `forgiving` compares every word of the text.
    #[must_use]
    pub fn new(slots: &'a [Slot], forgiving: bool) -> Self {
        let mut matcher = Self {
            plain: HashMap::new(),
            stems: HashMap::new(),
            phrases: Vec::new(),
            parts: HashMap::new(),
            beginnings: Vec::new(),
            misspelt: Vec::new(),
            initials: HashSet::new(),
            seen: Vec::new(),
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
                        if matcher.phrases.iter().all(|(known, _)| known != stems) {
                            matcher.phrases.push((stems, number));
                        }
                        for stem in stems {
                            matcher.parts.entry(stem).or_insert(number);
                        }
                    }
                    Lookup::Prefix(beginning) => matcher.beginnings.push((beginning, number)),
                }
            }
        }
        let stems = matcher
            .stems
            .keys()
            .chain(matcher.parts.keys())
            .filter_map(|stem| stem.split_once(':'));
        matcher.initials = (matcher.plain.keys().copied())
            .chain(stems.map(|(_, stem)| stem))
            .chain(matcher.beginnings.iter().map(|(beginning, _)| *beginning))
            .filter_map(|text| text.chars().next())
            .collect();
        matcher
    }

    /// Whether pieces of a text in these languages can be seen to be no word of the query by their first letter alone.
    fn tells_by_first_letter(&self, languages: &[StemLanguage]) -> bool {
        self.misspelt.is_empty() && languages.iter().all(|language| language.keeps_first_letter())
    }

    /// Whether a piece of such a text is seen to be none, as most are.
    fn is_other(&self, written: &str) -> bool {
        let first = written.chars().next().filter(char::is_ascii_alphanumeric);
        first.is_some_and(|first| !self.initials.contains(&first.to_ascii_lowercase()))
    }

    /// Where words of the query stand in a text, with the number of each.
    #[must_use]
    pub fn matches(&mut self, text: &str, languages: &[StemLanguage]) -> Vec<(Range<usize>, usize)> {
        let number = self.seen_in(languages);
        let by_first_letter = self.tells_by_first_letter(languages);
        let mut seen = std::mem::take(&mut self.seen[number].1);
        let mut marked = Vec::new();
        let mut found: Vec<Range<usize>> = Vec::new();
        let mut joined: Vec<bool> = Vec::new();
        let mut phrases = Phrases::of(&self.phrases);
        for piece in pieces(text) {
            let written = &text[piece.place.clone()];
            let known = if by_first_letter && self.is_other(written) {
                &OTHER
            } else {
                if !seen.words.contains_key(written) {
                    seen.words
                        .insert(written.to_owned(), self.known(&piece, text, languages));
                }
                seen.words.get(written).unwrap_or(&OTHER)
            };
            let recognised = known.recognised;
            if recognised == Recognised::Nothing {
                continue;
            }
            phrases.go_on(&known.parts, &piece.place, &mut marked);
            if let (Some(previous), Some(last)) = (found.last(), joined.last_mut()) {
                *last = !piece.is_pair && is_joined(text, previous.end, piece.place.start);
            }
            if let Recognised::Slot(slot) = recognised {
                marked.push((piece.place.clone(), slot));
            }
            found.push(piece.place);
            joined.push(false);
        }
        for parts in chains(found.len(), |number| joined[number]) {
            let place = found[parts.start].start..found[parts.end - 1].end;
            let written = &text[place.clone()];
            let slot = match seen.chains.get(written) {
                Some(known) => *known,
                None => {
                    let folded: Vec<Word> = words(written);
                    let slot = one_word(folded.iter().map(|word| word.folded.as_str()))
                        .and_then(|whole| self.as_one(&whole, folded.first()?));
                    seen.chains.insert(written.to_owned(), slot);
                    slot
                }
            };
            marked.extend(slot.map(|slot| (place, slot)));
        }
        self.seen[number].1 = seen;
        marked.sort_by_key(|(range, _)| (range.start, range.end));
        marked
    }

    /// Where it is kept what words are in texts of these languages.
    fn seen_in(&mut self, languages: &[StemLanguage]) -> usize {
        let known = self.seen.iter().position(|(known, _)| known == languages);
        known.unwrap_or_else(|| {
            self.seen.push((languages.to_vec(), Seen::default()));
            self.seen.len() - 1
        })
    }

    /// What a piece of a text is.
    fn known(&self, piece: &Piece, text: &str, languages: &[StemLanguage]) -> Known<'a> {
        let Some(word) = piece.word(text) else {
            return Known {
                recognised: Recognised::Nothing,
                parts: Vec::new(),
            };
        };
        let stems = stem_terms(&word, languages);
        let slot = self.alone(&word, &stems).or_else(|| self.misspelt(&word));
        let parts = stems.iter().filter_map(|stem| self.parts.get_key_value(stem.as_str()));
        Known {
            recognised: slot.map_or(Recognised::Other, Recognised::Slot),
            parts: parts.map(|(stem, _)| *stem).collect(),
        }
    }

    /// The word of the query that this word is, in whatever form, by itself.
    fn alone(&self, word: &Word, stems: &[String]) -> Option<usize> {
        let mut beginnings = self.beginnings.iter();
        let plain = self.plain.get(word.folded.as_str()).copied();
        plain
            .or_else(|| stems.iter().find_map(|stem| self.stems.get(stem.as_str()).copied()))
            .or_else(|| Some(beginnings.find(|(beginning, _)| word.folded.starts_with(beginning))?.1))
    }

    /// The word of the query that words written as one are.
    fn as_one(&self, whole: &str, first: &Word) -> Option<usize> {
        let mut beginnings = self.beginnings.iter();
        let plain = self.plain.get(whole).copied();
        plain.or_else(|| {
            Some(
                beginnings
                    .find(|(beginning, _)| begins_as_one(beginning, whole, first))?
                    .1,
            )
        })
    }

    /// The word of the query that this word is, in whatever form, or that a phrase stands for of which this word is a part.
    #[must_use]
    pub fn genuine(&self, word: &Word, languages: &[StemLanguage]) -> Option<usize> {
        if let Some(slot) = self.plain.get(word.folded.as_str()) {
            return Some(*slot);
        }
        let stems = stem_terms(word, languages);
        self.alone(word, &stems)
            .or_else(|| stems.iter().find_map(|stem| self.parts.get(stem.as_str()).copied()))
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

/// The stems of a word in each language, as they are looked up.
fn stem_terms(word: &Word, languages: &[StemLanguage]) -> Vec<String> {
    let mut terms = Vec::new();
    for language in languages {
        let (stem, second) = language.stems(word);
        let stems = std::iter::once(stem).chain(second);
        terms.extend(stems.map(|stem| stem_term(*language, &stem)));
    }
    terms
}

/// The phrases that the words of a text, read one after the other, may turn out to be.
struct Phrases<'a, 'b> {
    all: &'b [(&'a [String], usize)],
    /// Of each that has begun: its number, how many of its words were there, and where the first stands.
    begun: Vec<(usize, usize, usize)>,
}

impl<'a, 'b> Phrases<'a, 'b> {
    fn of(all: &'b [(&'a [String], usize)]) -> Self {
        Self { all, begun: Vec::new() }
    }

    /// Goes on with the next word, which is these parts of phrases. Those that end with it are marked.
    fn go_on(&mut self, parts: &[&str], place: &Range<usize>, marked: &mut Vec<(Range<usize>, usize)>) {
        if parts.is_empty() {
            self.begun.clear();
            return;
        }
        let beginning = (0..self.all.len()).map(|number| (number, 0, place.start));
        let before = std::mem::take(&mut self.begun);
        for (number, length, start) in before.into_iter().chain(beginning) {
            let (phrase, slot) = self.all[number];
            if !phrase.get(length).is_some_and(|stem| parts.contains(&stem.as_str())) {
                continue;
            }
            if length + 1 == phrase.len() {
                marked.push((start..place.end, slot));
            } else {
                self.begun.push((number, length + 1, start));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::Matcher;
    use crate::text::language::{StemLanguage, stem_term};
    use crate::text::reading::{Lookup, Quality, Slot};
    use crate::text::words::{joined, words};

    /// Words of a query, looked up as they stand, by their English stems, and the last by its beginning.
    fn slots(query: &str) -> Vec<Slot> {
        let english = StemLanguage::of_tag("en").expect("has a stemmer");
        let found = words(query);
        let last = found.len().saturating_sub(1);
        found
            .into_iter()
            .enumerate()
            .map(|(position, word)| {
                let mut lookups = vec![
                    (Quality::Exact, Lookup::Plain(word.folded.clone())),
                    (Quality::Stem, Lookup::Stem(stem_term(english, &english.stems(&word).0))),
                ];
                if position == last {
                    lookups.push((Quality::Prefix, Lookup::Prefix(word.folded.clone())));
                }
                Slot {
                    word,
                    position,
                    lookups,
                    frequency: 1,
                    weight: 1.0,
                    correction: None,
                }
            })
            .collect()
    }

    fn found(matcher: &mut Matcher<'_>, text: &str, language: &str) -> Vec<String> {
        let languages = StemLanguage::of_tag(language);
        let marked = matcher.matches(text, languages.as_slice());
        marked.into_iter().map(|(place, _)| text[place].to_owned()).collect()
    }

    #[test]
    fn forms_accents_chains_and_beginnings_are_found_again_in_every_text() {
        let slots = slots("wellbeing rights éduc");
        let mut matcher = Matcher::new(&slots, false);
        for _ in 0..2 {
            let text = "Right to education, well-being \u{301} and l'éducation";
            assert_eq!(
                found(&mut matcher, text, "en"),
                ["Right", "education", "well-being", "éducation"]
            );
            // What is a form of the word in one language is none in another.
            assert_eq!(
                found(&mut matcher, text, "fr"),
                ["education", "well-being", "éducation"]
            );
        }
    }

    #[test]
    fn a_word_is_found_in_words_that_are_joined_also_where_only_its_beginning_was_typed() {
        let typed = slots("childfr");
        let mut matcher = Matcher::new(&typed, false);
        assert_eq!(
            found(&mut matcher, "Child-friendly, for a child", "en"),
            ["Child-friendly"]
        );
        let typed = slots("child");
        let mut matcher = Matcher::new(&typed, false);
        assert_eq!(found(&mut matcher, "Child-friendly schools", "en"), ["Child"]);
    }

    #[test]
    fn a_phrase_that_means_the_same_is_found_as_a_whole_only() {
        let french = StemLanguage::of_tag("fr").expect("has a stemmer");
        let phrase = words("famille d'accueil");
        let stems = phrase.iter().map(|word| stem_term(french, &french.stems(word).0));
        let mut slots = slots("детский дом");
        slots[0]
            .lookups
            .push((Quality::Synonym, Lookup::Phrase(stems.collect())));
        let mut matcher = Matcher::new(&slots, false);
        for _ in 0..2 {
            assert_eq!(
                found(
                    &mut matcher,
                    "Familles d'accueil d'enfants, d'une famille, familles, d’accueil",
                    "fr"
                ),
                ["Familles d'accueil", "familles, d’accueil"]
            );
            assert!(found(&mut matcher, "Famille d'accueil", "en").is_empty());
        }
    }

    proptest! {
        #[test]
        fn what_is_found_is_what_a_look_at_every_word_finds_whatever_was_read_before(
            query in "[a-zé]{1,6}( [a-z]{1,5}){0,3}",
            texts in prop::collection::vec(("[a-eé儿童\u{301}'\u{2019}. -]{0,40}", prop::sample::select(vec!["en", "fr", "zh"])), 1..8),
            forgiving: bool,
        ) {
            let slots = slots(&query);
            let mut used = Matcher::new(&slots, forgiving);
            for (text, language) in &texts {
                let languages = StemLanguage::of_tag(language);
                let found = words(text);
                let slot = |word| used.genuine(word, languages.as_slice()).or_else(|| used.misspelt(word));
                let mut expected: Vec<_> = joined(&found)
                    .into_iter()
                    .filter_map(|(parts, whole)| {
                        let place = found[parts.start].start..found[parts.end - 1].end;
                        Some((place, used.as_one(&whole, &found[parts.start])?))
                    })
                    .chain(found.iter().filter_map(|word| Some((word.start..word.end, slot(word)?))))
                    .collect();
                expected.sort_by_key(|(range, _)| (range.start, range.end));
                prop_assert_eq!(used.matches(text, languages.as_slice()), expected);
            }
        }
    }
}
