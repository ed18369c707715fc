//! Changing and resetting a password, and moving to another address.

use std::net::IpAddr;
use std::time::Instant;

use chrono::{DateTime, Utc};
use praxis_entities::account as row;
use praxis_entities::vocabulary::{OneTimePurpose, SessionEnd};
use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait, DatabaseTransaction, DbErr, EntityTrait, QueryFilter, SqlErr};
use uuid::Uuid;

use super::account::{self, Account, read_display_name, read_email};
use super::audit::{self, Entry};
use super::error::{IdentityError, Refusal};
use super::registration::mark_verified;
use super::service::{Identity, even_out};
use super::{SignedIn, letters, one_time, password, session, throttle, truncate};
use crate::config::Secret;

impl Identity {
    /// Makes sure that somebody who is signed in knows the password, before something that can't be undone easily.
    ///
    /// # Errors
    /// `WRONG_PASSWORD`, `PASSWORD_NOT_SET`, `TOO_MANY_ATTEMPTS`.
    pub(super) async fn confirm_password(
        &self,
        account: &Account,
        password: &Secret,
        now: DateTime<Utc>,
    ) -> Result<(), IdentityError> {
        let Some(hash) = account.row.password_hash.as_deref() else {
            return Err(IdentityError::refused(
                Refusal::PasswordNotSet,
                "Your account has no password yet. Set one first: `requestPasswordReset` sends a letter with a code for \
                 `resetPassword`.",
                &["password"],
            ));
        };
        let subjects = [self.subjects.owner(account.row.id)];
        throttle::enter(&self.database, &subjects, now).await?;
        if !self.passwords.verify(password, Some(hash)).await? {
            return Err(IdentityError::refused(
                Refusal::WrongPassword,
                "This is not the password of your account.",
                &["password"],
            ));
        }
        throttle::forgive(&self.database, &subjects).await?;
        Ok(())
    }

    /// The same, and the second factor where the account has one.
    ///
    /// # Errors
    /// `WRONG_PASSWORD`, `TOTP_REQUIRED`, `TOTP_INVALID`, `TOO_MANY_ATTEMPTS`.
    pub(super) async fn confirm_owner(
        &self,
        account: &Account,
        password: &Secret,
        code: Option<&str>,
        now: DateTime<Utc>,
    ) -> Result<(), IdentityError> {
        if !account.has_totp() {
            return self.confirm_password(account, password, now).await;
        }
        let Some(code) = code.filter(|code| !code.trim().is_empty()) else {
            return Err(IdentityError::refused(
                Refusal::TotpRequired,
                "Your account has a second factor: give the code that your authenticator application shows.",
                &["totp"],
            ));
        };
        let subjects = [self.subjects.second_factor(account.row.id)];
        throttle::enter(&self.database, &subjects, now).await?;
        self.confirm_password(account, password, now).await?;
        self.use_totp(account, code, now).await?;
        throttle::forgive(&self.database, &subjects).await?;
        Ok(())
    }

    /// Changes the password of somebody who is signed in and knows the old one. Other sessions end.
    ///
    /// # Errors
    /// `WRONG_PASSWORD`, `TOO_MANY_ATTEMPTS`, and what is wrong with the new one.
    pub async fn change_password(
        &self,
        signed_in: &SignedIn,
        old: &Secret,
        new: &Secret,
        now: DateTime<Utc>,
    ) -> Result<(), IdentityError> {
        let account = self.own(signed_in.account).await?;
        let name = &account.row.display_name;
        password::check(new.expose(), &account.email(), name, &["newPassword"])?;
        self.confirm_password(&account, old, now).await?;
        let hash = self.passwords.hash(new).await?;
        let transaction = self.database.begin().await?;
        let entry = Entry::of_owner(account.row.id, "PASSWORD_CHANGED", now);
        let ended = set_password(&transaction, account.row.id, hash, Some(signed_in.session), entry).await?;
        transaction.commit().await?;
        self.tell_of_password(&account, ended);
        Ok(())
    }

    /// What follows the commit of another password.
    fn tell_of_password(&self, account: &Account, ended: Vec<Uuid>) {
        self.revocations.end(ended);
        let what = "The password of your account was changed, and other sessions were ended.";
        self.mailer
            .send(letters::changed(&account.email(), &account.row.display_name, what));
    }

    /// Sends a letter with which a new password can be set, if the address has an account. The answer does not tell. Nor does it
    /// matter whether the address was verified: setting a password by the letter shows that too, and does not leave the reader with
    /// a password that somebody else gave who signed up with the address.
    ///
    /// # Errors
    /// `INVALID_EMAIL`, `TOO_MANY_ATTEMPTS` from this network.
    pub async fn request_password_reset(
        &self,
        email: &str,
        network: IpAddr,
        now: DateTime<Utc>,
    ) -> Result<(), IdentityError> {
        let begun = Instant::now();
        let email = read_email(email)?;
        throttle::enter(&self.database, &[self.subjects.network(network)], now).await?;
        let account = account::by_email(self.database.read(), &email).await?;
        let result = match account {
            None => Ok(()),
            Some(account) => {
                self.send_code(&account, OneTimePurpose::ResetPassword, letters::reset, now)
                    .await
            }
        };
        even_out(begun).await;
        result
    }

    /// Sets a new password with the token of the letter. All sessions end; the second factor stays. An address that was not
    /// verified is so from now on, and its reader may say how they want to be called, since somebody else may have signed up.
    ///
    /// # Errors
    /// `INVALID_TOKEN`, `INVALID_DISPLAY_NAME`, and what is wrong with the new password.
    pub async fn reset_password(
        &self,
        token: &str,
        new: &Secret,
        display_name: Option<&str>,
        now: DateTime<Utc>,
    ) -> Result<(), IdentityError> {
        // The password is checked and hashed before the token is used up: so a weak one can be mended, and the token stays good
        // where the service is too busy to hash.
        let peeked = one_time::peek(self.database.read(), token, OneTimePurpose::ResetPassword, now).await?;
        let account = self.own(peeked.account_id).await?;
        let display_name = display_name.map(read_display_name).transpose()?;
        let name = display_name.as_deref().unwrap_or(&account.row.display_name);
        password::check(new.expose(), &account.email(), name, &["newPassword"])?;
        let hash = self.passwords.hash(new).await?;
        let transaction = self.database.begin().await?;
        let (_, account) = one_time::redeem(&transaction, token, OneTimePurpose::ResetPassword, now).await?;
        if account.row.email_verified_at.is_none() {
            mark_verified(&transaction, account.row.id, display_name, now).await?;
        }
        let entry = Entry::of_owner(account.row.id, "PASSWORD_RESET", now);
        let ended = set_password(&transaction, account.row.id, hash, None, entry).await?;
        transaction.commit().await?;
        self.tell_of_password(&account, ended);
        // Who has the address's letters is its owner: failed guesses of others no longer lock them out.
        throttle::forgive(&self.database, &[self.subjects.address(&account.email())]).await?;
        Ok(())
    }

    /// Sends a letter to a new address, with which it becomes that of the account.
    ///
    /// # Errors
    /// `INVALID_EMAIL`, `WRONG_PASSWORD`, `PASSWORD_NOT_SET`, `TOTP_REQUIRED`, `TOTP_INVALID`, `TOO_MANY_ATTEMPTS`.
    pub async fn request_email_change(
        &self,
        signed_in: &SignedIn,
        password: &Secret,
        totp: Option<&str>,
        email: &str,
        now: DateTime<Utc>,
    ) -> Result<(), IdentityError> {
        let begun = Instant::now();
        let email = read_email(email)?;
        let account = self.own(signed_in.account).await?;
        self.confirm_owner(&account, password, totp, now).await?;
        let id = account.row.id;
        // An address that has an account gets no letter; the answer does not tell.
        let is_free = account::by_email(self.database.read(), &email).await?.is_none();
        let writes = is_free && self.may_write(&email, now).await?;
        let transaction = self.database.begin().await?;
        if writes {
            let address = Some(email.as_str().to_owned());
            let token = one_time::issue(&transaction, id, OneTimePurpose::ChangeEmail, address, now).await?;
            transaction.commit().await?;
            let letter = letters::change_email(&self.settings, &email, &account.row.display_name, &token);
            self.mailer.send(letter);
        } else {
            // The owner asks, and may have mistyped the address before: what went there ends in any case.
            one_time::end(&transaction, id, OneTimePurpose::ChangeEmail).await?;
            transaction.commit().await?;
        }
        even_out(begun).await;
        Ok(())
    }

    /// Moves an account to the address that the token was sent to. Codes that went to the old one end: its reader may be somebody
    /// else by now.
    ///
    /// # Errors
    /// `INVALID_TOKEN`.
    pub async fn confirm_email_change(&self, token: &str, now: DateTime<Utc>) -> Result<(), IdentityError> {
        let transaction = self.database.begin().await?;
        let (token, account) = one_time::redeem(&transaction, token, OneTimePurpose::ChangeEmail, now).await?;
        let email = token.email.ok_or_else(one_time::invalid)?;
        let moved = row::Entity::update_many()
            .set(row::ActiveModel {
                email: Set(email),
                email_verified_at: Set(Some(truncate(now))),
                ..Default::default()
            })
            .filter(row::Column::Id.eq(account.row.id))
            .filter(row::Column::DeletedAt.is_null())
            .exec(&transaction)
            .await;
        match moved {
            Ok(_) => {}
            // Somebody signed up with it since.
            Err(error) if matches!(error.sql_err(), Some(SqlErr::UniqueConstraintViolation(_))) => {
                return Err(one_time::invalid());
            }
            Err(error) => return Err(error.into()),
        }
        one_time::end_all(&transaction, account.row.id).await?;
        audit::record(&transaction, Entry::of_owner(account.row.id, "EMAIL_CHANGED", now)).await?;
        transaction.commit().await?;
        let what = "Your account has another e-mail address from now on.";
        self.mailer
            .send(letters::changed(&account.email(), &account.row.display_name, what));
        Ok(())
    }
}

/// Sets a password in the place of the one before, and ends the sessions of the account but one and all codes of letters. Gives the
/// sessions, to be told to the revocations after the commit.
async fn set_password(
    transaction: &DatabaseTransaction,
    account: Uuid,
    hash: String,
    keep: Option<Uuid>,
    entry: Entry,
) -> Result<Vec<Uuid>, DbErr> {
    row::Entity::update_many()
        .set(row::ActiveModel {
            password_hash: Set(Some(hash)),
            ..Default::default()
        })
        .filter(row::Column::Id.eq(account))
        .filter(row::Column::DeletedAt.is_null())
        .exec(transaction)
        .await?;
    let ended = session::end_all(transaction, account, keep, SessionEnd::PasswordChanged).await?;
    one_time::end_all(transaction, account).await?;
    audit::record(transaction, entry).await?;
    Ok(ended)
}
