//! Sealing of secrets that the database must keep in a form that can be read again: private signing keys and the secrets
//! of the second factor.
//!
//! With the setting `secret_key` they are encrypted with AES-256-GCM, bound to what they are for, so that a copy of the
//! database alone is of no use. All processes on one database need the same setting. Without it they are kept as they
//! are: simpler to run, but then whoever can read the database can sign access tokens.

use aws_lc_rs::aead::{AES_256_GCM, Aad, Nonce, RandomizedNonceKey};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use super::error::IdentityError;
use crate::config::Secret;

const SEALED: &str = "sealed:";
const PLAIN: &str = "plain:";
const NONCE: usize = 12;

/// Seals and opens secrets.
pub struct Seal {
    key: Option<RandomizedNonceKey>,
}

impl Seal {
    /// A seal with the operator's key, if there is one.
    ///
    /// # Errors
    /// Where the key can't be used.
    pub fn new(key: Option<&Secret>) -> Result<Self, IdentityError> {
        let key = key
            .map(|secret| {
                let digest = Sha256::new()
                    .chain_update(b"praxis seal v1\0")
                    .chain_update(secret.expose())
                    .finalize();
                RandomizedNonceKey::new(&AES_256_GCM, &digest)
            })
            .transpose()
            .map_err(|_| IdentityError::Cryptography("the secret key can't be used"))?;
        Ok(Self { key })
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
        let whole = sealed
            .strip_prefix(SEALED)
            .and_then(|text| STANDARD.decode(text).ok())
            .ok_or_else(damaged)?;
        let Some(key) = &self.key else {
            return Err(IdentityError::Key(format!(
                "the secret of {purpose} is encrypted; set PRAXIS_SECRET_KEY to the value that it was encrypted with"
            )));
        };
        let (nonce, text) = whole.split_at_checked(NONCE).ok_or_else(damaged)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| damaged())?;
        let mut text = text.to_vec();
        let open = key
            .open_in_place(nonce, Aad::from(purpose.as_bytes()), &mut text)
            .map_err(|_| {
                IdentityError::Key(format!(
                    "the secret of {purpose} can't be decrypted; is PRAXIS_SECRET_KEY the value that it was encrypted with?"
                ))
            })?;
        Ok(open.to_vec())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sealed_secret_opens_with_the_same_key_for_the_same_purpose_only() {
        let seal = Seal::new(Some(&Secret::from("a long secret of the operator"))).unwrap();
        let sealed = seal.seal("key 1", b"hush").unwrap();
        assert!(!sealed.contains("hush") && sealed.starts_with(SEALED));
        assert_eq!(seal.open("key 1", &sealed).unwrap(), b"hush");
        assert!(seal.open("key 2", &sealed).is_err());
        let other = Seal::new(Some(&Secret::from("another"))).unwrap();
        assert!(other.open("key 1", &sealed).is_err());
        assert!(Seal::new(None).unwrap().open("key 1", &sealed).is_err());
    }

    #[test]
    fn a_plain_secret_opens_after_a_key_was_set() {
        let plain = Seal::new(None).unwrap().seal("key 1", b"hush").unwrap();
        let seal = Seal::new(Some(&Secret::from("a long secret of the operator"))).unwrap();
        assert_eq!(seal.open("key 1", &plain).unwrap(), b"hush");
    }
}
