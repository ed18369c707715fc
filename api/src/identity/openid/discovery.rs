//! What the provider says of itself (OpenID Connect Discovery 1.0).

use jsonwebtoken::Algorithm;
use serde::Deserialize;
use url::Url;

use super::client::{Client, ProviderError};

/// The algorithms that are accepted: signatures with a private key of the provider. Never `none`, and never one that is
/// computed with a secret that both sides have.
pub const ACCEPTED: [Algorithm; 9] = [
    Algorithm::EdDSA,
    Algorithm::ES256,
    Algorithm::ES384,
    Algorithm::RS256,
    Algorithm::RS384,
    Algorithm::RS512,
    Algorithm::PS256,
    Algorithm::PS384,
    Algorithm::PS512,
];

/// How a client with a secret shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SecretPlace {
    /// As the password of HTTP Basic, which every provider must take (RFC 6749, section 2.3.1).
    Basic,
    /// In the form.
    Form,
}

/// What the provider says of itself, as far as it is of use here.
#[derive(Clone, Debug)]
pub struct Discovery {
    /// Where the browser is sent.
    pub authorization: Url,
    /// Where a code is exchanged.
    pub token: Url,
    /// Where more is told about a person.
    pub userinfo: Option<Url>,
    /// Where its keys are published.
    pub jwks_uri: Url,
    /// What it signs with, as far as it is accepted; not empty.
    pub algorithms: Vec<Algorithm>,
    /// How a client with a secret shows it.
    pub secret: SecretPlace,
    /// Whether it names itself when it sends a browser back (RFC 9207).
    pub names_itself: bool,
    /// Whether it says that it knows S256 of PKCE; none where it says nothing.
    s256: Option<bool>,
    /// Whether it says that it takes clients without a secret; none where it says nothing.
    public_clients: Option<bool>,
}

#[derive(Deserialize)]
struct Document {
    issuer: String,
    authorization_endpoint: String,
    token_endpoint: String,
    userinfo_endpoint: Option<String>,
    jwks_uri: String,
    id_token_signing_alg_values_supported: Option<Vec<String>>,
    token_endpoint_auth_methods_supported: Option<Vec<String>>,
    code_challenge_methods_supported: Option<Vec<String>>,
    authorization_response_iss_parameter_supported: Option<bool>,
}

impl Discovery {
    /// Reads the document of the provider with this issuer.
    ///
    /// # Errors
    /// Where it is not there, is about another issuer, or lacks what is needed.
    pub async fn read(client: &Client, issuer: &str) -> Result<Self, ProviderError> {
        let base = issuer.trim_end_matches('/');
        let url = client.endpoint("issuer", &format!("{base}/.well-known/openid-configuration"))?;
        let document = client.get(&url, None).await?;
        let document: Document = serde_json::from_value(document)
            .map_err(|error| ProviderError::answer(format!("the discovery document can't be read: {error}")))?;
        Self::check(client, issuer, document)
    }

    fn check(client: &Client, issuer: &str, document: Document) -> Result<Self, ProviderError> {
        if document.issuer != issuer {
            let named: String = document.issuer.chars().take(200).collect();
            return Err(ProviderError::answer(format!(
                "the discovery document is that of `{named}`, which is not PRAXIS_OPENID_ISSUER letter by letter"
            )));
        }
        let algorithms: Vec<Algorithm> = match document.id_token_signing_alg_values_supported {
            None => vec![Algorithm::RS256],
            Some(names) => ACCEPTED
                .into_iter()
                .filter(|accepted| names.iter().any(|name| *name == format!("{accepted:?}")))
                .collect(),
        };
        if algorithms.is_empty() {
            return Err(ProviderError::answer(
                "the provider signs with no algorithm that is accepted, such as ES256, EdDSA or RS256",
            ));
        }
        let methods = document.token_endpoint_auth_methods_supported.as_deref();
        let takes = |method: &str| methods.map(|methods| methods.iter().any(|one| one == method));
        let secret = match (takes("client_secret_basic"), takes("client_secret_post")) {
            (Some(false), Some(true)) => SecretPlace::Form,
            _ => SecretPlace::Basic,
        };
        let userinfo = document.userinfo_endpoint.as_deref();
        Ok(Self {
            authorization: client.endpoint("authorization_endpoint", &document.authorization_endpoint)?,
            token: client.endpoint("token_endpoint", &document.token_endpoint)?,
            userinfo: userinfo
                .map(|text| client.endpoint("userinfo_endpoint", text))
                .transpose()?,
            jwks_uri: client.endpoint("jwks_uri", &document.jwks_uri)?,
            algorithms,
            secret,
            names_itself: document.authorization_response_iss_parameter_supported == Some(true),
            s256: document
                .code_challenge_methods_supported
                .map(|methods| methods.iter().any(|method| method == "S256")),
            public_clients: takes("none"),
        })
    }

    /// What an operator should know.
    pub fn warnings(&self, has_secret: bool) -> Vec<String> {
        let mut warnings = Vec::new();
        if self.s256 == Some(false) {
            warnings.push("the provider does not say that it knows PKCE with S256, which is always sent".to_owned());
        }
        if !has_secret && self.public_clients == Some(false) {
            warnings.push(
                "the provider does not say that it takes clients without a secret; set PRAXIS_OPENID_CLIENT_SECRET if people \
                 can't sign in"
                    .to_owned(),
            );
        }
        warnings
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    const ISSUER: &str = "https://id.example.org";

    fn check(change: Value) -> Result<Discovery, ProviderError> {
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let mut document = json!({
            "issuer": ISSUER,
            "authorization_endpoint": "https://id.example.org/authorize",
            "token_endpoint": "https://id.example.org/token",
            "jwks_uri": "https://id.example.org/keys",
        });
        for (key, value) in change.as_object().unwrap() {
            document[key] = value.clone();
        }
        Discovery::check(
            &Client::new(ISSUER).unwrap(),
            ISSUER,
            serde_json::from_value(document).unwrap(),
        )
    }

    #[test]
    fn algorithms_are_those_of_the_provider_that_are_accepted() {
        assert_eq!(check(json!({})).unwrap().algorithms, [Algorithm::RS256]);
        let told = json!({ "id_token_signing_alg_values_supported": ["none", "HS256", "ES256", "EdDSA"] });
        assert_eq!(check(told).unwrap().algorithms, [Algorithm::EdDSA, Algorithm::ES256]);
        assert!(check(json!({ "id_token_signing_alg_values_supported": ["none", "HS256"] })).is_err());
    }

    #[test]
    fn a_document_of_another_issuer_or_with_other_addresses_is_refused() {
        for wrong in [
            json!({ "issuer": "https://id.example.org/" }),
            json!({ "issuer": "https://evil.example" }),
            json!({ "jwks_uri": "http://id.example.org/keys" }),
            json!({ "token_endpoint": "http://127.0.0.1/token" }),
            json!({ "userinfo_endpoint": "gopher://id.example.org" }),
        ] {
            assert!(check(wrong.clone()).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_secret_goes_where_the_provider_takes_it() {
        let place = |methods: Value| {
            check(json!({ "token_endpoint_auth_methods_supported": methods }))
                .unwrap()
                .secret
        };
        assert_eq!(check(json!({})).unwrap().secret, SecretPlace::Basic);
        assert_eq!(
            place(json!(["client_secret_post", "client_secret_basic"])),
            SecretPlace::Basic
        );
        assert_eq!(place(json!(["client_secret_post"])), SecretPlace::Form);
    }
}
