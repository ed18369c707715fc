//! Access tokens: signed JSON Web Tokens by the profile of RFC 9068, valid for some minutes.
//!
//! A token says who is asking, in which session, with which roles and limits. It is verified with a published key alone, without
//! the database: the algorithm is pinned to EdDSA over Ed25519, the key id must be one of ours, and issuer, audience,
//! type and times must fit. A token whose signature was verified is remembered by its SHA-256 until it expires, since a
//! client sends the same one for minutes; all else is checked each time. What ends a token early is in
//! [`super::revocation`].

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use chrono::{DateTime, Duration, Utc};
use jsonwebtoken::{Algorithm, Header, Validation};
use praxis_entities::vocabulary::Role;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::SignedIn;
use super::error::IdentityError;
use super::keys::KeyRing;
use super::remit::Remit;
use super::settings::IdentitySettings;
use crate::config::Secret;

/// The `typ` of an access token.
const TYPE: &str = "at+jwt";
/// Longest token that is looked at.
const LONGEST: usize = 4096;
/// Most tokens that are remembered in each of two generations.
const REMEMBERED: usize = 10_000;

/// What a token says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// Who issued it.
    pub iss: String,
    /// Whom it is for.
    pub aud: String,
    /// The account.
    pub sub: Uuid,
    /// The session.
    pub sid: Uuid,
    /// The roles in force.
    pub roles: Vec<Role>,
    /// What the account curates as a moderator, where it is limited.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remit: Option<Remit>,
    /// The number of the account's grants that the roles were read under.
    pub ver: i32,
    /// When it was issued, in seconds.
    pub iat: i64,
    /// When it expires, in seconds.
    pub exp: i64,
}

/// A token that was just made.
#[derive(Debug)]
pub struct AccessToken {
    /// The token.
    pub token: Secret,
    /// When it expires.
    pub expires_at: DateTime<Utc>,
}

/// Why a token is not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// It is not one of ours, or was changed.
    #[error("The access token is not valid; get one with `signIn`.")]
    Invalid,
    /// It has expired.
    #[error("The access token has expired; get a new one with `refreshSession`.")]
    Expired,
    /// Its session has ended.
    #[error("The session has ended; sign in again.")]
    Ended,
    /// What the account may do has changed.
    #[error("What your account may do has changed; get a new access token with `refreshSession`.")]
    Outdated,
}

/// What a verified token stands for.
#[derive(Clone, Debug)]
pub struct Verified {
    /// Who is signed in.
    pub signed_in: Arc<SignedIn>,
    /// The number of the account's grants.
    pub version: i32,
    kid: Arc<str>,
    issued_at: i64,
    expires_at: i64,
}

/// Makes an access token.
///
/// # Errors
/// Where there is no key to sign with.
pub fn issue(
    keys: &KeyRing,
    settings: &IdentitySettings,
    signed_in: &SignedIn,
    version: i32,
    now: DateTime<Utc>,
) -> Result<AccessToken, IdentityError> {
    let key = keys.signer(now).ok_or_else(|| {
        IdentityError::Key("there is no key to sign with; run `praxis keys rotate --revoke`".to_owned())
    })?;
    let expires_at = now + settings.access_token;
    let claims = Claims {
        iss: settings.issuer.clone(),
        aud: settings.audience.clone(),
        sub: signed_in.account,
        sid: signed_in.session,
        roles: signed_in.roles.clone(),
        remit: signed_in.remit.clone(),
        ver: version,
        iat: now.timestamp(),
        exp: expires_at.timestamp(),
    };
    let header = Header {
        typ: Some(TYPE.to_owned()),
        kid: Some(key.kid.clone()),
        ..Header::new(Algorithm::EdDSA)
    };
    let token = jsonwebtoken::encode(&header, &claims, &key.encoding)
        .map_err(|_| IdentityError::Cryptography("an access token can't be signed"))?;
    let expires_at = DateTime::from_timestamp(claims.exp, 0).unwrap_or(expires_at);
    Ok(AccessToken {
        token: Secret::from(token.as_str()),
        expires_at,
    })
}

/// Verifies tokens, and remembers those whose signature was verified.
pub struct Verifier {
    validation: Validation,
    known: RwLock<Generations>,
}

#[derive(Default)]
struct Generations {
    young: HashMap<[u8; 32], Verified>,
    old: HashMap<[u8; 32], Verified>,
}

impl Generations {
    fn get(&self, digest: &[u8; 32]) -> Option<&Verified> {
        self.young.get(digest).or_else(|| self.old.get(digest))
    }

    fn insert(&mut self, digest: [u8; 32], verified: Verified) {
        if self.young.len() >= REMEMBERED {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(digest, verified);
    }
}

impl Verifier {
    /// A verifier of tokens by this issuer for this audience.
    pub fn new(settings: &IdentitySettings) -> Self {
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.set_issuer(&[&settings.issuer]);
        validation.set_audience(&[&settings.audience]);
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        // The times are checked below, against the clock that the caller gives.
        validation.validate_exp = false;
        Self {
            validation,
            known: RwLock::default(),
        }
    }

    /// Verifies a token at this moment.
    ///
    /// # Errors
    /// Why it is not accepted.
    pub fn verify(&self, keys: &KeyRing, token: &str, now: DateTime<Utc>) -> Result<Verified, TokenError> {
        if token.len() > LONGEST {
            return Err(TokenError::Invalid);
        }
        let digest: [u8; 32] = Sha256::digest(token.as_bytes()).into();
        let known = self
            .known
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&digest)
            .cloned();
        let verified = match known {
            Some(known) => {
                keys.verifier(&known.kid, now).ok_or(TokenError::Invalid)?;
                known
            }
            None => {
                let verified = self.verify_signature(keys, token, now)?;
                check_times(&verified, now)?;
                let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
                known.insert(digest, verified.clone());
                verified
            }
        };
        check_times(&verified, now)?;
        Ok(verified)
    }

    fn verify_signature(&self, keys: &KeyRing, token: &str, now: DateTime<Utc>) -> Result<Verified, TokenError> {
        let header = jsonwebtoken::decode_header(token).map_err(|_| TokenError::Invalid)?;
        if header.alg != Algorithm::EdDSA || header.typ.as_deref() != Some(TYPE) || header.crit.is_some() {
            return Err(TokenError::Invalid);
        }
        let kid = header.kid.ok_or(TokenError::Invalid)?;
        let key = keys.verifier(&kid, now).ok_or(TokenError::Invalid)?;
        let claims = jsonwebtoken::decode::<Claims>(token, &key.decoding, &self.validation)
            .map_err(|_| TokenError::Invalid)?
            .claims;
        Ok(Verified {
            version: claims.ver,
            kid: kid.into(),
            issued_at: claims.iat,
            expires_at: claims.exp,
            signed_in: Arc::new(SignedIn {
                account: claims.sub,
                session: claims.sid,
                roles: claims.roles,
                remit: claims.remit,
            }),
        })
    }
}

fn check_times(verified: &Verified, now: DateTime<Utc>) -> Result<(), TokenError> {
    // The clock of the process that issued it may be a little ahead.
    let latest = (now + Duration::minutes(1)).timestamp();
    if verified.issued_at > latest {
        return Err(TokenError::Invalid);
    }
    if verified.expires_at <= now.timestamp() {
        return Err(TokenError::Expired);
    }
    Ok(())
}

#[cfg(test)]
mod tests;
