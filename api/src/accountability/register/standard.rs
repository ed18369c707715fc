//! The mechanisms and treaties that come with the service, `api/vocabulary/references.jsonl`.

use std::sync::LazyLock;

use sea_orm::{DatabaseTransaction, DbErr};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::{ReferenceInput, Registration, Resolved, ids, write};
use crate::database::{Database, read_setting, write_setting};

/// The setting that holds the digest of the file that the database is in step with.
const SETTING: &str = "references.digest";
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

/// Brings the database in step with the file, and says whether anything was to be done.
///
/// # Errors
/// Where the database refuses.
pub async fn load(database: &Database) -> Result<bool, DbErr> {
    let digest = format!("{:x}", Sha256::digest(FILE.as_bytes()));
    if read_setting(database.read(), SETTING).await? == Some(digest.clone()) {
        return Ok(false);
    }
    let transaction = database.begin().await?;
    write(&transaction, registrations(&transaction).await?).await?;
    write_setting(&transaction, SETTING, &digest).await?;
    transaction.commit().await?;
    Ok(true)
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
