//! Mailing notifications: at once, or as one letter a day or a week, as each reader wants it.
//!
//! Several processes may look at the same time. What one takes up is marked in the transaction in which it is read, so that
//! no other takes it up too; what a process had not taken up when it ended is taken up by the next. A letter that was
//! taken up may be lost with its process, as any letter may; what it told is still in the API.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use chrono::{DateTime, Utc};
use praxis_entities::vocabulary::NotificationKind;
use praxis_entities::{account, content, notification, submission};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, JoinType, QueryFilter, QueryOrder, QuerySelect,
};
use uuid::Uuid;

use super::letters::{self, Item};
use super::notification::URGENT;
use crate::identity::account::{Account, roles_of};
use crate::identity::mail::Letter;
use crate::identity::service::Identity;
use crate::identity::{Actor, SignedIn, truncate};

/// Most accounts and kinds that are looked at in one round.
const ROUND: u64 = 200;

/// Writes the letters that are due now.
///
/// # Errors
/// Where the database is away; then nothing was taken up.
pub async fn deliver(identity: &Identity, now: DateTime<Utc>) -> Result<(), DbErr> {
    loop {
        let due = due(identity, now).await?;
        if due.is_empty() {
            return Ok(());
        }
        for letter in take_up(identity, &due, truncate(now)).await? {
            identity.mailer.send(letter);
        }
    }
}

/// Whether an account gets all that waits for a letter, or only what is urgent.
type Due = BTreeMap<Uuid, Extent>;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Extent {
    Urgent,
    All,
}

/// Who is due a letter. Reads only: the one writer of SQLite is not for looking around.
async fn due(identity: &Identity, now: DateTime<Utc>) -> Result<Due, DbErr> {
    let rows: Vec<(Uuid, NotificationKind)> = notification::Entity::find()
        .select_only()
        .columns([notification::Column::AccountId, notification::Column::Kind])
        .distinct()
        .join(
            JoinType::InnerJoin,
            notification::Entity::belongs_to(account::Entity)
                .from(notification::Column::AccountId)
                .to(account::Column::Id)
                .into(),
        )
        .filter(notification::Column::MailedAt.is_null())
        .filter(notification::Column::MailDueAt.lte(now))
        .filter(can_be_written_to())
        .order_by_asc(notification::Column::AccountId)
        .limit(ROUND)
        .into_tuple()
        .all(identity.database.read())
        .await?;
    let mut due = Due::new();
    for (account, kind) in rows {
        let extent = due.entry(account).or_insert(Extent::Urgent);
        if !URGENT.contains(&kind) {
            *extent = Extent::All;
        }
    }
    Ok(due)
}

fn can_be_written_to() -> Condition {
    Condition::all()
        .add(account::Column::EmailVerifiedAt.is_not_null())
        .add(account::Column::DeletedAt.is_null())
        .add(account::Column::SuspendedAt.is_null())
}

/// Marks what is due as mailed and gives the letters.
async fn take_up(identity: &Identity, due: &Due, now: DateTime<Utc>) -> Result<Vec<Letter>, DbErr> {
    let transaction = identity.database.begin().await?;
    // In one order, so that two processes wait for each other rather than for ever.
    let accounts = account::Entity::find()
        .filter(account::Column::Id.is_in(due.keys().copied()))
        .filter(can_be_written_to())
        .order_by_asc(account::Column::Id)
        .lock_exclusive()
        .all(&transaction)
        .await?;
    let of = |extent: Extent| {
        accounts
            .iter()
            .map(|account| account.id)
            .filter(move |id| due.get(id) == Some(&extent))
    };
    let taken = notification::Entity::update_many()
        .col_expr(notification::Column::MailedAt, Expr::value(now))
        .filter(notification::Column::MailedAt.is_null())
        .filter(notification::Column::MailDueAt.is_not_null())
        .filter(
            Condition::any()
                .add(notification::Column::AccountId.is_in(of(Extent::All)))
                .add(
                    Condition::all()
                        .add(notification::Column::AccountId.is_in(of(Extent::Urgent)))
                        .add(notification::Column::Kind.is_in(URGENT)),
                ),
        )
        .exec_with_returning(&transaction)
        .await?;
    let letters = write(identity, &transaction, accounts, taken).await?;
    transaction.commit().await?;
    Ok(letters)
}

/// The letters about these notifications, one for each account.
async fn write(
    identity: &Identity,
    connection: &impl ConnectionTrait,
    accounts: Vec<account::Model>,
    mut taken: Vec<notification::Model>,
) -> Result<Vec<Letter>, DbErr> {
    taken.sort_by_key(|one| (one.account_id, one.id));
    let submissions: HashSet<Uuid> = taken.iter().filter_map(|one| one.submission_id).collect();
    let submissions: HashMap<Uuid, submission::Model> = submission::Entity::find()
        .filter(submission::Column::Id.is_in(submissions))
        .all(connection)
        .await?
        .into_iter()
        .map(|row| (row.id, row))
        .collect();
    let targets = submissions.values().filter_map(|row| row.target_id);
    let contents: HashSet<Uuid> = taken.iter().filter_map(|one| one.content_id).chain(targets).collect();
    let contents: HashMap<Uuid, content::Model> = content::Entity::find()
        .filter(content::Column::Id.is_in(contents))
        .all(connection)
        .await?
        .into_iter()
        .map(|row| (row.id, row))
        .collect();
    let mut roles = roles_of(connection, accounts.iter().map(|row| row.id)).await?;
    let mut letters = Vec::with_capacity(accounts.len());
    for row in accounts {
        let account = Account {
            roles: roles.remove(&row.id).unwrap_or_default(),
            row,
        };
        let items: Vec<Item<'_>> = taken
            .iter()
            .filter(|one| one.account_id == account.row.id)
            .map(|notification| {
                let submission = notification.submission_id.and_then(|id| submissions.get(&id));
                let target = submission.and_then(|submission| submission.target_id);
                Item {
                    notification,
                    submission,
                    content: notification.content_id.or(target).and_then(|id| contents.get(&id)),
                }
            })
            .collect();
        // What may be told is what the reader might see if they asked now.
        let reader = Actor::SignedIn(Arc::new(SignedIn {
            account: account.row.id,
            session: Uuid::nil(),
            roles: account.roles_in_force(&identity.settings),
        }));
        letters.extend(letters::news(
            &account.email(),
            &account.row.display_name,
            &reader,
            &items,
        ));
    }
    Ok(letters)
}
