//! Documents and short ways to ask.

use std::io::Write;
use std::sync::Once;
use std::sync::atomic::{AtomicI64, AtomicU32, Ordering};

use chrono::{DateTime, TimeDelta, Utc};
use praxis_search::{
    Document, IndexChange, IndexPosition, LocalizedText, MeilisearchIndex, SearchIndex, SearchRequest, SearchResults,
};
use uuid::Uuid;

/// A Meilisearch server with an index of this test's own.
pub struct Server {
    pub index: MeilisearchIndex,
}

impl Server {
    /// The server that the environment names, if any.
    pub fn of_environment() -> Option<Self> {
        let Ok(url) = std::env::var("PRAXIS_TEST_MEILISEARCH_URL") else {
            // Not through the macros: their output is hidden for tests that pass. Once is enough.
            static SAID: Once = Once::new();
            SAID.call_once(|| {
                let text = "SKIPPED: the Meilisearch half of the suite (PRAXIS_TEST_MEILISEARCH_URL is not set)";
                writeln!(std::io::stderr(), "{text}").ok();
            });
            return None;
        };
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("conformance_{}_{number}", std::process::id());
        let key = std::env::var("PRAXIS_TEST_MEILISEARCH_KEY").ok();
        let index = MeilisearchIndex::connect(&url, key.as_deref(), &name).expect("a usable address and key");
        Some(Self { index })
    }

    /// Removes what the test left on the server.
    pub async fn clean_up(self) {
        self.index.remove().await.expect("removed");
    }
}

/// The id of a numbered document.
pub fn id(number: u32) -> Uuid {
    Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0000 + u128::from(number))
}

/// The number of an id.
pub fn number(id: Uuid) -> u32 {
    (id.as_u128() & 0xFFFF_FFFF) as u32
}

/// A moment, so many days after another.
pub fn day(days: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::days(15_000 + days)
}

/// An English document without anything else.
pub fn document(number: u32, title: &str, summary: &str, body: &str) -> Document {
    in_languages(number, &[("en", title, summary, body)])
}

/// A document in several languages: language, title, summary, body.
pub fn in_languages(number: u32, texts: &[(&str, &str, &str, &str)]) -> Document {
    Document {
        id: id(number),
        revision: 1,
        kind: "INITIATIVE".to_owned(),
        texts: texts
            .iter()
            .map(|(language, title, summary, body)| LocalizedText {
                language: (*language).to_owned(),
                title: (*title).to_owned(),
                summary: (*summary).to_owned(),
                body: (*body).to_owned(),
                files: String::new(),
            })
            .collect(),
        keywords: Vec::new(),
        themes: Vec::new(),
        countries: Vec::new(),
        regions: Vec::new(),
        languages: texts.iter().map(|text| text.0.to_owned()).collect(),
        instruments: Vec::new(),
        outcome_domain: None,
        direction: None,
        factor: None,
        strength_level: None,
        strength_score: None,
        year: None,
        child_friendly: false,
        published_at: day(0),
        updated_at: day(0),
    }
}

/// A position with a number that is higher every time.
pub fn next_position() -> IndexPosition {
    static SEQUENCE: AtomicI64 = AtomicI64::new(1);
    IndexPosition {
        database: Uuid::from_u128(7),
        sequence: SEQUENCE.fetch_add(1, Ordering::Relaxed),
    }
}

/// Puts documents into the index.
pub async fn fill(index: &dyn SearchIndex, documents: Vec<Document>) {
    let changes = documents
        .into_iter()
        .map(|document| IndexChange::Upsert(Box::new(document)))
        .collect();
    index.apply(changes, next_position()).await.expect("applied");
}

/// A request for the first ten hits.
pub fn request(query: &str) -> SearchRequest {
    SearchRequest {
        query: query.to_owned(),
        limit: 10,
        ..SearchRequest::default()
    }
}

/// Searches.
pub async fn search(index: &dyn SearchIndex, request: &SearchRequest) -> SearchResults {
    let results = index.search(request).await.expect("an answer");
    assert!(results.total_is_exact, "total of {:?}", request.query);
    results
}

/// The numbers of the hits of a plain search, in order.
pub async fn hits(index: &dyn SearchIndex, query: &str) -> Vec<u32> {
    numbers(&search(index, &request(query)).await)
}

/// The numbers of the hits, in order.
pub fn numbers(results: &SearchResults) -> Vec<u32> {
    results.hits.iter().map(|hit| number(hit.id)).collect()
}

/// The numbers of the hits, sorted, for where the order is not promised.
pub async fn found(index: &dyn SearchIndex, query: &str) -> Vec<u32> {
    let mut found = hits(index, query).await;
    found.sort_unstable();
    found
}
