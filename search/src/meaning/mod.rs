//! Meaning: texts as vectors, so that what says the same in other words is near.
//!
//! A sentence model from a folder of the operator's ([`SentenceModel`]) turns a text into a vector of length one; how alike
//! two texts are is the cosine of the angle between their vectors. Documents' vectors are kept small ([`Packed`]).

mod files;
mod join;
mod model;
mod packed;

pub use self::files::ModelError;
pub use self::join::Joining;
pub use self::model::{SentenceModel, digest};
pub use self::packed::{Packed, Query};
