//! The search index of Praxis behind one trait.
//!
//! [`SearchIndex`] is what the service talks to. Two engines implement it: [`embedded`], a tantivy index in the data
//! directory, and [`meilisearch`]. Both are caches of the database: losing one loses nothing. They promise equal
//! results for equal requests within the conformance suite, never equal scores.

pub mod document;
pub mod error;
pub mod index;
pub mod query;
pub mod results;

pub use document::{Document, LocalizedText};
pub use error::SearchError;
pub use index::{IndexChange, IndexPosition, Rebuild, SearchIndex};
pub use query::{Field, Filter, SearchRequest, Sort, SuggestRequest};
pub use results::{FacetCounts, Highlight, Hit, SearchResults, Suggestion};
