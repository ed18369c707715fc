//! Finding and scoring: which documents answer which words of a query, and how well.
//!
//! A word's share in a document's score is its weight (rare words say more) times the sum of two parts. The *stated
//! order* puts words as they are over misspelt ones; then title over summary over body; then exact over synonym over
//! prefix. It is what counts in short queries. *Prominence* (how often, in how short a text) is what counts in long ones, where no single
//! word decides.

use tantivy::postings::BlockSegmentPostings;
use tantivy::query::{EnableScoring, PhraseQuery, Query};
use tantivy::schema::IndexRecordOption;
use tantivy::{DocId, DocSet, SegmentReader, TERMINATED, TantivyError, Term};

use super::expand::after_prefix;
use super::schema::{Fields, Tier};
use super::snapshot::Snapshot;
use crate::text::prominence::{counted, saturated};
use crate::text::reading::{Lookup, Quality, Slot};

/// By tier: its place in the stated order. A step is wider than prominence and all steps from prefix to exact. Files stand a step
/// below the body; nothing stands below 0.
const TIER_STEP: [f32; 5] = [-3.5, 0.0, 3.5, 3.5, 7.0];

/// By quality: its place in the stated order. The steps up to prefix are wider than all tiers; those above are as wide
/// as prominence, which is below 1.
const QUALITY_STEP: [f32; 6] = [0.0, 10.5, 21.0, 22.0, 23.0, 23.2];

/// By quality: what is left of prominence.
const QUALITY_SHARE: [f32; 6] = [0.2, 0.3, 0.6, 0.85, 0.92, 1.0];

/// How much the stated order counts in a query of so many words.
fn order_share(slots: usize) -> f32 {
    match slots {
        0..=2 => 1.0,
        3 => 0.3,
        4 => 0.1,
        _ => 0.0,
    }
}

/// The documents of one segment that have any of the words.
pub struct Found {
    /// By document: the score.
    pub scores: Vec<f32>,
    /// By document: a bit for each word that it has.
    pub matched: Vec<u32>,
    /// The documents that have any, in no order.
    pub documents: Vec<DocId>,
}

/// Working memory by document for one word of the query.
struct Word {
    prominence: Vec<f32>,
    in_tier: Vec<f32>,
    /// One more than quality times the number of tiers plus tier; 0 when not found.
    best: Vec<u8>,
    touched: Vec<DocId>,
    touched_in_tier: Vec<DocId>,
}

/// Which documents are evaluated.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// Those that have any word.
    Any,
    /// Those that have all words. Others may be found too, with some of their words and a part of their score.
    Complete,
}

/// Evaluates all words in one segment. In a sentence, no single word decides: the stated order plays no part.
pub fn evaluate(
    snapshot: &Snapshot,
    segment: usize,
    fields: &Fields,
    slots: &[Slot],
    sentence: bool,
    wanted: Wanted,
) -> Result<Found, TantivyError> {
    let reader = snapshot
        .searcher
        .segment_reader(u32::try_from(segment).unwrap_or(u32::MAX));
    let size = reader.max_doc() as usize;
    let mut found = Found {
        scores: vec![0.0; size],
        matched: vec![0; size],
        documents: Vec::new(),
    };
    let mut word = Word {
        prominence: vec![0.0; size],
        in_tier: vec![0.0; size],
        best: vec![0; size],
        touched: Vec::new(),
        touched_in_tier: Vec::new(),
    };
    let share = if sentence { 0.0 } else { order_share(slots.len()) };
    let mut order: Vec<usize> = (0..slots.len()).collect();
    if wanted == Wanted::Complete {
        // After the rarest word few documents are left to look at.
        order.sort_by_key(|number| slots[*number].frequency);
    }
    let mut before = 0;
    for number in order {
        let slot = &slots[number];
        for tier in Tier::ALL {
            let mut occurrences = Occurrences {
                reader,
                shares: &snapshot.shares[segment][tier.index()],
                fields,
                tier,
                before,
                matched: &found.matched,
                word: &mut word,
            };
            for (quality, lookup) in &slot.lookups {
                occurrences.add(*quality, lookup)?;
            }
            word.end_tier(tier);
        }
        let bit = 1 << number;
        word.end(slot.weight, share, bit, &mut found);
        if wanted == Wanted::Complete {
            before |= bit;
        }
    }
    Ok(found)
}

impl Word {
    /// Takes the best of all forms in a tier: translations and stems of the same word must not add up.
    fn end_tier(&mut self, tier: Tier) {
        for document in self.touched_in_tier.drain(..) {
            let at = document as usize;
            self.prominence[at] += counted(tier.index(), self.in_tier[at]);
            self.in_tier[at] = 0.0;
        }
    }

    fn end(&mut self, weight: f32, order_share: f32, bit: u32, found: &mut Found) {
        for document in self.touched.drain(..) {
            let at = document as usize;
            let best = usize::from(self.best[at] - 1);
            let (quality, tier) = (best / Tier::ALL.len(), best % Tier::ALL.len());
            let prominence = saturated(self.prominence[at]);
            let order = (QUALITY_STEP[quality] + TIER_STEP[tier]).max(0.0);
            if found.matched[at] == 0 {
                found.documents.push(document);
            }
            found.matched[at] |= bit;
            found.scores[at] += weight * (order_share * order + QUALITY_SHARE[quality] * prominence);
            self.prominence[at] = 0.0;
            self.best[at] = 0;
        }
    }
}

/// Where one word of the query is looked up: a tier in a segment.
struct Occurrences<'a> {
    reader: &'a SegmentReader,
    /// What an occurrence counts for the length of its text, by document.
    shares: &'a [f32],
    fields: &'a Fields,
    tier: Tier,
    /// The words that a document must have for this one to matter, and those that each has.
    before: u32,
    matched: &'a [u32],
    word: &'a mut Word,
}

impl Occurrences<'_> {
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
        if let Some(mut postings) = index.read_block_postings(term, IndexRecordOption::WithFreqs)? {
            self.add_postings(quality, &mut postings);
        }
        Ok(())
    }

    fn add_prefix(&mut self, quality: Quality, beginning: &str) -> Result<(), TantivyError> {
        let field = self.fields.tiers[self.tier.index()].plain;
        let index = self.reader.inverted_index(field)?;
        let mut terms = index
            .terms()
            .range()
            .ge(beginning)
            .lt(after_prefix(beginning))
            .into_stream()?;
        while terms.advance() {
            let mut postings = index.read_block_postings_from_terminfo(terms.value(), IndexRecordOption::WithFreqs)?;
            self.add_postings(quality, &mut postings);
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

    fn add_postings(&mut self, quality: Quality, postings: &mut BlockSegmentPostings) {
        loop {
            let documents = postings.docs();
            if documents.is_empty() {
                return;
            }
            let frequencies = postings.freqs();
            for (document, frequency) in documents.iter().zip(frequencies) {
                self.add_occurrence(quality, *document, *frequency);
            }
            postings.advance();
        }
    }

    #[inline]
    fn add_occurrence(&mut self, quality: Quality, document: DocId, frequency: u32) {
        let at = document as usize;
        if self.matched[at] & self.before != self.before {
            return;
        }
        let tier = self.tier.index();
        let word = &mut *self.word;
        let prominence = frequency as f32 * self.shares[at];
        if word.in_tier[at] == 0.0 {
            word.touched_in_tier.push(document);
        }
        word.in_tier[at] = word.in_tier[at].max(prominence);
        let place = quality as usize * Tier::ALL.len() + tier + 1;
        if word.best[at] == 0 {
            word.touched.push(document);
        }
        word.best[at] = word.best[at].max(place as u8);
    }
}
