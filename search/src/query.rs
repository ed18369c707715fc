//! What can be asked of the index.

use std::collections::BTreeMap;

/// A field that can be filtered by value and counted as a facet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Field {
    /// Content kind, e.g. `LESSON`.
    Kind,
    /// Theme slug; a broader theme matches everything under it.
    Theme,
    /// ISO 3166-1 alpha-2 code.
    Country,
    /// UN M49 code; a region matches every country in it.
    Region,
    /// A language, in the values that documents have.
    Language,
    /// Instrument slug.
    Instrument,
    /// Outcome domain of evidence.
    OutcomeDomain,
    /// Direction of evidence.
    Direction,
    /// Factor of a lesson.
    Factor,
    /// Strength level, as a digit `0` to `3`.
    Strength,
    /// Year, as a decimal number.
    Year,
    /// Whether it is a version for children, as `true` or `false`.
    ChildFriendly,
}

impl Field {
    /// Every field, in the order in which facets are shown.
    pub const ALL: [Field; 12] = [
        Field::Kind,
        Field::Theme,
        Field::Country,
        Field::Region,
        Field::Language,
        Field::Instrument,
        Field::OutcomeDomain,
        Field::Direction,
        Field::Factor,
        Field::Strength,
        Field::Year,
        Field::ChildFriendly,
    ];
}

/// Which documents are considered. Every given condition must hold; within one field any value will do.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Filter {
    /// Field to accepted values. A field with an empty list matches nothing.
    pub any_of: BTreeMap<Field, Vec<String>>,
    /// Only evidence of at least this strength level (0 to 3).
    pub minimum_strength: Option<u8>,
    /// Earliest year, inclusive.
    pub year_from: Option<i32>,
    /// Latest year, inclusive.
    pub year_to: Option<i32>,
    /// Only versions for children, or only others.
    pub child_friendly: Option<bool>,
}

/// The order of hits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Sort {
    /// Best match first: title over summary over body over files, exact over prefix over fuzzy; then strength, then recency.
    #[default]
    Relevance,
    /// Latest `published_at` first.
    Newest,
    /// Highest strength score first (documents without one last), then relevance.
    Strongest,
}

/// One search.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct SearchRequest {
    /// What the reader typed. Never empty after trimming and at most 512 characters: the caller has checked.
    pub query: String,
    /// Which documents to consider.
    pub filter: Filter,
    /// The order.
    pub sort: Sort,
    /// How many hits to skip.
    pub offset: usize,
    /// How many hits to return.
    pub limit: usize,
    /// Which facets to count. A facet is counted without its own filter (and with all the others).
    pub facets: Vec<Field>,
    /// Whether to compute highlights.
    pub highlight: bool,
    /// Whether to say why each hit is one.
    pub explain: bool,
    /// The reader's language, a hint for stemming and for the language of highlights.
    pub language: Option<String>,
}

/// A search that is kept, to be asked of documents as they come.
#[derive(Clone, Debug, Default)]
pub struct StandingSearch {
    /// The words; empty where the filter alone decides.
    pub query: String,
    /// Which documents to consider.
    pub filter: Filter,
}

/// Completions for what stands in a search box.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct SuggestRequest {
    /// What was typed so far.
    pub prefix: String,
    /// How many completions at most.
    pub limit: usize,
}
