//! Sessions: signing in, refreshing, signing out.
//!
//! A session is the family of refresh tokens that one sign-in began. Each token works once and is replaced by the next.
//! One that comes a second time was copied by somebody, and nobody can tell which of the two is its owner, so the whole
//! session ends.

use std::net::IpAddr;
use std::time::Instant;

use chrono::{DateTime, Utc};
use praxis_entities::vocabulary::SessionEnd;
use praxis_entities::{account as account_row, refresh_token, session};
use sea_orm::ActiveValue::Set;
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, DbErr, EntityTrait, ExprTrait, QueryFilter, QuerySelect,
};
use uuid::Uuid;

use super::account::{self, Account};
use super::audit::{self, Entry};
use super::email_address::EmailAddress;
use super::error::{IdentityError, Refusal};
use super::service::{Identity, even_out};
use super::token::{self, AccessToken};
use super::{Actor, SignedIn, letters, password, random, remit, throttle, truncate};
use crate::config::Secret;

/// What somebody gives who signs in.
pub struct SignIn {
    /// The e-mail address.
    pub email: String,
    /// The password.
    pub password: Secret,
    /// The code of the second factor.
    pub totp: Option<String>,
}

/// A session with fresh tokens.
pub struct OpenSession {
    /// The access token.
    pub access: AccessToken,
    /// The refresh token.
    pub refresh: Secret,
    /// The account, and the roles in force.
    pub account: Account,
    /// The roles in force.
    pub signed_in: SignedIn,
}

impl Identity {
    /// Signs somebody in. A wrong address, a wrong password and an address that was not verified are answered the same.
    ///
    /// # Errors
    /// `INVALID_CREDENTIALS`, `TOO_MANY_ATTEMPTS`, `TOTP_REQUIRED`, `TOTP_INVALID`, `ACCOUNT_SUSPENDED`.
    pub async fn sign_in(
        self: &std::sync::Arc<Self>,
        input: SignIn,
        network: IpAddr,
        now: DateTime<Utc>,
    ) -> Result<OpenSession, IdentityError> {
        let begun = Instant::now();
        let result = self.check_credentials(input, network, now).await;
        match result {
            Ok(account) => self.open_session(account, now).await,
            Err(error) => {
                even_out(begun).await;
                Err(error)
            }
        }
    }

    async fn check_credentials(
        self: &std::sync::Arc<Self>,
        input: SignIn,
        network: IpAddr,
        now: DateTime<Utc>,
    ) -> Result<Account, IdentityError> {
        let invalid = || {
            IdentityError::refused(
                Refusal::InvalidCredentials,
                "Address and password do not belong together, or the address was not verified yet: then follow the \
                 letter that was sent to it.",
                &[],
            )
        };
        let email = EmailAddress::parse(&input.email).ok_or_else(invalid)?;
        let subjects = [self.subjects.address(&email), self.subjects.network(network)];
        throttle::enter(&self.database, &subjects, now).await?;
        let account = account::by_email(self.database.read(), &email).await?;
        let hash = account
            .as_ref()
            .and_then(|account| account.row.password_hash.as_deref());
        let fits = self.passwords.verify(&input.password, hash).await?;
        let account = account.filter(|_| fits).ok_or_else(invalid)?;
        if account.row.email_verified_at.is_none() {
            let identity = self.clone();
            tokio::spawn(async move {
                if let Err(error) = identity.send_verification(&account, now).await {
                    tracing::warn!(%error, "a letter could not be prepared");
                }
            });
            return Err(invalid());
        }
        if account.row.suspended_at.is_some() {
            throttle::refund(&self.database, &subjects).await?;
            return Err(suspended());
        }
        if account.has_totp() {
            let Some(code) = input.totp.filter(|code| !code.trim().is_empty()) else {
                // The password alone must not forgive wrong codes.
                throttle::refund(&self.database, &subjects).await?;
                return Err(IdentityError::refused(
                    Refusal::TotpRequired,
                    "This account has a second factor: give the code that your authenticator application shows.",
                    &["totp"],
                ));
            };
            self.use_totp(&account, &code, now).await?;
        }
        throttle::forgive(&self.database, &subjects).await?;
        self.renew_hash(&account, &input.password).await?;
        Ok(account)
    }

    /// Hashes a password with the parameters of today, if it was hashed with others.
    async fn renew_hash(&self, account: &Account, password: &Secret) -> Result<(), IdentityError> {
        let outdated = account.row.password_hash.as_deref().is_some_and(password::is_outdated);
        if outdated {
            let hash = self.passwords.hash(password).await?;
            let transaction = self.database.begin().await?;
            account_row::Entity::update_many()
                .set(account_row::ActiveModel {
                    password_hash: Set(Some(hash)),
                    ..Default::default()
                })
                .filter(account_row::Column::Id.eq(account.row.id))
                .filter(account_row::Column::PasswordHash.eq(account.row.password_hash.clone()))
                .exec(&transaction)
                .await?;
            transaction.commit().await?;
        }
        Ok(())
    }

    /// Opens a session for somebody who showed who they are.
    ///
    /// # Errors
    /// `ACCOUNT_SUSPENDED`.
    pub(super) async fn open_session(
        &self,
        account: Account,
        now: DateTime<Utc>,
    ) -> Result<OpenSession, IdentityError> {
        let id = Uuid::now_v7();
        let transaction = self.database.begin().await?;
        // It may have been suspended or deleted since it was read.
        let read = account;
        let account = account::by_id_locked(&transaction, read.row.id)
            .await?
            .filter(|account| account.row.deleted_at.is_none() && account.row.suspended_at.is_none())
            .ok_or_else(suspended)?;
        session::Entity::insert(session::ActiveModel {
            id: Set(id),
            account_id: Set(account.row.id),
            created_at: Set(truncate(now)),
            refreshed_at: Set(truncate(now)),
            expires_at: Set(truncate(now + self.settings.refresh_token)),
            ended_at: Set(None),
            end_reason: Set(None),
        })
        .exec_without_returning(&transaction)
        .await?;
        let refresh = issue_refresh(&transaction, id, now).await?;
        transaction.commit().await?;
        self.give(account, id, refresh, now).await
    }

    async fn give(
        &self,
        account: Account,
        session: Uuid,
        refresh: Secret,
        now: DateTime<Utc>,
    ) -> Result<OpenSession, IdentityError> {
        let id = account.row.id;
        // After the version of the grants, so that limits that are newer come with a token that is soon refused.
        let roles = account.roles_in_force(&self.settings);
        let remit = remit::rows::remit_of(self.database.read(), id, &roles).await?;
        let signed_in = SignedIn {
            account: id,
            session,
            roles,
            remit,
        };
        let version = account.row.grants_version;
        Ok(OpenSession {
            access: token::issue(&self.keys, &self.settings, &signed_in, version, now)?,
            refresh,
            account,
            signed_in,
        })
    }

    /// Uses a refresh token up for new tokens.
    ///
    /// # Errors
    /// `INVALID_REFRESH_TOKEN`, `REFRESH_TOKEN_REUSED`, `ACCOUNT_SUSPENDED`.
    pub async fn refresh(&self, token: &str, now: DateTime<Utc>) -> Result<OpenSession, IdentityError> {
        let hash = random::fingerprint(token);
        let transaction = self.database.begin().await?;
        let row = refresh_token::Entity::find_by_id(hash.clone())
            .one(&transaction)
            .await?
            .ok_or_else(invalid_refresh)?;
        let session = session::Entity::find_by_id(row.session_id)
            .one(&transaction)
            .await?
            .ok_or_else(invalid_refresh)?;
        // Of two at the same moment, one finds it unused.
        let used = refresh_token::Entity::update_many()
            .set(refresh_token::ActiveModel {
                used_at: Set(Some(truncate(now))),
                ..Default::default()
            })
            .filter(refresh_token::Column::Hash.eq(hash))
            .filter(refresh_token::Column::UsedAt.is_null())
            .exec(&transaction)
            .await?;
        if used.rows_affected == 0 {
            return Err(self.end_reused(transaction, session, now).await?);
        }
        if session.ended_at.is_some() || session.expires_at <= now {
            return Err(invalid_refresh());
        }
        let account = account::by_id_locked(&transaction, session.account_id)
            .await?
            .filter(|account| account.row.deleted_at.is_none())
            .ok_or_else(invalid_refresh)?;
        if account.row.suspended_at.is_some() {
            return Err(suspended());
        }
        // Its end may be under way in another transaction: then this one changes nothing.
        let extended = session::Entity::update_many()
            .set(session::ActiveModel {
                refreshed_at: Set(truncate(now)),
                expires_at: Set(truncate(now + self.settings.refresh_token)),
                ..Default::default()
            })
            .filter(session::Column::Id.eq(session.id))
            .filter(session::Column::EndedAt.is_null())
            .exec(&transaction)
            .await?;
        if extended.rows_affected == 0 {
            return Err(invalid_refresh());
        }
        let refresh = issue_refresh(&transaction, session.id, now).await?;
        transaction.commit().await?;
        self.give(account, session.id, refresh, now).await
    }

    /// Ends the session of a refresh token that was used before, tells its owner, and gives the error that says so.
    async fn end_reused(
        &self,
        transaction: DatabaseTransaction,
        session: session::Model,
        now: DateTime<Utc>,
    ) -> Result<IdentityError, IdentityError> {
        if session.ended_at.is_none() {
            end(&transaction, session.id, SessionEnd::RefreshTokenReused).await?;
            let entry = Entry::about(&Actor::Anonymous, session.account_id, "SESSION_ENDED", now)
                .because("a refresh token was used twice");
            audit::record(&transaction, entry).await?;
        }
        let account = account::by_id(&transaction, session.account_id).await?;
        transaction.commit().await?;
        self.revocations.end([session.id]);
        if let Some(account) = account.filter(|_| session.ended_at.is_none()) {
            let what = "A session of yours was ended, because a token of it was used twice: somebody may have \
                        copied it. Sign in again.";
            self.mailer
                .send(letters::changed(&account.email(), &account.row.display_name, what));
        }
        Ok(IdentityError::refused(
            Refusal::RefreshTokenReused,
            "This refresh token was used before, so its session was ended; sign in again.",
            &["refreshToken"],
        ))
    }

    /// Ends the session of a refresh token. An unknown token ends nothing, and is not told apart.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn sign_out(&self, token: &str) -> Result<(), IdentityError> {
        let transaction = self.database.begin().await?;
        let row = refresh_token::Entity::find_by_id(random::fingerprint(token))
            .one(&transaction)
            .await?;
        let Some(row) = row else {
            return Ok(());
        };
        end(&transaction, row.session_id, SessionEnd::SignedOut).await?;
        transaction.commit().await?;
        self.revocations.end([row.session_id]);
        Ok(())
    }

    /// Ends all sessions of somebody who is signed in, this one as well.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn sign_out_everywhere(&self, account: Uuid, now: DateTime<Utc>) -> Result<(), IdentityError> {
        let transaction = self.database.begin().await?;
        let ended = end_all(&transaction, account, None, SessionEnd::SignedOutEverywhere).await?;
        audit::record(&transaction, Entry::of_owner(account, "SIGNED_OUT_EVERYWHERE", now)).await?;
        transaction.commit().await?;
        self.revocations.end(ended);
        Ok(())
    }
}

fn invalid_refresh() -> IdentityError {
    IdentityError::refused(
        Refusal::InvalidRefreshToken,
        "The refresh token is unknown, or its session has ended or expired; sign in again.",
        &["refreshToken"],
    )
}

/// The answer to whoever may not sign in for the time being.
pub(super) fn suspended() -> IdentityError {
    IdentityError::refused(
        Refusal::AccountSuspended,
        "This account is suspended; ask the people who run the service.",
        &[],
    )
}

async fn issue_refresh(
    connection: &impl ConnectionTrait,
    session: Uuid,
    now: DateTime<Utc>,
) -> Result<Secret, IdentityError> {
    let token = random::token("prt_")?;
    refresh_token::Entity::insert(refresh_token::ActiveModel {
        hash: Set(random::fingerprint(token.expose())),
        session_id: Set(session),
        issued_at: Set(truncate(now)),
        used_at: Set(None),
    })
    .exec_without_returning(connection)
    .await?;
    Ok(token)
}

async fn end(connection: &impl ConnectionTrait, session: Uuid, reason: SessionEnd) -> Result<(), DbErr> {
    session::Entity::update_many()
        .set(session::ActiveModel {
            // Not the request's start: other processes look for ends by their time.
            ended_at: Set(Some(truncate(Utc::now()))),
            end_reason: Set(Some(reason)),
            ..Default::default()
        })
        .filter(session::Column::Id.eq(session))
        .filter(session::Column::EndedAt.is_null())
        .exec(connection)
        .await?;
    Ok(())
}

/// Ends all sessions of an account but one, and gives their ids, to be told to the revocations after the commit. The time of
/// their end is that of the writing and not that of the request's start, since other processes look for it by its time.
///
/// # Errors
/// Where the database is away.
pub async fn end_all(
    connection: &impl ConnectionTrait,
    account: Uuid,
    except: Option<Uuid>,
    reason: SessionEnd,
) -> Result<Vec<Uuid>, DbErr> {
    let mut open = session::Entity::find()
        .select_only()
        .column(session::Column::Id)
        .filter(session::Column::AccountId.eq(account))
        .filter(session::Column::EndedAt.is_null());
    if let Some(except) = except {
        open = open.filter(session::Column::Id.ne(except));
    }
    let ids: Vec<Uuid> = open.into_tuple().all(connection).await?;
    if !ids.is_empty() {
        session::Entity::update_many()
            .set(session::ActiveModel {
                ended_at: Set(Some(truncate(Utc::now()))),
                end_reason: Set(Some(reason)),
                ..Default::default()
            })
            .filter(session::Column::Id.is_in(ids.iter().copied()))
            .filter(session::Column::EndedAt.is_null())
            .exec(connection)
            .await?;
    }
    Ok(ids)
}

/// Deletes sessions that ended or expired more than 30 days ago, with their refresh tokens.
///
/// # Errors
/// Where the database is away.
pub async fn prune(connection: &impl ConnectionTrait, now: DateTime<Utc>) -> Result<(), DbErr> {
    let before = truncate(now - chrono::Duration::days(30));
    session::Entity::delete_many()
        .filter(
            session::Column::EndedAt
                .lt(before)
                .or(session::Column::ExpiresAt.lt(before)),
        )
        .exec(connection)
        .await?;
    Ok(())
}
