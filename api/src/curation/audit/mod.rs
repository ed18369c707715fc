//! The audit log: who did what, when and why. Nothing is ever taken out of it but the words of reasons that are erased.

pub mod chain;
pub mod graphql;
