//! The record of how far the index has followed the event log.

use std::collections::BTreeSet;
use std::sync::PoisonError;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::call::{self, Outcome, call};
use super::{DOCUMENT_VERSION, Shared};
use crate::{IndexPosition, SearchError};

const KEY: &str = "position";

/// For how long readers rely on what was seen of the live index. Where they find nothing they look anew.
const LATELY: Duration = Duration::from_secs(1);

/// The one document of the companion index.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Record {
    id: String,
    version: u32,
    database: Uuid,
    sequence: i64,
    /// The incarnation of the index that this is about, as text: it is too large for a JSON number.
    incarnation: String,
    /// The languages of the texts that have a stemmer.
    languages: BTreeSet<String>,
    /// The embedder that the vectors of the documents are of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    embedder: Option<String>,
}

impl Record {
    /// That this incarnation of the index has followed to this position.
    pub fn new(
        incarnation: i128,
        position: IndexPosition,
        languages: BTreeSet<String>,
        embedder: Option<&str>,
    ) -> Self {
        Self {
            id: KEY.to_owned(),
            version: DOCUMENT_VERSION,
            database: position.database,
            sequence: position.sequence,
            incarnation: incarnation.to_string(),
            languages,
            embedder: embedder.map(str::to_owned),
        }
    }

    /// The position, if it is one of this version and with this embedder.
    pub fn position(&self, embedder: Option<&str>) -> Option<IndexPosition> {
        let own = self.version == DOCUMENT_VERSION && self.embedder.as_deref() == embedder;
        own.then_some(IndexPosition {
            database: self.database,
            sequence: self.sequence,
        })
    }

    /// The languages that words are stemmed in.
    pub fn into_languages(self) -> BTreeSet<String> {
        self.languages
    }
}

/// What was seen of the live index.
#[derive(Clone)]
pub struct Known {
    incarnation: String,
    languages: BTreeSet<String>,
    at: Instant,
}

/// The live index.
pub struct Live {
    /// Its incarnation; `None` where there is none.
    pub incarnation: Option<i128>,
    /// The record, if it is about this incarnation. An index without one is still to be built, whatever is in it.
    pub record: Option<Record>,
}

impl Shared {
    /// Looks at the live index, and keeps in mind what it sees.
    pub async fn look(&self) -> Result<Live, SearchError> {
        let mut first = true;
        loop {
            let (incarnation, record) = futures::try_join!(self.incarnation(&self.name), self.record())?;
            let genuine = matches!(
                (incarnation, &record),
                (Some(incarnation), Some(record)) if record.incarnation == incarnation.to_string()
            );
            if first && !genuine && (incarnation.is_some() || record.is_some()) {
                // They may have been swapped between the two questions.
                first = false;
                continue;
            }
            let mut record = record.filter(|_| genuine);
            if let Some(record) = &mut record {
                record.languages.extend(self.known_languages(&record.incarnation));
            }
            self.remember(record.as_ref());
            return Ok(Live { incarnation, record });
        }
    }

    /// The languages that this process has seen in this incarnation.
    fn known_languages(&self, incarnation: &str) -> BTreeSet<String> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let known = known.as_ref().filter(|known| known.incarnation == incarnation);
        known.map(|known| known.languages.clone()).unwrap_or_default()
    }

    /// The incarnation of the index that was last seen.
    pub fn seen_incarnation(&self) -> Option<String> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.as_ref().map(|known| known.incarnation.clone())
    }

    /// Keeps in mind what the record says of the live index; `None` where that is still to be built.
    pub fn remember(&self, record: Option<&Record>) {
        *self.known.lock().unwrap_or_else(PoisonError::into_inner) = record.map(|record| Known {
            incarnation: record.incarnation.clone(),
            languages: record.languages.clone(),
            at: Instant::now(),
        });
    }

    /// Fails where the live index is still to be built.
    pub async fn built(&self) -> Result<(), SearchError> {
        let live = self.look().await?;
        live.record.map(drop).ok_or_else(|| self.unbuilt())
    }

    /// The same, by what was seen lately.
    pub async fn built_lately(&self) -> Result<(), SearchError> {
        self.languages().await.map(drop)
    }

    async fn record(&self) -> Result<Option<Record>, SearchError> {
        let index = self.index(&self.position_name());
        match call(call::READ, || index.get_document::<Record>(KEY)).await {
            Ok(record) => Ok(Some(record)),
            Err(error) => error.unless_missing(None),
        }
    }

    /// Writes a record into the companion index of this name.
    pub async fn write_record(&self, name: &str, record: &Record) -> Result<(), SearchError> {
        let index = self.index(name);
        let task = call(call::WRITE, || {
            index.add_or_replace(std::slice::from_ref(record), Some("id"))
        })
        .await;
        self.wait(task.map_err(Outcome::into_error)?).await
    }

    /// The languages that words are stemmed in. Fails where the live index is still to be built.
    pub async fn languages(&self) -> Result<BTreeSet<String>, SearchError> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(known) = known.filter(|known| known.at.elapsed() < LATELY) {
            return Ok(known.languages);
        }
        let live = self.look().await?;
        live.record.map(Record::into_languages).ok_or_else(|| self.unbuilt())
    }
}
