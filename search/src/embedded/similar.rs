//! Documents like a given one.

use std::collections::HashMap;

use tantivy::{TantivyError, Term};
use uuid::Uuid;

use super::convert::Source;
use super::live::engine;
use super::schema::{Fields, facet_index};
use super::score::{Wanted, evaluate};
use super::snapshot::{SegmentColumns, Snapshot};
use super::source;
use super::writer::find;
use crate::SearchError;
use crate::query::Field;
use crate::text::language::{StemLanguage, stem_term};
use crate::text::reading::{Lookup, MOST_SLOTS, Quality, Slot};
use crate::text::stop_words::stop_words;
use crate::text::tier::Tier;
use crate::text::words::{Word, words};

/// How much a shared theme, instrument or country adds, as a share of the score.
const SHARED: f32 = 0.15;

/// The facets that say what a document is about.
const ABOUT: [Field; 3] = [Field::Theme, Field::Instrument, Field::Country];

/// The ids of the documents most like this one.
pub fn similar(snapshot: &Snapshot, fields: &Fields, id: Uuid, limit: usize) -> Result<Vec<Uuid>, SearchError> {
    let Some((segment, document)) = find(fields, snapshot, id)? else {
        return Ok(Vec::new());
    };
    if limit == 0 {
        return Ok(Vec::new());
    }
    let source = source::read(snapshot, fields, segment, document)?;
    let slots = telling_words(snapshot, fields, &source).map_err(engine)?;
    let about = values(&snapshot.segments[segment], document);
    let mut scored: Vec<(f32, Uuid)> = Vec::new();
    for (segment, columns) in snapshot.segments.iter().enumerate() {
        let found = evaluate(snapshot, segment, fields, &slots, true, Wanted::Any).map_err(engine)?;
        let reader = &snapshot.searcher.segment_readers()[segment];
        for found in found.into_iter().filter(|found| !reader.is_deleted(found.document)) {
            let other = columns.id(found.document);
            if other != id {
                scored.push((found.score, other));
            }
        }
        // Few enough to compare what they are about.
        scored.sort_unstable_by(|one, other| other.0.total_cmp(&one.0).then(one.1.cmp(&other.1)));
        scored.truncate(limit.saturating_mul(8).max(64));
    }
    for (score, other) in &mut scored {
        if let Some((segment, document)) = find(fields, snapshot, *other)? {
            let shared = values(&snapshot.segments[segment], document)
                .iter()
                .filter(|value| about.contains(value))
                .count();
            *score *= 1.0 + SHARED * shared as f32;
        }
    }
    scored.sort_unstable_by(|one, other| other.0.total_cmp(&one.0).then(one.1.cmp(&other.1)));
    scored.truncate(limit);
    Ok(scored.into_iter().map(|(_, id)| id).collect())
}

fn values(columns: &SegmentColumns, document: tantivy::DocId) -> Vec<(Field, String)> {
    let mut values = Vec::new();
    for field in ABOUT {
        let Some(column) = &columns.facets[facet_index(field)] else {
            continue;
        };
        for position in column.ords().values_for_doc(document) {
            let mut value = String::new();
            if column.ord_to_str(position, &mut value).unwrap_or(false) {
                values.push((field, value));
            }
        }
    }
    values
}

/// The words that tell most about a document, as a query.
fn telling_words(snapshot: &Snapshot, fields: &Fields, source: &Source) -> Result<Vec<Slot>, TantivyError> {
    let mut counts: HashMap<Lookup, (f32, Word)> = HashMap::new();
    for text in &source.texts {
        let language = StemLanguage::of_tag(&text.language);
        for (written, times) in [(&text.title, 3.0), (&text.summary, 2.0), (&text.body, 1.0)] {
            count(written, language, times, &mut counts);
        }
        for keyword in &source.keywords {
            count(keyword, language, 1.0, &mut counts);
        }
    }
    let documents = snapshot.documents() as f32;
    let mut slots: Vec<(f32, Slot)> = Vec::new();
    for (lookup, (times, word)) in counts {
        let frequency = frequency(snapshot, fields, &lookup)?;
        // In this document only: it leads nowhere.
        if frequency < 2 {
            continue;
        }
        let weight = (1.0 + (documents - frequency as f32 + 0.5).max(0.0) / (frequency as f32 + 0.5)).ln();
        let worth = weight * times / (times + 1.0);
        slots.push((
            worth,
            Slot {
                word,
                position: 0,
                lookups: vec![(Quality::Exact, lookup)],
                frequency,
                weight: worth,
                correction: None,
            },
        ));
    }
    slots.sort_by(|one, other| {
        other
            .0
            .total_cmp(&one.0)
            .then_with(|| one.1.word.folded.cmp(&other.1.word.folded))
    });
    slots.truncate(MOST_SLOTS);
    Ok(slots.into_iter().map(|(_, slot)| slot).collect())
}

fn count(written: &str, language: Option<StemLanguage>, times: f32, counts: &mut HashMap<Lookup, (f32, Word)>) {
    let found = words(written);
    let stops = stop_words(&found, language.map(StemLanguage::code));
    for (word, is_stop) in found.into_iter().zip(stops) {
        if is_stop {
            continue;
        }
        let lookup = match language {
            Some(language) => Lookup::Stem(stem_term(language, &language.stems(&word).0)),
            None => Lookup::Plain(word.folded.clone()),
        };
        counts.entry(lookup).or_insert((0.0, word)).0 += times;
    }
}

fn frequency(snapshot: &Snapshot, fields: &Fields, lookup: &Lookup) -> Result<u64, TantivyError> {
    let (Lookup::Plain(text) | Lookup::Stem(text)) = lookup else {
        return Ok(0);
    };
    let mut sum = 0;
    for tier in Tier::ALL {
        let handles = fields.tiers[tier.index()];
        let field = match lookup {
            Lookup::Stem(_) => handles.stems,
            _ => handles.plain,
        };
        sum += snapshot.searcher.doc_freq(&Term::from_field_text(field, text))?;
    }
    Ok(sum)
}
