//! Going over to another secret key: secrets that lie open in the database, or were sealed with the previous key, are sealed
//! with the present one.

use chrono::Utc;
use praxis_entities::{account, saved_search, signing_key};
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect, TryGetable, Value};
use uuid::Uuid;

use super::Actor;
use super::audit;
use super::error::IdentityError;
use super::seal::{Seal, purpose};
use crate::database::Database;

/// How many secrets of each sort are not sealed with the present key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Outdated {
    /// Private keys that sign access tokens.
    pub signing_keys: usize,
    /// Second factors of accounts.
    pub second_factors: usize,
    /// Addresses of the feeds of saved searches.
    pub feeds: usize,
}

impl Outdated {
    /// All of them.
    pub fn all(self) -> usize {
        self.signing_keys + self.second_factors + self.feeds
    }
}

/// Counts the secrets that lie open or were sealed with the previous key.
///
/// # Errors
/// Where the database is away, or a secret opens with neither key.
pub async fn outdated(connection: &impl ConnectionTrait, seal: &Seal) -> Result<Outdated, IdentityError> {
    walk(connection, seal, false).await
}

/// Seals them with the present key, and says how many there were: all or none.
///
/// # Errors
/// As [`outdated`].
pub async fn renew(database: &Database, seal: &Seal) -> Result<Outdated, IdentityError> {
    let transaction = database.begin().await?;
    let renewed = walk(&transaction, seal, true).await?;
    if renewed.all() > 0 {
        audit::record(
            &transaction,
            audit::Entry {
                subject: "secrets".to_owned(),
                reason: Some(format!("{} secrets sealed with the present key", renewed.all())),
                ..audit::Entry::new(&Actor::System, "SECRETS_SEALED", Utc::now())
            },
        )
        .await?;
    }
    transaction.commit().await?;
    Ok(renewed)
}

async fn walk(connection: &impl ConnectionTrait, seal: &Seal, write: bool) -> Result<Outdated, IdentityError> {
    use {account::Column as Account, saved_search::Column as Saved, signing_key::Column as Key};
    let of_key = |kid: &String| purpose::signing_key(kid);
    let of_account = |id: &Uuid| purpose::second_factor(*id);
    let of_feed = |_: &Uuid| purpose::FEED.to_owned();
    Ok(Outdated {
        signing_keys: column::<signing_key::Entity, _>(connection, seal, Key::Kid, Key::PrivateKey, of_key, write)
            .await?,
        second_factors: column::<account::Entity, _>(
            connection,
            seal,
            Account::Id,
            Account::TotpSecret,
            of_account,
            write,
        )
        .await?,
        feeds: column::<saved_search::Entity, _>(connection, seal, Saved::Id, Saved::FeedSealed, of_feed, write)
            .await?,
    })
}

/// Counts the outdated secrets of one column, and renews them where that is wanted.
async fn column<E, Id>(
    connection: &impl ConnectionTrait,
    seal: &Seal,
    id: E::Column,
    sealed: E::Column,
    purpose: impl Fn(&Id) -> String,
    write: bool,
) -> Result<usize, IdentityError>
where
    E: EntityTrait,
    Id: TryGetable + Into<Value> + Send,
{
    let rows: Vec<(Id, String)> = E::find()
        .select_only()
        .columns([id, sealed])
        .filter(sealed.is_not_null())
        .into_tuple()
        .all(connection)
        .await?;
    let mut outdated = 0;
    for (key, before) in rows {
        let Some(renewed) = seal.renewed(&purpose(&key), &before)? else {
            continue;
        };
        outdated += 1;
        if write {
            // One that somebody has just replaced was sealed with the present key.
            E::update_many()
                .col_expr(sealed, Expr::val(renewed))
                .filter(Expr::col(id).eq(key.into()))
                .filter(sealed.eq(before))
                .exec(connection)
                .await?;
        }
    }
    Ok(outdated)
}
