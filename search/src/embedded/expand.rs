//! Looking up the words of a query in the dictionaries: which are known, in which forms, and what a misspelt one may
//! have meant.

use std::collections::HashMap;
use std::sync::Arc;

use tantivy::query::FuzzyTermQuery;
use tantivy::schema::Field;
use tantivy::termdict::TermStreamer;
use tantivy::{InvertedIndexReader, TantivyError, Term};

use super::schema::Fields;
use super::snapshot::Snapshot;
use crate::text::edits::{distance, prefix_distance};
use crate::text::language::stem_term;
use crate::text::prominence::weight;
use crate::text::reading::{Lookup, Quality, Reading, Slot, edits, phrase};
use crate::text::words::Word;

/// A word in fewer documents than this may be a typing error that somebody else made too, so its neighbours are
/// searched as well.
const RARE: u64 = 10;

/// How many neighbours of a misspelt word are searched.
const MOST_NEIGHBOURS: usize = 32;

/// How many neighbours are compared before the best are chosen.
const MOST_COMPARED: usize = 4_096;

/// In which words of a query typing errors are looked for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Forgiving {
    /// In none.
    Nothing,
    /// In those that are unknown or rare.
    Unusual,
    /// In all.
    Everything,
}

/// Looks up every word.
pub fn expand(
    snapshot: &Snapshot,
    fields: &Fields,
    reading: &Reading,
    forgiving: Forgiving,
) -> Result<Vec<Slot>, TantivyError> {
    let dictionary = Dictionary { snapshot, fields };
    let last = reading.slots.len().saturating_sub(1);
    let mut slots = Vec::with_capacity(reading.slots.len());
    for (index, word) in reading.slots.iter().enumerate() {
        let open = reading.last_is_open && index == last;
        let mut slot = dictionary.slot(word, open)?;
        slot.position = reading.positions[index];
        slots.push(slot);
    }
    for (covered, text) in &reading.joined {
        if dictionary.plain_frequency(text)? > 0 {
            for slot in covered {
                add(&mut slots[*slot].lookups, Quality::Exact, Lookup::Plain(text.clone()));
                // Both halves of a compound are found where it is, so neither is unknown.
                slots[*slot].frequency = slots[*slot].frequency.max(1);
            }
        }
    }
    for synonym in &reading.synonyms {
        for lookup in dictionary.phrase(&synonym.phrase)? {
            for slot in &synonym.slots {
                add(&mut slots[*slot].lookups, Quality::Synonym, lookup.clone());
                slots[*slot].frequency = slots[*slot].frequency.max(1);
            }
        }
    }
    for (index, slot) in slots.iter_mut().enumerate() {
        let open = reading.last_is_open && index == last;
        let looked_for = match forgiving {
            Forgiving::Nothing => false,
            Forgiving::Unusual => slot.frequency < RARE,
            Forgiving::Everything => true,
        };
        if looked_for {
            dictionary.add_neighbours(slot, open)?;
        }
    }
    for slot in &mut slots {
        slot.weight = weight(slot.frequency, snapshot.documents());
    }
    Ok(slots)
}

fn add(lookups: &mut Vec<(Quality, Lookup)>, quality: Quality, lookup: Lookup) {
    if lookups.iter().all(|(_, known)| *known != lookup) {
        lookups.push((quality, lookup));
    }
}

/// What the dictionaries know of a word of a query.
pub struct KnownWord {
    lookups: Vec<(Quality, Lookup)>,
    frequency: u64,
}

/// A known word near another one.
pub struct Neighbour {
    edits: u8,
    frequency: u64,
    text: String,
}

struct Dictionary<'a> {
    snapshot: &'a Snapshot,
    fields: &'a Fields,
}

impl Dictionary<'_> {
    fn slot(&self, word: &Word, open: bool) -> Result<Slot, TantivyError> {
        let question = (word.lower.clone(), open);
        let known = self.snapshot.words.answer(question, |_| self.look_up(word, open))?;
        Ok(Slot {
            word: word.clone(),
            position: 0,
            lookups: known.lookups.clone(),
            frequency: known.frequency,
            weight: 0.0,
            correction: None,
        })
    }

    fn look_up(&self, word: &Word, open: bool) -> Result<KnownWord, TantivyError> {
        let mut lookups = vec![(Quality::Exact, Lookup::Plain(word.folded.clone()))];
        let mut frequency = self.plain_frequency(&word.folded)?;
        let mut stemmed = 0;
        for language in &self.snapshot.languages {
            let (stem, second) = language.stems(word);
            let mut most = 0;
            for stem in std::iter::once(stem).chain(second) {
                let term = stem_term(*language, &stem);
                let of_stem = self.stem_frequency(&term)?;
                if of_stem > 0 {
                    most = most.max(of_stem);
                    add(&mut lookups, Quality::Stem, Lookup::Stem(term));
                }
            }
            stemmed += most;
        }
        frequency = frequency.max(stemmed);
        if open {
            let beginning = self.prefix_frequency(&word.folded)?;
            if beginning > 0 {
                add(&mut lookups, Quality::Prefix, Lookup::Prefix(word.folded.clone()));
            }
            if frequency == 0 {
                frequency = beginning;
            }
        }
        Ok(KnownWord { lookups, frequency })
    }

    fn plain_frequency(&self, word: &str) -> Result<u64, TantivyError> {
        self.frequency(self.fields.words, word)
    }

    fn stem_frequency(&self, term: &str) -> Result<u64, TantivyError> {
        let mut most = 0;
        for tier in &self.fields.tiers {
            most = most.max(self.frequency(tier.stems, term)?);
        }
        Ok(most)
    }

    /// A phrase in each language in which all its words are known. The others would be looked for in vain in every segment.
    fn phrase(&self, text: &[String]) -> Result<Vec<Lookup>, TantivyError> {
        let mut known = Vec::new();
        for lookup in phrase(text, &self.snapshot.languages) {
            if self.is_known(&lookup)? {
                known.push(lookup);
            }
        }
        Ok(known)
    }

    fn is_known(&self, lookup: &Lookup) -> Result<bool, TantivyError> {
        let stems = match lookup {
            Lookup::Plain(text) => return Ok(self.plain_frequency(text)? > 0),
            Lookup::Prefix(beginning) => return Ok(self.prefix_frequency(beginning)? > 0),
            Lookup::Stem(stem) => std::slice::from_ref(stem),
            Lookup::Phrase(stems) => stems,
        };
        for stem in stems {
            if self.stem_frequency(stem)? == 0 {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn frequency(&self, field: Field, text: &str) -> Result<u64, TantivyError> {
        self.snapshot.searcher.doc_freq(&Term::from_field_text(field, text))
    }

    /// In about how many documents words begin so.
    fn prefix_frequency(&self, beginning: &str) -> Result<u64, TantivyError> {
        let mut sum = 0;
        for reader in self.snapshot.searcher.segment_readers() {
            let index = reader.inverted_index(self.fields.words)?;
            let mut terms = terms_beginning(&index, beginning)?;
            while terms.advance() {
                sum += u64::from(terms.value().doc_freq);
            }
        }
        Ok(sum)
    }

    /// Adds the words that a misspelt one may have meant.
    fn add_neighbours(&self, slot: &mut Slot, open: bool) -> Result<(), TantivyError> {
        let limit = edits(&slot.word);
        if limit == 0 {
            return Ok(());
        }
        let word = slot.word.folded.clone();
        let mut neighbours = self.neighbours(&word, limit, false)?;
        if neighbours.is_empty() && open && slot.frequency == 0 {
            neighbours = self.neighbours(&word, limit.min(1), true)?;
        }
        if slot.frequency == 0 && neighbours.is_empty() {
            for lookup in self.halves(&word)? {
                slot.frequency = slot.frequency.max(1);
                add(&mut slot.lookups, Quality::Stem, lookup);
            }
        }
        if slot.frequency == 0 {
            slot.correction = neighbours.first().map(|nearest| nearest.text.clone());
            slot.frequency = neighbours.iter().map(|neighbour| neighbour.frequency).sum();
        }
        for neighbour in neighbours.iter() {
            let lookup = Lookup::Plain(neighbour.text.clone());
            add(&mut slot.lookups, Quality::of_edits(neighbour.edits), lookup);
        }
        Ok(())
    }

    /// Known words near this one, the nearest first, then the most frequent. With `beginning`, words that begin with something
    /// near it.
    fn neighbours(&self, word: &str, limit: u8, beginning: bool) -> Result<Arc<Vec<Neighbour>>, TantivyError> {
        let question = (word.to_owned(), limit, beginning);
        self.snapshot
            .neighbours
            .answer(question, |_| self.compare(word, limit, beginning))
    }

    fn compare(&self, word: &str, limit: u8, beginning: bool) -> Result<Vec<Neighbour>, TantivyError> {
        let term = Term::from_field_text(self.fields.words, word);
        let query = if beginning {
            FuzzyTermQuery::new_prefix(term, limit, true)
        } else {
            FuzzyTermQuery::new(term, limit, true)
        };
        let automaton = query.automaton()?;
        let mut found: HashMap<String, u64> = HashMap::new();
        for reader in self.snapshot.searcher.segment_readers() {
            let index = reader.inverted_index(self.fields.words)?;
            let mut terms = index.terms().search(&automaton).into_stream()?;
            while terms.advance() && found.len() < MOST_COMPARED {
                if let Ok(text) = std::str::from_utf8(terms.key()) {
                    *found.entry(text.to_owned()).or_default() += u64::from(terms.value().doc_freq);
                }
            }
        }
        let mut neighbours: Vec<Neighbour> = found
            .into_iter()
            .filter(|(text, _)| text != word && text.chars().all(char::is_alphabetic))
            .filter_map(|(text, frequency)| {
                let edits = if beginning {
                    prefix_distance(word, &text, limit)
                } else {
                    distance(word, &text, limit)
                };
                edits.map(|edits| Neighbour { edits, frequency, text })
            })
            .collect();
        neighbours.sort_by(|one, other| {
            let by_frequency = other.frequency.cmp(&one.frequency);
            one.edits
                .cmp(&other.edits)
                .then(by_frequency)
                .then_with(|| one.text.cmp(&other.text))
        });
        neighbours.truncate(MOST_NEIGHBOURS);
        Ok(neighbours)
    }

    /// Two known words that give this one when the space between them is left out: `wellbeing` is `well being`.
    fn halves(&self, word: &str) -> Result<Vec<Lookup>, TantivyError> {
        const SHORTEST_HALF: usize = 3;
        let boundaries: Vec<usize> = word.char_indices().map(|(at, _)| at).collect();
        let mut lookups = Vec::new();
        for at in boundaries.iter().skip(SHORTEST_HALF) {
            let (first, second) = word.split_at(*at);
            if second.chars().count() < SHORTEST_HALF
                || self.plain_frequency(first)? == 0
                || self.plain_frequency(second)? == 0
            {
                continue;
            }
            lookups.extend(self.phrase(&[first.to_owned(), second.to_owned()])?);
        }
        Ok(lookups)
    }
}

/// The terms of a field in a segment that begin so, in order.
///
/// # Errors
/// Where the index can't be read.
pub fn terms_beginning<'a>(index: &'a InvertedIndexReader, beginning: &str) -> std::io::Result<TermStreamer<'a>> {
    let range = index.terms().range().ge(beginning).lt(after_prefix(beginning));
    range.into_stream()
}

/// The first string after all that begin with this one.
#[must_use]
pub fn after_prefix(beginning: &str) -> Vec<u8> {
    let mut after = beginning.as_bytes().to_vec();
    // No byte of UTF-8 is 255, so the last byte can always be raised.
    if let Some(last) = after.last_mut() {
        *last += 1;
    }
    after
}
