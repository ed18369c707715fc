//! The identity service: what its operations share.

use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use praxis_entities::vocabulary::OneTimePurpose;

use super::Actor;
use super::account::Account;
use super::email_address::EmailAddress;
use super::error::IdentityError;
use super::keys::{self, KeyRing};
use super::mail::{Letter, Mailer};
use super::one_time;
use super::openid::OpenId;
use super::password::Passwords;
use super::revocation::Revocations;
use super::seal::Seal;
use super::settings::IdentitySettings;
use super::throttle::{self, Subjects};
use super::token::Verifier;
use crate::config::{Config, Secret};
use crate::database::Database;
use crate::graphql::errors::{ApiError, Code};

/// Answers that must not tell whether an address has an account are given at multiples of this time, which hides small
/// differences in the work behind them.
const GRAIN: Duration = Duration::from_millis(100);

/// Accounts, sessions and tokens of one process.
pub struct Identity {
    /// The database.
    pub database: Database,
    /// How accounts and sessions behave.
    pub settings: IdentitySettings,
    /// Hashes passwords.
    pub passwords: Passwords,
    /// Keys that sign access tokens.
    pub keys: KeyRing,
    /// Seals secrets in the database.
    pub seal: Seal,
    /// What ends access tokens early.
    pub revocations: Revocations,
    /// Verifies access tokens.
    pub verifier: Verifier,
    /// Sends letters.
    pub mailer: Mailer,
    /// Names those whose attempts are counted.
    pub subjects: Subjects,
    /// The provider by which people may sign in.
    pub openid: Option<OpenId>,
}

impl Identity {
    /// The identity service for these settings. Makes the first signing key where there is none.
    ///
    /// # Errors
    /// Where the database is away, a key can't be opened, or mail can't be sent with these settings.
    pub async fn open(config: &Config, database: Database) -> Result<Self, IdentityError> {
        let settings = IdentitySettings::of(config);
        let seal = Seal::of(config)?;
        let now = Utc::now();
        keys::ensure(&database, &seal, now).await?;
        let keys = KeyRing::load(database.read(), &seal).await?;
        let revocations = Revocations::default();
        revocations.refresh(database.read(), settings.access_token, now).await?;
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let salt = database.identity().await?.to_string();
        Ok(Self {
            passwords: Passwords::new(cores)?,
            verifier: Verifier::new(&settings),
            mailer: Mailer::new(&config.mail_from, config.smtp_url.as_ref(), &config.data_dir)?,
            subjects: Subjects::new(salt),
            openid: OpenId::of(config)?,
            database,
            settings,
            keys,
            seal,
            revocations,
        })
    }

    /// Who sends this access token.
    ///
    /// # Errors
    /// `UNAUTHENTICATED` where it is not accepted, with the reason.
    pub fn authenticate(&self, token: &str, now: DateTime<Utc>) -> Result<Actor, ApiError> {
        let verified = self.verifier.verify(&self.keys, token, now).and_then(|verified| {
            self.revocations.check(&verified)?;
            Ok(verified)
        });
        match verified {
            Ok(verified) => Ok(verified.holder.into()),
            Err(error) => Err(ApiError::new(Code::Unauthenticated, error.to_string())),
        }
    }

    /// Whether a letter may go that its reader may not have asked for, and counts it: not where they got several already.
    /// It is asked before a code for the letter is made, since a new code ends the one before, which must stay good where no
    /// letter goes.
    pub(super) async fn may_write(&self, to: &EmailAddress, now: DateTime<Utc>) -> Result<bool, IdentityError> {
        let wait = throttle::attempt(&self.database, &[self.subjects.letters(to)], now).await?;
        Ok(wait.is_none())
    }

    /// Makes a code for an account and sends the letter with it, unless its reader got several letters already.
    pub(super) async fn send_code(
        &self,
        account: &Account,
        purpose: OneTimePurpose,
        compose: impl FnOnce(&IdentitySettings, &EmailAddress, &str, &Secret) -> Letter,
        now: DateTime<Utc>,
    ) -> Result<(), IdentityError> {
        let email = account.email();
        if !self.may_write(&email, now).await? {
            return Ok(());
        }
        let transaction = self.database.begin().await?;
        let token = one_time::issue(&transaction, account.row.id, purpose, None, now).await?;
        transaction.commit().await?;
        self.mailer
            .send(compose(&self.settings, &email, &account.row.display_name, &token));
        Ok(())
    }
}

/// Waits until the next multiple of [`GRAIN`] since `begun`.
pub(super) async fn even_out(begun: Instant) {
    let elapsed = begun.elapsed().as_millis();
    let grain = GRAIN.as_millis();
    let rest = grain - elapsed % grain;
    tokio::time::sleep(Duration::from_millis(u64::try_from(rest).unwrap_or(0))).await;
}
