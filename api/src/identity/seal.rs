//! Sealing of secrets that the database must keep in a form that can be read again: private signing keys, the secrets of the
//! second factor and those in the addresses of feeds.
//!
//! With the setting `secret_key` they are encrypted with AES-256-GCM, bound to what they are for, so that a copy of the
//! database alone is of no use. All processes on one database need the same setting. Without it they are kept as they
//! are: simpler to run, but then whoever can read the database can sign access tokens.
//!
//! What was sealed with an earlier key opens as long as that key is given as `previous_secret_key`; [`Seal::renewed`] seals it
//! with the present one.

use aws_lc_rs::aead::{AES_256_GCM, Aad, Nonce, RandomizedNonceKey};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use super::error::IdentityError;
use crate::config::{Config, Secret};

const SEALED: &str = "sealed:";
const PLAIN: &str = "plain:";
const NONCE: usize = 12;

/// Seals and opens secrets.
pub struct Seal {
    key: Option<RandomizedNonceKey>,
    previous: Option<RandomizedNonceKey>,
}

impl Seal {
    /// A seal with the operator's key, if there is one, that also opens what was sealed with the previous one.
    ///
    /// # Errors
    /// Where a key can't be used.
    pub fn new(key: Option<&Secret>, previous: Option<&Secret>) -> Result<Self, IdentityError> {
        let derived = |secret: &Secret| {
            let digest = Sha256::new()
                .chain_update(b"praxis seal v1\0")
                .chain_update(secret.expose())
                .finalize();
            RandomizedNonceKey::new(&AES_256_GCM, &digest)
                .map_err(|_| IdentityError::Cryptography("the secret key can't be used"))
        };
        Ok(Self {
            key: key.map(derived).transpose()?,
            previous: previous.map(derived).transpose()?,
        })
    }

    /// The seal of these settings.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn of(config: &Config) -> Result<Self, IdentityError> {
        Self::new(config.secret_key.as_ref(), config.previous_secret_key.as_ref())
    }

    /// Whether secrets are encrypted.
    pub fn encrypts(&self) -> bool {
        self.key.is_some()
    }

    /// Seals a secret for one purpose.
    ///
    /// # Errors
    /// Where encryption fails.
    pub fn seal(&self, purpose: &str, secret: &[u8]) -> Result<String, IdentityError> {
        let Some(key) = &self.key else {
            return Ok(format!("{PLAIN}{}", STANDARD.encode(secret)));
        };
        let mut text = secret.to_vec();
        let nonce = key
            .seal_in_place_append_tag(Aad::from(purpose.as_bytes()), &mut text)
            .map_err(|_| IdentityError::Cryptography("a secret can't be sealed"))?;
        let mut whole = nonce.as_ref().to_vec();
        whole.append(&mut text);
        Ok(format!("{SEALED}{}", STANDARD.encode(whole)))
    }

    /// Opens a secret that was sealed for the same purpose.
    ///
    /// # Errors
    /// Where it was sealed with another key or for another purpose, or is damaged.
    pub fn open(&self, purpose: &str, sealed: &str) -> Result<Vec<u8>, IdentityError> {
        let damaged = || IdentityError::Key(format!("the secret of {purpose} in the database is damaged"));
        if let Some(plain) = sealed.strip_prefix(PLAIN) {
            return STANDARD.decode(plain).map_err(|_| damaged());
        }
        let whole = encrypted(sealed).ok_or_else(damaged)?;
        if self.key.is_none() && self.previous.is_none() {
            return Err(IdentityError::Key(format!(
                "the secret of {purpose} is encrypted; set PRAXIS_SECRET_KEY to the value that it was encrypted with"
            )));
        }
        let mut keys = self.key.iter().chain(&self.previous);
        keys.find_map(|key| decrypted(key, purpose, &whole)).ok_or_else(|| {
            IdentityError::Key(format!(
                "the secret of {purpose} can't be decrypted; is PRAXIS_SECRET_KEY the value that it was encrypted with, or \
                 PRAXIS_PREVIOUS_SECRET_KEY?"
            ))
        })
    }

    /// The secret sealed with the present key, where it lies open or was sealed with the previous one.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn renewed(&self, purpose: &str, sealed: &str) -> Result<Option<String>, IdentityError> {
        let Some(key) = &self.key else {
            return Ok(None);
        };
        let is_present = encrypted(sealed).is_some_and(|whole| decrypted(key, purpose, &whole).is_some());
        if is_present {
            return Ok(None);
        }
        self.seal(purpose, &self.open(purpose, sealed)?).map(Some)
    }
}

/// What the secrets are sealed for: one that is put in the place of another does not open.
pub mod purpose {
    use uuid::Uuid;

    /// The secret in the address of the feed of a saved search.
    pub const FEED: &str = "the feed of a saved search";

    /// The private key with this id.
    pub fn signing_key(kid: &str) -> String {
        format!("signing key {kid}")
    }

    /// The secret of the second factor of this account.
    pub fn second_factor(account: Uuid) -> String {
        format!("second factor {account}")
    }
}

/// Nonce and ciphertext of what was encrypted.
fn encrypted(sealed: &str) -> Option<Vec<u8>> {
    STANDARD.decode(sealed.strip_prefix(SEALED)?).ok()
}

/// What was encrypted with this key for this purpose.
fn decrypted(key: &RandomizedNonceKey, purpose: &str, whole: &[u8]) -> Option<Vec<u8>> {
    let (nonce, text) = whole.split_at_checked(NONCE)?;
    let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
    let mut text = text.to_vec();
    let open = key.open_in_place(nonce, Aad::from(purpose.as_bytes()), &mut text);
    open.ok().map(|open| open.to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sealed_secret_opens_with_the_same_key_for_the_same_purpose_only() {
        let seal = Seal::new(Some(&Secret::from("a long secret of the operator")), None).unwrap();
        let sealed = seal.seal("key 1", b"hush").unwrap();
        assert!(!sealed.contains("hush") && sealed.starts_with(SEALED));
        assert_eq!(seal.open("key 1", &sealed).unwrap(), b"hush");
        assert!(seal.open("key 2", &sealed).is_err());
        let other = Seal::new(Some(&Secret::from("another")), None).unwrap();
        assert!(other.open("key 1", &sealed).is_err());
        assert!(Seal::new(None, None).unwrap().open("key 1", &sealed).is_err());
    }

    #[test]
    fn a_plain_secret_opens_after_a_key_was_set() {
        let plain = Seal::new(None, None).unwrap().seal("key 1", b"hush").unwrap();
        let seal = Seal::new(Some(&Secret::from("a long secret of the operator")), None).unwrap();
        assert_eq!(seal.open("key 1", &plain).unwrap(), b"hush");
    }

    #[test]
    fn what_was_sealed_with_the_previous_key_opens_and_is_renewed_once() {
        let (old, new) = (
            Secret::from("a long secret of the operator"),
            Secret::from("a longer one"),
        );
        let sealed = Seal::new(Some(&old), None).unwrap().seal("key 1", b"hush").unwrap();
        let both = Seal::new(Some(&new), Some(&old)).unwrap();
        assert_eq!(both.open("key 1", &sealed).unwrap(), b"hush");
        let renewed = both.renewed("key 1", &sealed).unwrap().unwrap();
        let later = Seal::new(Some(&new), None).unwrap();
        assert_eq!(later.open("key 1", &renewed).unwrap(), b"hush");
        assert_eq!(later.renewed("key 1", &renewed).unwrap(), None);
        assert!(later.renewed("key 1", &sealed).is_err());
        assert!(both.renewed("key 2", &sealed).is_err());
    }

    #[test]
    fn what_lies_open_is_renewed_where_there_is_a_key() {
        let open = Seal::new(None, None).unwrap();
        let plain = open.seal("key 1", b"hush").unwrap();
        assert_eq!(open.renewed("key 1", &plain).unwrap(), None);
        let seal = Seal::new(Some(&Secret::from("a long secret of the operator")), None).unwrap();
        let renewed = seal.renewed("key 1", &plain).unwrap().unwrap();
        assert_ne!(renewed, plain);
        assert_eq!(seal.open("key 1", &renewed).unwrap(), b"hush");
    }
}
