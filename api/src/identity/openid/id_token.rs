//! What the provider states about a person, and whether it is believed (OpenID Connect Core 1.0, section 3.1.3.7).

use chrono::{DateTime, Duration, Utc};
use jsonwebtoken::{Algorithm, Validation};
use serde::Deserialize;
use serde_json::Value;

use super::key_set::{KeyError, KeySet};

/// Longest token that is looked at, in bytes.
const LONGEST: usize = 32 * 1024;
/// Longest name of a person at the provider, in characters (OpenID Connect Core 1.0, section 2).
const LONGEST_SUBJECT: usize = 255;
/// How far the provider's clock may be from ours.
const SKEW: Duration = Duration::minutes(1);
/// How old a statement may be. It is asked for at the moment that the person comes back.
const OLDEST: Duration = Duration::minutes(10);

/// Why a statement is not believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IdTokenError {
    /// It is no signed token.
    #[error("the ID token is malformed, or not signed with an algorithm that is accepted")]
    Malformed,
    /// It is signed in a way that the provider does not announce or that is never accepted.
    #[error("the algorithm of the ID token is not accepted")]
    Algorithm,
    /// There is no key for it.
    #[error("the ID token is not accepted: {0}")]
    Key(#[from] KeyError),
    /// The signature does not fit.
    #[error("the signature of the ID token is wrong")]
    Signature,
    /// Something that it must say is missing.
    #[error("the ID token lacks what it must say")]
    Claims,
    /// It is by somebody else.
    #[error("the ID token is by another issuer")]
    Issuer,
    /// It is for somebody else.
    #[error("the ID token is for another client")]
    Audience,
    /// It is too old, or from the future.
    #[error("the ID token has expired, or is not valid yet")]
    Time,
    /// It answers another request.
    #[error("the ID token answers another request")]
    Nonce,
    /// It does not say whom it is about.
    #[error("the ID token does not say whom it is about")]
    Subject,
}

/// What a statement must fit.
pub struct Expected<'a> {
    /// The provider.
    pub issuer: &'a str,
    /// The client.
    pub client_id: &'a str,
    /// What was sent with the request.
    pub nonce: &'a str,
    /// The algorithms of the provider that are accepted.
    pub algorithms: &'a [Algorithm],
}

/// One text, or several.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Several(Vec<String>),
}

/// An address of a person, as the provider tells it.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Address {
    email: Option<String>,
    /// True or false; some providers write it as a text.
    #[serde(default)]
    email_verified: Value,
}

impl Address {
    /// Whether anything is told at all.
    pub fn is_told(&self) -> bool {
        self.email.is_some()
    }

    /// The address, if the provider says that it verified it.
    pub fn verified(&self) -> Option<&str> {
        let verified = self.email_verified == true || self.email_verified == "true";
        self.email.as_deref().filter(|_| verified)
    }
}

/// What the provider states.
#[derive(Clone, Debug, Deserialize)]
pub struct Claims {
    iss: String,
    aud: Audience,
    azp: Option<String>,
    /// In seconds; a fraction is allowed (RFC 7519, section 2).
    exp: f64,
    iat: f64,
    nbf: Option<f64>,
    nonce: Option<String>,
    /// Whom it is about.
    pub sub: String,
    /// The address.
    #[serde(flatten)]
    pub address: Address,
}

/// Verifies a statement.
///
/// # Errors
/// Why it is not believed; [`KeyError::Unknown`] may be mended by reading the provider's keys anew.
pub fn verify(token: &str, keys: &KeySet, expected: &Expected<'_>, now: DateTime<Utc>) -> Result<Claims, IdTokenError> {
    if token.len() > LONGEST {
        return Err(IdTokenError::Malformed);
    }
    let header = jsonwebtoken::decode_header(token).map_err(|_| IdTokenError::Malformed)?;
    if header.crit.is_some() {
        return Err(IdTokenError::Malformed);
    }
    if !expected.algorithms.contains(&header.alg) {
        return Err(IdTokenError::Algorithm);
    }
    let key = keys.find(header.kid.as_deref(), header.alg)?;
    let mut validation = Validation::new(header.alg);
    // What it says is checked below, each with an answer of its own.
    validation.required_spec_claims.clear();
    validation.validate_exp = false;
    validation.validate_aud = false;
    let claims = jsonwebtoken::decode::<Claims>(token, key, &validation)
        .map_err(|error| match error.kind() {
            jsonwebtoken::errors::ErrorKind::Json(_) => IdTokenError::Claims,
            _ => IdTokenError::Signature,
        })?
        .claims;
    check(&claims, expected, now)?;
    Ok(claims)
}

fn check(claims: &Claims, expected: &Expected<'_>, now: DateTime<Utc>) -> Result<(), IdTokenError> {
    if claims.iss != expected.issuer {
        return Err(IdTokenError::Issuer);
    }
    let several = match &claims.aud {
        Audience::One(one) if one == expected.client_id => false,
        Audience::Several(all) if all.iter().any(|one| one == expected.client_id) => all.len() > 1,
        _ => return Err(IdTokenError::Audience),
    };
    match claims.azp.as_deref() {
        Some(party) if party != expected.client_id => return Err(IdTokenError::Audience),
        // A token that others may use as well must say that it was made for us.
        None if several => return Err(IdTokenError::Audience),
        _ => {}
    }
    let at = |moment: DateTime<Utc>| moment.timestamp() as f64;
    let expired = claims.exp <= at(now - SKEW);
    let early = claims.iat > at(now + SKEW) || claims.nbf.is_some_and(|from| from > at(now + SKEW));
    if expired || early || claims.iat < at(now - OLDEST) {
        return Err(IdTokenError::Time);
    }
    if claims.nonce.as_deref() != Some(expected.nonce) {
        return Err(IdTokenError::Nonce);
    }
    if claims.sub.is_empty() || claims.sub.chars().count() > LONGEST_SUBJECT || claims.sub.contains('\0') {
        return Err(IdTokenError::Subject);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const NOW: i64 = 1_800_000_000;

    fn checked(change: Value) -> Result<(), IdTokenError> {
        let mut claims = json!({
            "iss": "https://id.example.org", "aud": "praxis", "sub": "rosa", "nonce": "n", "iat": NOW, "exp": NOW + 300,
        });
        for (name, value) in change.as_object().unwrap() {
            claims[name] = value.clone();
        }
        let expected = Expected {
            issuer: "https://id.example.org",
            client_id: "praxis",
            nonce: "n",
            algorithms: &[Algorithm::ES256],
        };
        let claims: Claims = serde_json::from_value(claims).unwrap();
        check(&claims, &expected, DateTime::from_timestamp(NOW, 0).unwrap())
    }

    #[test]
    fn a_statement_must_fit_the_request() {
        for right in [
            json!({}),
            json!({ "aud": ["praxis"] }),
            json!({ "aud": ["praxis", "other"], "azp": "praxis" }),
            json!({ "exp": NOW - 59 }),
            json!({ "exp": 1_800_000_300.5, "iat": NOW + 59, "nbf": NOW }),
        ] {
            assert_eq!(checked(right.clone()), Ok(()), "{right}");
        }
        for (wrong, why) in [
            (json!({ "iss": "https://id.example.org/" }), IdTokenError::Issuer),
            (json!({ "aud": "other" }), IdTokenError::Audience),
            (json!({ "aud": [] }), IdTokenError::Audience),
            (json!({ "aud": ["praxis", "other"] }), IdTokenError::Audience),
            (json!({ "azp": "other" }), IdTokenError::Audience),
            (json!({ "exp": NOW - 60 }), IdTokenError::Time),
            (json!({ "iat": NOW + 61 }), IdTokenError::Time),
            (json!({ "iat": NOW - 601 }), IdTokenError::Time),
            (json!({ "nbf": NOW + 61 }), IdTokenError::Time),
            (json!({ "nonce": "m" }), IdTokenError::Nonce),
            (json!({ "nonce": null }), IdTokenError::Nonce),
            (json!({ "sub": "" }), IdTokenError::Subject),
            (json!({ "sub": "x".repeat(256) }), IdTokenError::Subject),
        ] {
            assert_eq!(checked(wrong.clone()), Err(why), "{wrong}");
        }
    }

    #[test]
    fn an_address_counts_if_the_provider_says_that_it_verified_it() {
        let verified = |value: Value| {
            let address: Address = serde_json::from_value(value).unwrap();
            address.verified().map(str::to_owned)
        };
        let rosa = Some("rosa@example.org".to_owned());
        assert_eq!(
            verified(json!({ "email": "rosa@example.org", "email_verified": true })),
            rosa
        );
        assert_eq!(
            verified(json!({ "email": "rosa@example.org", "email_verified": "true" })),
            rosa
        );
        for wrong in [
            json!({ "email": "rosa@example.org" }),
            json!({ "email": "rosa@example.org", "email_verified": false }),
            json!({ "email": "rosa@example.org", "email_verified": "yes" }),
            json!({ "email_verified": true }),
        ] {
            assert_eq!(verified(wrong), None);
        }
    }
}
