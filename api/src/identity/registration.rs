//! Signing up, and showing that the address is one's own.
//!
//! Whether an address has an account is told to nobody but its owner, by a letter: signing up is answered the same and
//! takes the same time either way.
//!
//! A letter shows who reads an address, and not which of several who signed up with it. So a password counts only as long as
//! nobody else signs up with the address before it is verified; then its reader sets a new one, whoever was first.

use std::net::IpAddr;
use std::time::Instant;

use chrono::{DateTime, Utc};
use praxis_entities::account as row;
use praxis_entities::vocabulary::{OneTimePurpose, Role};
use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait, DatabaseTransaction, DbErr, EntityTrait, QueryFilter, SqlErr};
use uuid::Uuid;

use super::account::{self, Account, NewAccount, read_display_name, read_email};
use super::audit::{self, Entry};
use super::email_address::EmailAddress;
use super::error::{IdentityError, Refusal};
use super::service::{Identity, even_out};
use super::{Actor, letters, one_time, password, throttle, truncate};
use crate::config::Secret;

/// What somebody gives who signs up.
pub struct SignUp {
    /// The e-mail address.
    pub email: String,
    /// The password.
    pub password: Secret,
    /// How the person wants to be called.
    pub display_name: String,
}

impl Identity {
    /// Makes an account that can be used once its address was verified. The letter for that is under way when this
    /// returns; where the address has an account already, its owner is told by letter instead.
    ///
    /// # Errors
    /// What is wrong with the input, or too many attempts from this network.
    pub async fn sign_up(&self, input: SignUp, network: IpAddr, now: DateTime<Utc>) -> Result<(), IdentityError> {
        let begun = Instant::now();
        let email = read_email(&input.email)?;
        let display_name = read_display_name(&input.display_name)?;
        password::check(input.password.expose(), &email, &display_name, &["password"])?;
        throttle::enter(&self.database, &[self.subjects.network(network)], now).await?;
        let result = self.register(&email, &display_name, &input.password, now).await;
        even_out(begun).await;
        result
    }

    async fn register(
        &self,
        email: &EmailAddress,
        display_name: &str,
        password: &Secret,
        now: DateTime<Utc>,
    ) -> Result<(), IdentityError> {
        // Somebody else may sign up with the address between looking and writing: then look again.
        for _ in 0..2 {
            let existing = account::by_email(self.database.read(), email).await?;
            let given = existing
                .as_ref()
                .filter(|account| account.row.email_verified_at.is_none())
                .and_then(|account| account.row.password_hash.as_deref());
            // The same work whether or not there is an account, so that its time tells nothing.
            let is_same = self.passwords.verify(password, given).await?;
            let hash = self.passwords.hash(password).await?;
            match existing {
                Some(existing) if existing.row.email_verified_at.is_some() => return self.remind(&existing, now).await,
                Some(unverified) if is_same => return self.sign_up_again(&unverified, display_name, now).await,
                Some(unverified) => return self.contest(&unverified, now).await,
                None => {
                    if self.open_unverified(email, display_name, hash, now).await? {
                        return Ok(());
                    }
                }
            }
        }
        Ok(())
    }

    /// Makes an account whose address is still to be verified. Says whether the address was free.
    async fn open_unverified(
        &self,
        email: &EmailAddress,
        display_name: &str,
        hash: String,
        now: DateTime<Utc>,
    ) -> Result<bool, IdentityError> {
        let transaction = self.database.begin().await?;
        let new = NewAccount {
            email,
            display_name,
            password_hash: Some(hash),
            verified: false,
            roles: &[],
        };
        let id = match account::insert(&transaction, new, now).await {
            Ok(id) => id,
            Err(error) if matches!(error.sql_err(), Some(SqlErr::UniqueConstraintViolation(_))) => {
                transaction.rollback().await?;
                return Ok(false);
            }
            Err(error) => return Err(error.into()),
        };
        audit::record(&transaction, Entry::of_owner(id, "ACCOUNT_CREATED", now)).await?;
        transaction.commit().await?;
        if let Some(account) = account::by_id(self.database.read(), id).await? {
            self.send_verification(&account, now).await?;
        }
        Ok(true)
    }

    /// Whoever gives the password of before signed up before: they may give another name, and get the letter again.
    async fn sign_up_again(
        &self,
        unverified: &Account,
        display_name: &str,
        now: DateTime<Utc>,
    ) -> Result<(), IdentityError> {
        let email = unverified.email();
        if !self.may_write(&email, now).await? {
            return Ok(());
        }
        let id = unverified.row.id;
        let transaction = self.database.begin().await?;
        let changed = row::Entity::update_many()
            .set(row::ActiveModel {
                display_name: Set(display_name.to_owned()),
                ..Default::default()
            })
            .filter(row::Column::Id.eq(id))
            .filter(row::Column::EmailVerifiedAt.is_null())
            .filter(row::Column::PasswordHash.eq(unverified.row.password_hash.clone()))
            .exec(&transaction)
            .await?;
        // It was verified since, or somebody else signed up with the address.
        if changed.rows_affected == 0 {
            return Ok(());
        }
        let token = one_time::issue(&transaction, id, OneTimePurpose::VerifyEmail, None, now).await?;
        audit::record(&transaction, Entry::of_owner(id, "ACCOUNT_CREATED_AGAIN", now)).await?;
        transaction.commit().await?;
        self.mailer
            .send(letters::verify(&self.settings, &email, display_name, &token));
        Ok(())
    }

    /// An address that nobody verified belongs to nobody yet, and of several who sign up with it nobody knows which one reads its
    /// letters. So none of their passwords counts, and no letter from before: the reader sets a password with the next.
    async fn contest(&self, unverified: &Account, now: DateTime<Utc>) -> Result<(), IdentityError> {
        let email = unverified.email();
        if !self.may_write(&email, now).await? {
            return Ok(());
        }
        let id = unverified.row.id;
        let transaction = self.database.begin().await?;
        let changed = row::Entity::update_many()
            .set(row::ActiveModel {
                password_hash: Set(None),
                ..Default::default()
            })
            .filter(row::Column::Id.eq(id))
            .filter(row::Column::EmailVerifiedAt.is_null())
            .exec(&transaction)
            .await?;
        // It was verified since.
        if changed.rows_affected == 0 {
            return Ok(());
        }
        one_time::end_all(&transaction, id).await?;
        let token = one_time::issue(&transaction, id, OneTimePurpose::ResetPassword, None, now).await?;
        audit::record(&transaction, Entry::of_owner(id, "ACCOUNT_CREATED_AGAIN", now)).await?;
        transaction.commit().await?;
        self.mailer.send(letters::contested(
            &self.settings,
            &email,
            &unverified.row.display_name,
            &token,
        ));
        Ok(())
    }

    /// Tells the owner of an account that somebody tried to sign up with their address.
    async fn remind(&self, existing: &Account, now: DateTime<Utc>) -> Result<(), IdentityError> {
        let transaction = self.database.begin().await?;
        let entry = Entry::about(&Actor::Anonymous, existing.row.id, "SIGN_UP_REPEATED", now);
        audit::record(&transaction, entry).await?;
        transaction.commit().await?;
        self.send_code(existing, OneTimePurpose::ResetPassword, letters::exists, now)
            .await
    }

    /// Sends a letter that verifies an address.
    pub(super) async fn send_verification(&self, account: &Account, now: DateTime<Utc>) -> Result<(), IdentityError> {
        self.send_code(account, OneTimePurpose::VerifyEmail, letters::verify, now)
            .await
    }

    /// Takes the token of the letter, after which the account can be used.
    ///
    /// # Errors
    /// `INVALID_TOKEN`.
    pub async fn verify_email(&self, token: &str, now: DateTime<Utc>) -> Result<(), IdentityError> {
        let transaction = self.database.begin().await?;
        let (_, account) = one_time::redeem(&transaction, token, OneTimePurpose::VerifyEmail, now).await?;
        mark_verified(&transaction, account.row.id, None, now).await?;
        transaction.commit().await?;
        Ok(())
    }

    /// Makes an account for somebody whom the operator knows; its address counts as verified.
    ///
    /// # Errors
    /// What is wrong with the input; `EMAIL_TAKEN` where the address has an account.
    pub async fn create(&self, input: SignUp, roles: &[Role], now: DateTime<Utc>) -> Result<Uuid, IdentityError> {
        let email = read_email(&input.email)?;
        let display_name = read_display_name(&input.display_name)?;
        password::check(input.password.expose(), &email, &display_name, &["password"])?;
        let hash = self.passwords.hash(&input.password).await?;
        let transaction = self.database.begin().await?;
        let new = NewAccount {
            email: &email,
            display_name: &display_name,
            password_hash: Some(hash),
            verified: true,
            roles,
        };
        let id = match account::insert(&transaction, new, now).await {
            Ok(id) => id,
            Err(error) if matches!(error.sql_err(), Some(SqlErr::UniqueConstraintViolation(_))) => {
                transaction.rollback().await?;
                return Err(IdentityError::refused(
                    Refusal::EmailTaken,
                    "There is an account with this address already; see `praxis user list`.",
                    &["email"],
                ));
            }
            Err(error) => return Err(error.into()),
        };
        audit::record(&transaction, Entry::about(&Actor::System, id, "ACCOUNT_CREATED", now)).await?;
        for role in roles {
            let entry = Entry::about(&Actor::System, id, "ROLE_GRANTED", now).because(role.as_str());
            audit::record(&transaction, entry).await?;
        }
        transaction.commit().await?;
        Ok(id)
    }
}

/// Writes down that the address of an account is its owner's, and how they want to be called if they say so now.
///
/// # Errors
/// Where the database is away.
pub(super) async fn mark_verified(
    transaction: &DatabaseTransaction,
    account: Uuid,
    display_name: Option<String>,
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    let mut change = row::ActiveModel {
        email_verified_at: Set(Some(truncate(now))),
        ..Default::default()
    };
    if let Some(name) = display_name {
        change.display_name = Set(name);
    }
    row::Entity::update_many()
        .set(change)
        .filter(row::Column::Id.eq(account))
        .exec(transaction)
        .await?;
    audit::record(transaction, Entry::of_owner(account, "EMAIL_VERIFIED", now)).await
}
