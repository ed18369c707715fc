//! `praxis keys`: the keys that sign access tokens.

use chrono::{DateTime, Utc};
use clap::{Args, Subcommand};
use praxis_entities::signing_key;

use super::{CommandError, say};
use crate::config::Config;
use crate::identity::error::IdentityError;
use crate::identity::keys;
use crate::identity::service::Identity;
use crate::service::{StartError, Store};

/// Lists and rotates the keys that sign access tokens. Works beside running servers, which learn of it within a second.
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
    Ok(act(&identity, arguments.action).await?)
}

async fn act(identity: &Identity, action: Action) -> Result<(), IdentityError> {
    let now = Utc::now();
    match action {
        Action::Rotate { revoke } => {
            let lifetime = identity.settings.access_token;
            let key = keys::rotate(&identity.database, &identity.seal, now, lifetime, revoke).await?;
            say(&format!("key {} signs from {}", key.kid, shown(key.signs_from)));
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
