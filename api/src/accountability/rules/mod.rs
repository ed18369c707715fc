//! The rules by which recommendations are classified and compared: pure functions, each with its version, so that what
//! was derived by an earlier version can be told apart and derived anew.

pub mod alike;
mod alike_words;
pub mod child_focused;
pub mod issue_themes;
pub mod phrases;
pub mod theme_phrases;
