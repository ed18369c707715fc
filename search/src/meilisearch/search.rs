//! Searching.

use std::collections::HashMap;

use futures::future::try_join_all;
use meilisearch_sdk::search::SearchResult;

use super::Shared;
use super::ask::{Answer, Ask, misspelt};
use super::document::{Stored, decode, facet_attribute};
use super::filter::{both, called, concerns, expression};
use super::near::MOST_NEAR;
use super::rerank::rerank;
use super::words::{Variant, has_synonym, slots, stem_languages, variants};
use crate::query::{Field, Sort};
use crate::results::in_order;
use crate::text::explain::explain;
use crate::text::language::StemLanguage;
use crate::text::passages::{Matcher, highlights};
use crate::text::prominence::weight;
use crate::text::reading::{MOST_REQUIRED, Reading, Slot, read, rewritten, weight_of};
use crate::text::titles::names_meant;
use crate::text::words::{Word, words};
use crate::{FacetCounts, Hit, SearchError, SearchRequest, SearchResults};

/// Of a sentence, how many words are searched in pairs, and how many also alone.
const RARER: usize = 5;
const RAREST: usize = 3;

/// How many hits of a sentence are put in our own order.
pub const REORDERED: usize = 200;

/// What is read of a hit that is only named.
pub const BARE: [&str; 3] = ["id", "revision", "kind"];
const WITH_TEXTS: [&str; 5] = ["id", "revision", "kind", "texts", "keyword_list"];

impl Shared {
    /// Answers a search.
    pub async fn search(&self, request: &SearchRequest) -> Result<SearchResults, SearchError> {
        let synonyms = self.synonyms();
        let mut reading = read(&request.query, request.language.as_deref(), &synonyms);
        if reading.slots.is_empty() {
            return Ok(nothing(request));
        }
        let names = names_meant(&words(&reading.text), &synonyms);
        if reading.sentence && reading.slots.len() <= MOST_REQUIRED && self.is_title(&names).await? {
            reading.sentence = false;
        }
        let languages = stem_languages(&self.languages().await?);
        let search = Search {
            shared: self,
            request,
            reading: &reading,
            languages: &languages,
            filter: expression(&request.filter, None),
            called: called(&names),
        };
        let mut slots = slots(&reading, &languages);
        let (found, near) = futures::join!(search.find(&mut slots), self.near(&reading.text));
        let mut found = found?;
        let mut others = search.others(&found, &near).await?;
        if found.chosen == 0 {
            // None of the words is anywhere: there is nothing to mark, explain or correct by them.
            slots.clear();
        }
        let by_words = match found.chosen {
            0 => nothing(request).facets,
            _ => search.facets(&found.variants, None, &found.answer).await?,
        };
        let facets = sum(by_words, &others.facets);
        search.correct(&found.answer, &mut slots).await?;
        let total = found.answer.total + others.hits.len();
        if total == 0 {
            // Not from an index that was lost since it was last looked at.
            self.built().await?;
        }
        let rest = search.rest(&found, others.hits.len()).await?;
        let page = search.joined(&mut found, &mut others, rest, &near);
        let mut matcher = Matcher::new(&slots, page.iter().any(misspelt));
        let hits = page
            .iter()
            .map(|hit| Hit {
                similarity: near.similarity(hit.result.id),
                ..search.hit(hit, &mut matcher, &slots)
            })
            .collect();
        Ok(SearchResults {
            hits,
            total: total as u64,
            total_is_exact: total <= super::settings::MOST_HITS,
            facets,
            corrected_query: rewritten(&reading, &slots, found.chosen),
        })
    }
}

impl Shared {
    /// Whether the first of the names that a query may be meant as, which is the query itself, is the whole title of something:
    /// then its articles and prepositions make no sentence of it.
    async fn is_title(&self, names: &[String]) -> Result<bool, SearchError> {
        let Some(called) = called(names.get(..1).unwrap_or_default()) else {
            return Ok(false);
        };
        let anything = [Variant::new(String::new())];
        let answer = self.ask(Ask::count(&anything, Some(&called))).await?;
        Ok(answer.total > 0)
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

/// Adds up the counts of each facet.
fn sum(mut facets: Vec<FacetCounts>, others: &[FacetCounts]) -> Vec<FacetCounts> {
    for (facet, other) in facets.iter_mut().zip(others) {
        let mut counts: HashMap<String, u64> = std::mem::take(&mut facet.values).into_iter().collect();
        for (value, count) in &other.values {
            *counts.entry(value.clone()).or_default() += count;
        }
        facet.values = in_order(counts);
    }
    facets
}

/// What was found by words.
#[derive(Default)]
pub struct Found {
    /// The words that were searched for, as bits; 0 when there are none.
    pub chosen: u32,
    /// The queries that were asked.
    pub variants: Vec<Variant>,
    /// The page, or with `window` all the best.
    pub answer: Answer,
    /// Whether the answer holds the first [`REORDERED`] hits of the server, in our own order, instead of those of the page; none
    /// where the page lies behind them all.
    pub window: bool,
}

/// A search that is under way.
pub struct Search<'a> {
    pub shared: &'a Shared,
    pub request: &'a SearchRequest,
    pub reading: &'a Reading,
    languages: &'a [StemLanguage],
    pub filter: Option<String>,
    /// What is called as the query says, as a filter.
    called: Option<String>,
}

impl Search<'_> {
    /// Finds the hits of the page.
    async fn find(&self, slots: &mut [Slot]) -> Result<Found, SearchError> {
        let all = (0..slots.len()).fold(0, |words, number| words | (1 << number));
        if !self.reading.sentence {
            let found = self.page(all, self.variants(all)).await?;
            // If only the filter leaves nothing, the facets show the way out; dropping words would hide that.
            if found.answer.total > 0 || self.filter.is_some() && self.any(all).await? {
                return Ok(found);
            }
        }
        let counts = self.counts(slots).await?;
        let mut chosen = (0..slots.len())
            .filter(|number| counts[*number] > 0)
            .fold(0, |words, number| words | (1 << number));
        if self.reading.sentence && chosen != 0 {
            return self.sentence(slots, chosen, &counts).await;
        }
        while chosen != 0 {
            let found = self.page(chosen, self.variants(chosen)).await?;
            if found.answer.total > 0 || self.filter.is_some() && self.any(chosen).await? {
                return Ok(found);
            }
            // Rare words say more: the most frequent one goes first.
            let most = rarest_first(chosen, &counts).pop();
            chosen = most.map_or(0, |number| chosen & !(1 << number));
        }
        Ok(Found::default())
    }

    /// Of a sentence, documents with its rarest words, or with any two of its rarer ones, in our own order.
    async fn sentence(&self, slots: &mut [Slot], chosen: u32, counts: &[usize]) -> Result<Found, SearchError> {
        let documents = self.shared.count_lately().await?;
        for (slot, count) in slots.iter_mut().zip(counts) {
            slot.weight = if *count > 0 {
                weight(*count as u64, documents)
            } else {
                0.0
            };
        }
        let groups = groups(&rarest_first(chosen, counts), counts, slots);
        let heaviest = groups.iter().map(|(_, weight)| *weight).fold(0.0, f32::max);
        // Only the best are put in our own order: those with rare words have to be among them.
        let mut variants: Vec<Variant> = groups
            .iter()
            .flat_map(|(group, weight)| {
                self.variants(*group)
                    .into_iter()
                    .map(move |variant| (variant.text, weight))
            })
            .map(|(text, weight)| Variant {
                text,
                weight: weight / heaviest,
            })
            .collect();
        variants.sort_unstable_by(|one, other| one.text.cmp(&other.text).then(other.weight.total_cmp(&one.weight)));
        variants.dedup_by(|later, kept| later.text == kept.text);
        if self.request.sort != Sort::Relevance || self.request.limit == 0 {
            return self.page(chosen, variants).await;
        }
        if self.request.offset >= REORDERED + MOST_NEAR {
            let behind = self.ask_page(chosen, variants, 0, 0, &BARE).await?;
            return Ok(Found { window: true, ..behind });
        }
        let mut found = self.ask_page(chosen, variants, 0, REORDERED, &WITH_TEXTS).await?;
        let own = slots.to_vec();
        let mut hits = std::mem::take(&mut found.answer.hits);
        // Cutting and stemming hundreds of texts takes a while.
        let hits = tokio::task::spawn_blocking(move || {
            rerank(&mut hits, &own);
            hits
        })
        .await
        .map_err(|error| SearchError::Engine(error.to_string()))?;
        found.answer.hits = hits;
        found.window = true;
        Ok(found)
    }

    /// The hits of the page that come behind those in our own order, among which are so many `others`: in the order of the server.
    async fn rest(&self, found: &Found, others: usize) -> Result<Vec<SearchResult<Stored>>, SearchError> {
        let ordered = found.answer.total.min(REORDERED) + others;
        let end = self.request.offset.saturating_add(self.request.limit);
        if !found.window || found.answer.total <= REORDERED || end <= ordered {
            return Ok(Vec::new());
        }
        let begin = self.request.offset.max(ordered);
        let answer = self
            .shared
            .ask(Ask {
                offset: begin.saturating_sub(ordered).saturating_add(REORDERED),
                limit: end - begin,
                retrieve: self.retrieve(),
                ..Ask::count(&found.variants, self.filter.as_deref())
            })
            .await?;
        Ok(answer.hits)
    }

    fn variants(&self, chosen: u32) -> Vec<Variant> {
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

    async fn page(&self, chosen: u32, variants: Vec<Variant>) -> Result<Found, SearchError> {
        let (offset, limit) = (self.request.offset, self.request.limit);
        self.ask_page(chosen, variants, offset, limit, self.retrieve()).await
    }

    /// What is read of each hit that is shown.
    pub fn retrieve(&self) -> &'static [&'static str] {
        if self.request.highlight || self.request.explain {
            &WITH_TEXTS
        } else {
            &BARE
        }
    }

    /// What comes before all else, as a filter.
    fn first(&self) -> Option<&str> {
        let by_relevance = self.request.sort == Sort::Relevance && !self.reading.sentence;
        self.called.as_deref().filter(|_| by_relevance)
    }

    /// What is sorted by first.
    pub fn sort(&self) -> &'static [&'static str] {
        match self.request.sort {
            Sort::Relevance => &[],
            Sort::Newest => &["published_at:desc"],
            Sort::Strongest => &["strength_score:desc"],
        }
    }

    async fn ask_page(
        &self,
        chosen: u32,
        variants: Vec<Variant>,
        offset: usize,
        limit: usize,
        retrieve: &[&str],
    ) -> Result<Found, SearchError> {
        let facets = self.counted_with_hits();
        let answer = self
            .shared
            .ask(Ask {
                first: self.first(),
                sort: self.sort(),
                offset,
                limit,
                retrieve,
                facets: &facets,
                ..Ask::count(&variants, self.filter.as_deref())
            })
            .await?;
        Ok(Found {
            chosen,
            variants,
            answer,
            window: false,
        })
    }

    /// Whether any document has these words, whatever the filter says.
    async fn any(&self, chosen: u32) -> Result<bool, SearchError> {
        let counts = self.shared.counts(&self.variants(chosen)).await?;
        Ok(counts.iter().any(|count| *count > 0))
    }

    /// In how many documents each word is.
    async fn counts(&self, slots: &[Slot]) -> Result<Vec<usize>, SearchError> {
        let by_slot: Vec<Vec<Variant>> = (0..slots.len()).map(|number| self.variants(1 << number)).collect();
        let queries: Vec<Variant> = by_slot.iter().flatten().cloned().collect();
        let mut counts = self.shared.frequencies(&queries).await?.into_iter();
        Ok(by_slot
            .iter()
            .map(|variants| counts.by_ref().take(variants.len()).max().unwrap_or_default())
            .collect())
    }

    /// The attributes of the facets that are counted with the hits: those without a filter of their own.
    pub fn counted_with_hits(&self) -> Vec<&'static str> {
        let facets = self.request.facets.iter();
        facets
            .filter(|field| !concerns(&self.request.filter, **field))
            .map(|field| facet_attribute(*field))
            .collect()
    }

    /// Counts the facets asked for, each without its own filter: what these queries find `among` some documents or all, of
    /// which `answer` holds the other counts.
    pub async fn facets(
        &self,
        variants: &[Variant],
        among: Option<&str>,
        answer: &Answer,
    ) -> Result<Vec<FacetCounts>, SearchError> {
        let counted = self.request.facets.iter().map(|field| async move {
            let attribute = facet_attribute(*field);
            if !concerns(&self.request.filter, *field) {
                return Ok::<_, SearchError>(counts(*field, answer.facets.get(attribute)));
            }
            let others = expression(&self.request.filter, Some(*field));
            let own = self
                .shared
                .ask(Ask {
                    facets: &[attribute],
                    ..Ask::count(variants, both(among, others.as_deref()).as_deref())
                })
                .await?;
            Ok(counts(*field, own.facets.get(attribute)))
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
                    if let Some(edits) = slot.edits_to(&word)
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

    fn hit(&self, hit: &SearchResult<Stored>, matcher: &mut Matcher<'_>, slots: &[Slot]) -> Hit {
        Hit {
            id: hit.result.id,
            kind: hit.result.kind.clone(),
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
            matches: if self.request.explain {
                explain(&hit.result.texts, &hit.result.keyword_list, slots, true)
            } else {
                Vec::new()
            },
            similarity: None,
        }
    }
}

/// The words and pairs of words of which a hit of a sentence has at least one, as bits, and how much each counts.
fn groups(rarest: &[usize], counts: &[usize], slots: &[Slot]) -> Vec<(u32, f32)> {
    let alone: Vec<usize> = rarest
        .iter()
        .enumerate()
        .take(RAREST)
        .filter(|(rank, number)| *rank == 0 || counts[**number] <= REORDERED)
        .map(|(_, number)| *number)
        .collect();
    let weighed = |group: u32| (group, weight_of(group, slots));
    // Where all documents with these words are put in order, pairs with them find nothing more.
    let all_are_found = alone.iter().map(|number| counts[*number]).sum::<usize>() <= REORDERED / 2;
    let mut pairs = Vec::new();
    for (rank, one) in rarest.iter().enumerate().take(RARER) {
        for other in rarest.iter().take(rank) {
            if !(all_are_found && (alone.contains(one) || alone.contains(other))) {
                pairs.push(weighed(1 << one | 1 << other));
            }
        }
    }
    let heaviest_pair = pairs.iter().map(|(_, weight)| *weight).fold(0.0, f32::max);
    let mut groups: Vec<(u32, f32)> = alone.iter().map(|number| weighed(1 << number)).collect();
    if all_are_found {
        for (_, weight) in &mut groups {
            *weight = weight.max(heaviest_pair);
        }
    }
    groups.extend(pairs);
    groups
}

/// The chosen words, rarest first.
fn rarest_first(chosen: u32, counts: &[usize]) -> Vec<usize> {
    let mut numbers: Vec<usize> = (0..counts.len()).filter(|number| chosen & (1 << number) != 0).collect();
    numbers.sort_by_key(|number| counts[*number]);
    numbers
}

/// The counts of a facet as the server gives them.
fn counts(field: Field, distribution: Option<&HashMap<String, usize>>) -> FacetCounts {
    let decoded = distribution
        .into_iter()
        .flatten()
        .filter_map(|(value, count)| Some((decode(value)?, *count as u64)));
    FacetCounts {
        field,
        values: in_order(decoded.collect()),
    }
}

fn all_words(stored: &Stored) -> Vec<(Option<StemLanguage>, Word)> {
    let mut all = Vec::new();
    for text in &stored.texts {
        let language = StemLanguage::of_tag(&text.language);
        for written in [&text.title, &text.summary, &text.body, &text.files] {
            all.extend(words(written).into_iter().map(|word| (language, word)));
        }
    }
    for keyword in &stored.keyword_list {
        all.extend(words(keyword).into_iter().map(|word| (None, word)));
    }
    all
}
