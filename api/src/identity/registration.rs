//! Signing up, and showing that the address is one's own.
//!
//! Whether an address has an account is told to nobody but its owner, by a letter: signing up is answered the same and
//! takes the same time either way.

use std::net::IpAddr;
use std::time::Instant;

use chrono::{DateTime, Utc};
use praxis_entities::account as row;
use praxis_entities::vocabulary::{OneTimePurpose, Role};
use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, SqlErr};
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
        let hash = self.passwords.hash(&input.password).await?;
        let result = self.register(&email, &display_name, hash, now).await;
        even_out(begun).await;
        result
    }

    async fn register(
        &self,
        email: &EmailAddress,
        display_name: &str,
        hash: String,
        now: DateTime<Utc>,
    ) -> Result<(), IdentityError> {
        match account::by_email(self.database.read(), email).await? {
            Some(existing) if existing.row.email_verified_at.is_some() => self.remind(&existing, now).await,
            Some(unverified) => {
                self.sign_up_again(unverified.row.id, email, display_name, hash, now)
                    .await
            }
            None => {
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
                    // Somebody else signed up with the address at this moment.
                    Err(error) if matches!(error.sql_err(), Some(SqlErr::UniqueConstraintViolation(_))) => {
                        transaction.rollback().await?;
                        return Ok(());
                    }
                    Err(error) => return Err(error.into()),
                };
                audit::record(&transaction, Entry::of_owner(id, "ACCOUNT_CREATED", now)).await?;
                transaction.commit().await?;
                match account::by_id(self.database.read(), id).await? {
                    Some(account) => self.send_verification(&account, now).await,
                    None => Ok(()),
                }
            }
        }
    }

    /// An address that nobody verified belongs to nobody yet: the last who signed up with it sets the password.
    async fn sign_up_again(
        &self,
        id: Uuid,
        email: &EmailAddress,
        display_name: &str,
        hash: String,
        now: DateTime<Utc>,
    ) -> Result<(), IdentityError> {
        if !self.may_write(email, now).await? {
            return Ok(());
        }
        let transaction = self.database.begin().await?;
        row::Entity::update_many()
            .set(row::ActiveModel {
                password_hash: Set(Some(hash)),
                display_name: Set(display_name.to_owned()),
                ..Default::default()
            })
            .filter(row::Column::Id.eq(id))
            .filter(row::Column::EmailVerifiedAt.is_null())
            .exec(&transaction)
            .await?;
        let token = one_time::issue(&transaction, id, OneTimePurpose::VerifyEmail, None, now).await?;
        audit::record(&transaction, Entry::of_owner(id, "ACCOUNT_CREATED_AGAIN", now)).await?;
        transaction.commit().await?;
        let letter = letters::verify(&self.settings, email, display_name, &token);
        self.mailer.send(letter);
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
        let id = account.row.id;
        row::Entity::update_many()
            .set(row::ActiveModel {
                email_verified_at: Set(Some(truncate(now))),
                ..Default::default()
            })
            .filter(row::Column::Id.eq(id))
            .exec(&transaction)
            .await?;
        audit::record(&transaction, Entry::of_owner(id, "EMAIL_VERIFIED", now)).await?;
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
