//! The mechanisms and treaties that come with the service, `api/vocabulary/references.jsonl`.

use std::sync::LazyLock;

use chrono::Utc;
use data_encoding::HEXLOWER;
use sea_orm::{DatabaseTransaction, DbErr};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::{ReferenceInput, Registration, Resolved, ids, write};
use crate::curation::publish::{Provenance, Publisher};
use crate::database::Database;
use crate::database::edition::Edition;
use crate::identity::Actor;

/// Which version of the file this is. A change of the file raises it, as a test insists.
const EDITION: Edition = Edition {
    version_setting: "references.version",
    digest_setting: "references.digest",
    version: 1,
};
/// Where the audit log says that these nodes come from.
const SOURCE: &str = "references.jsonl";
const FILE: &str = include_str!("../../../vocabulary/references.jsonl");

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    slug: String,
    reference: ReferenceInput,
}

static LINES: LazyLock<Vec<Line>> = LazyLock::new(|| {
    FILE.lines()
        // A test keeps the committed file well-formed.
        .filter_map(|line| serde_json::from_str(line).ok())
        .collect()
});

/// Whether a node is one that comes with the service, unchanged.
pub fn is_standard(slug: &str, reference: &ReferenceInput) -> bool {
    LINES
        .iter()
        .any(|line| line.slug == slug && line.reference == *reference)
}

/// Brings the database in step with the file, unless a later version of the service has been there, and says whether anything
/// was to be done.
///
/// # Errors
/// Where the database refuses.
pub async fn load(database: &Database) -> Result<bool, DbErr> {
    let digest = digest();
    if !EDITION.is_missing(database.read(), &digest).await? {
        return Ok(false);
    }
    let provenance = Provenance {
        actor: Actor::System,
        source: SOURCE.to_owned(),
        note: None,
        at: Utc::now(),
    };
    let mut publisher = Publisher::begin(database, provenance).await?;
    let transaction = publisher.transaction();
    let (_, changes) = write(transaction, registrations(transaction).await?).await?;
    EDITION.note(transaction, &digest).await?;
    publisher.record_references(changes).await?;
    publisher.finish().await?;
    Ok(true)
}

/// The digest of the file.
fn digest() -> String {
    HEXLOWER.encode(&Sha256::digest(FILE.as_bytes()))
}

async fn registrations(transaction: &DatabaseTransaction) -> Result<Vec<Registration>, DbErr> {
    let mut found = Vec::new();
    for line in LINES.iter() {
        let sort = line.reference.sort();
        let known = ids(transaction, sort, std::slice::from_ref(&line.slug)).await?;
        found.push(Registration {
            id: known.get(&line.slug).copied().unwrap_or_else(Uuid::now_v7),
            slug: line.slug.clone(),
            input: line.reference.clone(),
            resolved: Resolved::default(),
        });
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn a_change_of_the_file_raises_its_version() {
        // After a change of the file: raise the version, and write the new digest here.
        assert_eq!(
            (EDITION.version, digest().as_str()),
            (1, "dad46dcd58c2d160951973cfdc23a306dcca4ffd28fd3266f96d995b8d85e97e"),
            "an earlier version of the service must not take the change back: raise the version of EDITION"
        );
    }

    #[test]
    fn every_line_of_the_file_is_a_mechanism_or_a_treaty_that_refers_to_nothing() {
        assert_eq!(LINES.len(), FILE.lines().count());
        let mut seen = HashSet::new();
        for line in LINES.iter() {
            assert!(
                seen.insert((line.reference.sort(), line.slug.as_str())),
                "{}",
                line.slug
            );
            assert!(line.reference.citation().is_none(), "{}", line.slug);
            assert!(
                matches!(line.reference, ReferenceInput::Mechanism(_) | ReferenceInput::Treaty(_)),
                "{}",
                line.slug
            );
        }
    }
}
