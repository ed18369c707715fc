//! Brings the vocabularies in the database in step with the files of `api/vocabulary/`.

use std::collections::{BTreeMap, HashMap};

use data_encoding::HEXLOWER;
use praxis_entities::concept;
use praxis_entities::vocabulary::ConceptScheme;
use sea_orm::{ActiveValue::Set, DbErr, EntityTrait, sea_query::OnConflict};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::Properties;
use crate::database::edition::Edition;
use crate::database::{Database, VOCABULARY};

/// Which version of the vocabularies this is. A change of a file raises it, as a test insists.
pub const EDITION: Edition = Edition {
    version_setting: "vocabulary.version",
    digest_setting: VOCABULARY,
    version: 1,
};

const FILES: [(ConceptScheme, &str); 5] = [
    (ConceptScheme::Theme, include_str!("../../vocabulary/themes.json")),
    (
        ConceptScheme::Instrument,
        include_str!("../../vocabulary/instruments.json"),
    ),
    (ConceptScheme::Region, include_str!("../../vocabulary/regions.json")),
    (ConceptScheme::Country, include_str!("../../vocabulary/countries.json")),
    (ConceptScheme::Language, include_str!("../../vocabulary/languages.json")),
];

#[derive(Deserialize)]
struct Entry {
    #[serde(alias = "slug")]
    code: String,
    notation: Option<String>,
    #[serde(alias = "region")]
    broader: Option<String>,
    #[serde(flatten)]
    properties: Properties,
}

/// Writes what the files say into the database, unless the database has it already, or what a later version of the service
/// wrote. Says whether anything was written.
///
/// A concept that left the files stays in the database, since content may refer to it.
///
/// # Errors
/// Where the database is away, or a file is malformed (a test keeps the committed ones well-formed).
pub async fn load(database: &Database) -> Result<bool, DbErr> {
    let digest = digest();
    if !EDITION.is_missing(database.read(), &digest).await? {
        return Ok(false);
    }
    let transaction = database.begin().await?;
    let known: HashMap<(ConceptScheme, String), Uuid> = concept::Entity::find()
        .all(&transaction)
        .await?
        .into_iter()
        .map(|row| ((row.scheme, row.code), row.id))
        .collect();
    let mut regions = BTreeMap::new();
    for (scheme, text) in FILES {
        let entries = parse(scheme, text)?;
        let mut ids: BTreeMap<String, Uuid> = BTreeMap::new();
        for entry in &entries {
            let id = known
                .get(&(scheme, entry.code.clone()))
                .copied()
                .unwrap_or_else(Uuid::now_v7);
            ids.insert(entry.code.clone(), id);
        }
        let mut rows = Vec::with_capacity(entries.len());
        for (position, entry) in entries.into_iter().enumerate() {
            let broader = match (&entry.broader, scheme) {
                (None, _) => None,
                (Some(code), ConceptScheme::Country) => Some(lookup(&regions, code)?),
                (Some(code), _) => Some(lookup(&ids, code)?),
            };
            rows.push(concept::ActiveModel {
                id: Set(lookup(&ids, &entry.code)?),
                scheme: Set(scheme),
                code: Set(entry.code),
                notation: Set(entry.notation),
                broader_id: Set(broader),
                position: Set(i32::try_from(position).unwrap_or(i32::MAX)),
                properties: Set(
                    serde_json::to_value(&entry.properties).map_err(|error| DbErr::Custom(error.to_string()))?
                ),
            });
        }
        if scheme == ConceptScheme::Region {
            regions = ids;
        }
        for chunk in rows.chunks(500) {
            concept::Entity::insert_many(chunk.to_vec())
                .on_conflict(
                    OnConflict::columns([concept::Column::Scheme, concept::Column::Code])
                        .update_columns([
                            concept::Column::Notation,
                            concept::Column::BroaderId,
                            concept::Column::Position,
                            concept::Column::Properties,
                        ])
                        .to_owned(),
                )
                .exec_without_returning(&transaction)
                .await?;
        }
    }
    EDITION.note(&transaction, &digest).await?;
    transaction.commit().await?;
    Ok(true)
}

/// The digest of the files.
fn digest() -> String {
    let mut hasher = Sha256::new();
    for (_, text) in FILES {
        hasher.update(text.as_bytes());
    }
    HEXLOWER.encode(&hasher.finalize())
}

fn parse(scheme: ConceptScheme, text: &str) -> Result<Vec<Entry>, DbErr> {
    serde_json::from_str(text).map_err(|error| DbErr::Custom(format!("vocabulary {}: {error}", scheme.as_str())))
}

fn lookup(ids: &BTreeMap<String, Uuid>, code: &str) -> Result<Uuid, DbErr> {
    ids.get(code)
        .copied()
        .ok_or_else(|| DbErr::Custom(format!("vocabulary: unknown concept `{code}`")))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn a_change_of_the_files_raises_their_version() {
        // After a change of a file: raise the version, and write the new digest here.
        assert_eq!(
            (EDITION.version, digest().as_str()),
            (1, "93bd4b0a44e5f15276feefe795acaad37a1b8480c1b24a10d76b8f30f2f4c50b"),
            "an earlier version of the service must not take the change back: raise the version of EDITION"
        );
    }

    #[test]
    fn the_vocabulary_files_are_well_formed_and_closed() {
        let mut regions = BTreeSet::new();
        for (scheme, text) in FILES {
            let entries = parse(scheme, text).unwrap();
            let codes: BTreeSet<_> = entries.iter().map(|entry| entry.code.clone()).collect();
            assert_eq!(codes.len(), entries.len(), "{scheme:?} repeats a code");
            let broader: BTreeMap<_, _> = entries
                .iter()
                .filter_map(|entry| Some((entry.code.clone(), entry.broader.clone()?)))
                .collect();
            for entry in &entries {
                assert!(
                    entry.properties.pref_label.contains_key("en"),
                    "{} has no English label",
                    entry.code
                );
                if let Some(code) = &entry.broader {
                    let known = if scheme == ConceptScheme::Country {
                        &regions
                    } else {
                        &codes
                    };
                    assert!(known.contains(code), "{} is in unknown {code}", entry.code);
                }
                let mut at = &entry.code;
                for _ in 0..10 {
                    let Some(next) = broader.get(at) else { break };
                    assert_ne!(next, &entry.code, "{} is broader than itself", entry.code);
                    at = next;
                }
                for article in &entry.properties.crc_articles {
                    assert!((1..=54).contains(article), "{}", entry.code);
                }
            }
            if scheme == ConceptScheme::Region {
                regions = codes;
            }
        }
    }
}
