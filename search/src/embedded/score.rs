//! Finding and scoring: which documents answer which words of a query, and how well.
//!
//! A word's share in a document's score is its weight (rare words say more) times the sum of two parts. The *stated
//! order* puts words as they are over misspelt ones; then title over summary over body; then exact over synonym over
//! prefix. It is what counts in short queries. *Prominence* (how often, in how short a text) is what counts in long ones, where no single
//! word decides.

use tantivy::postings::{Postings, TermInfo};
use tantivy::query::{EnableScoring, PhraseQuery, Query};
use tantivy::schema::IndexRecordOption;
use tantivy::{DocId, DocSet, InvertedIndexReader, SegmentReader, TERMINATED, TantivyError, Term};

use super::expand::terms_beginning;
use super::memory::Cell;
use super::schema::Fields;
use super::snapshot::Snapshot;
use crate::text::prominence::{counted, saturated};
use crate::text::reading::{Lookup, Quality, Slot};
use crate::text::tier::Tier;

/// By tier: its place in the stated order. A step is wider than prominence and all steps from prefix to exact. Files stand a step
/// below the body; nothing stands below 0.
const TIER_STEP: [f32; Tier::ALL.len()] = [-3.5, 0.0, 3.5, 3.5, 7.0];

/// By quality: its place in the stated order. The steps up to prefix are wider than all tiers; those above are as wide
/// as prominence, which is below 1.
const QUALITY_STEP: [f32; 6] = [0.0, 10.5, 21.0, 22.0, 23.0, 23.2];

/// By quality: what is left of prominence.
const QUALITY_SHARE: [f32; 6] = [0.2, 0.3, 0.6, 0.85, 0.92, 1.0];

/// Where a word is in so many times more documents than there are left to look at, each of these is looked up; otherwise the
/// word's documents are walked. A look-up unpacks a block of 128 documents.
const SKIPPED: usize = 16;

/// How much smaller a sum of weights must be than another, so that rounding does not decide.
const ROUNDING: f32 = 0.999;

/// How much the stated order counts in a query of so many words.
fn order_share(slots: usize) -> f32 {
    match slots {
        0..=2 => 1.0,
        3 => 0.3,
        4 => 0.1,
        _ => 0.0,
    }
}

/// A document that has any of the words.
#[derive(Clone, Copy, Debug)]
pub struct Found {
    /// The document.
    pub document: DocId,
    /// A bit for each word that it has.
    pub matched: u32,
    /// How well it answers.
    pub score: f32,
}

/// Which documents are evaluated.
#[derive(Clone, Copy, PartialEq)]
pub enum Wanted {
    /// Those that have any word.
    Any,
    /// Those that have all words.
    Complete,
    /// Those whose words weigh so much together. Others may be found too.
    Weighing(f32),
}

impl Wanted {
    /// Whether a document that has none of the words before can't be wanted any more. The words from the present one on weigh
    /// `left`.
    fn is_closed(self, first: bool, left: f32) -> bool {
        match self {
            Self::Any => false,
            Self::Complete => !first,
            Self::Weighing(least) => left < least * ROUNDING,
        }
    }
}

/// Evaluates all words in one segment. In a sentence, no single word decides: the stated order plays no part. The documents
/// come in no order.
pub fn evaluate(
    snapshot: &Snapshot,
    segment: usize,
    fields: &Fields,
    slots: &[Slot],
    sentence: bool,
    wanted: Wanted,
) -> Result<Vec<Found>, TantivyError> {
    let reader = snapshot
        .searcher
        .segment_reader(u32::try_from(segment).unwrap_or(u32::MAX));
    let documents = reader.max_doc() as usize;
    let mut cells = snapshot.memory.take(documents);
    let mut word = Word {
        cells: &mut cells,
        known: Vec::new(),
        closed: false,
        touched: Vec::new(),
        touched_in_tier: Vec::new(),
    };
    let share = if sentence { 0.0 } else { order_share(slots.len()) };
    let mut order: Vec<usize> = (0..slots.len()).collect();
    if wanted != Wanted::Any {
        // After the rarest words few documents are left to look at.
        order.sort_by_key(|number| slots[*number].frequency);
    }
    for (place, number) in order.iter().enumerate() {
        let slot = &slots[*number];
        let left = order[place..].iter().map(|number| slots[*number].weight).sum();
        if wanted.is_closed(place == 0, left) {
            word.close(documents);
        }
        for tier in Tier::ALL {
            let mut occurrences = Occurrences {
                reader,
                shares: &snapshot.shares[segment][tier.index()],
                fields,
                tier,
                word: &mut word,
            };
            for (quality, lookup) in &slot.lookups {
                occurrences.add(*quality, lookup)?;
            }
            word.end_tier(tier);
        }
        let bit = 1 << number;
        word.end(slot.weight, share, bit);
        if wanted == Wanted::Complete {
            word.keep(bit);
        }
    }
    let known = word.known;
    let found = known
        .into_iter()
        .map(|document| {
            let cell = std::mem::take(&mut cells[document as usize]);
            Found {
                document,
                matched: cell.matched,
                score: cell.score,
            }
        })
        .collect();
    snapshot.memory.keep(cells);
    Ok(found)
}

/// What is known of the documents of a segment, and where the present word of the query was found.
struct Word<'a> {
    cells: &'a mut [Cell],
    /// The documents that have words of those before.
    known: Vec<DocId>,
    /// Whether only these matter.
    closed: bool,
    touched: Vec<DocId>,
    touched_in_tier: Vec<DocId>,
}

impl Word<'_> {
    /// From now on no other documents matter than those that are known, of so many.
    fn close(&mut self, documents: usize) {
        self.closed = true;
        // Where there are more, they are not looked up one by one.
        if self.known.len() < documents / SKIPPED {
            self.known.sort_unstable();
        }
    }

    /// Leaves the documents that have the present word.
    fn keep(&mut self, bit: u32) {
        self.known.retain(|document| {
            let cell = &mut self.cells[*document as usize];
            let has_word = cell.matched & bit != 0;
            if !has_word {
                *cell = Cell::default();
            }
            has_word
        });
    }

    /// Takes the best of all forms in a tier: translations and stems of the same word must not add up.
    fn end_tier(&mut self, tier: Tier) {
        for document in self.touched_in_tier.drain(..) {
            let cell = &mut self.cells[document as usize];
            cell.prominence += counted(tier.index(), std::mem::take(&mut cell.in_tier));
        }
    }

    fn end(&mut self, weight: f32, order_share: f32, bit: u32) {
        for document in self.touched.drain(..) {
            let cell = &mut self.cells[document as usize];
            let best = usize::from(std::mem::take(&mut cell.best) - 1);
            let (quality, tier) = (best / Tier::ALL.len(), best % Tier::ALL.len());
            let prominence = saturated(std::mem::take(&mut cell.prominence));
            let order = (QUALITY_STEP[quality] + TIER_STEP[tier]).max(0.0);
            if cell.matched == 0 {
                self.known.push(document);
            }
            cell.matched |= bit;
            cell.score += weight * (order_share * order + QUALITY_SHARE[quality] * prominence);
        }
    }
}

/// Where one word of the query is looked up: a tier in a segment.
struct Occurrences<'a, 'b> {
    reader: &'a SegmentReader,
    /// What an occurrence counts for the length of its text, by document.
    shares: &'a [f32],
    fields: &'a Fields,
    tier: Tier,
    word: &'a mut Word<'b>,
}

impl Occurrences<'_, '_> {
    fn add(&mut self, quality: Quality, lookup: &Lookup) -> Result<(), TantivyError> {
        let handles = self.fields.tiers[self.tier.index()];
        match lookup {
            Lookup::Plain(text) => self.add_term(quality, &Term::from_field_text(handles.plain, text)),
            Lookup::Stem(text) => self.add_term(quality, &Term::from_field_text(handles.stems, text)),
            Lookup::Prefix(beginning) => self.add_prefix(quality, beginning),
            Lookup::Phrase(stems) => self.add_phrase(quality, stems),
        }
    }

    fn add_term(&mut self, quality: Quality, term: &Term) -> Result<(), TantivyError> {
        let index = self.reader.inverted_index(term.field())?;
        match index.get_term_info(term)? {
            Some(term) => self.add_listed(quality, &index, &term),
            None => Ok(()),
        }
    }

    fn add_prefix(&mut self, quality: Quality, beginning: &str) -> Result<(), TantivyError> {
        let field = self.fields.tiers[self.tier.index()].plain;
        let index = self.reader.inverted_index(field)?;
        let mut terms = terms_beginning(&index, beginning)?;
        while terms.advance() {
            self.add_listed(quality, &index, terms.value())?;
        }
        Ok(())
    }

    fn add_phrase(&mut self, quality: Quality, stems: &[String]) -> Result<(), TantivyError> {
        let field = self.fields.tiers[self.tier.index()].stems;
        let terms = stems.iter().map(|stem| Term::from_field_text(field, stem)).collect();
        let query = PhraseQuery::new(terms);
        let weight = query.weight(EnableScoring::disabled_from_schema(self.reader.schema()))?;
        let mut documents = weight.scorer(self.reader, 1.0)?;
        let mut document = documents.doc();
        while document != TERMINATED {
            self.add_occurrence(quality, document, 1);
            document = documents.advance();
        }
        Ok(())
    }

    /// Adds the documents of a term that matter.
    fn add_listed(
        &mut self,
        quality: Quality,
        index: &InvertedIndexReader,
        term: &TermInfo,
    ) -> Result<(), TantivyError> {
        if self.word.closed && self.word.known.len() < term.doc_freq as usize / SKIPPED {
            return self.add_known(quality, index, term);
        }
        let mut postings = index.read_block_postings_from_terminfo(term, IndexRecordOption::WithFreqs)?;
        loop {
            let documents = postings.docs();
            if documents.is_empty() {
                return Ok(());
            }
            let frequencies = postings.freqs();
            for (document, frequency) in documents.iter().zip(frequencies) {
                self.add_occurrence(quality, *document, *frequency);
            }
            postings.advance();
        }
    }

    /// Looks up the known documents in the list of a term.
    fn add_known(
        &mut self,
        quality: Quality,
        index: &InvertedIndexReader,
        term: &TermInfo,
    ) -> Result<(), TantivyError> {
        let mut postings = index.read_postings_from_terminfo(term, IndexRecordOption::WithFreqs)?;
        for place in 0..self.word.known.len() {
            let document = self.word.known[place];
            let mut at = postings.doc();
            if at < document {
                at = postings.seek(document);
            }
            if at == document {
                self.add_occurrence(quality, document, postings.term_freq());
            }
        }
        Ok(())
    }

    #[inline]
    fn add_occurrence(&mut self, quality: Quality, document: DocId, frequency: u32) {
        let at = document as usize;
        let cell = &mut self.word.cells[at];
        if self.word.closed && cell.matched == 0 {
            return;
        }
        let prominence = frequency as f32 * self.shares[at];
        if cell.in_tier == 0.0 {
            self.word.touched_in_tier.push(document);
        }
        cell.in_tier = cell.in_tier.max(prominence);
        let place = quality as usize * Tier::ALL.len() + self.tier.index() + 1;
        if cell.best == 0 {
            self.word.touched.push(document);
        }
        cell.best = cell.best.max(place as u8);
    }
}
