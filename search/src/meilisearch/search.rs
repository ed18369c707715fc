//! Searching.

use std::collections::HashMap;

use futures::future::try_join_all;
use meilisearch_sdk::search::SearchResult;

use super::Shared;
use super::ask::{Answer, Ask, Strategy, misspelt};
use super::document::{Stored, decode, facet_attribute};
use super::filter::{concerns, expression};
use super::words::{MOST_WORDS, has_synonym, slots, stem_languages, variants};
use crate::query::{Field, Sort};
use crate::text::edits::{allowed_edits, distance, prefix_distance};
use crate::text::language::StemLanguage;
use crate::text::passages::{Matcher, highlights};
use crate::text::reading::{Reading, Slot, read, rewritten};
use crate::text::words::{Word, words};
use crate::{FacetCounts, Hit, SearchError, SearchRequest, SearchResults};

/// Up to so many words, a document must have all of them.
const ALL_REQUIRED: usize = 4;

const BARE: [&str; 2] = ["id", "revision"];
const WITH_TEXTS: [&str; 4] = ["id", "revision", "texts", "keyword_list"];

impl Shared {
    /// Answers a search.
    pub async fn search(&self, request: &SearchRequest) -> Result<SearchResults, SearchError> {
        let synonyms = self.synonyms();
        let reading = read(&request.query, request.language.as_deref(), &synonyms);
        if reading.slots.is_empty() {
            return Ok(nothing(request));
        }
        let languages = stem_languages(&self.languages().await?);
        let search = Search {
            shared: self,
            request,
            reading: &reading,
            languages: &languages,
            filter: expression(&request.filter, None),
        };
        let mut slots = slots(&reading, &languages);
        let (chosen, strategy, answer) = search.find(&slots).await?;
        if chosen == 0 {
            return Ok(nothing(request));
        }
        let facets = search.facets(chosen, strategy, &answer).await?;
        search.correct(&answer, &mut slots).await?;
        let matcher = Matcher::new(&slots, true);
        let hits = answer.hits.iter().map(|hit| search.hit(hit, &matcher)).collect();
        Ok(SearchResults {
            hits,
            total: answer.total as u64,
            total_is_exact: answer.total <= super::settings::MOST_HITS,
            facets,
            corrected_query: rewritten(&reading, &slots, chosen),
        })
    }
}

fn nothing(request: &SearchRequest) -> SearchResults {
    SearchResults {
        total_is_exact: true,
        facets: request
            .facets
            .iter()
            .map(|field| FacetCounts {
                field: *field,
                values: Vec::new(),
            })
            .collect(),
        ..SearchResults::default()
    }
}

struct Search<'a> {
    shared: &'a Shared,
    request: &'a SearchRequest,
    reading: &'a Reading,
    languages: &'a [StemLanguage],
    filter: Option<String>,
}

impl Search<'_> {
    /// Finds the words that can be searched for, as bits, and the hits of the page.
    async fn find(&self, slots: &[Slot]) -> Result<(u32, Strategy, Answer), SearchError> {
        let all = (0..slots.len()).fold(0, |words, number| words | (1 << number));
        if slots.len() <= ALL_REQUIRED {
            let answer = self.page(all, Strategy::All).await?;
            // If only the filter leaves nothing, the facets show the way out; dropping words would hide that.
            if answer.total > 0 || self.filter.is_some() && self.any(all).await? {
                return Ok((all, Strategy::All, answer));
            }
        }
        let counts = self.counts(slots).await?;
        let mut chosen = (0..slots.len())
            .filter(|number| counts[*number] > 0)
            .fold(0, |words, number| words | (1 << number));
        let strategy = if slots.len() > ALL_REQUIRED {
            Strategy::Frequent
        } else {
            Strategy::All
        };
        while chosen != 0 {
            let searched = if strategy == Strategy::Frequent {
                rarest(chosen, &counts)
            } else {
                chosen
            };
            let answer = self.page(searched, strategy).await?;
            if answer.total > 0 || strategy == Strategy::Frequent || self.filter.is_some() && self.any(chosen).await? {
                return Ok((chosen, strategy, answer));
            }
            // Rare words say more: the most frequent one goes first.
            let most = (0..slots.len())
                .filter(|number| chosen & (1 << number) != 0)
                .max_by_key(|number| counts[*number]);
            chosen = most.map_or(0, |number| chosen & !(1 << number));
        }
        Ok((0, strategy, Answer::default()))
    }

    fn variants(&self, chosen: u32) -> Vec<String> {
        let last = self.reading.slots.len() - 1;
        let words: Vec<&Word> = self
            .reading
            .slots
            .iter()
            .enumerate()
            .filter(|(number, _)| chosen & (1 << number) != 0)
            .map(|(_, word)| word)
            .collect();
        let open = self.reading.last_is_open && chosen & (1 << last) != 0;
        variants(&self.reading.text, &words, open, self.languages)
    }

    async fn page(&self, chosen: u32, strategy: Strategy) -> Result<Answer, SearchError> {
        let facets: Vec<&str> = self
            .request
            .facets
            .iter()
            .filter(|field| !concerns(&self.request.filter, **field))
            .map(|field| facet_attribute(*field))
            .collect();
        self.shared
            .ask(Ask {
                variants: &self.variants(chosen),
                strategy,
                filter: self.filter.as_deref(),
                sort: match self.request.sort {
                    Sort::Relevance => &[],
                    Sort::Newest => &["published_at:desc"],
                    Sort::Strongest => &["strength_score:desc"],
                },
                fields: None,
                offset: self.request.offset,
                limit: self.request.limit,
                retrieve: if self.request.highlight { &WITH_TEXTS } else { &BARE },
                facets: &facets,
            })
            .await
    }

    /// Whether any document has these words, whatever the filter says.
    async fn any(&self, chosen: u32) -> Result<bool, SearchError> {
        let counts = self.shared.counts(&self.variants(chosen)).await?;
        Ok(counts.iter().any(|count| *count > 0))
    }

    /// In how many documents each word is.
    async fn counts(&self, slots: &[Slot]) -> Result<Vec<usize>, SearchError> {
        let by_slot: Vec<Vec<String>> = (0..slots.len()).map(|number| self.variants(1 << number)).collect();
        let queries: Vec<String> = by_slot.iter().flatten().cloned().collect();
        let mut counts = self.shared.counts(&queries).await?.into_iter();
        Ok(by_slot
            .iter()
            .map(|variants| counts.by_ref().take(variants.len()).max().unwrap_or_default())
            .collect())
    }

    /// Counts the facets asked for, each without its own filter.
    async fn facets(&self, chosen: u32, strategy: Strategy, answer: &Answer) -> Result<Vec<FacetCounts>, SearchError> {
        let variants = self.variants(chosen);
        let counted = self.request.facets.iter().map(|field| {
            let variants = &variants;
            async move {
                let attribute = facet_attribute(*field);
                if !concerns(&self.request.filter, *field) {
                    return Ok::<_, SearchError>(counts(*field, answer.facets.get(attribute)));
                }
                let own = self
                    .shared
                    .ask(Ask {
                        variants,
                        strategy,
                        filter: expression(&self.request.filter, Some(*field)).as_deref(),
                        sort: &[],
                        fields: None,
                        offset: 0,
                        limit: 0,
                        retrieve: &BARE,
                        facets: &[attribute],
                    })
                    .await?;
                Ok(counts(*field, own.facets.get(attribute)))
            }
        });
        try_join_all(counted).await
    }

    /// Finds out what misspelt words were taken for: where no hit is free of typing errors, from the texts of the first
    /// ones.
    async fn correct(&self, answer: &Answer, slots: &mut [Slot]) -> Result<(), SearchError> {
        const READ: usize = 3;
        if answer.hits.is_empty() || answer.hits.iter().any(|hit| !misspelt(hit)) {
            return Ok(());
        }
        let ids: Vec<String> = answer
            .hits
            .iter()
            .take(READ)
            .map(|hit| super::document::key(&hit.result.id))
            .collect();
        let texts = self.shared.texts(&ids).await?;
        let synonyms = self.shared.synonyms();
        let corrections: Vec<Option<String>> = {
            let matcher = Matcher::new(slots, false);
            let mut known = vec![false; slots.len()];
            let mut nearest: Vec<Option<(u8, String)>> = vec![None; slots.len()];
            for (language, word) in texts.iter().flat_map(all_words) {
                if let Some(slot) = matcher.genuine(&word, language.as_slice()) {
                    known[slot] = true;
                }
                for (slot, nearest) in slots.iter().zip(&mut nearest) {
                    if let Some(edits) = edits_between(slot, &word)
                        && nearest.as_ref().is_none_or(|(fewest, _)| edits < *fewest)
                    {
                        *nearest = Some((edits, word.folded.clone()));
                    }
                }
            }
            slots
                .iter()
                .zip(known)
                .zip(nearest)
                .map(|((slot, known), nearest)| {
                    let genuine = known || has_synonym(&synonyms, &slot.word);
                    nearest.filter(|_| !genuine).map(|(_, text)| text)
                })
                .collect()
        };
        for (slot, correction) in slots.iter_mut().zip(corrections) {
            slot.correction = correction;
        }
        Ok(())
    }

    fn hit(&self, hit: &SearchResult<Stored>, matcher: &Matcher<'_>) -> Hit {
        Hit {
            id: hit.result.id,
            revision: hit.result.revision,
            score: hit.ranking_score.unwrap_or_default() as f32,
            highlights: if self.request.highlight {
                highlights(
                    &hit.result.texts,
                    &hit.result.keyword_list,
                    matcher,
                    self.request.language.as_deref(),
                )
            } else {
                Vec::new()
            },
        }
    }
}

/// The rarest of the chosen words, as many as the server reads.
fn rarest(chosen: u32, counts: &[usize]) -> u32 {
    let mut numbers: Vec<usize> = (0..counts.len()).filter(|number| chosen & (1 << number) != 0).collect();
    numbers.sort_by_key(|number| counts[*number]);
    numbers.truncate(MOST_WORDS);
    numbers.into_iter().fold(0, |words, number| words | (1 << number))
}

fn counts(field: Field, distribution: Option<&HashMap<String, usize>>) -> FacetCounts {
    let mut values: Vec<(String, u64)> = distribution
        .into_iter()
        .flatten()
        .filter(|(_, count)| **count > 0)
        .filter_map(|(value, count)| Some((decode(value)?, *count as u64)))
        .collect();
    values.sort_by(|one, other| other.1.cmp(&one.1).then_with(|| one.0.cmp(&other.0)));
    FacetCounts { field, values }
}

fn edits_between(slot: &Slot, word: &Word) -> Option<u8> {
    use crate::text::reading::Lookup;
    let typed = &slot.word.folded;
    let limit = allowed_edits(typed);
    if limit == 0 {
        return None;
    }
    distance(typed, &word.folded, limit).or_else(|| {
        let open = slot
            .lookups
            .iter()
            .any(|(_, lookup)| matches!(lookup, Lookup::Prefix(_)));
        open.then(|| prefix_distance(typed, &word.folded, limit.min(1)))
            .flatten()
    })
}

fn all_words(stored: &Stored) -> Vec<(Option<StemLanguage>, Word)> {
    let mut all = Vec::new();
    for text in &stored.texts {
        let language = StemLanguage::of_tag(&text.language);
        for written in [&text.title, &text.summary, &text.body] {
            all.extend(words(written).into_iter().map(|word| (language, word)));
        }
    }
    for keyword in &stored.keyword_list {
        all.extend(words(keyword).into_iter().map(|word| (None, word)));
    }
    all
}
