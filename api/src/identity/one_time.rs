//! One-time tokens: what a letter carries to show that its reader has the address.

use chrono::{DateTime, Duration, Utc};
use praxis_entities::one_time_token;
use praxis_entities::vocabulary::OneTimePurpose;
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Query, SelectStatement};
use sea_orm::{ColumnTrait, ConnectionTrait, DatabaseTransaction, DbErr, EntityTrait, QueryFilter};
use uuid::Uuid;

use super::account::{self, Account};
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

/// Makes a token, for a letter that will go. Earlier ones of the account for the same purpose end.
///
/// # Errors
/// Where the database is away.
pub async fn issue(
    transaction: &DatabaseTransaction,
    account: Uuid,
    purpose: OneTimePurpose,
    email: Option<String>,
    now: DateTime<Utc>,
) -> Result<Secret, IdentityError> {
    end(transaction, account, purpose).await?;
    let token = random::token("pot_")?;
    one_time_token::Entity::insert(one_time_token::ActiveModel {
        hash: Set(random::fingerprint(token.expose())),
        account_id: Set(account),
        purpose: Set(purpose),
        email: Set(email),
        created_at: Set(truncate(now)),
        expires_at: Set(truncate(now + lifetime(purpose))),
    })
    .exec_without_returning(transaction)
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

/// Uses a token up, and gives its row and its account, whose row is locked until the transaction ends.
///
/// # Errors
/// `INVALID_TOKEN` where it is unknown, expired, used, or for something else.
pub async fn redeem(
    transaction: &DatabaseTransaction,
    token: &str,
    purpose: OneTimePurpose,
    now: DateTime<Utc>,
) -> Result<(one_time_token::Model, Account), IdentityError> {
    let row = peek(transaction, token, purpose, now).await?;
    // The account before its tokens, as everywhere, so that two can't wait for each other's rows.
    let account = account::by_id_locked(transaction, row.account_id)
        .await?
        .filter(|account| account.row.deleted_at.is_none())
        .ok_or_else(invalid)?;
    let deleted = one_time_token::Entity::delete_by_id(row.hash.clone())
        .exec(transaction)
        .await?;
    // Of two at the same moment, one deletes the row.
    if deleted.rows_affected == 1 {
        Ok((row, account))
    } else {
        Err(invalid())
    }
}

/// Ends the tokens of an account for one purpose, and locks the account's row until the transaction ends.
///
/// # Errors
/// Where the database is away.
pub async fn end(transaction: &DatabaseTransaction, account: Uuid, purpose: OneTimePurpose) -> Result<(), DbErr> {
    account::by_id_locked(transaction, account).await?;
    one_time_token::Entity::delete_many()
        .filter(one_time_token::Column::AccountId.eq(account))
        .filter(one_time_token::Column::Purpose.eq(purpose))
        .exec(transaction)
        .await?;
    Ok(())
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

/// The accounts that have tokens.
pub fn accounts() -> SelectStatement {
    Query::select()
        .column(one_time_token::Column::AccountId)
        .from(one_time_token::Entity)
        .take()
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
