//! Ordering the hits of a sentence.
//!
//! The server orders by rules that suit a few words: it counts words and errors, not how much a text is about them. For
//! sentences it only finds candidates; they are ordered here, by the same measure as in the embedded engine.

use meilisearch_sdk::search::SearchResult;

use super::document::Stored;
use crate::text::language::StemLanguage;
use crate::text::passages::Matcher;
use crate::text::prominence::{self, near, norm, saturated};
use crate::text::reading::Slot;
use crate::text::tier::Tier;
use crate::text::words::words;

/// How many tiers there are.
const TIERS: usize = Tier::ALL.len();

/// What is counted of one tier of a document.
#[derive(Clone, Default)]
struct Counted {
    /// By word of the query: how often it occurs, in the language in which it does most.
    occurrences: Vec<f32>,
    /// The number of words.
    length: f32,
    /// How near neighbours stand.
    nearness: f32,
}

/// Sorts hits, best first, and gives them their scores.
pub fn rerank(hits: &mut [SearchResult<Stored>], slots: &[Slot]) {
    let matcher = Matcher::new(slots, false);
    let counted: Vec<[Counted; TIERS]> = hits.iter().map(|hit| count(&hit.result, slots, &matcher)).collect();
    let usual: [f32; TIERS] = std::array::from_fn(|tier| {
        let lengths = counted
            .iter()
            .map(|counted| counted[tier].length)
            .filter(|length| *length > 0.0);
        let (sum, count) = lengths.fold((0.0, 0.0), |(sum, count), length| (sum + length, count + 1.0));
        if count > 0.0 { sum / count } else { 1.0 }
    });
    for (hit, counted) in hits.iter_mut().zip(&counted) {
        hit.ranking_score = Some(f64::from(score(slots, counted, &usual)));
    }
    // Stable: among equals the order of the server stays.
    hits.sort_by(|one, other| {
        let score = |hit: &SearchResult<Stored>| hit.ranking_score.unwrap_or_default();
        score(other).total_cmp(&score(one))
    });
}

fn score(slots: &[Slot], counted: &[Counted; TIERS], usual: &[f32; TIERS]) -> f32 {
    let words: f32 = slots
        .iter()
        .enumerate()
        .map(|(number, slot)| {
            let occurrences: f32 = counted
                .iter()
                .enumerate()
                .map(|(tier, counted)| {
                    let occurrences = counted.occurrences[number] / norm(tier, counted.length / usual[tier]);
                    prominence::counted(tier, occurrences)
                })
                .sum();
            slot.weight * saturated(occurrences)
        })
        .sum();
    let nearness = counted.iter().map(|counted| counted.nearness).fold(0.0, f32::max);
    words + nearness
}

fn count(document: &Stored, slots: &[Slot], matcher: &Matcher<'_>) -> [Counted; TIERS] {
    let mut counted: [Counted; TIERS] = std::array::from_fn(|_| Counted {
        occurrences: vec![0.0; slots.len()],
        ..Counted::default()
    });
    let mut all_languages = Vec::new();
    for text in &document.texts {
        let language = StemLanguage::of_tag(&text.language);
        all_languages.extend(language);
        for (tier, written) in [
            (Tier::Files, &text.files),
            (Tier::Body, &text.body),
            (Tier::Summary, &text.summary),
            (Tier::Title, &text.title),
        ] {
            add(written, language.as_slice(), slots, matcher, &mut counted[tier.index()]);
        }
    }
    for text in &mut counted {
        text.length /= document.texts.len().max(1) as f32;
    }
    let keywords = document.keyword_list.join(" \n ");
    add(
        &keywords,
        &all_languages,
        slots,
        matcher,
        &mut counted[Tier::Keywords.index()],
    );
    // Keywords are no sentence, and in a long report any two words meet somewhere.
    counted[Tier::Keywords.index()].nearness = 0.0;
    counted[Tier::Files.index()].nearness = 0.0;
    counted
}

fn add(written: &str, languages: &[StemLanguage], slots: &[Slot], matcher: &Matcher<'_>, counted: &mut Counted) {
    let found = words(written);
    let mut places: Vec<Vec<u32>> = vec![Vec::new(); slots.len()];
    for (place, word) in found.iter().enumerate() {
        if let Some(slot) = matcher.genuine(word, languages) {
            places[slot].push(u32::try_from(place).unwrap_or(u32::MAX));
        }
    }
    counted.length += found.len() as f32;
    for (most, places) in counted.occurrences.iter_mut().zip(&places) {
        *most = most.max(places.len() as f32);
    }
    counted.nearness = counted.nearness.max(near(slots, |number| places[number].as_slice()));
}
