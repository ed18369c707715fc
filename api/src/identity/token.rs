//! Access tokens: signed JSON Web Tokens by the profile of RFC 9068, valid for some minutes.
//!
//! A token says who is asking, with which roles and limits: somebody in a session of theirs, or an application that acts for
//! them with some scopes. It is verified with a published key alone, without
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

use super::api_client;
use super::error::IdentityError;
use super::keys::KeyRing;
use super::remit::Remit;
use super::scope::Scopes;
use super::settings::IdentitySettings;
use super::{ActingClient, Actor, SignedIn};
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
    /// The session; of tokens of sessions alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sid: Option<Uuid>,
    /// The id of the application, as the API shows it; of tokens of applications alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_id: Option<String>,
    /// What the application may do at most; of tokens of applications alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
    /// The number of the application's changes that the scopes were read under; of tokens of applications alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cver: Option<i32>,
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
    /// What its application, or the member that it acts for, may do has ended or changed.
    #[error("What this application may do has ended or changed; ask for a new access token at `/oauth/token`.")]
    ClientChanged,
}

/// Whom a token is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Holder {
    /// Somebody in a session of theirs.
    Session(Arc<SignedIn>),
    /// An application that acts for a member.
    Client {
        /// The application.
        acting: Arc<ActingClient>,
        /// The number of its changes that the token was made under.
        version: i32,
    },
}

impl Holder {
    /// The account: the member's, where an application acts for them.
    pub fn account(&self) -> Uuid {
        match self {
            Holder::Session(signed_in) => signed_in.account,
            Holder::Client { acting, .. } => acting.account,
        }
    }
}

impl From<Holder> for Actor {
    fn from(holder: Holder) -> Self {
        match holder {
            Holder::Session(signed_in) => Actor::SignedIn(signed_in),
            Holder::Client { acting, .. } => Actor::Client(acting),
        }
    }
}

/// What a verified token stands for.
#[derive(Clone, Debug)]
pub struct Verified {
    /// Whom it is for.
    pub holder: Holder,
    /// The number of the account's grants.
    pub version: i32,
    kid: Arc<str>,
    issued_at: i64,
    expires_at: i64,
}

/// Makes an access token of a session.
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
    let claims = Claims {
        sid: Some(signed_in.session),
        roles: signed_in.roles.clone(),
        remit: signed_in.remit.clone(),
        ..Claims::new(settings, signed_in.account, version, now, now + settings.access_token)
    };
    sign(keys, &claims, now)
}

/// Makes an access token of an application, which expires by `latest` at the latest.
///
/// # Errors
/// Where there is no key to sign with.
pub fn issue_to_client(
    keys: &KeyRing,
    settings: &IdentitySettings,
    (acting, client_version): (&ActingClient, i32),
    version: i32,
    latest: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
) -> Result<AccessToken, IdentityError> {
    let expires_at = now + settings.access_token;
    let expires_at = latest.map_or(expires_at, |latest| latest.min(expires_at));
    let claims = Claims {
        client_id: Some(api_client::public_id(acting.client)),
        scope: Some(acting.scopes.to_string()),
        cver: Some(client_version),
        roles: acting.roles.clone(),
        remit: acting.remit.clone(),
        ..Claims::new(settings, acting.account, version, now, expires_at)
    };
    sign(keys, &claims, now)
}

fn sign(keys: &KeyRing, claims: &Claims, now: DateTime<Utc>) -> Result<AccessToken, IdentityError> {
    let key = keys.signer(now).ok_or_else(|| {
        IdentityError::Key("there is no key to sign with; run `praxis keys rotate --revoke`".to_owned())
    })?;
    let header = Header {
        typ: Some(TYPE.to_owned()),
        kid: Some(key.kid.clone()),
        ..Header::new(Algorithm::EdDSA)
    };
    let token = jsonwebtoken::encode(&header, claims, &key.encoding)
        .map_err(|_| IdentityError::Cryptography("an access token can't be signed"))?;
    Ok(AccessToken {
        token: Secret::from(token.as_str()),
        expires_at: DateTime::from_timestamp(claims.exp, 0).unwrap_or(now),
    })
}

impl Claims {
    fn new(
        settings: &IdentitySettings,
        account: Uuid,
        version: i32,
        now: DateTime<Utc>,
        expires_at: DateTime<Utc>,
    ) -> Self {
        Self {
            iss: settings.issuer.clone(),
            aud: settings.audience.clone(),
            sub: account,
            sid: None,
            client_id: None,
            scope: None,
            cver: None,
            roles: Vec::new(),
            remit: None,
            ver: version,
            iat: now.timestamp(),
            exp: expires_at.timestamp(),
        }
    }

    /// Whom the token is for: a session or an application, never both and never neither. A scope that this version does not
    /// know gives no right.
    fn holder(self) -> Option<Holder> {
        match (self.sid, self.client_id, self.scope, self.cver) {
            (Some(session), None, None, None) => Some(Holder::Session(Arc::new(SignedIn {
                account: self.sub,
                session,
                roles: self.roles,
                remit: self.remit,
            }))),
            (None, Some(client), Some(scope), Some(version)) => Some(Holder::Client {
                acting: Arc::new(ActingClient {
                    client: api_client::read_public_id(&client)?,
                    account: self.sub,
                    scopes: Scopes::stored(&scope),
                    roles: self.roles,
                    remit: self.remit,
                }),
                version,
            }),
            _ => None,
        }
    }
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
            holder: claims.holder().ok_or(TokenError::Invalid)?,
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
