//! The provider's public keys (RFC 7517), as far as they can verify its signatures.

use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey};
use serde_json::Value;

use super::client::ProviderError;

/// Most keys of a provider.
const MOST: usize = 100;

/// The keys.
pub struct KeySet(Vec<Key>);

struct Key {
    kid: Option<String>,
    /// The algorithms that it can verify.
    algorithms: Vec<Algorithm>,
    decoding: DecodingKey,
}

/// Why no key was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// The provider publishes no key with this id. It may have published one since.
    #[error("it is signed with a key that the provider does not publish")]
    Unknown,
    /// The key is for another algorithm.
    #[error("its algorithm is not that of its key")]
    Misfit,
    /// The key has no id, and there are several.
    #[error("it does not say which of several keys it is signed with")]
    Ambiguous,
}

impl KeySet {
    /// The keys of a set that can verify signatures. Others, such as those for encryption, are left out.
    ///
    /// # Errors
    /// Where it is no set of keys, or none can be used.
    pub fn parse(document: &Value) -> Result<Self, ProviderError> {
        let listed = document["keys"]
            .as_array()
            .filter(|keys| keys.len() <= MOST)
            .ok_or_else(|| ProviderError::answer(format!("`jwks_uri` has no list of at most {MOST} `keys`")))?;
        // One that is not understood must not keep the others from being used.
        let keys: Vec<Key> = listed.iter().filter_map(Key::read).collect();
        if keys.is_empty() {
            return Err(ProviderError::answer(
                "`jwks_uri` has no public key that verifies signatures",
            ));
        }
        Ok(Self(keys))
    }

    /// How many keys there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// The key with this id for this algorithm; without an id the only one for it.
    ///
    /// # Errors
    /// Where there is none, or there are several.
    pub fn find(&self, kid: Option<&str>, algorithm: Algorithm) -> Result<&DecodingKey, KeyError> {
        let named: Vec<&Key> = self
            .0
            .iter()
            .filter(|key| kid.is_none() || key.kid.as_deref() == kid)
            .collect();
        if named.is_empty() {
            return Err(KeyError::Unknown);
        }
        let mut fitting = named.into_iter().filter(|key| key.algorithms.contains(&algorithm));
        match (fitting.next(), fitting.next()) {
            (Some(key), None) => Ok(&key.decoding),
            (Some(_), Some(_)) => Err(KeyError::Ambiguous),
            (None, _) => Err(KeyError::Misfit),
        }
    }
}

impl Key {
    fn read(value: &Value) -> Option<Self> {
        let jwk: Jwk = serde_json::from_value(value.clone()).ok()?;
        if !matches!(jwk.common.public_key_use, None | Some(PublicKeyUse::Signature)) {
            return None;
        }
        let family: &[Algorithm] = match &jwk.algorithm {
            AlgorithmParameters::RSA(_) => &[
                Algorithm::RS256,
                Algorithm::RS384,
                Algorithm::RS512,
                Algorithm::PS256,
                Algorithm::PS384,
                Algorithm::PS512,
            ],
            AlgorithmParameters::EllipticCurve(curve) => match curve.curve {
                EllipticCurve::P256 => &[Algorithm::ES256],
                EllipticCurve::P384 => &[Algorithm::ES384],
                _ => return None,
            },
            AlgorithmParameters::OctetKeyPair(pair) if pair.curve == EllipticCurve::Ed25519 => &[Algorithm::EdDSA],
            // A secret that is published is none.
            _ => return None,
        };
        let own = value["alg"].as_str();
        let algorithms: Vec<Algorithm> = family
            .iter()
            .copied()
            .filter(|algorithm| own.is_none_or(|own| own == format!("{algorithm:?}")))
            .collect();
        if algorithms.is_empty() {
            return None;
        }
        Some(Self {
            decoding: DecodingKey::from_jwk(&jwk).ok()?,
            kid: jwk.common.key_id,
            algorithms,
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn ed25519(kid: &str) -> Value {
        // RFC 8037, appendix A.2.
        json!({ "kty": "OKP", "crv": "Ed25519", "kid": kid, "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo" })
    }

    fn p256(kid: &str, more: Value) -> Value {
        // RFC 7517, appendix A.1.
        let mut key = json!({ "kty": "EC", "crv": "P-256", "kid": kid,
            "x": "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4", "y": "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM" });
        for (name, value) in more.as_object().unwrap() {
            key[name] = value.clone();
        }
        key
    }

    fn set(keys: Vec<Value>) -> KeySet {
        KeySet::parse(&json!({ "keys": keys })).unwrap()
    }

    #[test]
    fn a_key_verifies_its_own_algorithm_alone() {
        let keys = set(vec![ed25519("one"), p256("two", json!({}))]);
        assert!(keys.find(Some("one"), Algorithm::EdDSA).is_ok());
        assert!(keys.find(Some("two"), Algorithm::ES256).is_ok());
        for (kid, algorithm) in [
            ("one", Algorithm::ES256),
            ("two", Algorithm::EdDSA),
            ("two", Algorithm::ES384),
            ("two", Algorithm::HS256),
            ("two", Algorithm::RS256),
        ] {
            assert_eq!(
                keys.find(Some(kid), algorithm).err(),
                Some(KeyError::Misfit),
                "{kid} {algorithm:?}"
            );
        }
        assert_eq!(
            keys.find(Some("three"), Algorithm::EdDSA).err(),
            Some(KeyError::Unknown)
        );
    }

    #[test]
    fn without_an_id_the_only_key_for_the_algorithm_counts() {
        let keys = set(vec![ed25519("one"), p256("two", json!({}))]);
        assert!(keys.find(None, Algorithm::EdDSA).is_ok());
        let keys = set(vec![ed25519("one"), ed25519("two")]);
        assert_eq!(keys.find(None, Algorithm::EdDSA).err(), Some(KeyError::Ambiguous));
    }

    #[test]
    fn what_is_not_for_signatures_is_left_out_and_spoils_nothing() {
        let keys = set(vec![
            json!({ "kty": "oct", "kid": "secret", "k": "aHVzaA" }),
            json!({ "kty": "unheard-of", "kid": "new" }),
            json!("nonsense"),
            p256("encryption", json!({ "use": "enc" })),
            p256("wrapping", json!({ "alg": "ECDH-ES" })),
            p256("two", json!({ "use": "sig", "alg": "ES256", "x5c": ["AA=="] })),
        ]);
        assert_eq!(keys.len(), 1);
        assert!(KeySet::parse(&json!({ "keys": [{ "kty": "oct", "k": "aHVzaA" }] })).is_err());
        assert!(KeySet::parse(&json!([])).is_err());
    }
}
