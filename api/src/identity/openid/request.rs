//! Somebody on their way to the provider: the `state` that comes back with them, the cookie that ties it to their browser,
//! and what is derived from that cookie.
//!
//! The database keeps hashes alone. The secrets of a request, the PKCE verifier and the nonce, are derived from the cookie:
//! they are in the browser that began and nowhere else.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Duration, Utc};
use praxis_entities::openid_request;
use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter};
use sha2::{Digest, Sha256};

use crate::config::Secret;
use crate::identity::error::IdentityError;
use crate::identity::{random, truncate};

/// How long somebody may take at the provider.
pub const LIFETIME: Duration = Duration::minutes(10);

/// A request that was just begun.
pub struct Begun {
    /// Goes to the provider and comes back.
    pub state: Secret,
    /// Stays in the browser, as a cookie.
    pub browser: Secret,
}

impl Begun {
    /// Makes the secrets of a request.
    ///
    /// # Errors
    /// Where the system gives no randomness.
    pub fn new() -> Result<Self, IdentityError> {
        Ok(Self {
            state: random::token("pos_")?,
            browser: random::token("pob_")?,
        })
    }

    /// Remembers the request.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn remember(
        &self,
        connection: &impl ConnectionTrait,
        return_url: Option<String>,
        challenge: Option<String>,
        now: DateTime<Utc>,
    ) -> Result<(), DbErr> {
        openid_request::Entity::insert(openid_request::ActiveModel {
            state_hash: Set(random::fingerprint(self.state.expose())),
            browser_hash: Set(random::fingerprint(self.browser.expose())),
            return_url: Set(return_url),
            challenge: Set(challenge),
            created_at: Set(truncate(now)),
            expires_at: Set(truncate(now + LIFETIME)),
        })
        .exec_without_returning(connection)
        .await?;
        Ok(())
    }
}

/// Takes a request that comes back with this state, to the browser that began it; each once.
///
/// # Errors
/// Where the database is away.
pub async fn take(
    connection: &impl ConnectionTrait,
    state: &str,
    browser: &Secret,
    now: DateTime<Utc>,
) -> Result<Option<openid_request::Model>, DbErr> {
    let found = openid_request::Entity::find_by_id(random::fingerprint(state))
        .filter(openid_request::Column::BrowserHash.eq(random::fingerprint(browser.expose())))
        .one(connection)
        .await?;
    let Some(row) = found else {
        return Ok(None);
    };
    let deleted = openid_request::Entity::delete_by_id(row.state_hash.clone())
        .exec(connection)
        .await?;
    // Of two at the same moment, one deletes the row.
    Ok(Some(row).filter(|row| deleted.rows_affected == 1 && row.expires_at > now))
}

/// The name of the cookie of a request. Each has its own, so that one may begin in several windows.
pub fn cookie_name(state: &str) -> String {
    let hash = random::fingerprint(state);
    format!("praxis_openid_{}", hash.get(..16).unwrap_or_default())
}

/// The nonce that the provider's statement must repeat.
pub fn nonce(browser: &Secret) -> String {
    derived("praxis openid nonce v1", browser)
}

/// The PKCE verifier, which the provider is shown with the code.
pub fn verifier(browser: &Secret) -> Secret {
    Secret::from(derived("praxis openid verifier v1", browser).as_str())
}

fn derived(purpose: &str, browser: &Secret) -> String {
    let digest = Sha256::new()
        .chain_update(purpose)
        .chain_update([0])
        .chain_update(browser.expose())
        .finalize();
    URL_SAFE_NO_PAD.encode(digest)
}

/// The challenge of a verifier by S256 (RFC 7636, section 4.2).
pub fn challenge(verifier: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes()))
}

/// Whether this may be a challenge by S256: 32 bytes in base64url.
pub fn is_challenge(text: &str) -> bool {
    URL_SAFE_NO_PAD.decode(text).is_ok_and(|bytes| bytes.len() == 32)
}

/// Forgets those who did not come back.
///
/// # Errors
/// Where the database is away.
pub async fn prune(connection: &impl ConnectionTrait, now: DateTime<Utc>) -> Result<(), DbErr> {
    openid_request::Entity::delete_many()
        .filter(openid_request::Column::ExpiresAt.lt(truncate(now)))
        .exec(connection)
        .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_provider_sees_does_not_tell_the_verifier() {
        let browser = Secret::from("pob_a");
        let verifier = verifier(&browser);
        assert_ne!(nonce(&browser), verifier.expose());
        assert_ne!(nonce(&browser), nonce(&Secret::from("pob_b")));
        // RFC 7636 asks for 43 to 128 characters.
        assert_eq!(verifier.expose().len(), 43);
    }

    #[test]
    fn the_challenge_is_that_of_rfc_7636() {
        let challenge = challenge("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
        assert_eq!(challenge, "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
        assert!(is_challenge(&challenge));
        for wrong in ["", "short", &"x".repeat(43), &format!("{challenge}=")] {
            // 43 letters x are 32 bytes and 2 bits that must be zero.
            assert!(!is_challenge(wrong), "{wrong}");
        }
    }

    #[test]
    fn a_cookie_is_named_after_its_request() {
        assert_ne!(cookie_name("pos_a"), cookie_name("pos_b"));
        assert_eq!(cookie_name("pos_a").len(), "praxis_openid_".len() + 16);
    }
}
