//! Accounts and their roles as the database has them.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use praxis_entities::vocabulary::{NotificationMail, Role};
use praxis_entities::{account, account_role};
use sea_orm::ActiveValue::Set;
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
};
use uuid::Uuid;

use super::email_address::EmailAddress;
use super::error::{IdentityError, Refusal};
use super::settings::IdentitySettings;
use super::truncate;
use crate::content::document::validate::disguises;

/// Longest display name, in characters.
const LONGEST_NAME: usize = 100;

/// How a deleted account is called.
pub const FORMER_MEMBER: &str = "A former member";

/// An account with its roles.
#[derive(Clone)]
pub struct Account {
    /// The row. It holds secrets: it is never printed.
    pub row: account::Model,
    /// Its roles, in ascending order.
    pub roles: Vec<Role>,
}

impl Account {
    /// Whether the second factor is in force.
    pub fn has_totp(&self) -> bool {
        self.row.totp_confirmed_at.is_some()
    }

    /// The roles in force: without a second factor, those that need one by the settings are left out.
    pub fn roles_in_force(&self, settings: &IdentitySettings) -> Vec<Role> {
        let withheld = settings.require_totp && !self.has_totp();
        let in_force = |role: &Role| !withheld || matches!(role, Role::Member | Role::TrustedMember);
        self.roles.iter().copied().filter(in_force).collect()
    }

    /// Whether the settings want a second factor that the account does not have yet.
    pub fn must_enrol_totp(&self, settings: &IdentitySettings) -> bool {
        self.roles_in_force(settings).len() < self.roles.len()
    }

    /// The address.
    pub fn email(&self) -> EmailAddress {
        EmailAddress::trusted(&self.row.email)
    }
}

/// The account with this address, unless it was deleted.
///
/// # Errors
/// Where the database is away.
pub async fn by_email(connection: &impl ConnectionTrait, email: &EmailAddress) -> Result<Option<Account>, DbErr> {
    let row = account::Entity::find()
        .filter(account::Column::Email.eq(email.as_str()))
        .filter(account::Column::DeletedAt.is_null())
        .one(connection)
        .await?;
    with_roles(connection, row).await
}

/// The account with this id, a deleted one as well.
///
/// # Errors
/// Where the database is away.
pub async fn by_id(connection: &impl ConnectionTrait, id: Uuid) -> Result<Option<Account>, DbErr> {
    let row = account::Entity::find_by_id(id).one(connection).await?;
    with_roles(connection, row).await
}

/// The same, with its row locked until the transaction ends, so that a suspension, a deletion or a change of roles comes
/// either before or after.
///
/// # Errors
/// Where the database is away.
pub async fn by_id_locked(transaction: &DatabaseTransaction, id: Uuid) -> Result<Option<Account>, DbErr> {
    let row = account::Entity::find_by_id(id)
        .lock_exclusive()
        .one(transaction)
        .await?;
    with_roles(transaction, row).await
}

async fn with_roles(connection: &impl ConnectionTrait, row: Option<account::Model>) -> Result<Option<Account>, DbErr> {
    match row {
        None => Ok(None),
        Some(row) => {
            let mut roles = roles_of(connection, [row.id]).await?;
            let roles = roles.remove(&row.id).unwrap_or_default();
            Ok(Some(Account { row, roles }))
        }
    }
}

/// The roles of several accounts, each in ascending order.
///
/// # Errors
/// Where the database is away.
pub async fn roles_of(
    connection: &impl ConnectionTrait,
    accounts: impl IntoIterator<Item = Uuid>,
) -> Result<HashMap<Uuid, Vec<Role>>, DbErr> {
    let mut roles: HashMap<Uuid, Vec<Role>> = HashMap::new();
    let rows = account_role::Entity::find()
        .filter(account_role::Column::AccountId.is_in(accounts))
        .all(connection)
        .await?;
    for row in rows {
        roles.entry(row.account_id).or_default().push(row.role);
    }
    for roles in roles.values_mut() {
        roles.sort_unstable();
    }
    Ok(roles)
}

/// All accounts that were not deleted, the oldest first.
///
/// # Errors
/// Where the database is away.
pub async fn all(connection: &impl ConnectionTrait) -> Result<Vec<Account>, DbErr> {
    let rows = account::Entity::find()
        .filter(account::Column::DeletedAt.is_null())
        .order_by_asc(account::Column::Id)
        .all(connection)
        .await?;
    let mut roles: HashMap<Uuid, Vec<Role>> = HashMap::new();
    for row in account_role::Entity::find().all(connection).await? {
        roles.entry(row.account_id).or_default().push(row.role);
    }
    Ok(rows
        .into_iter()
        .map(|row| {
            let mut roles = roles.remove(&row.id).unwrap_or_default();
            roles.sort_unstable();
            Account { row, roles }
        })
        .collect())
}

/// Somebody who gets an account.
pub struct NewAccount<'a> {
    /// The address.
    pub email: &'a EmailAddress,
    /// How the person wants to be called.
    pub display_name: &'a str,
    /// The hash of the password; none where the person signs in at a provider.
    pub password_hash: Option<String>,
    /// Whether the address is known to be the person's.
    pub verified: bool,
    /// Roles beside that of a member.
    pub roles: &'a [Role],
}

/// Makes an account and gives its id.
///
/// # Errors
/// Where the address is taken, or the database is away.
pub async fn insert(connection: &impl ConnectionTrait, new: NewAccount<'_>, now: DateTime<Utc>) -> Result<Uuid, DbErr> {
    let id = Uuid::now_v7();
    let now = truncate(now);
    account::Entity::insert(account::ActiveModel {
        id: Set(id),
        email: Set(new.email.as_str().to_owned()),
        email_verified_at: Set(new.verified.then_some(now)),
        password_hash: Set(new.password_hash),
        display_name: Set(new.display_name.to_owned()),
        created_at: Set(now),
        suspended_at: Set(None),
        deleted_at: Set(None),
        deleted_contributions: Set(None),
        practitioner_id: Set(None),
        totp_secret: Set(None),
        totp_confirmed_at: Set(None),
        totp_last_step: Set(None),
        grants_version: Set(1),
        grants_changed_at: Set(now),
        notification_mail: Set(NotificationMail::Daily),
        contributions_settled_at: Set(None),
    })
    .exec_without_returning(connection)
    .await?;
    let mut roles = vec![Role::Member];
    roles.extend(new.roles);
    roles.sort_unstable();
    roles.dedup();
    let rows = roles.into_iter().map(|role| account_role::ActiveModel {
        account_id: Set(id),
        role: Set(role),
        granted_at: Set(now),
    });
    account_role::Entity::insert_many(rows)
        .exec_without_returning(connection)
        .await?;
    Ok(id)
}

/// Reads an address of an input.
///
/// # Errors
/// `INVALID_EMAIL`.
pub fn read_email(text: &str) -> Result<EmailAddress, IdentityError> {
    EmailAddress::parse(text).ok_or_else(|| {
        IdentityError::refused(
            Refusal::InvalidEmail,
            "This is not an e-mail address; write e.g. `name@example.org`.",
            &["email"],
        )
    })
}

/// Reads a display name of an input: white space joined, nothing that can't be seen.
///
/// # Errors
/// `INVALID_DISPLAY_NAME`.
pub fn read_display_name(text: &str) -> Result<String, IdentityError> {
    let name = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let shown = name.chars().any(char::is_alphanumeric);
    let hidden = |character: char| {
        // Marks that turn the direction of the text around can make a name look like another.
        character.is_control() || disguises(character) || matches!(character, '\u{200e}' | '\u{200f}')
    };
    if !shown || name.chars().count() > LONGEST_NAME || name.contains(hidden) {
        return Err(IdentityError::refused(
            Refusal::InvalidDisplayName,
            format!("The name needs at least a letter or digit, and may have at most {LONGEST_NAME} characters."),
            &["displayName"],
        ));
    }
    Ok(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_display_name_can_be_seen() {
        assert_eq!(read_display_name("  Rosa \n Quispe ").unwrap(), "Rosa Quispe");
        assert!(read_display_name("रोजा").is_ok());
        for wrong in ["", "   ", "---", "Rosa\u{202e}", "Ro\u{0}sa", &"x".repeat(101)] {
            assert!(read_display_name(wrong).is_err(), "{wrong:?}");
        }
    }
}
