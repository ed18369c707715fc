//! Completing what stands in a search box, from titles.

use std::cmp::{Ordering, Reverse};
use std::collections::HashSet;
use std::ops::{Bound, RangeBounds};

use tantivy::query::{DfaWrapper, FuzzyTermQuery};
use tantivy::schema::{Field, IndexRecordOption};
use tantivy::{DocId, SegmentReader, TantivyError, Term};
use uuid::Uuid;

use super::convert::LONGEST_BEGINNING;
use super::expand::{after_prefix, terms_beginning};
use super::live::engine;
use super::names::{each, each_in};
use super::rank::first;
use super::schema::Fields;
use super::snapshot::{Snapshot, Standing};
use super::source;
use crate::text::edits::allowed_edits;
use crate::text::synonyms::Synonyms;
use crate::text::tier::Tier;
use crate::text::titles::{Typed, alternatives, matching_title, whole_title};
use crate::text::words::{Word, words};
use crate::{SearchError, SuggestRequest, Suggestion};

/// Only so many characters and words are read.
const LONGEST_PREFIX: usize = 128;
const MOST_WORDS: usize = 12;

/// Completes a prefix: titles that begin with it first, then titles that have all its words; the last word may be
/// unfinished. Where these are too few, what means the same is looked for too, and comes after them; where there are none at
/// all, typing errors are forgiven.
pub fn suggest(
    snapshot: &Snapshot,
    fields: &Fields,
    synonyms: &Synonyms,
    request: &SuggestRequest,
) -> Result<Vec<Suggestion>, SearchError> {
    let typed: String = request.prefix.chars().take(LONGEST_PREFIX).collect();
    let mut typed = words(&typed);
    typed.truncate(MOST_WORDS);
    if typed.is_empty() || request.limit == 0 {
        return Ok(Vec::new());
    }
    let mut phrases = vec![Typed {
        words: typed,
        open: true,
    }];
    let find = |phrase: usize, typed: &Typed, neighbours: &[Option<DfaWrapper>], found: &mut Vec<Match>| {
        (0..snapshot.segments.len()).try_for_each(|segment| {
            let titles = Titles {
                snapshot,
                fields,
                segment,
                reader: &snapshot.searcher.segment_readers()[segment],
            };
            titles.find(phrase, typed, neighbours, request.limit, found)
        })
    };
    let mut found = Vec::new();
    find(0, &phrases[0], &[], &mut found).map_err(engine)?;
    if found.len() < request.limit {
        phrases.extend(alternatives(&phrases[0].words, synonyms));
        for (phrase, typed) in phrases.iter().enumerate().skip(1) {
            find(phrase, typed, &[], &mut found).map_err(engine)?;
        }
    }
    if found.is_empty() {
        let neighbours = neighbours(fields, &phrases[0].words).map_err(engine)?;
        find(0, &phrases[0], &neighbours, &mut found).map_err(engine)?;
    }
    found.sort_unstable_by(|one, other| one.compare(other, snapshot));
    let mut seen = HashSet::new();
    found.retain(|found| seen.insert((found.segment, found.document)));
    found.truncate(request.limit);
    let suggestion = |found: Match| {
        let source = source::read(snapshot, fields, found.segment, found.document)?;
        Ok(Suggestion {
            text: matching_title(&source.texts, &phrases[found.phrase].words),
            kind: source.kind,
            id: found.id(snapshot),
        })
    };
    found.into_iter().map(suggestion).collect()
}

/// A document whose title has what was typed, or what means the same.
struct Match {
    /// Which of the phrases it has; 0 is what was typed.
    phrase: usize,
    /// Whether the title begins with it.
    at_start: bool,
    standing: Standing,
    segment: usize,
    document: DocId,
}

impl Match {
    fn id(&self, snapshot: &Snapshot) -> Uuid {
        snapshot.segments[self.segment].id(self.document)
    }

    /// First what was typed, then at the start, then strength and recency downwards, then the id.
    fn compare(&self, other: &Self, snapshot: &Snapshot) -> Ordering {
        let order = |found: &Self| (found.phrase == 0, found.at_start, found.standing);
        order(other)
            .cmp(&order(self))
            .then_with(|| self.id(snapshot).cmp(&other.id(snapshot)))
            .then_with(|| self.phrase.cmp(&other.phrase))
    }
}

/// The words of titles as they stand.
fn title(fields: &Fields) -> Field {
    fields.tiers[Tier::Title.index()].plain
}

/// What finds the words a few typing errors away from each that was typed; nothing for one that is too short. Made once for
/// all segments, since making it takes longer than a look into one of their dictionaries.
fn neighbours(fields: &Fields, typed: &[Word]) -> Result<Vec<Option<DfaWrapper>>, TantivyError> {
    let last = typed.len().saturating_sub(1);
    typed
        .iter()
        .enumerate()
        .map(|(number, word)| {
            let limit = allowed_edits(&word.folded);
            if limit == 0 {
                return Ok(None);
            }
            let term = Term::from_field_text(title(fields), &word.folded);
            let query = if number == last {
                FuzzyTermQuery::new_prefix(term, limit.min(1), true)
            } else {
                FuzzyTermQuery::new(term, limit, true)
            };
            query.automaton().map(Some)
        })
        .collect()
}

struct Titles<'a> {
    snapshot: &'a Snapshot,
    fields: &'a Fields,
    segment: usize,
    reader: &'a SegmentReader,
}

impl Titles<'_> {
    /// Finds the first so many of a segment.
    fn find(
        &self,
        phrase: usize,
        typed: &Typed,
        neighbours: &[Option<DfaWrapper>],
        limit: usize,
        found: &mut Vec<Match>,
    ) -> Result<(), TantivyError> {
        let mut matched: Option<Vec<DocId>> = None;
        let title = title(self.fields);
        let last = typed.words.len().saturating_sub(1);
        for (number, word) in typed.words.iter().enumerate() {
            let mut with_word = Vec::new();
            let mut add = |document| with_word.push(document);
            if number == last && typed.open {
                self.each_beginning(title, &word.folded, &mut add)?;
            } else {
                each(self.reader, title, &word.folded, &mut add)?;
            }
            if last == 0 {
                // An acronym is a name as well, though the title does not have it.
                each(self.reader, self.fields.names, &word.folded, &mut add)?;
            }
            if let Some(Some(neighbours)) = neighbours.get(number) {
                self.each_neighbour(title, neighbours, &mut add)?;
            }
            with_word.sort_unstable();
            with_word.dedup();
            if let Some(before) = &matched {
                let mut is_before = among(before);
                with_word.retain(|document| is_before(*document));
            }
            if with_word.is_empty() {
                return Ok(());
            }
            matched = Some(with_word);
        }
        let is_at_start = self.at_start(&typed.words)?;
        let places = &self.snapshot.segments[self.segment].places;
        let mut ranked: Vec<(Reverse<bool>, u32, DocId)> = matched
            .unwrap_or_default()
            .into_iter()
            .filter(|document| !self.reader.is_deleted(*document))
            .map(|document| (Reverse(is_at_start(document)), places[document as usize], document))
            .collect();
        first(&mut ranked, limit, Ord::cmp);
        let standings = &self.snapshot.segments[self.segment].standings;
        found.extend(ranked.into_iter().map(|(Reverse(at_start), _, document)| Match {
            phrase,
            at_start,
            standing: standings[document as usize],
            segment: self.segment,
            document,
        }));
        Ok(())
    }

    /// Documents with a word that begins so.
    fn each_beginning(&self, field: Field, beginning: &str, add: &mut impl FnMut(DocId)) -> Result<(), TantivyError> {
        if beginning.chars().count() <= LONGEST_BEGINNING {
            return each(self.reader, self.fields.title_beginnings, beginning, add);
        }
        let index = self.reader.inverted_index(field)?;
        let mut terms = terms_beginning(&index, beginning)?;
        while terms.advance() {
            each_in(
                index.read_block_postings_from_terminfo(terms.value(), IndexRecordOption::Basic)?,
                add,
            );
        }
        Ok(())
    }

    /// Documents with a word that is a few typing errors away.
    fn each_neighbour(
        &self,
        field: Field,
        neighbours: &DfaWrapper,
        add: &mut impl FnMut(DocId),
    ) -> Result<(), TantivyError> {
        let index = self.reader.inverted_index(field)?;
        let mut terms = index.terms().search(neighbours).into_stream()?;
        while terms.advance() {
            each_in(
                index.read_block_postings_from_terminfo(terms.value(), IndexRecordOption::Basic)?,
                add,
            );
        }
        Ok(())
    }

    /// Whether a document is called something that begins with all that was typed.
    fn at_start(&self, typed: &[Word]) -> Result<impl Fn(DocId) -> bool, TantivyError> {
        let whole = whole_title(typed);
        let names = self.snapshot.segments[self.segment].names.as_ref();
        // Names are numbered in their order.
        let names = names
            .map(|names| {
                let (first, after) = (whole.clone().into_bytes(), after_prefix(&whole));
                let numbers = names
                    .dictionary()
                    .term_bounds_to_ord(Bound::Included(first), Bound::Excluded(after))?;
                Ok::<_, TantivyError>((names.ords(), numbers))
            })
            .transpose()?;
        Ok(move |document| {
            names
                .as_ref()
                .is_some_and(|(names, numbers)| names.values_for_doc(document).any(|name| numbers.contains(&name)))
        })
    }
}

/// Whether a document is among these, which are in order; to be asked of documents in order.
fn among(documents: &[DocId]) -> impl FnMut(DocId) -> bool {
    let mut rest = documents.iter().peekable();
    move |document| {
        while rest.next_if(|other| **other < document).is_some() {}
        rest.peek() == Some(&&document)
    }
}
