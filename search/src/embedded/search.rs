//! Searching.

use std::collections::HashSet;

use tantivy::fastfield::AliveBitSet;
use tantivy::{DocId, TantivyError};

use super::expand::{Forgiving, expand};
use super::facets::{FacetTotals, SegmentFacets};
use super::filter::{SegmentFilter, Verdict};
use super::live::{Live, engine};
use super::names::named;
use super::near::Near;
use super::proximity::raise;
use super::rank::{Candidate, page};
use super::schema::Fields;
use super::score::{Found, Wanted, evaluate};
use super::snapshot::Snapshot;
use crate::text::explain::explain;
use crate::text::passages::{Matcher, highlights};
use crate::text::reading::{MOST_REQUIRED, Reading, Slot, read, rewritten, weight_of};
use crate::text::synonyms::Synonyms;
use crate::text::titles::names_meant;
use crate::text::words::words;
use crate::{Hit, SearchError, SearchRequest, SearchResults};

/// The share of the words of a sentence, by weight, that a document must have.
const SHARE_REQUIRED: f32 = 0.15;

/// Searches one state of the index.
pub fn search(
    live: &Live,
    snapshot: &Snapshot,
    synonyms: &Synonyms,
    request: &SearchRequest,
) -> Result<SearchResults, SearchError> {
    let mut reading = read(&request.query, request.language.as_deref(), synonyms);
    let names = names_meant(&words(&reading.text), synonyms);
    if reading.sentence && reading.slots.len() <= MOST_REQUIRED && is_title(snapshot, &live.fields, &names)? {
        reading.sentence = false;
    }
    let mut choice = choose(snapshot, &live.fields, &reading).map_err(engine)?;
    choice.named = named(snapshot, &live.fields, &names).map_err(engine)?;
    let near = near(live, snapshot, &reading, &choice);
    if matches!(choice.required, Required::Nothing) {
        // None of the words is anywhere: there is nothing to mark, explain or correct by them.
        choice.slots.clear();
    }
    let answer = collect(snapshot, &live.fields, request, &choice, near.as_ref()).map_err(engine)?;
    let words_first = near.is_some() && choice.required.complete();
    let hits = page(
        snapshot,
        answer.candidates,
        request.sort,
        words_first,
        request.offset,
        request.limit,
    );
    let mut matcher = Matcher::new(&choice.slots, false);
    Ok(SearchResults {
        hits: hits
            .iter()
            .map(|hit| to_hit(snapshot, &live.fields, &choice.slots, &mut matcher, request, hit))
            .collect::<Result<_, _>>()?,
        total: answer.total,
        total_is_exact: true,
        facets: answer.facets.finish(),
        corrected_query: rewritten(&reading, &choice.slots, choice.required.searched(&choice.slots)),
    })
}

/// Whether the first of the names that a query may be meant as, which is the query itself, is the whole title of something: then
/// its articles and prepositions make no sentence of it.
fn is_title(snapshot: &Snapshot, fields: &Fields, names: &[String]) -> Result<bool, SearchError> {
    let own = names.get(..1).unwrap_or_default();
    let found = named(snapshot, fields, own).map_err(engine)?;
    Ok(found.iter().any(|documents| !documents.is_empty()))
}

/// The words of a query, where they are, and which of them documents must have.
struct Choice {
    slots: Vec<Slot>,
    /// By segment.
    found: Vec<Vec<Found>>,
    required: Required,
    /// What is called as the query says, by segment and in order.
    named: Vec<Vec<DocId>>,
}

/// What was found before it is cut into pages.
struct Answer {
    candidates: Vec<Candidate>,
    total: u64,
    facets: FacetTotals,
}

/// Searches for all words; if no document has them, forgives typing errors in every word; if that finds nothing
/// either, leaves words out. Whether a document has them is asked without the filter.
fn choose(snapshot: &Snapshot, fields: &Fields, reading: &Reading) -> Result<Choice, TantivyError> {
    let mut choice = Choice {
        slots: Vec::new(),
        found: Vec::new(),
        required: Required::Nothing,
        named: Vec::new(),
    };
    for forgiving in [Forgiving::Unusual, Forgiving::Everything] {
        choice.slots = expand(snapshot, fields, reading, forgiving)?;
        if choice.slots.is_empty() {
            return Ok(choice);
        }
        let required = Required::strict(&choice.slots, reading.sentence);
        choice.found = find(snapshot, fields, reading, &choice.slots, required.wanted())?;
        if is_met(snapshot, &choice, required) {
            choice.required = required;
            return Ok(choice);
        }
    }
    choice.found = find(snapshot, fields, reading, &choice.slots, Wanted::Any)?;
    let best = best_subset(snapshot, &choice.slots, &choice.found);
    if best != 0 {
        choice.required = Required::Some(best);
    }
    Ok(choice)
}

/// Which documents of each segment have the words.
fn find(
    snapshot: &Snapshot,
    fields: &Fields,
    reading: &Reading,
    slots: &[Slot],
    wanted: Wanted,
) -> Result<Vec<Vec<Found>>, TantivyError> {
    (0..snapshot.segments.len())
        .map(|segment| evaluate(snapshot, segment, fields, slots, reading.sentence, wanted))
        .collect()
}

fn is_met(snapshot: &Snapshot, choice: &Choice, required: Required) -> bool {
    let readers = snapshot.searcher.segment_readers();
    readers.iter().zip(&choice.found).any(|(reader, found)| {
        found
            .iter()
            .any(|found| required.met_by(found.matched, &choice.slots) && !reader.is_deleted(found.document))
    })
}

/// What is near the query in meaning, spelt as it was probably meant. Where the model fails, the words answer alone.
fn near(live: &Live, snapshot: &Snapshot, reading: &Reading, choice: &Choice) -> Option<Near> {
    let model = live.model()?;
    if choice.slots.is_empty() {
        return None;
    }
    let meant = rewritten(reading, &choice.slots, all(&choice.slots));
    Near::to(meant.as_ref().unwrap_or(&reading.text), model, snapshot)
        .inspect_err(|error| tracing::error!(%error, "a query could not be searched by meaning"))
        .ok()
}

/// Which words a document must have to be a hit.
#[derive(Clone, Copy)]
enum Required {
    /// All of these, which are all that were asked for.
    All(u32),
    /// All of these, since nothing has all that were asked for.
    Some(u32),
    /// Any that weigh this much together.
    Weight(f32),
    /// None of them is anywhere.
    Nothing,
}

impl Required {
    fn strict(slots: &[Slot], sentence: bool) -> Self {
        if !sentence {
            Self::All(all(slots))
        } else {
            // A word that is nowhere can't be required of anything; it is reported as left out.
            let known = slots.iter().filter(|slot| slot.frequency > 0);
            let weight: f32 = known.map(|slot| slot.weight).sum();
            Self::Weight(weight * SHARE_REQUIRED)
        }
    }

    /// The documents that have to be evaluated.
    fn wanted(self) -> Wanted {
        match self {
            Self::All(_) => Wanted::Complete,
            Self::Weight(weight) => Wanted::Weighing(weight),
            Self::Some(_) | Self::Nothing => Wanted::Any,
        }
    }

    fn met_by(self, matched: u32, slots: &[Slot]) -> bool {
        match self {
            Self::All(words) | Self::Some(words) => matched & words == words,
            Self::Nothing => false,
            Self::Weight(weight) => weight_of(matched, slots) >= weight,
        }
    }

    /// Whether whatever meets it has every word that was asked for.
    fn complete(self) -> bool {
        matches!(self, Self::All(_))
    }

    /// The words that count as searched.
    fn searched(self, slots: &[Slot]) -> u32 {
        match self {
            Self::All(words) | Self::Some(words) => words,
            Self::Nothing => 0,
            Self::Weight(_) => slots
                .iter()
                .enumerate()
                .filter(|(_, slot)| slot.frequency > 0)
                .fold(0, |words, (number, _)| words | (1 << number)),
        }
    }
}

fn all(slots: &[Slot]) -> u32 {
    (0..slots.len()).fold(0, |words, number| words | (1 << number))
}

/// Collects what has the words, then what is near in meaning without them.
fn collect(
    snapshot: &Snapshot,
    fields: &Fields,
    request: &SearchRequest,
    choice: &Choice,
    near: Option<&Near>,
) -> Result<Answer, TantivyError> {
    let mut facets = FacetTotals::new(&request.facets);
    let (mut candidates, mut others) = (Vec::new(), Vec::new());
    for (segment, found) in choice.found.iter().enumerate() {
        let columns = &snapshot.segments[segment];
        let mut documents = Documents {
            number: segment,
            filter: SegmentFilter::new(&request.filter, columns)?,
            alive: snapshot.searcher.segment_readers()[segment].alive_bitset(),
            facets: facets.in_segment(columns),
            near,
            named: choice.named.get(segment).map_or(&[], Vec::as_slice),
        };
        let with_words = || {
            let met = |found: &&Found| choice.required.met_by(found.matched, &choice.slots);
            found.iter().filter(met)
        };
        for found in with_words() {
            candidates.extend(documents.candidate(found.document, found.score, true));
        }
        if let Some(near) = near {
            let with_words: HashSet<DocId> = with_words().map(|found| found.document).collect();
            for document in near
                .documents(segment)
                .filter(|document| !with_words.contains(document))
            {
                others.extend(documents.candidate(document, 0.0, false));
            }
        }
        facets.add(documents.facets)?;
    }
    raise(snapshot, fields, &choice.slots, &mut candidates)?;
    candidates.append(&mut others);
    if let Some(near) = near {
        near.join(&mut candidates, choice.slots.len(), choice.required.complete());
    }
    Ok(Answer {
        total: candidates.len() as u64,
        candidates,
        facets,
    })
}

/// The documents of one segment, as candidates.
struct Documents<'a> {
    number: usize,
    filter: SegmentFilter<'a>,
    alive: Option<&'a AliveBitSet>,
    facets: SegmentFacets<'a>,
    near: Option<&'a Near>,
    /// What is called as the query says, in order.
    named: &'a [DocId],
}

impl Documents<'_> {
    /// Counts a document in the facets; a candidate if the filter accepts it.
    fn candidate(&mut self, document: DocId, score: f32, has_words: bool) -> Option<Candidate> {
        if self.alive.is_some_and(|alive| alive.is_deleted(document)) {
            return None;
        }
        let verdict = self.filter.verdict(document);
        self.facets.count(document, verdict);
        (verdict == Verdict::Accepted).then(|| Candidate {
            segment: self.number,
            document,
            score,
            has_words,
            named: self.named.binary_search(&document).is_ok(),
            similarity: self.near.and_then(|near| near.similarity(self.number, document)),
        })
    }
}

/// The heaviest set of words that some document has. The filter plays no part: if it leaves nothing of a search, the
/// facets show the way out, and dropping words would hide that.
fn best_subset(snapshot: &Snapshot, slots: &[Slot], found: &[Vec<Found>]) -> u32 {
    let mut best = (0.0, 0);
    for (reader, found) in snapshot.searcher.segment_readers().iter().zip(found) {
        for found in found {
            let weight = weight_of(found.matched, slots);
            // Equal weights: the same set every time, whatever the order of documents.
            if (weight, found.matched) > best && !reader.is_deleted(found.document) {
                best = (weight, found.matched);
            }
        }
    }
    best.1
}

fn to_hit(
    snapshot: &Snapshot,
    fields: &Fields,
    slots: &[Slot],
    matcher: &mut Matcher<'_>,
    request: &SearchRequest,
    candidate: &Candidate,
) -> Result<Hit, SearchError> {
    let columns = &snapshot.segments[candidate.segment];
    let (mut marked, mut matches) = (Vec::new(), Vec::new());
    if request.highlight || request.explain {
        let source = super::source::read(snapshot, fields, candidate.segment, candidate.document)?;
        if request.highlight {
            marked = highlights(&source.texts, &source.keywords, matcher, request.language.as_deref());
        }
        if request.explain {
            matches = explain(&source.texts, &source.keywords, slots, false);
        }
    }
    Ok(Hit {
        id: columns.id(candidate.document),
        kind: columns.kind(candidate.document).map_err(|error| engine(error.into()))?,
        revision: columns.revision(candidate.document),
        score: candidate.score,
        highlights: marked,
        matches,
        similarity: candidate.similarity,
    })
}
