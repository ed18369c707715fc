//! Accountability: what states were told, what was asked of them, and what came of it.
//!
//! Recommendations, commitments and events are kinds of content; mechanisms, reviews, treaties, indicators and their
//! values are reference nodes, which content refers to. An ask is a part of the initiative that states it, a target a part of
//! the plan or commitment that is measured by it.

pub mod alike;
pub mod ask;
pub mod cited;
pub mod commitment;
pub mod event;
pub mod grouped;
pub mod implementation;
pub mod indicator;
pub mod mechanism;
pub mod observed;
pub mod period;
pub mod progress;
pub mod recommendation;
pub mod reference;
pub mod register;
pub mod report;
pub mod reported;
pub mod review;
pub mod rules;
pub mod states;
pub mod summary;
pub mod target;
pub mod treaty;
pub mod uptake;
