//! `praxis keys`: the keys that sign access tokens, and what they and other secrets are encrypted with.

use chrono::{DateTime, Utc};
use clap::{Args, Subcommand};
use praxis_entities::signing_key;

use super::{CommandError, say};
use crate::config::Config;
use crate::identity::service::Identity;
use crate::identity::{keys, renewal};
use crate::service::{StartError, Store};

/// Lists and rotates the keys that sign access tokens, and encrypts secrets in the database. Works beside running servers, which
/// learn of it within a second.
#[derive(Args, Debug)]
pub struct KeysArguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand, Debug)]
enum Action {
    /// Makes a new key. It is published at once and signs ten minutes later; what the old one signed stays valid until it
    /// expires.
    Rotate {
        /// The old keys may be in wrong hands: remove them now. All access tokens end; sessions go on.
        #[arg(long)]
        revoke: bool,
    },
    /// Encrypts what lies open in the database, or was encrypted with PRAXIS_PREVIOUS_SECRET_KEY, with PRAXIS_SECRET_KEY:
    /// signing keys, second factors, addresses of feeds. Give both keys to every server before, and take the previous one away
    /// afterwards.
    Seal,
    /// Lists the keys.
    List,
}

/// Runs the command.
///
/// # Errors
/// Where the database is away or a key can't be opened.
pub async fn run(config: &Config, arguments: KeysArguments) -> Result<(), CommandError> {
    let store = Store::open(config).await?;
    let identity = Identity::open(config, store.database).await.map_err(StartError::from)?;
    act(&identity, arguments.action).await
}

async fn act(identity: &Identity, action: Action) -> Result<(), CommandError> {
    let now = Utc::now();
    match action {
        Action::Rotate { revoke } => {
            let lifetime = identity.settings.access_token;
            let key = keys::rotate(&identity.database, &identity.seal, now, lifetime, revoke).await?;
            say(&format!("key {} signs from {}", key.kid, shown(key.signs_from)));
        }
        Action::Seal => {
            if !identity.seal.encrypts() {
                return Err(CommandError::Failed(
                    "there is nothing to encrypt with: set PRAXIS_SECRET_KEY to at least 32 characters, the same for all \
                     processes"
                        .to_owned(),
                ));
            }
            let renewed = renewal::renew(&identity.database, &identity.seal).await?;
            say(&format!(
                "encrypted {} signing keys, {} second factors and {} addresses of feeds; what else there is was already",
                renewed.signing_keys, renewed.second_factors, renewed.feeds
            ));
        }
        Action::List => {
            let all = keys::list(identity.database.read()).await?;
            for key in &all {
                say(&format!("{}\t{}", key.kid, state(key, &all, now)));
            }
        }
    }
    Ok(())
}

/// What a key does at this moment.
fn state(key: &signing_key::Model, all: &[signing_key::Model], now: DateTime<Utc>) -> String {
    let signing = all
        .iter()
        .filter(|key| key.signs_from <= now)
        .max_by_key(|key| key.signs_from)
        .is_some_and(|signing| signing.kid == key.kid);
    match key.verifies_until {
        Some(until) if until <= now => "over".to_owned(),
        Some(until) if signing => format!("signs; verifies until {}", shown(until)),
        Some(until) => format!("verifies until {}", shown(until)),
        None if signing => "signs".to_owned(),
        None => format!("signs from {}", shown(key.signs_from)),
    }
}

fn shown(moment: DateTime<Utc>) -> String {
    moment.format("%F %T UTC").to_string()
}
