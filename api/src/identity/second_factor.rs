//! The second factor of an account: enrolling, confirming, using and removing it.

use chrono::{DateTime, Utc};
use praxis_entities::account as row;
use praxis_entities::vocabulary::SessionEnd;
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::ExprTrait;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use uuid::Uuid;

use super::account::{self, Account};
use super::audit::{self, Entry};
use super::error::{IdentityError, Refusal};
use super::grants::raise_version;
use super::seal::purpose;
use super::service::Identity;
use super::{SignedIn, letters, session, throttle, totp, truncate};
use crate::config::Secret;

/// What an authenticator application needs.
pub struct Enrolment {
    /// The secret, to be typed.
    pub secret: Secret,
    /// The `otpauth` address, to be shown as a picture.
    pub address: Secret,
}

fn wrong_code(path: &str) -> IdentityError {
    IdentityError::refused(
        Refusal::TotpInvalid,
        "The code is wrong, too old or used already; give the one that your application shows now.",
        &[path],
    )
}

impl Identity {
    /// The account of somebody who is signed in.
    pub(super) async fn own(&self, account: Uuid) -> Result<Account, IdentityError> {
        account::by_id(self.database.read(), account)
            .await?
            .filter(|account| account.row.deleted_at.is_none())
            .ok_or_else(|| IdentityError::Cryptography("a session has no account"))
    }

    /// Uses a code of the second factor up.
    pub(super) async fn use_totp(
        &self,
        account: &Account,
        code: &str,
        now: DateTime<Utc>,
    ) -> Result<(), IdentityError> {
        let id = account.row.id;
        let sealed = account.row.totp_secret.as_deref().unwrap_or_default();
        let secret = self.seal.open(&purpose::second_factor(id), sealed)?;
        let step =
            totp::matching_step(&secret, code, now, account.row.totp_last_step).ok_or_else(|| wrong_code("totp"))?;
        let transaction = self.database.begin().await?;
        // Of two with the same code at the same moment, one finds the step unused.
        let used = row::Entity::update_many()
            .set(row::ActiveModel {
                totp_last_step: Set(Some(step)),
                ..Default::default()
            })
            .filter(row::Column::Id.eq(id))
            .filter(
                row::Column::TotpLastStep
                    .is_null()
                    .or(row::Column::TotpLastStep.lt(step)),
            )
            .exec(&transaction)
            .await?;
        transaction.commit().await?;
        if used.rows_affected == 0 {
            return Err(wrong_code("totp"));
        }
        Ok(())
    }

    /// Makes a secret for the second factor, which comes into force when a code of it is confirmed.
    ///
    /// # Errors
    /// `WRONG_PASSWORD`, `TOO_MANY_ATTEMPTS`, `TOTP_ALREADY_ENROLLED`.
    pub async fn enrol_totp(
        &self,
        signed_in: &SignedIn,
        password: &Secret,
        now: DateTime<Utc>,
    ) -> Result<Enrolment, IdentityError> {
        let account = self.own(signed_in.account).await?;
        self.confirm_password(&account, password, now).await?;
        let id = account.row.id;
        let secret = totp::generate()?;
        let transaction = self.database.begin().await?;
        let enrolled = row::Entity::update_many()
            .set(row::ActiveModel {
                totp_secret: Set(Some(self.seal.seal(&purpose::second_factor(id), &secret)?)),
                totp_last_step: Set(None),
                ..Default::default()
            })
            .filter(row::Column::Id.eq(id))
            .filter(row::Column::TotpConfirmedAt.is_null())
            .exec(&transaction)
            .await?;
        transaction.commit().await?;
        if enrolled.rows_affected == 0 {
            return Err(IdentityError::refused(
                Refusal::TotpAlreadyEnrolled,
                "The second factor is in force already; remove it first with `removeTotp`.",
                &[],
            ));
        }
        Ok(Enrolment {
            secret: totp::written(&secret),
            address: totp::address(&secret, &account.row.email),
        })
    }

    /// Puts the second factor into force. Other sessions of the account end, and roles that need it come into force with
    /// the next access token.
    ///
    /// # Errors
    /// `TOTP_INVALID`, `TOTP_NOT_ENROLLED`, `TOTP_ALREADY_ENROLLED`, `TOO_MANY_ATTEMPTS`.
    pub async fn confirm_totp(
        &self,
        signed_in: &SignedIn,
        code: &str,
        now: DateTime<Utc>,
    ) -> Result<(), IdentityError> {
        let account = self.own(signed_in.account).await?;
        if account.has_totp() {
            return Err(IdentityError::refused(
                Refusal::TotpAlreadyEnrolled,
                "The second factor is in force already.",
                &[],
            ));
        }
        let Some(sealed) = account.row.totp_secret.clone() else {
            return Err(not_enrolled());
        };
        let id = account.row.id;
        let subjects = [self.subjects.second_factor(id)];
        throttle::enter(&self.database, &subjects, now).await?;
        self.use_totp(&account, code, now).await?;
        throttle::forgive(&self.database, &subjects).await?;
        let transaction = self.database.begin().await?;
        let confirmed = row::Entity::update_many()
            .set(row::ActiveModel {
                totp_confirmed_at: Set(Some(truncate(now))),
                ..Default::default()
            })
            .filter(row::Column::Id.eq(id))
            .filter(row::Column::TotpConfirmedAt.is_null())
            // Another secret may have taken its place since, which the code says nothing of.
            .filter(row::Column::TotpSecret.eq(sealed))
            .exec(&transaction)
            .await?;
        if confirmed.rows_affected == 0 {
            return Err(wrong_code("totp"));
        }
        let version = raise_version(&transaction, id).await?;
        let ended = session::end_all(
            &transaction,
            id,
            Some(signed_in.session),
            SessionEnd::SignedOutEverywhere,
        )
        .await?;
        audit::record(&transaction, Entry::of_owner(id, "TOTP_CONFIRMED", now)).await?;
        transaction.commit().await?;
        self.revocations.end(ended);
        self.revocations.change(id, version);
        let what = "From now on, signing in needs a code of your authenticator application.";
        self.mailer
            .send(letters::changed(&account.email(), &account.row.display_name, what));
        Ok(())
    }

    /// Removes the second factor.
    ///
    /// # Errors
    /// `WRONG_PASSWORD`, `TOTP_INVALID`, `TOTP_NOT_ENROLLED`, `TOO_MANY_ATTEMPTS`.
    pub async fn remove_totp(
        &self,
        signed_in: &SignedIn,
        password: &Secret,
        code: &str,
        now: DateTime<Utc>,
    ) -> Result<(), IdentityError> {
        let account = self.own(signed_in.account).await?;
        if !account.has_totp() {
            return Err(not_enrolled());
        }
        self.confirm_owner(&account, password, Some(code), now).await?;
        let id = account.row.id;
        let transaction = self.database.begin().await?;
        row::Entity::update_many()
            .set(row::ActiveModel {
                totp_secret: Set(None),
                totp_confirmed_at: Set(None),
                totp_last_step: Set(None),
                ..Default::default()
            })
            .filter(row::Column::Id.eq(id))
            .exec(&transaction)
            .await?;
        let entry = Entry::of_owner(id, "TOTP_REMOVED", now);
        self.commit_change(transaction, id, entry).await?;
        let what = "The second factor of your account was removed.";
        self.mailer
            .send(letters::changed(&account.email(), &account.row.display_name, what));
        Ok(())
    }
}

fn not_enrolled() -> IdentityError {
    IdentityError::refused(
        Refusal::TotpNotEnrolled,
        "The account has no second factor; begin with `enrolTotp`.",
        &[],
    )
}
