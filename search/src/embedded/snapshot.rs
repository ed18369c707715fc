//! A consistent view of the index, with what every search needs of it already unpacked.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::io;
use std::sync::Arc;

use tantivy::columnar::{Column, StrColumn};
use tantivy::index::SegmentId;
use tantivy::{DocId, Searcher, SegmentReader, TantivyError};
use uuid::Uuid;

use super::expand::{KnownWord, Neighbour};
use super::kept::Kept;
use super::memory::Memory;
use super::schema::{Fields, columns, facet_column, facet_index};
use super::vectors::Vectors;
use crate::query::Field;
use crate::text::language::StemLanguage;
use crate::text::prominence::norm;
use crate::text::tier::Tier;
use crate::{SearchRequest, SearchResults, SuggestRequest, Suggestion};

/// What orders documents that answer equally well.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Standing {
    /// Strength score plus one; 0 without.
    pub strength: u64,
    /// When it was first published.
    pub published_at: i64,
}

impl Standing {
    fn all(reader: &SegmentReader) -> Result<Vec<Self>, TantivyError> {
        let fast = reader.fast_fields();
        let strength = fast.u64(columns::STRENGTH_SCORE)?;
        let published_at = fast.i64(columns::PUBLISHED_AT)?;
        Ok((0..reader.max_doc())
            .map(|document| Self {
                strength: strength.first(document).map_or(0, |score| score + 1),
                published_at: published_at.first(document).unwrap_or_default(),
            })
            .collect())
    }
}

/// The columns of one segment. They never change, so later snapshots share them.
pub struct SegmentColumns {
    /// Words by tier and document.
    pub lengths: [Vec<u32>; Tier::ALL.len()],
    /// The sum of `lengths` and the number of documents with any, by tier.
    totals: [(u64, u64); Tier::ALL.len()],
    /// Upper halves of the ids.
    pub id_high: Column<u64>,
    /// Lower halves of the ids.
    pub id_low: Column<u64>,
    /// Revisions.
    pub revision: Column<i64>,
    /// Strength levels.
    pub strength_level: Column<u64>,
    /// Years.
    pub year: Column<i64>,
    /// Whether for children.
    pub child_friendly: Column<bool>,
    /// What orders documents that answer equally well, by document.
    pub standings: Vec<Standing>,
    /// The place of each document among all of the segment if they answer equally well: by strength and recency downwards, then
    /// by id.
    pub places: Vec<u32>,
    /// What documents are called; `None` where none has a title.
    pub names: Option<StrColumn>,
    /// Facets by position in [`Field::ALL`]; `None` where no document has a value.
    pub facets: Vec<Option<StrColumn>>,
    /// Vectors of the texts, where the index is searched by meaning.
    pub vectors: Option<Vectors>,
}

impl SegmentColumns {
    fn open(reader: &SegmentReader, dimensions: Option<usize>) -> Result<Self, TantivyError> {
        let fast = reader.fast_fields();
        let mut totals = [(0, 0); Tier::ALL.len()];
        let mut lengths: [Vec<u32>; Tier::ALL.len()] = Default::default();
        for tier in Tier::ALL {
            let column = fast.u64(columns::LENGTHS[tier.index()])?;
            let unpacked: Vec<u32> = (0..reader.max_doc())
                .map(|document| column.first(document).unwrap_or_default())
                .map(|length| u32::try_from(length).unwrap_or(u32::MAX))
                .collect();
            let filled = unpacked.iter().filter(|length| **length > 0).count();
            totals[tier.index()] = (unpacked.iter().map(|length| u64::from(*length)).sum(), filled as u64);
            lengths[tier.index()] = unpacked;
        }
        let facets = Field::ALL
            .iter()
            .map(|field| fast.str(facet_column(*field)))
            .collect::<Result<_, _>>()?;
        let (id_high, id_low) = (fast.u64(columns::ID_HIGH)?, fast.u64(columns::ID_LOW)?);
        let standings = Standing::all(reader)?;
        Ok(Self {
            lengths,
            totals,
            places: places(&standings, &id_high, &id_low),
            id_high,
            id_low,
            revision: fast.i64(columns::REVISION)?,
            strength_level: fast.u64(columns::STRENGTH_LEVEL)?,
            year: fast.i64(columns::YEAR)?,
            child_friendly: fast.bool(columns::CHILD_FRIENDLY)?,
            standings,
            names: fast.str(columns::NAMES)?,
            facets,
            vectors: match dimensions {
                Some(dimensions) => Vectors::open(reader, dimensions)?,
                None => None,
            },
        })
    }

    /// What an occurrence counts by tier and document, where texts have usually so many words.
    fn shares(&self, usual: [f32; Tier::ALL.len()]) -> [Vec<f32>; Tier::ALL.len()] {
        std::array::from_fn(|tier| {
            let lengths = self.lengths[tier].iter();
            lengths
                .map(|length| norm(tier, *length as f32 / usual[tier]).recip())
                .collect()
        })
    }

    /// The id of a document.
    #[must_use]
    pub fn id(&self, document: DocId) -> Uuid {
        id(&self.id_high, &self.id_low, document)
    }

    /// The kind of a document as the API names it.
    pub fn kind(&self, document: DocId) -> io::Result<String> {
        let mut kind = String::new();
        if let Some(kinds) = &self.facets[facet_index(Field::Kind)]
            && let Some(number) = kinds.ords().first(document)
        {
            kinds.ord_to_str(number, &mut kind)?;
        }
        Ok(kind)
    }

    /// The revision of a document.
    #[must_use]
    pub fn revision(&self, document: DocId) -> i32 {
        let revision = self.revision.first(document).unwrap_or_default();
        i32::try_from(revision).unwrap_or_default()
    }
}

fn id(high: &Column<u64>, low: &Column<u64>, document: DocId) -> Uuid {
    Uuid::from_u64_pair(
        high.first(document).unwrap_or_default(),
        low.first(document).unwrap_or_default(),
    )
}

/// The place of each document.
fn places(standings: &[Standing], high: &Column<u64>, low: &Column<u64>) -> Vec<u32> {
    let mut order: Vec<(Reverse<Standing>, Uuid, DocId)> = (0..)
        .zip(standings)
        .map(|(document, standing)| (Reverse(*standing), id(high, low, document), document))
        .collect();
    order.sort_unstable();
    let mut places = vec![0; order.len()];
    for (place, (_, _, document)) in (0..).zip(order) {
        places[document as usize] = place;
    }
    places
}

/// One state of the index.
pub struct Snapshot {
    /// The segments and their documents.
    pub searcher: Searcher,
    /// The columns of each segment, in the order of the searcher's.
    pub segments: Vec<Arc<SegmentColumns>>,
    /// What an occurrence counts for the length of its text, by segment, tier and document.
    pub shares: Vec<[Vec<f32>; Tier::ALL.len()]>,
    /// The languages that words are stemmed in.
    pub languages: Vec<StemLanguage>,
    /// Working memory of searches.
    pub memory: Memory,
    /// Words of queries, in lower case and with whether they may be the beginning of a word.
    pub words: Kept<(String, bool), KnownWord>,
    /// What stands near a folded word, or begins near it.
    pub neighbours: Kept<(String, u8, bool), Vec<Neighbour>>,
    /// Pages of searches: the same is asked again where people go back, share an address or search for what is in the news.
    pub pages: Kept<Asked<SearchRequest>, SearchResults, 256>,
    /// Completions: everybody who types a word has typed its beginning.
    pub completions: Kept<Asked<SuggestRequest>, Vec<Suggestion>>,
}

/// What was asked, and by which synonyms it was answered.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Asked<Request> {
    /// The question.
    pub request: Request,
    /// Numbers the synonyms that were in force.
    pub synonyms: u64,
}

impl Snapshot {
    /// Unpacks what is new since `previous`, with vectors of so many dimensions, if any.
    pub fn new(
        searcher: Searcher,
        fields: &Fields,
        dimensions: Option<usize>,
        previous: Option<&Snapshot>,
    ) -> Result<Self, TantivyError> {
        let known: HashMap<SegmentId, Arc<SegmentColumns>> = previous
            .map(|previous| {
                previous
                    .searcher
                    .segment_readers()
                    .iter()
                    .map(SegmentReader::segment_id)
                    .zip(previous.segments.iter().cloned())
                    .collect()
            })
            .unwrap_or_default();
        let mut segments = Vec::new();
        let mut totals = [(0, 0); Tier::ALL.len()];
        let mut languages = Vec::new();
        for reader in searcher.segment_readers() {
            let columns = match known.get(&reader.segment_id()) {
                Some(columns) => Arc::clone(columns),
                None => Arc::new(SegmentColumns::open(reader, dimensions)?),
            };
            for (total, segment) in totals.iter_mut().zip(columns.totals) {
                total.0 += segment.0;
                total.1 += segment.1;
            }
            segments.push(columns);
            let index = reader.inverted_index(fields.stem_languages)?;
            let mut codes = index.terms().stream()?;
            while codes.advance() {
                let language = std::str::from_utf8(codes.key()).ok().and_then(StemLanguage::of_tag);
                languages.extend(language);
            }
        }
        languages.sort_unstable();
        languages.dedup();
        let usual = totals.map(|(sum, count)| (sum as f32 / count.max(1) as f32).max(1.0));
        let shares = segments.iter().map(|columns| columns.shares(usual)).collect();
        Ok(Self {
            searcher,
            segments,
            shares,
            languages,
            memory: Memory::default(),
            words: Kept::default(),
            neighbours: Kept::default(),
            pages: Kept::default(),
            completions: Kept::default(),
        })
    }

    /// The vectors of every segment that has any.
    pub fn vectors(&self) -> impl Iterator<Item = &Vectors> {
        self.segments.iter().filter_map(|columns| columns.vectors.as_ref())
    }

    /// How many documents are visible.
    #[must_use]
    pub fn documents(&self) -> u64 {
        self.searcher.num_docs()
    }
}
