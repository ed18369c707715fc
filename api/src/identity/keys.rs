//! The keys that sign access tokens: Ed25519 pairs in the database, which all processes share.
//!
//! Why in the database: several processes on one PostgreSQL must accept each other's tokens, and a key that lies in one
//! process's data directory would have to be carried to the others by hand. What protects it there is [`Seal`].
//!
//! Rotation overlaps: a new key is published at once, signs only after a lead time in which every process and every
//! partner's cache of `/.well-known/jwks.json` has learnt of it, and the old one still verifies until the last token
//! that it signed has expired.

use std::sync::{Arc, PoisonError, RwLock};

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Duration, Utc};
use jsonwebtoken::{DecodingKey, EncodingKey};
use praxis_entities::signing_key;
use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::audit;
use super::error::IdentityError;
use super::seal::{Seal, purpose};
use super::{Actor, truncate};
use crate::database::Database;

/// How long before it signs a new key is published; longer than partners may cache the published keys.
pub const LEAD: Duration = Duration::minutes(10);

/// A key pair in use.
pub struct SigningKey {
    /// The key id.
    pub kid: String,
    /// From when it signs.
    pub signs_from: DateTime<Utc>,
    /// Until when what it signed is accepted.
    pub verifies_until: Option<DateTime<Utc>>,
    /// The public key, in base64url.
    pub public: String,
    /// Signs.
    pub encoding: EncodingKey,
    /// Verifies.
    pub decoding: DecodingKey,
}

impl SigningKey {
    fn read(row: signing_key::Model, seal: &Seal) -> Result<Self, IdentityError> {
        let private = seal.open(&purpose::signing_key(&row.kid), &row.private_key)?;
        Ed25519KeyPair::from_pkcs8(&private)
            .map_err(|_| IdentityError::Key(format!("the signing key {} in the database is damaged", row.kid)))?;
        let decoding = DecodingKey::from_ed_components(&row.public_key)
            .map_err(|_| IdentityError::Key(format!("the public key {} in the database is damaged", row.kid)))?;
        Ok(Self {
            kid: row.kid,
            signs_from: row.signs_from,
            verifies_until: row.verifies_until,
            public: row.public_key,
            encoding: EncodingKey::from_ed_der(&private),
            decoding,
        })
    }

    fn verifies(&self, now: DateTime<Utc>) -> bool {
        self.verifies_until.is_none_or(|until| now < until)
    }
}

/// The keys as this process knows them.
pub struct KeyRing {
    keys: RwLock<Arc<Vec<Arc<SigningKey>>>>,
}

impl KeyRing {
    /// The keys in the database.
    ///
    /// # Errors
    /// Where the database is away or a key can't be opened.
    pub async fn load(connection: &impl ConnectionTrait, seal: &Seal) -> Result<Self, IdentityError> {
        Ok(Self {
            keys: RwLock::new(Arc::new(read(connection, seal).await?)),
        })
    }

    /// Reads the keys again, if there are others than those known.
    ///
    /// # Errors
    /// Where the database is away or a key can't be opened.
    pub async fn refresh(&self, connection: &impl ConnectionTrait, seal: &Seal) -> Result<(), IdentityError> {
        let fresh = Arc::new(read(connection, seal).await?);
        *self.keys.write().unwrap_or_else(PoisonError::into_inner) = fresh;
        Ok(())
    }

    fn all(&self) -> Arc<Vec<Arc<SigningKey>>> {
        self.keys.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The key that signs at this moment: the newest that has begun to.
    pub fn signer(&self, now: DateTime<Utc>) -> Option<Arc<SigningKey>> {
        let all = self.all();
        let begun = all.iter().filter(|key| key.signs_from <= now && key.verifies(now));
        begun.max_by_key(|key| key.signs_from).cloned()
    }

    /// The key with this id, if what it signed is accepted at this moment.
    pub fn verifier(&self, kid: &str, now: DateTime<Utc>) -> Option<Arc<SigningKey>> {
        self.all()
            .iter()
            .find(|key| key.kid == kid && key.verifies(now))
            .cloned()
    }

    /// The public keys as a JSON Web Key Set (RFC 7517, RFC 8037).
    pub fn jwks(&self, now: DateTime<Utc>) -> Value {
        let keys: Vec<Value> = self
            .all()
            .iter()
            .filter(|key| key.verifies(now))
            .map(|key| json!({ "kty": "OKP", "crv": "Ed25519", "use": "sig", "alg": "EdDSA", "kid": key.kid, "x": key.public }))
            .collect();
        json!({ "keys": keys })
    }
}

async fn read(connection: &impl ConnectionTrait, seal: &Seal) -> Result<Vec<Arc<SigningKey>>, IdentityError> {
    let rows = list(connection).await?;
    rows.into_iter()
        .map(|row| SigningKey::read(row, seal).map(Arc::new))
        .collect()
}

/// The rows of all keys, the oldest first.
///
/// # Errors
/// Where the database is away.
pub async fn list(connection: &impl ConnectionTrait) -> Result<Vec<signing_key::Model>, IdentityError> {
    Ok(signing_key::Entity::find()
        .order_by_asc(signing_key::Column::SignsFrom)
        .all(connection)
        .await?)
}

fn generate(seal: &Seal, now: DateTime<Utc>, signs_from: DateTime<Utc>) -> Result<signing_key::Model, IdentityError> {
    let failed = |_| IdentityError::Cryptography("a signing key can't be generated");
    let pair = Ed25519KeyPair::generate().map_err(failed)?;
    let private = pair.to_pkcs8v1().map_err(failed)?;
    let public = pair.public_key().as_ref();
    let digest = data_encoding::HEXLOWER.encode(&Sha256::digest(public));
    let kid: String = digest.chars().take(16).collect();
    Ok(signing_key::Model {
        private_key: seal.seal(&purpose::signing_key(&kid), private.as_ref())?,
        public_key: URL_SAFE_NO_PAD.encode(public),
        kid,
        created_at: truncate(now),
        signs_from: truncate(signs_from),
        verifies_until: None,
    })
}

/// Makes the first key where there is none.
///
/// # Errors
/// Where the database is away.
pub async fn ensure(database: &Database, seal: &Seal, now: DateTime<Utc>) -> Result<(), IdentityError> {
    if !list(database.read()).await?.is_empty() {
        return Ok(());
    }
    let lock = database.lock_start().await?;
    let transaction = database.begin().await?;
    if list(&transaction).await?.is_empty() {
        insert(&transaction, generate(seal, now, now)?).await?;
    }
    transaction.commit().await?;
    lock.release().await?;
    Ok(())
}

/// Makes a new key that signs from `signs_from` on, lets the others verify until their last tokens have expired, deletes
/// those that nothing needs any more, and gives the id of the new one. `revoke` deletes all others at once, so that
/// every access token ends: for a key that somebody else has seen.
///
/// # Errors
/// Where the database is away.
pub async fn rotate(
    database: &Database,
    seal: &Seal,
    now: DateTime<Utc>,
    token_lifetime: Duration,
    revoke: bool,
) -> Result<signing_key::Model, IdentityError> {
    let signs_from = if revoke { now } else { now + LEAD };
    let key = generate(seal, now, signs_from)?;
    let transaction = database.begin().await?;
    let mut delete = signing_key::Entity::delete_many();
    if !revoke {
        delete = delete.filter(signing_key::Column::VerifiesUntil.lte(truncate(now)));
    }
    delete.exec(&transaction).await?;
    // A process may learn of the new key a little late, and sign with the old one until then.
    let verifies_until = truncate(signs_from + token_lifetime + Duration::minutes(1));
    signing_key::Entity::update_many()
        .col_expr(signing_key::Column::VerifiesUntil, verifies_until.into())
        .filter(signing_key::Column::VerifiesUntil.is_null())
        .exec(&transaction)
        .await?;
    insert(&transaction, key.clone()).await?;
    audit::record(
        &transaction,
        audit::Entry {
            subject: format!("key:{}", key.kid),
            reason: revoke.then(|| "all earlier keys revoked".to_owned()),
            ..audit::Entry::new(&Actor::System, "KEY_ROTATED", now)
        },
    )
    .await?;
    transaction.commit().await?;
    Ok(key)
}

async fn insert(connection: &impl ConnectionTrait, key: signing_key::Model) -> Result<(), IdentityError> {
    signing_key::Entity::insert(signing_key::ActiveModel {
        kid: Set(key.kid),
        private_key: Set(key.private_key),
        public_key: Set(key.public_key),
        created_at: Set(key.created_at),
        signs_from: Set(key.signs_from),
        verifies_until: Set(key.verifies_until),
    })
    .exec_without_returning(connection)
    .await?;
    Ok(())
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A ring of keys that sign from these moments and verify until those.
    pub fn ring(times: &[(DateTime<Utc>, Option<DateTime<Utc>>)]) -> KeyRing {
        let seal = Seal::new(None, None).unwrap();
        let keys = times
            .iter()
            .map(|(signs_from, verifies_until)| {
                let mut row = generate(&seal, *signs_from, *signs_from).unwrap();
                row.verifies_until = *verifies_until;
                Arc::new(SigningKey::read(row, &seal).unwrap())
            })
            .collect();
        KeyRing {
            keys: RwLock::new(Arc::new(keys)),
        }
    }

    #[test]
    fn keys_overlap_while_they_rotate() {
        let now = Utc::now();
        let hour = Duration::hours(1);
        let ring = ring(&[(now - hour, Some(now + hour)), (now + LEAD, None)]);
        let (old, new) = (ring.all()[0].kid.clone(), ring.all()[1].kid.clone());
        assert_eq!(ring.signer(now).unwrap().kid, old);
        assert!(
            ring.verifier(&new, now).is_some(),
            "the new one is published before it signs"
        );
        assert_eq!(ring.signer(now + LEAD).unwrap().kid, new);
        assert!(ring.verifier(&old, now + LEAD).is_some());
        assert!(ring.verifier(&old, now + hour).is_none());
        assert_eq!(ring.jwks(now)["keys"].as_array().unwrap().len(), 2);
        assert_eq!(ring.jwks(now + hour)["keys"].as_array().unwrap().len(), 1);
        assert!(ring.verifier("another", now).is_none());
    }
}
