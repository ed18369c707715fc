//! Makes changes to the audit log evident.
//!
//! A seal covers the entries that were written since the last one, and the seal before it: its hash is SHA-256 over the
//! hash of the seal before, its own number, and the digests of its entries in their order. Whoever changes, adds or takes
//! away a sealed entry breaks its seal; whoever mends that seal breaks every later one. The last hash, noted elsewhere,
//! therefore vouches for the whole log. Reasons count by their salted digests, so that a reason can be erased.
//!
//! Entries are sealed a few seconds after their transaction, by whichever process comes first: taking a place in the chain
//! within each transaction would make all writers wait for each other.

use chrono::{DateTime, SecondsFormat, Utc};
use data_encoding::HEXLOWER;
use praxis_entities::{audit_entry, audit_seal};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect, SqlErr,
};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::database::Database;
use crate::identity::audit::digest_of_reason;
use crate::identity::truncate;

/// Most entries under one seal.
const ENTRIES: u64 = 500;

/// The hash before the first seal.
const BEGINNING: &str = "praxis audit log";

/// Seals what is not sealed yet and gives how many entries that was. Of two processes that seal at the same time one is
/// refused by the key of the seal; it leaves the rest for later.
///
/// # Errors
/// Where the database is away.
pub async fn seal(database: &Database, now: DateTime<Utc>) -> Result<usize, DbErr> {
    let mut sealed = 0;
    while !unsealed(database.read(), 1).await?.is_empty() {
        let transaction = database.begin().await?;
        let entries = unsealed(&transaction, ENTRIES).await?;
        let last = audit_seal::Entity::find()
            .order_by_desc(audit_seal::Column::Number)
            .one(&transaction)
            .await?;
        let number = last.as_ref().map_or(1, |last| last.number + 1);
        let before = last.as_ref().map_or(BEGINNING, |last| last.hash.as_str());
        if entries.is_empty() {
            break;
        }
        let insert = audit_seal::Entity::insert(audit_seal::ActiveModel {
            number: Set(number),
            entries: Set(i32::try_from(entries.len()).unwrap_or(i32::MAX)),
            hash: Set(hash(before, number, &entries)),
            sealed_at: Set(truncate(now)),
        });
        match insert.exec_without_returning(&transaction).await {
            Ok(_) => {}
            // Another process set this seal first.
            Err(error) if matches!(error.sql_err(), Some(SqlErr::UniqueConstraintViolation(_))) => break,
            Err(error) => return Err(error),
        }
        let ids: Vec<Uuid> = entries.iter().map(|entry| entry.id).collect();
        let done = audit_entry::Entity::update_many()
            .col_expr(audit_entry::Column::Seal, Expr::value(number))
            .filter(audit_entry::Column::Id.is_in(ids))
            .filter(audit_entry::Column::Seal.is_null())
            .exec(&transaction)
            .await?;
        if done.rows_affected != entries.len() as u64 {
            // Another process sealed some of them in the meantime.
            transaction.rollback().await?;
            break;
        }
        transaction.commit().await?;
        sealed += entries.len();
    }
    Ok(sealed)
}

async fn unsealed(connection: &impl ConnectionTrait, limit: u64) -> Result<Vec<audit_entry::Model>, DbErr> {
    audit_entry::Entity::find()
        .filter(audit_entry::Column::Seal.is_null())
        // As the index has it. By the id alone, PostgreSQL walks the whole log while its statistics are of before the last seals.
        .order_by_asc(audit_entry::Column::Seal)
        .order_by_asc(audit_entry::Column::Id)
        .limit(limit)
        .all(connection)
        .await
}

fn hash(before: &str, number: i64, entries: &[audit_entry::Model]) -> String {
    let mut hash = Sha256::new();
    hash.update(before.as_bytes());
    hash.update(number.to_be_bytes());
    for entry in entries {
        hash.update(digest(entry));
    }
    HEXLOWER.encode(&hash.finalize())
}

/// The digest of an entry. Each part is preceded by its length, so that no two entries have the same parts.
fn digest(entry: &audit_entry::Model) -> [u8; 32] {
    let number = |value: Option<i32>| value.map(|value| value.to_string());
    let parts = [
        Some(entry.id.to_string()),
        Some(entry.occurred_at.to_rfc3339_opts(SecondsFormat::Micros, true)),
        Some(entry.actor.clone()),
        Some(entry.action.clone()),
        entry.content_id.map(|id| id.to_string()),
        number(entry.revision_before),
        number(entry.revision_after),
        entry.reason_digest.clone(),
        Some(entry.source.clone()),
        entry.subject.clone(),
    ];
    let mut hash = Sha256::new();
    for part in parts {
        match part {
            Some(text) => {
                hash.update([1]);
                hash.update((text.len() as u64).to_be_bytes());
                hash.update(text.as_bytes());
            }
            None => hash.update([0]),
        }
    }
    hash.finalize().into()
}

/// What a look at the whole chain gave.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    /// How many entries are sealed.
    pub sealed: u64,
    /// How many wait for their seal.
    pub waiting: u64,
    /// How many reasons were erased.
    pub erased: u64,
    /// The last hash, which vouches for all.
    pub last: Option<String>,
    /// What does not fit.
    pub broken: Vec<String>,
}

/// Most things that are told of a broken log; the first ones lead to the rest.
const TOLD: usize = 20;

/// Verifies every seal. Reads the log once, seal by seal.
///
/// # Errors
/// Where the database is away.
pub async fn verify(connection: &impl ConnectionTrait) -> Result<Verdict, DbErr> {
    let mut verdict = Verdict::default();
    let mut before = BEGINNING.to_owned();
    let mut expected = 1;
    loop {
        let seals = audit_seal::Entity::find()
            .filter(audit_seal::Column::Number.gte(expected))
            .order_by_asc(audit_seal::Column::Number)
            .limit(100)
            .all(connection)
            .await?;
        if seals.is_empty() {
            break;
        }
        for seal in seals {
            if seal.number != expected {
                verdict.broken(format!("seal {expected} is missing"));
            }
            let entries = audit_entry::Entity::find()
                .filter(audit_entry::Column::Seal.eq(seal.number))
                .order_by_asc(audit_entry::Column::Id)
                .all(connection)
                .await?;
            if entries.len() as u64 != u64::try_from(seal.entries).unwrap_or(0) {
                verdict.broken(format!(
                    "seal {} covers {} entries, but there are {}",
                    seal.number,
                    seal.entries,
                    entries.len()
                ));
            } else if hash(&before, seal.number, &entries) != seal.hash {
                verdict.broken(format!(
                    "seal {} of {} does not fit: one of its {} entries, or a seal before it, was changed",
                    seal.number,
                    seal.sealed_at.to_rfc3339_opts(SecondsFormat::Secs, true),
                    seal.entries
                ));
            }
            for entry in &entries {
                verdict.check_reason(entry);
            }
            verdict.sealed += entries.len() as u64;
            expected = seal.number + 1;
            before = seal.hash;
        }
    }
    if expected > 1 {
        verdict.last = Some(before);
    }
    let beyond = audit_entry::Entity::find()
        .filter(audit_entry::Column::Seal.gte(expected))
        .count(connection)
        .await?;
    if beyond > 0 {
        verdict.broken(format!("the seal of {beyond} entries is missing"));
    }
    verdict.waiting = audit_entry::Entity::find()
        .filter(audit_entry::Column::Seal.is_null())
        .count(connection)
        .await?;
    Ok(verdict)
}

impl Verdict {
    fn broken(&mut self, what: String) {
        if self.broken.len() < TOLD {
            self.broken.push(what);
        }
    }

    fn check_reason(&mut self, entry: &audit_entry::Model) {
        match (&entry.reason, &entry.reason_salt, &entry.reason_digest) {
            (Some(reason), Some(salt), Some(digest)) if digest_of_reason(salt, reason) == *digest => {}
            (None, None, Some(_)) => self.erased += 1,
            (None, None, None) => {}
            _ => self.broken(format!("the reason of entry {} was changed", entry.id)),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn entry(actor: String, subject: Option<String>) -> audit_entry::Model {
        audit_entry::Model {
            id: Uuid::nil(),
            occurred_at: DateTime::UNIX_EPOCH,
            actor,
            action: String::new(),
            content_id: None,
            revision_before: None,
            revision_after: None,
            reason: None,
            source: String::new(),
            subject,
            reason_salt: None,
            reason_digest: None,
            seal: None,
        }
    }

    proptest! {
        #[test]
        fn entries_that_differ_have_digests_that_differ(
            one in (".{0,8}", prop::option::of(".{0,8}")),
            two in (".{0,8}", prop::option::of(".{0,8}")),
        ) {
            let (first, second) = (entry(one.0, one.1), entry(two.0, two.1));
            prop_assert_eq!(first == second, digest(&first) == digest(&second));
        }
    }

    #[test]
    fn a_seal_depends_on_the_one_before_it_and_on_the_order_of_its_entries() {
        let (one, two) = (entry("a".to_owned(), None), entry("b".to_owned(), None));
        let there = hash("x", 1, &[one.clone(), two.clone()]);
        assert_ne!(there, hash("x", 1, &[two.clone(), one.clone()]));
        assert_ne!(there, hash("y", 1, &[one.clone(), two.clone()]));
        assert_ne!(there, hash("x", 2, &[one, two]));
    }
}
