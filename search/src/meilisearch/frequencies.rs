//! In how many documents words are, as it was found lately.
//!
//! How rare the words of a sentence are only decides which of them count most, so it need not be asked again for every
//! sentence. That a word is nowhere is asked each time: it may just have been published.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::Shared;
use super::words::Variant;
use crate::SearchError;

/// For how long what was found is relied on.
const LATELY: Duration = Duration::from_secs(60);

/// How many queries are kept in mind.
const MOST: usize = 20_000;

/// What was found lately of one incarnation of the index.
#[derive(Default)]
pub struct Frequencies(Mutex<Lately>);

#[derive(Default)]
struct Lately {
    incarnation: Option<String>,
    documents: Option<(u64, Instant)>,
    found: HashMap<String, (usize, Instant)>,
}

impl Lately {
    /// What is known of this incarnation.
    fn of(&mut self, incarnation: Option<String>) -> &mut Self {
        if self.incarnation != incarnation || self.found.len() > MOST {
            *self = Self {
                incarnation,
                ..Self::default()
            };
        }
        self
    }
}

fn fresh<T: Copy>(entry: Option<&(T, Instant)>) -> Option<T> {
    entry.filter(|(_, at)| at.elapsed() < LATELY).map(|(value, _)| *value)
}

impl Shared {
    /// In how many documents each of these queries finds something, now or lately.
    pub async fn frequencies(&self, queries: &[Variant]) -> Result<Vec<usize>, SearchError> {
        let incarnation = self.seen_incarnation();
        let mut found: Vec<Option<usize>> = {
            let mut lately = self.frequencies.0.lock().unwrap_or_else(PoisonError::into_inner);
            let known = &lately.of(incarnation.clone()).found;
            queries.iter().map(|query| fresh(known.get(&query.text))).collect()
        };
        let asked: Vec<Variant> = queries
            .iter()
            .zip(&found)
            .filter(|(_, known)| known.is_none())
            .map(|(query, _)| query.clone())
            .collect();
        let counts = self.counts(&asked).await?;
        let mut missing = counts.iter();
        for known in found.iter_mut().filter(|known| known.is_none()) {
            *known = missing.next().copied();
        }
        let at = Instant::now();
        let mut lately = self.frequencies.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = &mut lately.of(incarnation).found;
        for (query, count) in asked.into_iter().zip(counts).filter(|(_, count)| *count > 0) {
            known.insert(query.text, (count, at));
        }
        Ok(found.into_iter().map(Option::unwrap_or_default).collect())
    }

    /// How many documents there are, or were lately.
    pub async fn count_lately(&self) -> Result<u64, SearchError> {
        let incarnation = self.seen_incarnation();
        let known = {
            let mut lately = self.frequencies.0.lock().unwrap_or_else(PoisonError::into_inner);
            fresh(lately.of(incarnation.clone()).documents.as_ref())
        };
        if let Some(documents) = known {
            return Ok(documents);
        }
        let documents = self.count().await?;
        let mut lately = self.frequencies.0.lock().unwrap_or_else(PoisonError::into_inner);
        lately.of(incarnation).documents = Some((documents, Instant::now()));
        Ok(documents)
    }
}
