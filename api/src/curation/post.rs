//! Mailing notifications: at once, or as one letter a day or a week, as each reader wants it.
//!
//! Several processes may look at the same time. What one takes up is marked in the transaction in which it is read, so that
//! no other takes it up too; what a process had not taken up when it ended is taken up by the next. A letter that was
//! taken up may be lost with its process, as any letter may; what it told is still in the API.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use chrono::{DateTime, Utc};
use praxis_entities::vocabulary::NotificationKind;
use praxis_entities::{account, content, notification, saved_search, submission};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, JoinType, QueryFilter, QueryOrder, QuerySelect,
};
use uuid::Uuid;

use super::letters::{self, Item};
use super::notification::URGENT;
use crate::content::fields::public_url;
use crate::identity::account::{Account, roles_of};
use crate::identity::mail::Letter;
use crate::identity::remit::Remit;
use crate::identity::remit::rows::{self, Place, Subject};
use crate::identity::service::Identity;
use crate::identity::{Actor, SignedIn, truncate};
use crate::search::saved;

/// Most accounts and matters that are looked at in one round.
const ROUND: u64 = 200;
/// How many of what notifications are about are read with one statement. An import may answer a saved search many times over.
const READ_AT_ONCE: usize = 500;

/// Writes the letters that are due now. Links in them lead to this public address.
///
/// # Errors
/// Where the database is away; then nothing was taken up.
pub async fn deliver(identity: &Identity, public_url: &str, now: DateTime<Utc>) -> Result<(), DbErr> {
    let office = Office { identity, public_url };
    loop {
        let due = due(identity, now).await?;
        if due.is_empty() {
            return Ok(());
        }
        for letter in office.take_up(&due, truncate(now)).await? {
            identity.mailer.send(letter);
        }
    }
}

/// What an account is due a letter about. All that waits on a matter goes with it, whenever it would be due by itself.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Matter {
    /// What is urgent.
    Urgent,
    /// Everything that happened to contributions, urgent or not.
    Contributions,
    /// What answers a saved search.
    Search(Uuid),
}

/// The matters of each account.
type Due = BTreeMap<Uuid, BTreeSet<Matter>>;

/// Who is due a letter. Reads only: the one writer of SQLite is not for looking around.
async fn due(identity: &Identity, now: DateTime<Utc>) -> Result<Due, DbErr> {
    let rows: Vec<(Uuid, NotificationKind, Option<Uuid>)> = notification::Entity::find()
        .select_only()
        .columns([
            notification::Column::AccountId,
            notification::Column::Kind,
            notification::Column::SavedSearchId,
        ])
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
    for (account, kind, search) in rows {
        let matter = match search {
            Some(search) => Matter::Search(search),
            None if URGENT.contains(&kind) => Matter::Urgent,
            None => Matter::Contributions,
        };
        due.entry(account).or_default().insert(matter);
    }
    Ok(due)
}

fn can_be_written_to() -> Condition {
    Condition::all()
        .add(account::Column::EmailVerifiedAt.is_not_null())
        .add(account::Column::DeletedAt.is_null())
        .add(account::Column::SuspendedAt.is_null())
}

/// Which notifications go with the letters that these accounts are due.
fn going(due: &Due, accounts: &[account::Model]) -> Condition {
    let (mut urgent, mut contributions, mut searches) = (Vec::new(), Vec::new(), Vec::new());
    for account in accounts {
        for matter in due.get(&account.id).into_iter().flatten() {
            match matter {
                Matter::Urgent => urgent.push(account.id),
                Matter::Contributions => contributions.push(account.id),
                Matter::Search(search) => searches.push(*search),
            }
        }
    }
    Condition::any()
        .add(
            Condition::all()
                .add(notification::Column::AccountId.is_in(contributions))
                .add(notification::Column::SavedSearchId.is_null()),
        )
        .add(
            Condition::all()
                .add(notification::Column::AccountId.is_in(urgent))
                .add(notification::Column::Kind.is_in(URGENT)),
        )
        .add(notification::Column::SavedSearchId.is_in(searches))
}

/// Writes letters.
struct Office<'a> {
    identity: &'a Identity,
    public_url: &'a str,
}

/// What notifications are about.
struct Subjects {
    submissions: HashMap<Uuid, submission::Model>,
    contents: HashMap<Uuid, content::Model>,
    searches: HashMap<Uuid, saved_search::Model>,
    /// Where submissions and contents belong; read only where a reader is limited.
    places: HashMap<Subject, Place>,
}

impl Office<'_> {
    /// Marks what is due as mailed and gives the letters.
    async fn take_up(&self, due: &Due, now: DateTime<Utc>) -> Result<Vec<Letter>, DbErr> {
        let transaction = self.identity.database.begin().await?;
        // In one order, so that two processes wait for each other rather than for ever.
        let accounts = account::Entity::find()
            .filter(account::Column::Id.is_in(due.keys().copied()))
            .filter(can_be_written_to())
            .order_by_asc(account::Column::Id)
            .lock_exclusive()
            .all(&transaction)
            .await?;
        let mut taken = notification::Entity::update_many()
            .col_expr(notification::Column::MailedAt, Expr::value(now))
            .filter(notification::Column::MailedAt.is_null())
            .filter(notification::Column::MailDueAt.is_not_null())
            .filter(going(due, &accounts))
            .exec_with_returning(&transaction)
            .await?;
        taken.sort_by_key(|one| (one.account_id, one.id));
        let mut remits = rows::remits(&transaction, Some(accounts.iter().map(|row| row.id).collect())).await?;
        let subjects = Subjects::load(&transaction, &taken, !remits.is_empty()).await?;
        let mut roles = roles_of(&transaction, accounts.iter().map(|row| row.id)).await?;
        let mut letters = Vec::with_capacity(accounts.len());
        for row in accounts {
            let account = Account {
                roles: roles.remove(&row.id).unwrap_or_default(),
                row,
            };
            let own: Vec<&notification::Model> = taken.iter().filter(|one| one.account_id == account.row.id).collect();
            let remit = remits.remove(&account.row.id);
            letters.extend(self.about_contributions(&account, remit, &own, &subjects));
            letters.extend(self.about_searches(&account, &own, &subjects));
        }
        transaction.commit().await?;
        Ok(letters)
    }

    fn about_contributions(
        &self,
        account: &Account,
        remit: Option<Remit>,
        own: &[&notification::Model],
        subjects: &Subjects,
    ) -> Option<Letter> {
        let items: Vec<Item<'_>> = own
            .iter()
            .filter(|one| one.saved_search_id.is_none())
            .map(|notification| {
                let submission = notification.submission_id.and_then(|id| subjects.submissions.get(&id));
                let target = submission.and_then(|submission| submission.target_id);
                Item {
                    notification,
                    submission,
                    content: notification
                        .content_id
                        .or(target)
                        .and_then(|id| subjects.contents.get(&id)),
                    curated: remit.as_ref().is_none_or(|remit| subjects.within(remit, notification)),
                }
            })
            .collect();
        // What may be told is what the reader might see if they asked now.
        let reader = Actor::SignedIn(Arc::new(SignedIn {
            account: account.row.id,
            session: Uuid::nil(),
            roles: account.roles_in_force(&self.identity.settings),
            remit,
        }));
        letters::news(&account.email(), &account.row.display_name, &reader, &items)
    }

    /// One letter for each saved search, so that each can be ended by itself.
    fn about_searches(&self, account: &Account, own: &[&notification::Model], subjects: &Subjects) -> Vec<Letter> {
        let mut found: BTreeMap<Uuid, Vec<&content::Model>> = BTreeMap::new();
        for one in own {
            if let Some(search) = one.saved_search_id
                && let Some(content) = one.content_id.and_then(|id| subjects.contents.get(&id))
            {
                found.entry(search).or_default().push(content);
            }
        }
        found
            .into_iter()
            .filter_map(|(search, contents)| {
                let search = subjects.searches.get(&search)?;
                let unsubscribe = saved::unsubscribe_url(self.public_url, &self.identity.seal, search)
                    .inspect_err(|error| {
                        tracing::warn!(
                            message = error.message(),
                            "a letter about a saved search can't be written"
                        );
                    })
                    .ok()?;
                let found: Vec<(&content::Model, String)> = contents
                    .into_iter()
                    .map(|content| (content, public_url(self.public_url, content.kind, &content.slug)))
                    .collect();
                letters::matches(&account.email(), &account.row.display_name, search, unsubscribe, &found)
            })
            .collect()
    }
}

/// Keys, each once.
fn distinct(keys: impl Iterator<Item = Uuid>) -> Vec<Uuid> {
    let keys: HashSet<Uuid> = keys.collect();
    keys.into_iter().collect()
}

impl Subjects {
    /// Whether what a notification is about is within a remit.
    fn within(&self, remit: &Remit, told: &notification::Model) -> bool {
        let subject = match (told.submission_id, told.content_id) {
            (Some(id), _) => Subject::Submission(id),
            (None, Some(id)) => Subject::Content(id),
            (None, None) => return false,
        };
        self.places
            .get(&subject)
            .is_some_and(|(language, countries)| remit.holds(language, countries))
    }

    async fn load(
        connection: &impl ConnectionTrait,
        told: &[notification::Model],
        limited: bool,
    ) -> Result<Self, DbErr> {
        let keys = |key: fn(&notification::Model) -> Option<Uuid>| distinct(told.iter().filter_map(key));
        let mut found = Self {
            submissions: HashMap::new(),
            contents: HashMap::new(),
            searches: HashMap::new(),
            places: HashMap::new(),
        };
        for some in keys(|one| one.submission_id).chunks(READ_AT_ONCE) {
            let rows = submission::Entity::find()
                .filter(submission::Column::Id.is_in(some.iter().copied()))
                .all(connection)
                .await?;
            found.submissions.extend(rows.into_iter().map(|row| (row.id, row)));
            if limited {
                let places = rows::places(connection, some.to_vec(), Vec::new()).await?;
                found.places.extend(places);
            }
        }
        let targets = found.submissions.values().filter_map(|row| row.target_id);
        let contents = distinct(keys(|one| one.content_id).into_iter().chain(targets));
        for some in contents.chunks(READ_AT_ONCE) {
            let rows = content::Entity::find()
                .filter(content::Column::Id.is_in(some.iter().copied()))
                .all(connection)
                .await?;
            found.contents.extend(rows.into_iter().map(|row| (row.id, row)));
            if limited {
                let places = rows::places(connection, Vec::new(), some.to_vec()).await?;
                found.places.extend(places);
            }
        }
        for some in keys(|one| one.saved_search_id).chunks(READ_AT_ONCE) {
            let rows = saved_search::Entity::find()
                .filter(saved_search::Column::Id.is_in(some.iter().copied()))
                .all(connection)
                .await?;
            found.searches.extend(rows.into_iter().map(|row| (row.id, row)));
        }
        Ok(found)
    }
}
