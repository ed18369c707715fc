//! Signing in with the code of somebody who showed the provider who they are.

use std::net::IpAddr;

use chrono::{DateTime, Utc};
use praxis_entities::{account as account_row, external_identity, openid_code};
use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, SqlErr};

use super::{code, link};
use crate::identity::account::{self, Account, NewAccount, read_display_name};
use crate::identity::audit::{self, Entry};
use crate::identity::email_address::EmailAddress;
use crate::identity::error::{IdentityError, Refusal};
use crate::identity::service::Identity;
use crate::identity::session::{OpenSession, suspended};
use crate::identity::{letters, throttle, truncate};

/// What an application gives.
pub struct SignInWithCode {
    /// The code.
    pub code: String,
    /// The secret whose challenge the application began with.
    pub verifier: Option<String>,
    /// The code of the second factor.
    pub totp: Option<String>,
    /// How the person wants to be called, where an account is to be opened.
    pub display_name: Option<String>,
}

fn not_linked() -> IdentityError {
    IdentityError::refused(
        Refusal::ExternalIdentityNotLinked,
        "No account here belongs to this identity. If you have an account, sign in with your password and give the same code to \
         `linkExternalIdentity`; otherwise sign up first.",
        &[],
    )
}

impl Identity {
    /// The row of a code, of the provider that the settings name.
    pub(super) async fn person_of(
        &self,
        code: &str,
        verifier: Option<&str>,
        now: DateTime<Utc>,
    ) -> Result<openid_code::Model, IdentityError> {
        let issuer = self
            .openid
            .as_ref()
            .map_or("", |openid| openid.settings.issuer.as_str());
        code::peek(self.database.read(), code, verifier, issuer, now).await
    }

    /// Signs somebody in who is known by issuer and subject, or opens an account for them where that is allowed. The code
    /// stays usable where something can be mended, such as a missing second factor.
    ///
    /// # Errors
    /// `INVALID_TOKEN`, `EXTERNAL_IDENTITY_NOT_LINKED`, `EXTERNAL_EMAIL_UNVERIFIED`, `INVALID_DISPLAY_NAME`,
    /// `ACCOUNT_SUSPENDED`, `TOTP_REQUIRED`, `TOTP_INVALID`, `TOO_MANY_ATTEMPTS`.
    pub async fn sign_in_with_code(
        &self,
        input: SignInWithCode,
        network: IpAddr,
        now: DateTime<Utc>,
    ) -> Result<OpenSession, IdentityError> {
        let person = self.person_of(&input.code, input.verifier.as_deref(), now).await?;
        // The identity may be linked between looking and writing: then look again.
        for _ in 0..2 {
            let linked = link::by_subject(self.database.read(), &person.issuer, &person.subject).await?;
            if let Some(linked) = linked {
                let account = account::by_id(self.database.read(), linked.account_id).await?;
                // It may have been deleted since.
                let Some(account) = account.filter(|account| account.row.deleted_at.is_none()) else {
                    continue;
                };
                self.check_second_factor(&account, input.totp.as_deref(), network, now)
                    .await?;
                self.use_code(&person, &linked, now).await?;
                return self.open_session(account, now).await;
            }
            if let Some(account) = self.open_account(&person, input.display_name.as_deref(), now).await? {
                return self.open_session(account, now).await;
            }
        }
        Err(not_linked())
    }

    /// The provider's word is the first factor; the account's own second one is asked for all the same.
    async fn check_second_factor(
        &self,
        account: &Account,
        totp: Option<&str>,
        network: IpAddr,
        now: DateTime<Utc>,
    ) -> Result<(), IdentityError> {
        if account.row.suspended_at.is_some() {
            return Err(suspended());
        }
        if !account.has_totp() {
            return Ok(());
        }
        let Some(totp) = totp.filter(|totp| !totp.trim().is_empty()) else {
            return Err(IdentityError::refused(
                Refusal::TotpRequired,
                "This account has a second factor: give the code that your authenticator application shows, with the same `code`.",
                &["totp"],
            ));
        };
        let subjects = [
            self.subjects.second_factor(account.row.id),
            self.subjects.network(network),
        ];
        throttle::enter(&self.database, &subjects, now).await?;
        self.use_totp(account, totp, now).await?;
        throttle::forgive(&self.database, &subjects).await?;
        Ok(())
    }

    /// Uses the code of somebody up whose account it is.
    async fn use_code(
        &self,
        person: &openid_code::Model,
        linked: &external_identity::Model,
        now: DateTime<Utc>,
    ) -> Result<(), IdentityError> {
        let transaction = self.database.begin().await?;
        code::redeem(&transaction, person).await?;
        let used = external_identity::Entity::update_many()
            .set(external_identity::ActiveModel {
                last_used_at: Set(Some(truncate(now))),
                ..Default::default()
            })
            .filter(external_identity::Column::Id.eq(linked.id))
            .exec(&transaction)
            .await?;
        // It may have been unlinked since it was read.
        if used.rows_affected == 0 {
            return Err(not_linked());
        }
        transaction.commit().await?;
        Ok(())
    }

    /// Opens an account without a password for somebody who comes for the first time; none where the address has an account, or
    /// the identity has since this moment.
    async fn open_account(
        &self,
        person: &openid_code::Model,
        display_name: Option<&str>,
        now: DateTime<Utc>,
    ) -> Result<Option<Account>, IdentityError> {
        let provider = match &self.openid {
            Some(openid) if openid.settings.sign_up => openid.settings.name.as_str(),
            _ => return Err(not_linked()),
        };
        let email = person.email.as_deref().and_then(EmailAddress::parse).ok_or_else(|| {
            IdentityError::refused(
                Refusal::ExternalEmailUnverified,
                "The provider gives no e-mail address of yours that it verified, so no account can be opened. Verify your address \
                 there and begin again, or sign up here with a password.",
                &[],
            )
        })?;
        let existing = account::by_email(self.database.read(), &email).await?;
        if existing.is_some_and(|account| account.row.email_verified_at.is_some()) {
            return Ok(None);
        }
        // Others see the name, so it is the person's to choose and not taken from the provider.
        let display_name = read_display_name(display_name.unwrap_or_default())?;
        let transaction = self.database.begin().await?;
        code::redeem(&transaction, person).await?;
        // An address that nobody verified belongs to nobody yet, and a password that somebody set for it must not open this
        // account.
        account_row::Entity::delete_many()
            .filter(account_row::Column::Email.eq(email.as_str()))
            .filter(account_row::Column::EmailVerifiedAt.is_null())
            .filter(account_row::Column::DeletedAt.is_null())
            .exec(&transaction)
            .await?;
        let new = NewAccount {
            email: &email,
            display_name: &display_name,
            password_hash: None,
            verified: true,
            roles: &[],
        };
        let opened = async {
            let id = account::insert(&transaction, new, now).await?;
            link::insert(&transaction, id, person, Some(now), now).await?;
            Ok(id)
        };
        let id = match opened.await {
            Ok(id) => id,
            Err(error) if taken(&error) => {
                transaction.rollback().await?;
                return Ok(None);
            }
            Err(error) => return Err(error.into()),
        };
        let created = Entry::of_owner(id, "ACCOUNT_CREATED", now).because(person.issuer.as_str());
        audit::record(&transaction, created).await?;
        audit::record(&transaction, link::linked(id, &person.issuer, now)).await?;
        transaction.commit().await?;
        let what = format!("An account was opened for you, because you signed in by {provider}.");
        self.mailer.send(letters::changed(&email, &display_name, &what));
        Ok(Some(self.own(id).await?))
    }
}

/// Whether somebody else took what must be unique.
pub(super) fn taken(error: &sea_orm::DbErr) -> bool {
    matches!(error.sql_err(), Some(SqlErr::UniqueConstraintViolation(_)))
}
