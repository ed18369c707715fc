//! Taking one's data along, and leaving.

use chrono::{DateTime, Utc};
use praxis_entities::vocabulary::{KeptContributions, SessionEnd};
use praxis_entities::{account as row, account_role, audit_entry, moderation_limit, session};
use sea_orm::ActiveValue::Set;
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, DbErr, EntityTrait, ExprTrait, QueryFilter, QueryOrder,
};
use serde_json::{Value, json};
use uuid::Uuid;

use super::account::FORMER_MEMBER;
use super::api_client::{self, manage};
use super::audit::{self, Entry};
use super::error::IdentityError;
use super::grants::raise_version;
use super::service::Identity;
use super::{SignedIn, letters, one_time, openid, remit, session as sessions, throttle, truncate};
use crate::config::Secret;
use crate::curation::own_data;

impl Identity {
    /// Everything that the service keeps about somebody, as a JSON document.
    ///
    /// # Errors
    /// `WRONG_PASSWORD`, `PASSWORD_NOT_SET`, `TOO_MANY_ATTEMPTS`.
    pub async fn export(
        &self,
        signed_in: &SignedIn,
        password: &Secret,
        now: DateTime<Utc>,
    ) -> Result<String, IdentityError> {
        let account = self.own(signed_in.account).await?;
        self.confirm_password(&account, password, now).await?;
        let id = account.row.id;
        let connection = self.database.read();
        let limits = remit::rows::of_account(connection, id).await?;
        let row = &account.row;
        let document = json!({
            "format": "praxis-account/1",
            "exportedAt": now,
            "account": {
                "id": row.id,
                "email": row.email,
                "emailVerifiedAt": row.email_verified_at,
                "displayName": row.display_name,
                "createdAt": row.created_at,
                "suspendedAt": row.suspended_at,
                "practitioner": row.practitioner_id,
                "secondFactorSince": row.totp_confirmed_at,
                "roles": account.roles,
                "moderationLimits": limits.iter().map(|limit| json!({
                    "kind": limit.kind,
                    "code": limit.code,
                })).collect::<Vec<_>>(),
                "notificationMail": row.notification_mail,
            },
            "externalIdentities": external_identities(connection, id).await?,
            "apiClients": api_clients(connection, id).await?,
            "curation": own_data::of(connection, id).await?,
            "sessions": all_sessions(connection, id).await?,
            "auditLog": acts(connection, id).await?,
        });
        serde_json::to_string_pretty(&document).map_err(|_| IdentityError::Cryptography("the export can't be written"))
    }

    /// Deletes an account. What could name its owner is removed at once; a nameless row stays, so that what the person
    /// contributed can say that it is by a former member. Whether contributions are to be erased is kept in the row for
    /// [`crate::curation::departure`], which does it.
    ///
    /// # Errors
    /// `WRONG_PASSWORD`, `TOTP_REQUIRED`, `TOTP_INVALID`, `TOO_MANY_ATTEMPTS`.
    pub async fn delete_account(
        &self,
        signed_in: &SignedIn,
        password: &Secret,
        code: Option<&str>,
        contributions: KeptContributions,
        now: DateTime<Utc>,
    ) -> Result<(), IdentityError> {
        let account = self.own(signed_in.account).await?;
        self.confirm_owner(&account, password, code, now).await?;
        let id = account.row.id;
        let email = account.email();
        let transaction = self.database.begin().await?;
        make_nameless(&transaction, &account.row, contributions, now).await?;
        let clients = manage::end_all(&transaction, id, now).await?;
        openid::link::end_all(&transaction, id, &email).await?;
        one_time::end_all(&transaction, id).await?;
        let version = raise_version(&transaction, id).await?;
        let ended = sessions::end_all(&transaction, id, None, SessionEnd::Deleted).await?;
        let entry = Entry::of_owner(id, "ACCOUNT_DELETED", now).because(contributions.as_str());
        audit::record(&transaction, entry).await?;
        transaction.commit().await?;
        self.database.forget().await;
        self.revocations.end(ended);
        self.revocations.change(id, version);
        self.revocations.change_clients(clients);
        throttle::forgive(
            &self.database,
            &[
                self.subjects.address(&email),
                self.subjects.owner(id),
                self.subjects.second_factor(id),
            ],
        )
        .await?;
        let what = "Your account was deleted, as you asked.";
        self.mailer
            .send(letters::changed(&email, &account.row.display_name, what));
        Ok(())
    }
}

/// Removes from an account what could name its owner, and what it may do.
async fn make_nameless(
    transaction: &DatabaseTransaction,
    account: &row::Model,
    contributions: KeptContributions,
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    let id = account.id;
    row::Entity::update_many()
        .set(row::ActiveModel {
            email: Set(format!("deleted:{id}")),
            email_verified_at: Set(None),
            password_hash: Set(None),
            display_name: Set(FORMER_MEMBER.to_owned()),
            deleted_at: Set(Some(truncate(now))),
            deleted_contributions: Set(Some(contributions)),
            // Where all is erased, the profile must be found for that.
            practitioner_id: match contributions {
                KeptContributions::Keep => Set(None),
                KeptContributions::Erase => Set(account.practitioner_id),
            },
            totp_secret: Set(None),
            totp_confirmed_at: Set(None),
            totp_last_step: Set(None),
            ..Default::default()
        })
        .filter(row::Column::Id.eq(id))
        .exec(transaction)
        .await?;
    account_role::Entity::delete_many()
        .filter(account_role::Column::AccountId.eq(id))
        .exec(transaction)
        .await?;
    moderation_limit::Entity::delete_many()
        .filter(moderation_limit::Column::AccountId.eq(id))
        .exec(transaction)
        .await?;
    Ok(())
}

async fn external_identities(connection: &impl ConnectionTrait, id: Uuid) -> Result<Vec<Value>, DbErr> {
    let identities = openid::link::of(connection, id).await?;
    let shown = identities.iter().map(|identity| {
        json!({
            "id": identity.id,
            "issuer": identity.issuer,
            "subject": identity.subject,
            "linkedAt": identity.linked_at,
            "lastUsedAt": identity.last_used_at,
        })
    });
    Ok(shown.collect())
}

async fn api_clients(connection: &impl ConnectionTrait, id: Uuid) -> Result<Vec<Value>, DbErr> {
    let clients = api_client::of(connection, id).await?;
    let shown = clients.iter().map(|client| {
        json!({
            "id": api_client::public_id(client.id),
            "name": client.name,
            "scopes": client.scopes,
            "agreedScopes": client.agreed_scopes,
            "agreedAt": client.agreed_at,
            "createdAt": client.created_at,
            "createdByYou": client.created_by_id == Some(id),
            "expiresOn": client.expires_on,
            "endedAt": client.ended_at,
            "lastUsedOn": client.last_used_on,
        })
    });
    Ok(shown.collect())
}

async fn all_sessions(connection: &impl ConnectionTrait, id: Uuid) -> Result<Vec<Value>, DbErr> {
    let rows = session::Entity::find()
        .filter(session::Column::AccountId.eq(id))
        .order_by_asc(session::Column::Id)
        .all(connection)
        .await?;
    let shown = rows.iter().map(|session| {
        json!({
            "id": session.id,
            "createdAt": session.created_at,
            "refreshedAt": session.refreshed_at,
            "expiresAt": session.expires_at,
            "endedAt": session.ended_at,
            "endReason": session.end_reason,
        })
    });
    Ok(shown.collect())
}

/// What somebody did and what was done to their account, as the audit log has it.
async fn acts(connection: &impl ConnectionTrait, id: Uuid) -> Result<Vec<Value>, DbErr> {
    let name = audit::subject(id);
    let entries = audit_entry::Entity::find()
        .filter(
            audit_entry::Column::Actor
                .eq(name.as_str())
                .or(audit_entry::Column::Subject.eq(name.as_str())),
        )
        .order_by_asc(audit_entry::Column::Id)
        .all(connection)
        .await?;
    let shown = entries.iter().map(|entry| {
        json!({
            "id": entry.id,
            "at": entry.occurred_at,
            "action": entry.action,
            "byYou": entry.actor == name,
            "content": entry.content_id,
            "reason": entry.reason,
        })
    });
    Ok(shown.collect())
}
