//! The record of how far the index has followed the event log.

use std::collections::BTreeSet;
use std::sync::PoisonError;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::call::{self, Outcome, call};
use super::{DOCUMENT_VERSION, Shared};
use crate::{IndexPosition, SearchError};

const KEY: &str = "position";

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
    /// The position, if the record is about this incarnation of the index, by this version and with this embedder.
    pub fn position(&self, incarnation: i128, embedder: Option<&str>) -> Option<IndexPosition> {
        let genuine = self.version == DOCUMENT_VERSION
            && self.incarnation == incarnation.to_string()
            && self.embedder.as_deref() == embedder;
        genuine.then_some(IndexPosition {
            database: self.database,
            sequence: self.sequence,
        })
    }
}

impl Shared {
    /// Reads the record.
    pub async fn record(&self) -> Result<Option<Record>, SearchError> {
        let index = self.index(&self.position_name());
        match call(call::READ, || index.get_document::<Record>(KEY)).await {
            Ok(record) => Ok(Some(record)),
            Err(error) => error.unless_missing(None),
        }
    }

    /// Writes the record. Languages add up, unless the index is new.
    pub async fn write_record(
        &self,
        incarnation: i128,
        position: IndexPosition,
        mut languages: BTreeSet<String>,
        new: bool,
    ) -> Result<(), SearchError> {
        if !new {
            languages.extend(self.languages().await?);
        }
        let record = Record {
            id: KEY.to_owned(),
            version: DOCUMENT_VERSION,
            database: position.database,
            sequence: position.sequence,
            incarnation: incarnation.to_string(),
            languages: languages.clone(),
            embedder: self.embedding().map(str::to_owned),
        };
        let index = self.index(&self.position_name());
        let task = call(call::WRITE, || {
            index.add_or_replace(std::slice::from_ref(&record), Some("id"))
        })
        .await;
        self.wait(task.map_err(Outcome::into_error)?).await?;
        *self.languages.lock().unwrap_or_else(PoisonError::into_inner) = Some(languages);
        Ok(())
    }

    /// The languages that words are stemmed in.
    pub async fn languages(&self) -> Result<BTreeSet<String>, SearchError> {
        let known = self.languages.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(known) = known {
            return Ok(known);
        }
        let Some(record) = self.record().await? else {
            return Ok(BTreeSet::new());
        };
        *self.languages.lock().unwrap_or_else(PoisonError::into_inner) = Some(record.languages.clone());
        Ok(record.languages)
    }
}
