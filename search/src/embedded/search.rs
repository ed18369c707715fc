//! Searching.

use tantivy::TantivyError;

use super::expand::{Forgiving, expand};
use super::facets::FacetTotals;
use super::filter::{SegmentFilter, Verdict};
use super::live::engine;
use super::proximity::raise;
use super::rank::{Candidate, page};
use super::schema::Fields;
use super::score::{Found, evaluate};
use super::snapshot::Snapshot;
use crate::text::explain::explain;
use crate::text::passages::{Matcher, highlights};
use crate::text::reading::{Reading, Slot, read, rewritten};
use crate::text::synonyms::Synonyms;
use crate::{Hit, SearchError, SearchRequest, SearchResults};

/// The share of the words of a sentence, by weight, that a document must have.
const SHARE_REQUIRED: f32 = 0.15;

/// Answers a search.
pub fn search(
    snapshot: &Snapshot,
    fields: &Fields,
    synonyms: &Synonyms,
    request: &SearchRequest,
) -> Result<SearchResults, SearchError> {
    let reading = read(&request.query, request.language.as_deref(), synonyms);
    let mut answer = answer(snapshot, fields, &reading, request).map_err(engine)?;
    let hits = page(
        std::mem::take(&mut answer.candidates),
        request.sort,
        request.offset,
        request.limit,
    );
    Ok(SearchResults {
        hits: hits
            .iter()
            .map(|hit| to_hit(snapshot, fields, &answer.slots, request, hit))
            .collect::<Result<_, _>>()?,
        total: answer.total,
        total_is_exact: true,
        facets: answer.facets.finish(),
        corrected_query: rewritten(&reading, &answer.slots, answer.searched),
    })
}

/// What was found before it is cut into pages.
struct Answer {
    slots: Vec<Slot>,
    /// The words that documents had to have.
    searched: u32,
    candidates: Vec<Candidate>,
    /// Whether any document has the words, even if the filter leaves it out.
    words_found: bool,
    total: u64,
    facets: FacetTotals,
}

/// Searches for all words; if no document has them, forgives typing errors in every word; if that finds nothing
/// either, leaves words out.
fn answer(
    snapshot: &Snapshot,
    fields: &Fields,
    reading: &Reading,
    request: &SearchRequest,
) -> Result<Answer, TantivyError> {
    let mut last = None;
    for forgiving in [Forgiving::Unusual, Forgiving::Everything] {
        let slots = expand(snapshot, fields, reading, forgiving)?;
        let found = (0..snapshot.segments.len())
            .map(|segment| evaluate(snapshot, segment, fields, &slots, reading.sentence))
            .collect::<Result<Vec<_>, _>>()?;
        let required = Required::strict(&slots, reading.sentence);
        let answer = collect(snapshot, fields, request, slots, &found, required)?;
        if answer.words_found || answer.slots.is_empty() {
            return Ok(answer);
        }
        last = Some((answer.slots, found));
    }
    let Some((slots, found)) = last else {
        return Ok(Answer::empty(request));
    };
    let best = best_subset(snapshot, &slots, &found);
    if best == 0 {
        return Ok(Answer {
            slots: Vec::new(),
            ..Answer::empty(request)
        });
    }
    collect(snapshot, fields, request, slots, &found, Required::Words(best))
}

impl Answer {
    fn empty(request: &SearchRequest) -> Self {
        Self {
            slots: Vec::new(),
            searched: 0,
            candidates: Vec::new(),
            words_found: false,
            total: 0,
            facets: FacetTotals::new(&request.facets),
        }
    }
}

/// Which words a document must have to be a hit.
#[derive(Clone, Copy)]
enum Required {
    /// All of these.
    Words(u32),
    /// Any that weigh this much together.
    Weight(f32),
}

impl Required {
    fn strict(slots: &[Slot], sentence: bool) -> Self {
        if !sentence {
            Self::Words(all(slots))
        } else {
            // A word that is nowhere can't be required of anything; it is reported as left out.
            let known = slots.iter().filter(|slot| slot.frequency > 0);
            let weight: f32 = known.map(|slot| slot.weight).sum();
            Self::Weight(weight * SHARE_REQUIRED)
        }
    }

    fn met_by(self, matched: u32, slots: &[Slot]) -> bool {
        match self {
            Self::Words(words) => matched & words == words,
            Self::Weight(weight) => weight_of(matched, slots) >= weight,
        }
    }

    /// The words that count as searched.
    fn searched(self, slots: &[Slot]) -> u32 {
        match self {
            Self::Words(words) => words,
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

fn weight_of(matched: u32, slots: &[Slot]) -> f32 {
    slots
        .iter()
        .enumerate()
        .filter(|(number, _)| matched & (1 << number) != 0)
        .map(|(_, slot)| slot.weight)
        .sum()
}

fn collect(
    snapshot: &Snapshot,
    fields: &Fields,
    request: &SearchRequest,
    slots: Vec<Slot>,
    found: &[Found],
    required: Required,
) -> Result<Answer, TantivyError> {
    let mut answer = Answer::empty(request);
    if !slots.is_empty() {
        for (segment, found) in found.iter().enumerate() {
            collect_segment(snapshot, segment, request, &slots, found, required, &mut answer)?;
        }
    }
    raise(snapshot, fields, &slots, &mut answer.candidates)?;
    answer.total = answer.candidates.len() as u64;
    answer.searched = required.searched(&slots);
    answer.slots = slots;
    Ok(answer)
}

fn collect_segment(
    snapshot: &Snapshot,
    segment: usize,
    request: &SearchRequest,
    slots: &[Slot],
    found: &Found,
    required: Required,
    answer: &mut Answer,
) -> Result<(), TantivyError> {
    let columns = &snapshot.segments[segment];
    let filter = SegmentFilter::new(&request.filter, columns)?;
    let alive = snapshot.searcher.segment_readers()[segment].alive_bitset();
    let mut facets = answer.facets.in_segment(columns);
    for &document in &found.documents {
        let at = document as usize;
        if !required.met_by(found.matched[at], slots) || alive.is_some_and(|alive| alive.is_deleted(document)) {
            continue;
        }
        answer.words_found = true;
        let verdict = filter.verdict(document);
        facets.count(document, verdict);
        if verdict == Verdict::Accepted {
            answer.candidates.push(Candidate {
                segment,
                document,
                score: found.scores[at],
                step: 0,
                strength: columns.strength_score.first(document).map_or(0, |score| score + 1),
                published_at: columns.published_at.first(document).unwrap_or_default(),
                id: (
                    columns.id_high.first(document).unwrap_or_default(),
                    columns.id_low.first(document).unwrap_or_default(),
                ),
            });
        }
    }
    answer.facets.add(facets)
}

/// The heaviest set of words that some document has. The filter plays no part: if it leaves nothing of a search, the
/// facets show the way out, and dropping words would hide that.
fn best_subset(snapshot: &Snapshot, slots: &[Slot], found: &[Found]) -> u32 {
    let mut best = (0.0, 0);
    for (reader, found) in snapshot.searcher.segment_readers().iter().zip(found) {
        for &document in &found.documents {
            let matched = found.matched[document as usize];
            let weight = weight_of(matched, slots);
            // Equal weights: the same set every time, whatever the order of documents.
            if (weight, matched) > best && !reader.is_deleted(document) {
                best = (weight, matched);
            }
        }
    }
    best.1
}

fn to_hit(
    snapshot: &Snapshot,
    fields: &Fields,
    slots: &[Slot],
    request: &SearchRequest,
    candidate: &Candidate,
) -> Result<Hit, SearchError> {
    let columns = &snapshot.segments[candidate.segment];
    let (mut marked, mut matches) = (Vec::new(), Vec::new());
    if request.highlight || request.explain {
        let source = super::source::read(snapshot, fields, candidate.segment, candidate.document)?;
        if request.highlight {
            let matcher = Matcher::new(slots, false);
            marked = highlights(&source.texts, &source.keywords, &matcher, request.language.as_deref());
        }
        if request.explain {
            matches = explain(&source.texts, &source.keywords, slots, false);
        }
    }
    Ok(Hit {
        id: columns.id(candidate.document),
        revision: columns.revision(candidate.document),
        score: candidate.score,
        highlights: marked,
        matches,
    })
}
