//! What an account may do: its roles, and whether it is suspended.
//!
//! Each change raises the account's `grants_version`, so that access tokens made before are refused within a second, and
//! the application gets a new one with its refresh token.

use chrono::{DateTime, Utc};
use praxis_entities::vocabulary::{Role, SessionEnd};
use praxis_entities::{account as account_row, account_role};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict};
use sea_orm::{ColumnTrait, DatabaseTransaction, DbErr, EntityTrait, QueryFilter, QuerySelect};
use uuid::Uuid;

use super::account::{self, Account};
use super::audit::{self, Entry};
use super::email_address::EmailAddress;
use super::error::{IdentityError, Refusal};
use super::service::Identity;
use super::{Actor, letters, session, truncate};

/// Raises the version of an account's grants in the transaction of the change, and gives the new one. The time of the change is
/// that of the writing and not that of the request's start, since other processes look for it by its time.
///
/// # Errors
/// Where the database is away.
pub async fn raise_version(transaction: &DatabaseTransaction, account: Uuid) -> Result<i32, DbErr> {
    account_row::Entity::update_many()
        .col_expr(
            account_row::Column::GrantsVersion,
            Expr::col(account_row::Column::GrantsVersion).add(1),
        )
        .col_expr(account_row::Column::GrantsChangedAt, Expr::value(truncate(Utc::now())))
        .filter(account_row::Column::Id.eq(account))
        .exec(transaction)
        .await?;
    let version: Option<i32> = account_row::Entity::find_by_id(account)
        .select_only()
        .column(account_row::Column::GrantsVersion)
        .into_tuple()
        .one(transaction)
        .await?;
    version.ok_or_else(|| DbErr::RecordNotFound("account".to_owned()))
}

impl Identity {
    /// The account with this address, for an operator.
    ///
    /// # Errors
    /// `NO_SUCH_ACCOUNT`.
    pub async fn find(&self, email: &str) -> Result<Account, IdentityError> {
        let found = match EmailAddress::parse(email) {
            Some(email) => account::by_email(self.database.read(), &email).await?,
            None => None,
        };
        found.ok_or_else(|| {
            IdentityError::refused(
                Refusal::NoSuchAccount,
                "There is no account with this address; see `praxis user list`.",
                &["email"],
            )
        })
    }

    /// Grants a role. Says whether the account did not have it.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn grant(
        &self,
        actor: &Actor,
        account: Uuid,
        role: Role,
        now: DateTime<Utc>,
    ) -> Result<bool, IdentityError> {
        let transaction = self.database.begin().await?;
        let had = account_role::Entity::find_by_id((account, role))
            .one(&transaction)
            .await?;
        if had.is_some() {
            return Ok(false);
        }
        account_role::Entity::insert(account_role::ActiveModel {
            account_id: Set(account),
            role: Set(role),
            granted_at: Set(truncate(now)),
        })
        .on_conflict(
            OnConflict::columns([account_role::Column::AccountId, account_role::Column::Role])
                .do_nothing()
                .to_owned(),
        )
        .exec_without_returning(&transaction)
        .await?;
        let entry = Entry::about(actor, account, "ROLE_GRANTED", now).because(role.as_str());
        self.commit_change(transaction, account, entry).await?;
        Ok(true)
    }

    /// Withdraws a role. Says whether the account had it. Every account keeps the role of a member.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn withdraw(
        &self,
        actor: &Actor,
        account: Uuid,
        role: Role,
        now: DateTime<Utc>,
    ) -> Result<bool, IdentityError> {
        if role == Role::Member {
            return Ok(false);
        }
        let transaction = self.database.begin().await?;
        let deleted = account_role::Entity::delete_by_id((account, role))
            .exec(&transaction)
            .await?;
        if deleted.rows_affected == 0 {
            return Ok(false);
        }
        let entry = Entry::about(actor, account, "ROLE_WITHDRAWN", now).because(role.as_str());
        self.commit_change(transaction, account, entry).await?;
        Ok(true)
    }

    /// Writes that an account changed, commits, and lets its access tokens end.
    pub(super) async fn commit_change(
        &self,
        transaction: DatabaseTransaction,
        account: Uuid,
        entry: Entry,
    ) -> Result<(), IdentityError> {
        let version = raise_version(&transaction, account).await?;
        audit::record(&transaction, entry).await?;
        transaction.commit().await?;
        self.revocations.change(account, version);
        Ok(())
    }

    /// Suspends an account and ends its sessions. Says whether it was not suspended.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn suspend(
        &self,
        actor: &Actor,
        account: Uuid,
        reason: Option<String>,
        now: DateTime<Utc>,
    ) -> Result<bool, IdentityError> {
        let transaction = self.database.begin().await?;
        let suspended = account_row::Entity::update_many()
            .set(account_row::ActiveModel {
                suspended_at: Set(Some(truncate(now))),
                ..Default::default()
            })
            .filter(account_row::Column::Id.eq(account))
            .filter(account_row::Column::SuspendedAt.is_null())
            .exec(&transaction)
            .await?;
        if suspended.rows_affected == 0 {
            return Ok(false);
        }
        let version = raise_version(&transaction, account).await?;
        let ended = session::end_all(&transaction, account, None, SessionEnd::Suspended).await?;
        let entry = Entry {
            reason,
            ..Entry::about(actor, account, "ACCOUNT_SUSPENDED", now)
        };
        audit::record(&transaction, entry).await?;
        transaction.commit().await?;
        self.revocations.end(ended);
        self.revocations.change(account, version);
        Ok(true)
    }

    /// Ends a suspension. Says whether there was one.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn restore(&self, actor: &Actor, account: Uuid, now: DateTime<Utc>) -> Result<bool, IdentityError> {
        let transaction = self.database.begin().await?;
        let restored = account_row::Entity::update_many()
            .set(account_row::ActiveModel {
                suspended_at: Set(None),
                ..Default::default()
            })
            .filter(account_row::Column::Id.eq(account))
            .filter(account_row::Column::SuspendedAt.is_not_null())
            .exec(&transaction)
            .await?;
        if restored.rows_affected == 0 {
            return Ok(false);
        }
        audit::record(&transaction, Entry::about(actor, account, "ACCOUNT_RESTORED", now)).await?;
        transaction.commit().await?;
        Ok(true)
    }

    /// Removes the second factor of an account whose owner lost it. Says whether there was one.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn reset_totp(
        &self,
        actor: &Actor,
        account: &Account,
        now: DateTime<Utc>,
    ) -> Result<bool, IdentityError> {
        let id = account.row.id;
        let transaction = self.database.begin().await?;
        let reset = account_row::Entity::update_many()
            .set(account_row::ActiveModel {
                totp_secret: Set(None),
                totp_confirmed_at: Set(None),
                totp_last_step: Set(None),
                ..Default::default()
            })
            .filter(account_row::Column::Id.eq(id))
            .filter(account_row::Column::TotpSecret.is_not_null())
            .exec(&transaction)
            .await?;
        if reset.rows_affected == 0 {
            return Ok(false);
        }
        let entry = Entry::about(actor, id, "TOTP_RESET", now);
        self.commit_change(transaction, id, entry).await?;
        let what = "The second factor of your account was removed by the people who run the service.";
        self.mailer
            .send(letters::changed(&account.email(), &account.row.display_name, what));
        Ok(true)
    }
}
