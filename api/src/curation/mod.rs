//! Curation: the one way in. Every change to content, whoever makes it, goes through [`prepare`] and [`publish`].

pub mod appeals;
pub mod audit;
pub mod cycles;
pub mod erase;
pub mod error;
pub mod flags;
pub mod graphql;
pub mod prepare;
pub mod publish;
pub mod references;
pub mod rows;
pub mod safeguarding;
pub mod standing;
pub mod submission;
pub mod upkeep;
pub mod words;
