//! The code that stands for somebody who just showed the provider who they are. The browser carries it to the application,
//! which gives it to `signInWithCode` or `linkExternalIdentity`.
//!
//! One-time tokens of letters ([`crate::identity::one_time`]) belong to an account; whoever comes for the first time has none
//! yet, so these have a table of their own.

use chrono::{DateTime, Duration, Utc};
use praxis_entities::openid_code;
use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter};

use super::request;
use crate::config::Secret;
use crate::identity::error::{IdentityError, Refusal};
use crate::identity::{random, truncate};

/// How long a code works: long enough to sign in with a password and link it.
const LIFETIME: Duration = Duration::minutes(5);

/// Whom a code stands for.
pub struct Person {
    /// The provider.
    pub issuer: String,
    /// How the provider names them.
    pub subject: String,
    /// Their address, where the provider verified it and it is needed.
    pub email: Option<String>,
}

/// Makes a code.
///
/// # Errors
/// Where the database is away, or the system gives no randomness.
pub async fn issue(
    connection: &impl ConnectionTrait,
    person: Person,
    challenge: Option<String>,
    now: DateTime<Utc>,
) -> Result<Secret, IdentityError> {
    let code = random::token("poc_")?;
    openid_code::Entity::insert(openid_code::ActiveModel {
        code_hash: Set(random::fingerprint(code.expose())),
        issuer: Set(person.issuer),
        subject: Set(person.subject),
        email: Set(person.email),
        challenge: Set(challenge),
        created_at: Set(truncate(now)),
        expires_at: Set(truncate(now + LIFETIME)),
    })
    .exec_without_returning(connection)
    .await?;
    Ok(code)
}

fn invalid() -> IdentityError {
    IdentityError::refused(
        Refusal::InvalidToken,
        "The code is unknown, expired or used already; sign in at the provider again for a new one.",
        &["code"],
    )
}

/// The row of a code, which stays usable. Where an application began, it must show the secret of its challenge: so nobody can
/// slip their own code to somebody else's application, or use one that they caught.
///
/// # Errors
/// `INVALID_TOKEN` where the code is unknown, expired, used, or of another provider, or the secret does not fit.
pub async fn peek(
    connection: &impl ConnectionTrait,
    code: &str,
    verifier: Option<&str>,
    issuer: &str,
    now: DateTime<Utc>,
) -> Result<openid_code::Model, IdentityError> {
    let row = openid_code::Entity::find_by_id(random::fingerprint(code))
        .one(connection)
        .await?
        .filter(|row| row.expires_at > now && row.issuer == issuer)
        .ok_or_else(invalid)?;
    if row.challenge != verifier.map(request::challenge) {
        return Err(IdentityError::refused(
            Refusal::InvalidToken,
            "The code was not asked for by this application: `verifier` must be the secret whose challenge it began with, and \
             must be left out where it began without one.",
            &["verifier"],
        ));
    }
    Ok(row)
}

/// Uses a code up.
///
/// # Errors
/// `INVALID_TOKEN` where it was used since it was looked at.
pub async fn redeem(connection: &impl ConnectionTrait, row: &openid_code::Model) -> Result<(), IdentityError> {
    let deleted = openid_code::Entity::delete_by_id(row.code_hash.clone())
        .exec(connection)
        .await?;
    // Of two at the same moment, one deletes the row.
    match deleted.rows_affected {
        1 => Ok(()),
        _ => Err(invalid()),
    }
}

/// Deletes what has expired.
///
/// # Errors
/// Where the database is away.
pub async fn prune(connection: &impl ConnectionTrait, now: DateTime<Utc>) -> Result<(), DbErr> {
    openid_code::Entity::delete_many()
        .filter(openid_code::Column::ExpiresAt.lt(truncate(now)))
        .exec(connection)
        .await?;
    Ok(())
}
