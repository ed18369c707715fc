//! Curation: the one way in. Every change to content, whoever makes it, goes through [`prepare`] and [`publish`].

pub mod appeals;
pub mod audit;
pub mod child_focus;
pub mod consent;
pub mod cycles;
pub mod departure;
pub mod erase;
pub mod error;
pub mod flags;
pub mod graphql;
pub mod inbox;
pub mod letters;
pub mod notification;
pub mod own_data;
pub mod post;
pub mod prepare;
pub mod publish;
pub mod references;
pub mod rows;
pub mod safeguarding;
pub mod standing;
pub mod submission;
pub mod upkeep;
pub mod words;
