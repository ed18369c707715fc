//! Which identities at the provider belong to which account: linked and unlinked by the person, signed in.

use chrono::{DateTime, Utc};
use praxis_entities::vocabulary::SessionEnd;
use praxis_entities::{external_identity, openid_code};
use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder};
use uuid::Uuid;

use super::code;
use super::sign_in::taken;
use crate::config::Secret;
use crate::identity::account;
use crate::identity::audit::Entry;
use crate::identity::email_address::EmailAddress;
use crate::identity::error::{IdentityError, Refusal};
use crate::identity::service::Identity;
use crate::identity::{SignedIn, audit, letters, session, truncate};

/// A code with what shows that it is the application's own.
pub struct Shown {
    /// The code.
    pub code: String,
    /// The secret whose challenge the application began with.
    pub verifier: Option<String>,
}

/// The identities of an account, in the order of linking.
///
/// # Errors
/// Where the database is away.
pub async fn of(connection: &impl ConnectionTrait, account: Uuid) -> Result<Vec<external_identity::Model>, DbErr> {
    external_identity::Entity::find()
        .filter(external_identity::Column::AccountId.eq(account))
        .order_by_asc(external_identity::Column::Id)
        .all(connection)
        .await
}

/// The identity that a provider names like this, if it is somebody's here.
///
/// # Errors
/// Where the database is away.
pub async fn by_subject(
    connection: &impl ConnectionTrait,
    issuer: &str,
    subject: &str,
) -> Result<Option<external_identity::Model>, DbErr> {
    external_identity::Entity::find()
        .filter(external_identity::Column::Issuer.eq(issuer))
        .filter(external_identity::Column::Subject.eq(subject))
        .one(connection)
        .await
}

/// Links an identity to an account.
///
/// # Errors
/// Where it belongs to an account already, the account has another of the provider, or the database is away.
pub async fn insert(
    connection: &impl ConnectionTrait,
    account: Uuid,
    person: &openid_code::Model,
    used: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    external_identity::Entity::insert(external_identity::ActiveModel {
        id: Set(Uuid::now_v7()),
        account_id: Set(account),
        issuer: Set(person.issuer.clone()),
        subject: Set(person.subject.clone()),
        linked_at: Set(truncate(now)),
        last_used_at: Set(used.map(truncate)),
    })
    .exec_without_returning(connection)
    .await?;
    Ok(())
}

/// Ends all identities of an account that is deleted, and forgets who is on the way to it by one of them or by its address.
///
/// # Errors
/// Where the database is away.
pub async fn end_all(connection: &impl ConnectionTrait, account: Uuid, email: &EmailAddress) -> Result<(), DbErr> {
    let mut theirs = Condition::any().add(openid_code::Column::Email.eq(email.as_str()));
    for identity in of(connection, account).await? {
        theirs = theirs.add(
            Condition::all()
                .add(openid_code::Column::Issuer.eq(identity.issuer))
                .add(openid_code::Column::Subject.eq(identity.subject)),
        );
    }
    openid_code::Entity::delete_many()
        .filter(theirs)
        .exec(connection)
        .await?;
    external_identity::Entity::delete_many()
        .filter(external_identity::Column::AccountId.eq(account))
        .exec(connection)
        .await?;
    Ok(())
}

/// What the audit log says of a link: the provider, and nothing about the person.
pub fn linked(account: Uuid, issuer: &str, now: DateTime<Utc>) -> Entry {
    Entry::of_owner(account, "EXTERNAL_IDENTITY_LINKED", now).because(issuer)
}

fn is_taken() -> IdentityError {
    IdentityError::refused(
        Refusal::ExternalIdentityTaken,
        "This identity belongs to another account already. Sign in by the provider, and unlink it there first.",
        &["code"],
    )
}

impl Identity {
    /// Links the identity that a code stands for to the account of somebody who is signed in.
    ///
    /// # Errors
    /// `INVALID_TOKEN`, `EXTERNAL_IDENTITY_TAKEN`, `EXTERNAL_IDENTITY_PRESENT`, `WRONG_PASSWORD`, `PASSWORD_NOT_SET`,
    /// `TOTP_REQUIRED`, `TOTP_INVALID`, `TOO_MANY_ATTEMPTS`.
    pub async fn link_external_identity(
        &self,
        signed_in: &SignedIn,
        shown: &Shown,
        password: &Secret,
        totp: Option<&str>,
        now: DateTime<Utc>,
    ) -> Result<(), IdentityError> {
        let person = self.person_of(&shown.code, shown.verifier.as_deref(), now).await?;
        let account = self.own(signed_in.account).await?;
        self.confirm_owner(&account, password, totp, now).await?;
        let id = account.row.id;
        let transaction = self.database.begin().await?;
        // A deletion comes either before or after.
        let there = account::by_id_locked(&transaction, id).await?;
        if there.is_none_or(|account| account.row.deleted_at.is_some()) {
            return Err(IdentityError::Cryptography("a session has no account"));
        }
        code::redeem(&transaction, &person).await?;
        let present = of(&transaction, id).await?;
        if let Some(present) = present.iter().find(|one| one.issuer == person.issuer) {
            if present.subject == person.subject {
                transaction.commit().await?;
                return Ok(());
            }
            return Err(IdentityError::refused(
                Refusal::ExternalIdentityPresent,
                "Your account has another identity of this provider; unlink that first.",
                &["code"],
            ));
        }
        match insert(&transaction, id, &person, None, now).await {
            Ok(()) => {}
            Err(error) if taken(&error) => return Err(is_taken()),
            Err(error) => return Err(error.into()),
        }
        audit::record(&transaction, linked(id, &person.issuer, now)).await?;
        transaction.commit().await?;
        let what = format!(
            "From now on, you can sign in to your account by {}.",
            self.name_of(&person.issuer)
        );
        self.mailer
            .send(letters::changed(&account.email(), &account.row.display_name, &what));
        Ok(())
    }

    /// Unlinks an identity of the account of somebody who is signed in. Other sessions end: they may have been opened by it.
    ///
    /// # Errors
    /// `EXTERNAL_IDENTITY_NOT_FOUND`, `LAST_SIGN_IN_METHOD`, `WRONG_PASSWORD`, `TOTP_REQUIRED`, `TOTP_INVALID`,
    /// `TOO_MANY_ATTEMPTS`.
    pub async fn unlink_external_identity(
        &self,
        signed_in: &SignedIn,
        identity: Uuid,
        password: &Secret,
        totp: Option<&str>,
        now: DateTime<Utc>,
    ) -> Result<(), IdentityError> {
        let unknown = || {
            IdentityError::refused(
                Refusal::ExternalIdentityNotFound,
                "Your account has no such identity; see `viewer.externalIdentities`.",
                &["externalIdentity"],
            )
        };
        let account = self.own(signed_in.account).await?;
        let id = account.row.id;
        let identities = of(self.database.read(), id).await?;
        let unlinked = identities.iter().find(|one| one.id == identity).ok_or_else(unknown)?;
        if account.row.password_hash.is_none() {
            return Err(IdentityError::refused(
                Refusal::LastSignInMethod,
                "Without it you could not sign in any more, since your account has no password. Set one first: \
                 `requestPasswordReset` sends a letter with a code for `resetPassword`.",
                &["externalIdentity"],
            ));
        }
        self.confirm_owner(&account, password, totp, now).await?;
        let transaction = self.database.begin().await?;
        let deleted = external_identity::Entity::delete_by_id(identity)
            .exec(&transaction)
            .await?;
        // Of two at the same moment, one deletes the row.
        if deleted.rows_affected == 0 {
            return Err(unknown());
        }
        let ended = session::end_all(
            &transaction,
            id,
            Some(signed_in.session),
            SessionEnd::SignedOutEverywhere,
        )
        .await?;
        let entry = Entry::of_owner(id, "EXTERNAL_IDENTITY_UNLINKED", now).because(unlinked.issuer.as_str());
        audit::record(&transaction, entry).await?;
        transaction.commit().await?;
        self.revocations.end(ended);
        let what = format!(
            "You can no longer sign in to your account by {}, and other sessions were ended.",
            self.name_of(&unlinked.issuer)
        );
        self.mailer
            .send(letters::changed(&account.email(), &account.row.display_name, &what));
        Ok(())
    }

    /// What people call a provider: by the settings where they name it, else by its address.
    pub(super) fn name_of(&self, issuer: &str) -> String {
        let current = self.openid.as_ref().filter(|openid| openid.settings.issuer == issuer);
        let name = current.map(|openid| openid.settings.name.clone());
        let host = || Some(url::Url::parse(issuer).ok()?.host_str()?.to_owned());
        name.or_else(host).unwrap_or_else(|| issuer.to_owned())
    }
}
