//! The sample collection: a bundle written from the customer's five source documents.

use std::io::Cursor;

use chrono::Utc;

use super::import::{Import, ImportError};
use crate::curation::publish::{Outcome, Provenance};
use crate::database::Database;
use crate::identity::Actor;
use crate::vocabulary::Vocabulary;

/// The files of the bundle, in the order of an export.
pub const FILES: [&str; 10] = [
    include_str!("../../sample/references.jsonl"),
    include_str!("../../sample/practitioners.jsonl"),
    include_str!("../../sample/organizations.jsonl"),
    include_str!("../../sample/initiatives.jsonl"),
    include_str!("../../sample/evidence.jsonl"),
    include_str!("../../sample/lessons.jsonl"),
    include_str!("../../sample/resources.jsonl"),
    include_str!("../../sample/recommendations.jsonl"),
    include_str!("../../sample/commitments.jsonl"),
    include_str!("../../sample/events.jsonl"),
];

/// Publishes the sample collection, all or nothing.
///
/// # Errors
/// Where the database refuses. The bundle itself is checked by a test.
pub async fn load(database: &Database, vocabulary: &Vocabulary) -> Result<Outcome, ImportError> {
    let import = Import {
        database,
        vocabulary,
        provenance: Provenance {
            actor: Actor::System,
            source: "sample collection".to_owned(),
            note: None,
            at: Utc::now(),
        },
        dry_run: false,
        files: None,
    };
    import.reader(Cursor::new(FILES.concat()), &mut |_| {}).await
}
