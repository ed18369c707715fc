//! The search index of Praxis behind one trait.
//!
//! [`SearchIndex`] is what the service talks to. Two engines implement it: [`EmbeddedIndex`], a tantivy index in the data
//! directory, and Meilisearch. Both are caches of the database: losing one loses nothing. They promise equal
//! results for equal requests within the conformance suite, never equal scores.

pub mod document;
pub mod embedded;
pub mod error;
pub mod index;
pub mod meaning;
pub mod meilisearch;
pub mod query;
pub mod results;
pub mod text;

pub use document::{Document, LocalizedText};
pub use embedded::{EmbeddedIndex, percolate};
pub use error::SearchError;
pub use index::{IndexChange, IndexPosition, Rebuild, SearchIndex};
pub use meaning::{ModelError, SentenceModel};
pub use meilisearch::{EmbedderError, MeilisearchEmbedder, MeilisearchIndex};
pub use query::{Field, Filter, SearchRequest, Sort, StandingSearch, SuggestRequest};
pub use results::{FacetCounts, Highlight, Hit, SearchResults, Suggestion, WordMatch};
pub use text::reading::Quality;
pub use text::synonyms::Synonyms;
