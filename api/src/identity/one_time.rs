//! One-time tokens: what a letter carries to show that its reader has the address.

use chrono::{DateTime, Duration, Utc};
use praxis_entities::one_time_token;
use praxis_entities::vocabulary::OneTimePurpose;
use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter};
use uuid::Uuid;

use super::error::{IdentityError, Refusal};
use super::{random, truncate};
use crate::config::Secret;

/// How long a token works.
fn lifetime(purpose: OneTimePurpose) -> Duration {
    match purpose {
        OneTimePurpose::VerifyEmail => Duration::days(2),
        OneTimePurpose::ResetPassword | OneTimePurpose::ChangeEmail => Duration::hours(1),
    }
}

/// Makes a token. Earlier ones of the account for the same purpose end.
///
/// # Errors
/// Where the database is away.
pub async fn issue(
    connection: &impl ConnectionTrait,
    account: Uuid,
    purpose: OneTimePurpose,
    email: Option<String>,
    now: DateTime<Utc>,
) -> Result<Secret, IdentityError> {
    one_time_token::Entity::delete_many()
        .filter(one_time_token::Column::AccountId.eq(account))
        .filter(one_time_token::Column::Purpose.eq(purpose))
        .exec(connection)
        .await?;
    let token = random::token("pot_")?;
    one_time_token::Entity::insert(one_time_token::ActiveModel {
        hash: Set(random::fingerprint(token.expose())),
        account_id: Set(account),
        purpose: Set(purpose),
        email: Set(email),
        created_at: Set(truncate(now)),
        expires_at: Set(truncate(now + lifetime(purpose))),
    })
    .exec_without_returning(connection)
    .await?;
    Ok(token)
}

/// The answer to a token that does not work.
pub fn invalid() -> IdentityError {
    IdentityError::refused(
        Refusal::InvalidToken,
        "The code is unknown, expired or used already; ask for a new one.",
        &["token"],
    )
}

/// The row of a token, which stays usable.
///
/// # Errors
/// `INVALID_TOKEN` where it is unknown, expired, used, or for something else.
pub async fn peek(
    connection: &impl ConnectionTrait,
    token: &str,
    purpose: OneTimePurpose,
    now: DateTime<Utc>,
) -> Result<one_time_token::Model, IdentityError> {
    one_time_token::Entity::find_by_id(random::fingerprint(token))
        .one(connection)
        .await?
        .filter(|row| row.purpose == purpose && row.expires_at > now)
        .ok_or_else(invalid)
}

/// Uses a token up and gives its row.
///
/// # Errors
/// `INVALID_TOKEN` where it is unknown, expired, used, or for something else.
pub async fn redeem(
    connection: &impl ConnectionTrait,
    token: &str,
    purpose: OneTimePurpose,
    now: DateTime<Utc>,
) -> Result<one_time_token::Model, IdentityError> {
    let row = peek(connection, token, purpose, now).await?;
    let deleted = one_time_token::Entity::delete_by_id(row.hash.clone())
        .exec(connection)
        .await?;
    // Of two at the same moment, one deletes the row.
    if deleted.rows_affected == 1 {
        Ok(row)
    } else {
        Err(invalid())
    }
}

/// Ends all tokens of an account.
///
/// # Errors
/// Where the database is away.
pub async fn end_all(connection: &impl ConnectionTrait, account: Uuid) -> Result<(), DbErr> {
    one_time_token::Entity::delete_many()
        .filter(one_time_token::Column::AccountId.eq(account))
        .exec(connection)
        .await?;
    Ok(())
}

/// Deletes what has expired.
///
/// # Errors
/// Where the database is away.
pub async fn prune(connection: &impl ConnectionTrait, now: DateTime<Utc>) -> Result<(), DbErr> {
    one_time_token::Entity::delete_many()
        .filter(one_time_token::Column::ExpiresAt.lt(truncate(now)))
        .exec(connection)
        .await?;
    Ok(())
}
