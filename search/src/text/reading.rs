//! What a query asks for, word by word.

use super::edits::{allowed_edits, distance, prefix_distance};
use super::language::{StemLanguage, stem_term};
use super::stop_words::stop_words;
use super::synonyms::Synonyms;
use super::words::{Word, words};

/// Only so many characters of a query are read.
const LONGEST_QUERY: usize = 512;

/// Only so many different words of a query are searched: each has a bit of its own.
pub const MOST_SLOTS: usize = 32;

/// Up to so many words, a query is a list of words that documents must have; a longer one is a sentence.
pub const MOST_REQUIRED: usize = 4;

/// How well a word of a document answers a word of the query. The order is the order of ranking.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Quality {
    /// Two typing errors away.
    TwoEdits,
    /// One typing error away.
    OneEdit,
    /// The word begins with it.
    Prefix,
    /// A word or phrase that means the same.
    Synonym,
    /// Another form of the word.
    Stem,
    /// The word itself.
    Exact,
}

impl Quality {
    /// That of a word so many typing errors away.
    #[must_use]
    pub fn of_edits(edits: u8) -> Self {
        if edits < 2 { Self::OneEdit } else { Self::TwoEdits }
    }
}

/// Something to look up in the dictionaries.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Lookup {
    /// A folded word.
    Plain(String),
    /// A stem with its language.
    Stem(String),
    /// Every folded word that begins so.
    Prefix(String),
    /// Stems of one language that follow each other.
    Phrase(Vec<String>),
}

/// One word of the query that documents should have.
#[derive(Clone, Debug)]
pub struct Slot {
    /// The word.
    pub word: Word,
    /// Its place among all words of the query.
    pub position: usize,
    /// What answers it.
    pub lookups: Vec<(Quality, Lookup)>,
    /// In how many documents it is, about.
    pub frequency: u64,
    /// How much it says: rare words say more.
    pub weight: f32,
    /// The word that was probably meant, where this one is nowhere.
    pub correction: Option<String>,
}

impl Slot {
    /// How many typing errors lie between this word and one of a text, where they are few enough to be one. What is still
    /// being typed is compared with the beginning.
    #[must_use]
    pub fn edits_to(&self, word: &Word) -> Option<u8> {
        let typed = &self.word.folded;
        let limit = edits(&self.word);
        if limit == 0 {
            return None;
        }
        distance(typed, &word.folded, limit).or_else(|| {
            let open = self
                .lookups
                .iter()
                .any(|(_, lookup)| matches!(lookup, Lookup::Prefix(_)));
            open.then(|| prefix_distance(typed, &word.folded, limit.min(1)))
                .flatten()
        })
    }
}

/// A phrase that means the same as some words of the query.
#[derive(Clone, Debug)]
pub struct SynonymUse {
    /// Which words it stands for, as positions in [`Reading::slots`].
    pub slots: Vec<usize>,
    /// The folded words of the phrase.
    pub phrase: Vec<String>,
}

/// A query, read.
#[derive(Clone, Debug, Default)]
pub struct Reading {
    /// What was read, at most 512 characters.
    pub text: String,
    /// The words that matter, each once, in order.
    pub slots: Vec<Word>,
    /// The place of each among all words of the query.
    pub positions: Vec<usize>,
    /// Whether the query is a sentence, of which not every word need be in a document.
    pub sentence: bool,
    /// Whether the last of them may be the beginning of a word. A single letter never is: half of all documents have a word that
    /// begins with it.
    pub last_is_open: bool,
    /// Neighbouring words written as one, with the words that they stand for.
    pub joined: Vec<(Vec<usize>, String)>,
    /// What means the same as parts of the query.
    pub synonyms: Vec<SynonymUse>,
}

/// Reads a query: cuts it into words, leaves out those that say nothing, finds synonyms.
#[must_use]
pub fn read(query: &str, language: Option<&str>, synonyms: &Synonyms) -> Reading {
    let text: String = query.chars().take(LONGEST_QUERY).collect();
    let found = words(&text);
    let stops = stop_words(&found, language);
    let mut reading = Reading::default();
    // For each word of the query the slot that it went into.
    let mut places: Vec<Option<usize>> = Vec::with_capacity(found.len());
    for (position, (word, is_stop)) in found.iter().zip(&stops).enumerate() {
        let known = reading.slots.iter().position(|slot| slot.folded == word.folded);
        let place = match known {
            _ if *is_stop => None,
            Some(slot) => Some(slot),
            None if reading.slots.len() < MOST_SLOTS => {
                reading.slots.push(word.clone());
                reading.positions.push(position);
                Some(reading.slots.len() - 1)
            }
            None => None,
        };
        places.push(place);
    }
    // What is still being typed ends where the query ends; a full stop or question mark says that it is finished.
    reading.last_is_open = found
        .last()
        .is_some_and(|last| last.end == text.trim_end().len() && last.folded.chars().count() > 1)
        && places.last().copied().flatten() == reading.slots.len().checked_sub(1);
    reading.sentence = found.len() > MOST_REQUIRED;
    reading.joined = joined_neighbours(&found, &places);
    reading.synonyms = synonym_uses(&found, &places, synonyms);
    reading.text = text;
    reading
}

/// A phrase as stems in each language, or as it stands when it is a single word.
#[must_use]
pub fn phrase(phrase: &[String], languages: &[StemLanguage]) -> Vec<Lookup> {
    let parts = words(&phrase.join(" "));
    let mut lookups = Vec::new();
    if let [word] = parts.as_slice() {
        lookups.push(Lookup::Plain(word.folded.clone()));
    }
    for language in languages {
        let mut stems: Vec<String> = parts
            .iter()
            .map(|word| stem_term(*language, &language.stems(word).0))
            .collect();
        lookups.push(match stems.as_mut_slice() {
            [stem] => Lookup::Stem(std::mem::take(stem)),
            _ => Lookup::Phrase(stems),
        });
    }
    lookups
}

fn slots_of(places: &[Option<usize>]) -> Vec<usize> {
    let mut slots: Vec<usize> = places.iter().copied().flatten().collect();
    slots.dedup();
    slots
}

/// Two neighbours each, and whole chains such as `A/64/742`, as one word.
fn joined_neighbours(found: &[Word], places: &[Option<usize>]) -> Vec<(Vec<usize>, String)> {
    let mut joined: Vec<(Vec<usize>, String)> = super::words::joined(found)
        .into_iter()
        .map(|(parts, text)| (slots_of(&places[parts]), text))
        .collect();
    for (index, pair) in found.windows(2).enumerate() {
        // A stop word belongs to no word: `by law` is not `bylaw`.
        if let [Some(first), Some(second)] = places[index..index + 2] {
            let text = format!("{}{}", pair[0].folded, pair[1].folded);
            if joined.iter().all(|(_, known)| *known != text) {
                joined.push((vec![first, second], text));
            }
        }
    }
    joined.retain(|(slots, _)| !slots.is_empty());
    joined
}

fn synonym_uses(found: &[Word], places: &[Option<usize>], synonyms: &Synonyms) -> Vec<SynonymUse> {
    let folded: Vec<String> = found.iter().map(|word| word.folded.clone()).collect();
    let mut uses = Vec::new();
    for start in 0..folded.len() {
        for length in 1..=synonyms.longest().min(folded.len() - start) {
            let slots = slots_of(&places[start..start + length]);
            if slots.is_empty() {
                continue;
            }
            for phrase in synonyms.of(&folded[start..start + length]) {
                uses.push(SynonymUse {
                    slots: slots.clone(),
                    phrase: phrase.clone(),
                });
            }
        }
    }
    uses
}

/// How much these words, as bits, weigh together.
#[must_use]
pub fn weight_of(words: u32, slots: &[Slot]) -> f32 {
    slots
        .iter()
        .enumerate()
        .filter(|(number, _)| words & (1 << number) != 0)
        .map(|(_, slot)| slot.weight)
        .sum()
}

/// The query with some of its words replaced or left out: what was really searched. Where words are left out, nothing but single
/// joining marks (`A/68` of `A/68/253`) stays between those that are left; otherwise all stays that stands between words.
#[must_use]
pub fn rewritten(reading: &Reading, slots: &[Slot], searched: u32) -> Option<String> {
    let changed = slots
        .iter()
        .enumerate()
        .any(|(index, slot)| searched & (1 << index) == 0 || slot.correction.is_some());
    if !changed {
        return None;
    }
    let found = words(&reading.text);
    let kept = kept(&found, slots, searched);
    let (first, last) = (kept.first()?, kept.last()?);
    let left_out = kept.len() < found.len();
    let mut text = String::new();
    if !left_out {
        text.push_str(&reading.text[..first.word.start]);
    }
    let mut before: Option<&Kept<'_>> = None;
    for next in &kept {
        text.push_str(&next.after(before, &reading.text, left_out));
        before = Some(next);
    }
    if !left_out {
        text.push_str(&reading.text[last.word.end..]);
    }
    Some(text.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// A word of a query that was searched, or says nothing.
struct Kept<'a> {
    /// Its place among all words of the query.
    position: usize,
    word: &'a Word,
    correction: Option<&'a str>,
}

impl Kept<'_> {
    /// What follows on the word before it: what stands between them, and the word.
    fn after(&self, before: Option<&Self>, text: &str, left_out: bool) -> String {
        let shown = self.correction.unwrap_or(&text[self.word.start..self.word.end]);
        let Some(before) = before else {
            return shown.to_owned();
        };
        let follows = self.position == before.position + 1;
        if self.word.start < before.word.end {
            // Pairs of characters overlap. What they were cut from is written once.
            return if follows && self.correction.is_none() && before.correction.is_none() {
                text[before.word.end..self.word.end].to_owned()
            } else {
                format!(" {shown}")
            };
        }
        let between = if left_out && !(follows && before.word.joined_to_next) {
            " "
        } else {
            &text[before.word.end..self.word.start]
        };
        format!("{between}{shown}")
    }
}

/// The words of a query that were not left out.
fn kept<'a>(found: &'a [Word], slots: &'a [Slot], searched: u32) -> Vec<Kept<'a>> {
    let kept = |(position, word): (usize, &'a Word)| {
        let slot = slots.iter().position(|slot| slot.word.folded == word.folded);
        slot.is_none_or(|number| searched & (1 << number) != 0).then(|| Kept {
            position,
            word,
            correction: slot.and_then(|number| slots[number].correction.as_deref()),
        })
    };
    found.iter().enumerate().filter_map(kept).collect()
}

/// How many typing errors are looked for in this word.
#[must_use]
pub fn edits(word: &Word) -> u8 {
    allowed_edits(&word.folded)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Slot, read, rewritten};
    use crate::text::synonyms::Synonyms;
    use crate::text::words::words;

    fn slots(query: &str) -> Vec<String> {
        let reading = read(query, None, &Synonyms::default());
        reading.slots.into_iter().map(|word| word.folded).collect()
    }

    /// The query as it is shown where only some of its words were searched, and some of those as others.
    fn shown(
        query: &str,
        searched: impl Fn(&str) -> bool,
        correction: impl Fn(&str) -> Option<String>,
    ) -> Option<String> {
        let reading = read(query, None, &Synonyms::default());
        let slots: Vec<Slot> = (reading.slots.iter().zip(&reading.positions))
            .map(|(word, position)| Slot {
                word: word.clone(),
                position: *position,
                lookups: Vec::new(),
                frequency: 1,
                weight: 1.0,
                correction: correction(&word.folded),
            })
            .collect();
        let searched = slots.iter().enumerate().fold(0, |words, (number, slot)| {
            words | u32::from(searched(&slot.word.folded)) << number
        });
        rewritten(&reading, &slots, searched)
    }

    fn without(query: &str, left_out: &[&str]) -> Option<String> {
        shown(query, |word| !left_out.contains(&word), |_| None)
    }

    #[test]
    fn marks_beside_words_that_are_left_out_go_with_them() {
        for (query, left_out, expected) in [
            ("CRC/C/GC/12", vec!["12"], "CRC/C/GC"),
            ("CRC/C/GC/12", vec!["crc", "gc"], "C 12"),
            ("A/68/253", vec!["253"], "A/68"),
            ("title:budget", vec!["title"], "budget"),
            ("op-crc-ac", vec!["op"], "crc-ac"),
            ("<b>budget</b>", vec!["b"], "budget"),
            ("(child AND xylophone) \"rights", vec!["xylophone"], "child AND rights"),
            ("budget kind:*", vec!["kind"], "budget"),
            ("rights?", vec!["rights"], ""),
        ] {
            assert_eq!(without(query, &left_out).unwrap_or_default(), expected, "{query}");
        }
    }

    #[test]
    fn characters_of_scripts_without_spaces_are_left_out_where_no_pair_of_theirs_was_searched() {
        for (query, left_out, expected) in [
            ("权利指南书", vec!["利指", "指南", "南书"], "权利"),
            ("权利指南书", vec!["利指", "南书"], "权利 指南"),
            ("儿童福利", vec!["童福", "福利"], "儿童"),
            ("权利保护法 law", vec!["权利", "利保", "护法"], "保护 law"),
        ] {
            assert_eq!(without(query, &left_out).unwrap_or_default(), expected, "{query}");
        }
    }

    #[test]
    fn where_words_are_only_corrected_the_rest_stays_as_it_was_written() {
        let correction = |word: &str| (word == "goverment").then(|| "government".to_owned());
        assert_eq!(
            shown("(goverment's) spending?", |_| true, correction).as_deref(),
            Some("(government's) spending?")
        );
        assert_eq!(shown("spending", |_| true, correction), None);
    }

    proptest! {
        #[test]
        fn what_is_shown_is_made_of_the_words_that_were_searched(
            query in "[a-c儿童权利หน้า '/.(-]{0,40}|\\PC{0,40}",
            seed: u64,
        ) {
            let left_out = |word: &str| word.bytes().fold(seed, |hash, byte| hash.rotate_left(7) ^ u64::from(byte)) % 3 == 0;
            let expected: Vec<String> = {
                let slots = slots(&query);
                let searched = |word: &String| !(slots.contains(word) && left_out(word));
                words(&query).into_iter().map(|word| word.folded).filter(searched).collect()
            };
            let shown = shown(&query, |word| !left_out(word), |_| None);
            let found: Vec<String> = words(shown.as_deref().unwrap_or_default()).into_iter().map(|word| word.folded).collect();
            match shown {
                Some(_) => prop_assert_eq!(found, expected),
                None => prop_assert!(expected.is_empty() || expected.len() == words(&query).len()),
            }
        }

        #[test]
        fn corrections_are_shown_whatever_the_words_were(
            query in "[a-c儿童权利é '/.(-]{0,40}|\\PC{0,40}",
            seed: u64,
        ) {
            let hash = |word: &str| word.bytes().fold(seed, |hash, byte| hash.rotate_left(7) ^ u64::from(byte));
            let correction = |word: &str| (hash(word) % 5 == 1).then(|| "meant".to_owned());
            let corrected = slots(&query).iter().any(|word| hash(word) % 5 == 1 && hash(word) % 3 != 0);
            let shown = shown(&query, |word| hash(word) % 3 != 0, correction);
            prop_assert!(!corrected || shown.is_some_and(|shown| shown.contains("meant")));
        }
    }

    #[test]
    fn each_word_counts_once_and_stop_words_do_not() {
        assert_eq!(slots("the child and the Child's rights"), ["child", "rights"]);
        assert!(slots(" \u{0} ?! ").is_empty());
    }

    #[test]
    fn only_a_word_at_the_very_end_may_be_unfinished() {
        let open = |query| read(query, None, &Synonyms::default()).last_is_open;
        assert!(open("birth regis"));
        assert!(!open("birth registration?"));
        assert!(!open("child labour is about"));
        assert!(!open("q") && !open("birth r"));
    }

    #[test]
    fn a_phrase_is_recognised_as_a_synonym_with_its_stop_words() {
        let synonyms = Synonyms::from_groups([["CRC", "Convention on the Rights of the Child"]]);
        let reading = read("convention on the rights of the child reporting", None, &synonyms);
        assert_eq!(reading.synonyms.len(), 1);
        assert_eq!(reading.synonyms[0].slots, [0, 1, 2]);
        assert_eq!(reading.synonyms[0].phrase, ["crc"]);
    }
}
