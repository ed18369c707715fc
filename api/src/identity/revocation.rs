//! What ends an access token before it expires: its session has ended, what its account may do has changed, or the application
//! that it was made for has.
//!
//! A request asks no database whether its token still holds. Each process keeps in memory which sessions ended, whose
//! grants and which applications changed within the lifetime of a token, learns at once of what it changed itself, and
//! reads every second what other processes changed. So a sign-out, a suspension or a withdrawn role takes effect within
//! about a second everywhere. While the database is away nothing new is learnt, and tokens hold until they expire.

use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};

use chrono::{DateTime, Duration, Utc};
use praxis_entities::{account, api_client, session};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QuerySelect};
use uuid::Uuid;

use super::token::{Holder, TokenError, Verified};
use super::truncate;

/// How far back each reading overlaps the one before: longer than a change takes from its moment, which is taken in its
/// transaction right before it is written, to its commit, and than clocks differ.
const OVERLAP: Duration = Duration::seconds(30);

#[derive(Default)]
struct Known {
    read_at: Option<DateTime<Utc>>,
    ended: HashMap<Uuid, DateTime<Utc>>,
    versions: Versions,
    clients: Versions,
}

/// The latest version of each account or application, and when it came to be.
type Versions = HashMap<Uuid, (i32, DateTime<Utc>)>;

/// The sessions that ended, and the accounts and applications that changed, as far as tokens of them may still be about.
#[derive(Default)]
pub struct Revocations {
    known: RwLock<Known>,
}

impl Revocations {
    /// Refuses a token whose session has ended, or whose account's grants or whose application have changed.
    ///
    /// # Errors
    /// `Ended`, `Outdated` or `ClientChanged`.
    pub fn check(&self, verified: &Verified) -> Result<(), TokenError> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        let outdated = is_newer(&known.versions, verified.holder.account(), verified.version);
        match &verified.holder {
            Holder::Session(signed_in) if known.ended.contains_key(&signed_in.session) => Err(TokenError::Ended),
            Holder::Session(_) if outdated => Err(TokenError::Outdated),
            Holder::Client { acting, version } if outdated || is_newer(&known.clients, acting.client, *version) => {
                Err(TokenError::ClientChanged)
            }
            Holder::Session(_) | Holder::Client { .. } => Ok(()),
        }
    }

    /// Notes that sessions have ended, after the commit: no token of them is made later.
    pub fn end(&self, sessions: impl IntoIterator<Item = Uuid>) {
        let at = Utc::now();
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        known.ended.extend(sessions.into_iter().map(|session| (session, at)));
    }

    /// Notes that the grants of an account have changed, after the commit.
    pub fn change(&self, account: Uuid, version: i32) {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        note(&mut known.versions, account, version, Utc::now());
    }

    /// Notes that applications have changed, after the commit: none of their tokens made before holds.
    pub fn change_clients(&self, clients: impl IntoIterator<Item = (Uuid, i32)>) {
        let at = Utc::now();
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        for (client, version) in clients {
            note(&mut known.clients, client, version, at);
        }
    }

    /// Whether a session is known to have ended.
    pub fn has_ended(&self, session: Uuid) -> bool {
        self.known
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .ended
            .contains_key(&session)
    }

    /// Reads what changed since the last reading, and forgets what no living token can be about.
    ///
    /// # Errors
    /// Where the database is away; what was known stays known.
    pub async fn refresh(
        &self,
        connection: &impl ConnectionTrait,
        token_lifetime: Duration,
        now: DateTime<Utc>,
    ) -> Result<(), DbErr> {
        let oldest = now - token_lifetime - OVERLAP;
        let last = self.known.read().unwrap_or_else(PoisonError::into_inner).read_at;
        let since = truncate(last.map_or(oldest, |last| (last - OVERLAP).max(oldest)));
        let ended: Vec<(Uuid, Option<DateTime<Utc>>)> = session::Entity::find()
            .select_only()
            .columns([session::Column::Id, session::Column::EndedAt])
            .filter(session::Column::EndedAt.gte(since))
            .into_tuple()
            .all(connection)
            .await?;
        let changed: Vec<(Uuid, i32, DateTime<Utc>)> = account::Entity::find()
            .select_only()
            .columns([
                account::Column::Id,
                account::Column::GrantsVersion,
                account::Column::GrantsChangedAt,
            ])
            .filter(account::Column::GrantsChangedAt.gte(since))
            .into_tuple()
            .all(connection)
            .await?;
        let clients: Vec<(Uuid, i32, DateTime<Utc>)> = api_client::Entity::find()
            .select_only()
            .columns([
                api_client::Column::Id,
                api_client::Column::Version,
                api_client::Column::ChangedAt,
            ])
            .filter(api_client::Column::ChangedAt.gte(since))
            .into_tuple()
            .all(connection)
            .await?;
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        known
            .ended
            .extend(ended.into_iter().map(|(session, at)| (session, at.unwrap_or(now))));
        for (account, version, at) in changed {
            note(&mut known.versions, account, version, at);
        }
        for (client, version, at) in clients {
            note(&mut known.clients, client, version, at);
        }
        known.ended.retain(|_, at| *at >= oldest);
        known.versions.retain(|_, (_, at)| *at >= oldest);
        known.clients.retain(|_, (_, at)| *at >= oldest);
        known.read_at = Some(now);
        Ok(())
    }
}

fn is_newer(versions: &Versions, id: Uuid, version: i32) -> bool {
    versions.get(&id).is_some_and(|(latest, _)| *latest > version)
}

fn note(versions: &mut Versions, id: Uuid, version: i32, at: DateTime<Utc>) {
    let entry = versions.entry(id).or_insert((version, at));
    if version > entry.0 {
        *entry = (version, at);
    }
}
