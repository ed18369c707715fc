//! The fields of the embedded index.

use tantivy::schema::{
    BytesOptions, FAST, Field, INDEXED, IndexRecordOption, NumericOptions, STORED, STRING, Schema, TextFieldIndexing,
    TextOptions,
};

use crate::query;
use crate::text::tier::Tier;

/// To be raised with every change of the schema, of the analysis, or of what a document holds: an index of another
/// version is rebuilt.
pub const DOCUMENT_VERSION: u32 = 6;

/// The fields that hold the words of one tier.
#[derive(Clone, Copy, Debug)]
pub struct TierFields {
    /// The folded words as they stand.
    pub plain: Field,
    /// Their stems, each prefixed with its language, with positions for phrases.
    pub stems: Field,
}

/// The handles of all fields.
#[derive(Clone, Debug)]
pub struct Fields {
    /// The id as 32 hexadecimal digits.
    pub id: Field,
    /// The upper half of the id.
    pub id_high: Field,
    /// The lower half of the id.
    pub id_low: Field,
    /// The revision.
    pub revision: Field,
    /// The texts as JSON, for highlights, suggestions and similarity.
    pub source: Field,
    /// Every folded word of the document, wherever it stands: the dictionary in which misspelt words are looked up.
    pub words: Field,
    /// The words by tier.
    pub tiers: [TierFields; Tier::ALL.len()],
    /// How many words a tier has, on average over the languages.
    pub lengths: [Field; Tier::ALL.len()],
    /// The first one, two and three letters of each word of the title.
    pub title_beginnings: Field,
    /// What the document is called: its whole folded titles, and acronyms that they spell.
    pub names: Field,
    /// The languages of the texts that have a stemmer.
    pub stem_languages: Field,
    /// Facets by position in [`query::Field::ALL`].
    pub facets: [Field; query::Field::ALL.len()],
    /// Strength level.
    pub strength_level: Field,
    /// Strength score.
    pub strength_score: Field,
    /// Year.
    pub year: Field,
    /// Whether this is a version for children.
    pub child_friendly: Field,
    /// Milliseconds since 1970 of the first publication.
    pub published_at: Field,
    /// The vectors of the texts, where the index is searched by meaning.
    pub meaning: Option<Field>,
}

/// The column names by which fast fields are opened.
pub mod columns {
    use super::Tier;

    /// Upper half of the id.
    pub const ID_HIGH: &str = "id_high";
    /// Lower half of the id.
    pub const ID_LOW: &str = "id_low";
    /// Revision.
    pub const REVISION: &str = "revision";
    /// Words by tier, in the order of `Tier::ALL`.
    pub const LENGTHS: [&str; Tier::ALL.len()] = [
        "files_length",
        "body_length",
        "keywords_length",
        "summary_length",
        "title_length",
    ];
    /// What the document is called.
    pub const NAMES: &str = "names";
    /// Strength level.
    pub const STRENGTH_LEVEL: &str = "strength_level";
    /// Strength score.
    pub const STRENGTH_SCORE: &str = "strength_score";
    /// Year.
    pub const YEAR: &str = "year_number";
    /// For children.
    pub const CHILD_FRIENDLY: &str = "child_friendly";
    /// First publication.
    pub const PUBLISHED_AT: &str = "published_at";
    /// Vectors of the texts.
    pub const MEANING: &str = "meaning";
}

/// The column of a facet.
#[must_use]
pub fn facet_column(field: query::Field) -> &'static str {
    match field {
        query::Field::Kind => "kind",
        query::Field::Theme => "theme",
        query::Field::Country => "country",
        query::Field::Region => "region",
        query::Field::Language => "language",
        query::Field::Instrument => "instrument",
        query::Field::OutcomeDomain => "outcome_domain",
        query::Field::Direction => "direction",
        query::Field::Factor => "factor",
        query::Field::Strength => "strength",
        query::Field::Year => "year",
        query::Field::ChildFriendly => "for_children",
    }
}

/// The position of a facet in [`query::Field::ALL`].
#[must_use]
pub fn facet_index(field: query::Field) -> usize {
    query::Field::ALL
        .iter()
        .position(|other| *other == field)
        .unwrap_or_default()
}

/// Builds the schema and the handles of its fields, with or without one for vectors.
#[must_use]
pub fn build(meaning: bool) -> (Schema, Fields) {
    let mut builder = Schema::builder();
    // Lengths are kept per language in columns of their own, so the engine's norms would only take space.
    let words = |option: IndexRecordOption| {
        TextOptions::default().set_indexing_options(
            TextFieldIndexing::default()
                .set_tokenizer("raw")
                .set_fieldnorms(false)
                .set_index_option(option),
        )
    };
    let plain = words(IndexRecordOption::WithFreqs);
    let stems = words(IndexRecordOption::WithFreqsAndPositions);
    let present = words(IndexRecordOption::Basic);
    let column = NumericOptions::default().set_fast();
    let facet = TextOptions::default().set_fast("raw");

    let tiers = Tier::ALL.map(|tier| TierFields {
        plain: builder.add_text_field(tier.name(), plain.clone()),
        stems: builder.add_text_field(&format!("{}_stems", tier.name()), stems.clone()),
    });
    let fields = Fields {
        id: builder.add_text_field("id", STRING),
        id_high: builder.add_u64_field(columns::ID_HIGH, column.clone()),
        id_low: builder.add_u64_field(columns::ID_LOW, column.clone()),
        revision: builder.add_i64_field(columns::REVISION, column.clone()),
        source: builder.add_text_field("source", STORED),
        words: builder.add_text_field("words", present.clone()),
        tiers,
        lengths: columns::LENGTHS.map(|name| builder.add_u64_field(name, column.clone())),
        title_beginnings: builder.add_text_field("title_beginnings", present.clone()),
        names: builder.add_text_field(columns::NAMES, present.set_fast("raw")),
        stem_languages: builder.add_text_field("stem_languages", STRING),
        facets: query::Field::ALL.map(|field| builder.add_text_field(facet_column(field), facet.clone())),
        strength_level: builder.add_u64_field(columns::STRENGTH_LEVEL, column.clone()),
        strength_score: builder.add_u64_field(columns::STRENGTH_SCORE, column.clone()),
        year: builder.add_i64_field(columns::YEAR, column.clone()),
        child_friendly: builder.add_bool_field(columns::CHILD_FRIENDLY, INDEXED | FAST),
        published_at: builder.add_i64_field(columns::PUBLISHED_AT, column),
        meaning: meaning.then(|| builder.add_bytes_field(columns::MEANING, BytesOptions::default().set_fast())),
    };
    (builder.build(), fields)
}
