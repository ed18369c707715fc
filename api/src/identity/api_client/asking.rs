//! Asking a member whether an application may act for them.

use chrono::{DateTime, Utc};
use praxis_entities::vocabulary::NotificationKind;
use praxis_entities::{api_client, notification};
use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait, DatabaseTransaction, DbErr, EntityTrait, QueryFilter};
use uuid::Uuid;

use super::scopes;
use crate::identity::account::Account;
use crate::identity::service::Identity;
use crate::identity::{letters, truncate};

impl Identity {
    /// Writes to the member.
    pub(super) fn ask_member(&self, member: &Account, client: &api_client::Model) {
        let letter = letters::client_asks(&member.email(), &member.row.display_name, &client.name, &scopes(client));
        self.mailer.send(letter);
    }
}

/// Tells the member, in the transaction of the change, that an application asks for something. It is no matter of the letters
/// about notifications: a letter of its own goes at once.
///
/// # Errors
/// Where the database is away.
pub(super) async fn notify(
    transaction: &DatabaseTransaction,
    client: &api_client::Model,
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    notification::Entity::insert(notification::ActiveModel {
        account_id: Set(client.account_id),
        id: Set(Uuid::now_v7()),
        kind: Set(NotificationKind::ClientAsks),
        submission_id: Set(None),
        content_id: Set(None),
        saved_search_id: Set(None),
        client_id: Set(Some(client.id)),
        created_at: Set(truncate(now)),
        read_at: Set(None),
        mail_due_at: Set(None),
        mailed_at: Set(Some(truncate(now))),
    })
    .exec_without_returning(transaction)
    .await?;
    Ok(())
}

/// Marks as read what asked the member about an application, once they have decided or it has ended.
///
/// # Errors
/// Where the database is away.
pub(super) async fn settle(
    transaction: &DatabaseTransaction,
    client: &api_client::Model,
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    notification::Entity::update_many()
        .set(notification::ActiveModel {
            read_at: Set(Some(truncate(now))),
            ..Default::default()
        })
        .filter(notification::Column::AccountId.eq(client.account_id))
        .filter(notification::Column::ClientId.eq(client.id))
        .filter(notification::Column::ReadAt.is_null())
        .exec(transaction)
        .await?;
    Ok(())
}
