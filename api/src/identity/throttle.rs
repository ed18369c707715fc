//! Slow-down and lock-out of guesses, by e-mail address and by network.
//!
//! An attempt is counted before it is made and forgiven when it succeeds, so that many at the same time do not get more
//! tries than many one after another. Whether the address has an account makes no difference. Addresses and networks are
//! kept as hashes with a salt of the database, and forgotten after a day.

use std::net::IpAddr;

use chrono::{DateTime, Duration, Utc};
use praxis_entities::throttle;
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::email_address::EmailAddress;
use super::error::{IdentityError, Refusal};
use super::truncate;
use crate::database::Database;

/// How many failures are free, how long each further one is answered with waiting, and when they are forgotten.
#[derive(Clone, Copy, Debug)]
pub struct Policy {
    /// Failures without any wait.
    pub free: i32,
    /// The wait after the first failure that is not free; each further one doubles it.
    pub first: Duration,
    /// The longest wait: the lock-out.
    pub longest: Duration,
    /// Failures older than this are forgotten.
    pub window: Duration,
}

/// Guesses at the password or the second factor of one account: four free, then 1, 2, 4 … seconds, and a quarter of an
/// hour from the fifteenth on.
pub const BY_ADDRESS: Policy = Policy {
    free: 4,
    first: Duration::seconds(1),
    longest: Duration::minutes(15),
    window: Duration::hours(24),
};

/// Guesses and sign-ups from one network, which many people may share.
pub const BY_NETWORK: Policy = Policy {
    free: 100,
    first: Duration::seconds(1),
    longest: Duration::minutes(15),
    window: Duration::hours(1),
};

/// Guesses at the secret of one application from one network, where several of its processes may begin at once.
pub const BY_CLIENT: Policy = Policy {
    free: 20,
    first: Duration::seconds(1),
    longest: Duration::minutes(15),
    window: Duration::hours(1),
};

/// Letters to one address that nobody there asked for.
pub const LETTERS: Policy = Policy {
    free: 3,
    first: Duration::minutes(5),
    longest: Duration::hours(6),
    window: Duration::hours(24),
};

impl Policy {
    /// How long to wait after so many failures.
    pub fn wait(&self, failures: i32) -> Option<Duration> {
        let beyond = u32::try_from(failures - self.free - 1).ok()?;
        let factor = 1_i32.checked_shl(beyond.min(20)).unwrap_or(i32::MAX);
        Some((self.first * factor).min(self.longest))
    }
}

/// Who is counted, and how.
#[derive(Clone, Debug)]
pub struct Subject {
    key: String,
    policy: Policy,
    /// Whether a success forgives all failures: so with an address, whose owner it must have been.
    forgets: bool,
}

/// Names subjects, with a salt of the database.
#[derive(Clone)]
pub struct Subjects {
    salt: String,
}

impl Subjects {
    /// Subjects of the database with this salt.
    pub fn new(salt: String) -> Self {
        Self { salt }
    }

    fn subject(&self, kind: &str, value: &str, policy: Policy) -> Subject {
        let digest = Sha256::new()
            .chain_update(&self.salt)
            .chain_update([0])
            .chain_update(value)
            .finalize();
        Subject {
            key: format!("{kind}:{}", data_encoding::HEXLOWER.encode(&digest)),
            policy,
            forgets: kind != "network",
        }
    }

    /// Guesses at the account with this address.
    pub fn address(&self, address: &EmailAddress) -> Subject {
        self.subject("address", address.as_str(), BY_ADDRESS)
    }

    /// Attempts from the network of this address.
    pub fn network(&self, address: IpAddr) -> Subject {
        self.subject("network", &network(address), BY_NETWORK)
    }

    /// People from the network of this address who are on their way to a provider. They are counted apart from guesses, since any
    /// web page can send a browser there.
    pub fn on_the_way(&self, address: IpAddr) -> Subject {
        self.subject("on-the-way", &network(address), BY_NETWORK)
    }

    /// Guesses at the password by somebody who is signed in.
    pub fn owner(&self, account: Uuid) -> Subject {
        self.subject("owner", &account.to_string(), BY_ADDRESS)
    }

    /// Guesses at the second factor by somebody who is signed in.
    pub fn second_factor(&self, account: Uuid) -> Subject {
        self.subject("second-factor", &account.to_string(), BY_ADDRESS)
    }

    /// Guesses at the secret of the application with this id, from the network of this address. They are counted for each
    /// network: an id is no secret, and nobody is to lock an application out from elsewhere.
    pub fn client(&self, id: &str, address: IpAddr) -> Subject {
        self.subject("client", &format!("{id} {}", network(address)), BY_CLIENT)
    }

    /// Letters to this address.
    pub fn letters(&self, address: &EmailAddress) -> Subject {
        self.subject("letters", address.as_str(), LETTERS)
    }
}

/// The network of an address: what one subscriber usually has.
fn network(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(address) => {
            let [a, b, c, _] = address.octets();
            format!("{a}.{b}.{c}.0/24")
        }
        IpAddr::V6(address) => {
            let [a, b, c, ..] = address.segments();
            format!("{a:x}:{b:x}:{c:x}::/48")
        }
    }
}

/// Counts an attempt of each subject as failed, unless one of them has to wait. [`forgive`] takes it back.
///
/// # Errors
/// `TOO_MANY_ATTEMPTS` where one has to wait.
pub async fn enter(database: &Database, subjects: &[Subject], now: DateTime<Utc>) -> Result<(), IdentityError> {
    match attempt(database, subjects, now).await? {
        None => Ok(()),
        Some(seconds) => Err(IdentityError::refused(
            Refusal::TooManyAttempts,
            format!("Too many failed attempts; try again in {seconds} s."),
            &[],
        )),
    }
}

/// The same, and gives how many seconds one has to wait.
///
/// # Errors
/// Where the database is away.
pub async fn attempt(database: &Database, subjects: &[Subject], now: DateTime<Utc>) -> Result<Option<i64>, DbErr> {
    let now = truncate(now);
    let transaction = database.begin().await?;
    let mut ordered: Vec<&Subject> = subjects.iter().collect();
    // In one order, so that two attempts can't wait for each other's rows.
    ordered.sort_by(|one, other| one.key.cmp(&other.key));
    let mut rows = Vec::with_capacity(ordered.len());
    for subject in ordered {
        let row = take(&transaction, subject, now).await?;
        if let Some(until) = row.locked_until.filter(|until| *until > now) {
            transaction.rollback().await?;
            metrics::counter!("praxis_throttled_attempts_total").increment(1);
            return Ok(Some((until - now).num_seconds() + 1));
        }
        rows.push((subject, row));
    }
    for (subject, row) in rows {
        let over = now - row.window_started_at > subject.policy.window;
        let (failures, begun) = if over {
            (1, now)
        } else {
            (row.failures.saturating_add(1), row.window_started_at)
        };
        throttle::Entity::update(throttle::ActiveModel {
            subject: Set(row.subject),
            failures: Set(failures),
            window_started_at: Set(begun),
            locked_until: Set(subject.policy.wait(failures).map(|wait| now + wait)),
        })
        .exec(&transaction)
        .await?;
    }
    transaction.commit().await?;
    Ok(None)
}

/// Reads the row of a subject, made where it is missing, under a lock until the transaction ends.
async fn take(
    connection: &impl ConnectionTrait,
    subject: &Subject,
    now: DateTime<Utc>,
) -> Result<throttle::Model, DbErr> {
    throttle::Entity::insert(throttle::ActiveModel {
        subject: Set(subject.key.clone()),
        failures: Set(0),
        window_started_at: Set(now),
        locked_until: Set(None),
    })
    .on_conflict(
        // Writing the key onto itself takes the lock of the row.
        OnConflict::column(throttle::Column::Subject)
            .update_column(throttle::Column::Subject)
            .to_owned(),
    )
    .exec_without_returning(connection)
    .await?;
    throttle::Entity::find_by_id(subject.key.clone())
        .one(connection)
        .await?
        .ok_or_else(|| DbErr::RecordNotFound("throttle".to_owned()))
}

/// Takes back what [`enter`] counted, after the attempt has succeeded: everything of the address, one of the network.
///
/// # Errors
/// Where the database is away.
pub async fn forgive(database: &Database, subjects: &[Subject]) -> Result<(), DbErr> {
    take_back(database, subjects, true).await
}

/// Takes back one attempt of each subject that did not fail but did not succeed either. Earlier failures stay.
///
/// # Errors
/// Where the database is away.
pub async fn refund(database: &Database, subjects: &[Subject]) -> Result<(), DbErr> {
    take_back(database, subjects, false).await
}

async fn take_back(database: &Database, subjects: &[Subject], succeeded: bool) -> Result<(), DbErr> {
    use sea_orm::ExprTrait;
    let transaction = database.begin().await?;
    let mut ordered: Vec<&Subject> = subjects.iter().collect();
    ordered.sort_by(|one, other| one.key.cmp(&other.key));
    for subject in ordered {
        if succeeded && subject.forgets {
            throttle::Entity::delete_by_id(subject.key.clone())
                .exec(&transaction)
                .await?;
            continue;
        }
        throttle::Entity::update_many()
            .col_expr(throttle::Column::Failures, Expr::col(throttle::Column::Failures).sub(1))
            .col_expr(throttle::Column::LockedUntil, Expr::value(None::<DateTime<Utc>>))
            .filter(throttle::Column::Subject.eq(subject.key.clone()))
            .filter(throttle::Column::Failures.gt(0))
            .exec(&transaction)
            .await?;
    }
    transaction.commit().await
}

/// Forgets what is older than a day.
///
/// # Errors
/// Where the database is away.
pub async fn prune(connection: &impl ConnectionTrait, now: DateTime<Utc>) -> Result<(), DbErr> {
    throttle::Entity::delete_many()
        .filter(throttle::Column::WindowStartedAt.lt(truncate(now - Duration::hours(25))))
        .exec(connection)
        .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn waiting_doubles_up_to_the_lock_out() {
        let waits: Vec<Option<i64>> = (1..=16)
            .map(|failures| BY_ADDRESS.wait(failures).map(|wait| wait.num_seconds()))
            .collect();
        assert_eq!(&waits[..4], &[None; 4]);
        assert_eq!(&waits[4..8], &[Some(1), Some(2), Some(4), Some(8)]);
        assert_eq!(waits[15], Some(900));
    }

    #[test]
    fn neighbours_share_a_network() {
        let subjects = Subjects::new("salt".to_owned());
        let key = |text: &str| subjects.network(text.parse().unwrap()).key;
        assert_eq!(key("192.0.2.1"), key("192.0.2.200"));
        assert_eq!(key("192.0.2.1"), key("::ffff:192.0.2.9"));
        assert_ne!(key("192.0.2.1"), key("192.0.3.1"));
        assert_eq!(key("2001:db8:1:2::1"), key("2001:db8:1:3::1"));
        assert!(!key("192.0.2.1").contains("192.0.2"));
    }

    proptest! {
        #[test]
        fn waiting_never_shrinks(failures in 0..i32::MAX - 1) {
            for policy in [BY_ADDRESS, BY_NETWORK, BY_CLIENT, LETTERS] {
                prop_assert!(policy.wait(failures) <= policy.wait(failures + 1));
                prop_assert!(policy.wait(failures).is_none_or(|wait| wait <= policy.longest));
            }
        }
    }
}
