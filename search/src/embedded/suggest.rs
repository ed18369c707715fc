//! Completing what stands in a search box, from titles.

use std::cmp::Ordering;

use tantivy::postings::BlockSegmentPostings;
use tantivy::query::{DfaWrapper, FuzzyTermQuery};
use tantivy::schema::{Field, IndexRecordOption};
use tantivy::{DocId, SegmentReader, TantivyError, Term};
use uuid::Uuid;

use super::convert::{LONGEST_BEGINNING, first_beginning};
use super::expand::after_prefix;
use super::live::engine;
use super::rank::first;
use super::schema::Fields;
use super::snapshot::{Snapshot, Standing};
use super::source;
use crate::text::edits::allowed_edits;
use crate::text::tier::Tier;
use crate::text::titles::{matching_title, whole_title};
use crate::text::words::{Word, words};
use crate::{SearchError, SuggestRequest, Suggestion};

/// Only so many characters and words are read.
const LONGEST_PREFIX: usize = 128;
const MOST_WORDS: usize = 12;

/// Completes a prefix: titles that begin with it first, then titles that have all its words; the last word may be
/// unfinished. If there are none, typing errors are forgiven.
pub fn suggest(snapshot: &Snapshot, fields: &Fields, request: &SuggestRequest) -> Result<Vec<Suggestion>, SearchError> {
    let typed: String = request.prefix.chars().take(LONGEST_PREFIX).collect();
    let mut typed = words(&typed);
    typed.truncate(MOST_WORDS);
    if typed.is_empty() || request.limit == 0 {
        return Ok(Vec::new());
    }
    for forgiving in [false, true] {
        let mut found = Vec::new();
        let neighbours = if forgiving {
            neighbours(fields, &typed).map_err(engine)?
        } else {
            Vec::new()
        };
        for segment in 0..snapshot.segments.len() {
            let titles = Titles {
                snapshot,
                fields,
                segment,
                reader: &snapshot.searcher.segment_readers()[segment],
            };
            titles.find(&typed, &neighbours, &mut found).map_err(engine)?;
        }
        if found.is_empty() {
            continue;
        }
        let order = |one: &Match, other: &Match| one.compare(other, snapshot);
        first(&mut found, request.limit, order);
        return found
            .into_iter()
            .map(|found| {
                let source = source::read(snapshot, fields, found.segment, found.document)?;
                Ok(Suggestion {
                    text: matching_title(&source.texts, &typed),
                    kind: source.kind,
                    id: found.id(snapshot),
                })
            })
            .collect();
    }
    Ok(Vec::new())
}

/// A document whose title has what was typed.
struct Match {
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

    /// First at the start, then strength and recency downwards, then the id.
    fn compare(&self, other: &Self, snapshot: &Snapshot) -> Ordering {
        (other.at_start, other.standing)
            .cmp(&(self.at_start, self.standing))
            .then_with(|| self.id(snapshot).cmp(&other.id(snapshot)))
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
    fn find(
        &self,
        typed: &[Word],
        neighbours: &[Option<DfaWrapper>],
        found: &mut Vec<Match>,
    ) -> Result<(), TantivyError> {
        let mut matched: Option<Vec<DocId>> = None;
        let title = title(self.fields);
        let last = typed.len() - 1;
        for (number, word) in typed.iter().enumerate() {
            let mut with_word = Vec::new();
            let mut add = |document| with_word.push(document);
            if number == last {
                self.each_beginning(title, &word.folded, &mut add)?;
            } else {
                self.each(title, &word.folded, &mut add)?;
            }
            if let Some(Some(neighbours)) = neighbours.get(number) {
                self.each_neighbour(title, neighbours, &mut add)?;
            }
            with_word.sort_unstable();
            with_word.dedup();
            if let Some(before) = &matched {
                with_word.retain(|document| before.binary_search(document).is_ok());
            }
            if with_word.is_empty() {
                return Ok(());
            }
            matched = Some(with_word);
        }
        let mut at_start = Vec::new();
        self.each_at_start(typed, &mut |document| at_start.push(document))?;
        at_start.sort_unstable();
        let standings = &self.snapshot.segments[self.segment].standings;
        let alive = matched
            .unwrap_or_default()
            .into_iter()
            .filter(|document| !self.reader.is_deleted(*document));
        found.extend(alive.map(|document| Match {
            at_start: at_start.binary_search(&document).is_ok(),
            standing: standings[document as usize],
            segment: self.segment,
            document,
        }));
        Ok(())
    }

    /// Documents with this word.
    fn each(&self, field: Field, word: &str, add: &mut impl FnMut(DocId)) -> Result<(), TantivyError> {
        let index = self.reader.inverted_index(field)?;
        let term = Term::from_field_text(field, word);
        if let Some(postings) = index.read_block_postings(&term, IndexRecordOption::Basic)? {
            each_in(postings, add);
        }
        Ok(())
    }

    /// Documents with a word that begins so.
    fn each_beginning(&self, field: Field, beginning: &str, add: &mut impl FnMut(DocId)) -> Result<(), TantivyError> {
        if beginning.chars().count() <= LONGEST_BEGINNING {
            return self.each(self.fields.title_beginnings, beginning, add);
        }
        let index = self.reader.inverted_index(field)?;
        let mut terms = index
            .terms()
            .range()
            .ge(beginning)
            .lt(after_prefix(beginning))
            .into_stream()?;
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

    /// Documents with a title that begins with all that was typed.
    fn each_at_start(&self, typed: &[Word], add: &mut impl FnMut(DocId)) -> Result<(), TantivyError> {
        let whole = whole_title(typed);
        if whole.chars().count() <= LONGEST_BEGINNING && typed.len() == 1 {
            return self.each(self.fields.title_beginnings, &first_beginning(&whole), add);
        }
        let field = self.fields.title_whole;
        let index = self.reader.inverted_index(field)?;
        let mut terms = index
            .terms()
            .range()
            .ge(&whole)
            .lt(after_prefix(&whole))
            .into_stream()?;
        while terms.advance() {
            each_in(
                index.read_block_postings_from_terminfo(terms.value(), IndexRecordOption::Basic)?,
                add,
            );
        }
        Ok(())
    }
}

/// The documents of one word.
fn each_in(mut postings: BlockSegmentPostings, add: &mut impl FnMut(DocId)) {
    while !postings.docs().is_empty() {
        postings.docs().iter().copied().for_each(&mut *add);
        postings.advance();
    }
}
