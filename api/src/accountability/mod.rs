//! Accountability: what states were told, what was asked of them, and what came of it.

pub mod rules;
