//! Curation: the one way in. Every change to content, whoever makes it, goes through [`prepare`] and [`publish`].

pub mod cycles;
pub mod erase;
pub mod error;
pub mod prepare;
pub mod publish;
pub mod rows;
pub mod safeguarding;
pub mod standing;
