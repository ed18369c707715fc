//! What words are, and when two of them are the same: rules of language that both engines share.
//!
//! Everything here is pure: no index, no clock, no input or output.

pub mod edits;
pub mod explain;
pub mod fold;
pub mod highlight;
pub mod language;
pub mod passages;
pub mod prominence;
pub mod reading;
pub mod stop_words;
pub mod synonyms;
pub mod tier;
pub mod titles;
pub mod words;
