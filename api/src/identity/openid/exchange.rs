//! What the provider gives for the code that a browser brought: its statement about a person, and their address.

use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::Value;

use super::client::ProviderError;
use super::discovery::{Discovery, SecretPlace};
use super::failure::Failure;
use super::id_token::{self, Address, Claims, Expected, IdTokenError};
use super::key_set::KeyError;
use super::{OpenId, request};
use crate::config::Secret;

/// What the provider gives for a code.
pub struct Tokens {
    /// The signed statement.
    pub id_token: String,
    /// For asking for more; none where the provider gives none.
    pub access_token: Option<Secret>,
}

#[derive(Deserialize)]
struct TokenAnswer {
    id_token: String,
    access_token: Option<String>,
}

#[derive(Deserialize)]
struct UserInfo {
    sub: String,
    #[serde(flatten)]
    address: Address,
}

impl OpenId {
    /// Exchanges a code.
    ///
    /// # Errors
    /// Where the provider refuses it, or does not answer.
    pub(super) async fn exchange(
        &self,
        discovery: &Discovery,
        code: &str,
        browser: &Secret,
    ) -> Result<Tokens, ProviderError> {
        let callback = self.callback_url();
        let verifier = request::verifier(browser);
        let client_id = self.settings.client_id.as_str();
        let mut form = vec![
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", callback.as_str()),
            ("code_verifier", verifier.expose()),
        ];
        let mut basic = None;
        match (&self.settings.client_secret, discovery.secret) {
            (Some(secret), SecretPlace::Basic) => {
                // Both are encoded as in a form before (RFC 6749, section 2.3.1).
                let encoded =
                    |text: &str| -> String { url::form_urlencoded::byte_serialize(text.as_bytes()).collect() };
                basic = Some((encoded(client_id), Secret::from(encoded(secret.expose()).as_str())));
            }
            (Some(secret), SecretPlace::Form) => {
                form.extend([("client_id", client_id), ("client_secret", secret.expose())]);
            }
            (None, _) => form.push(("client_id", client_id)),
        }
        let answer: Value = self.client.post(&discovery.token, &form, basic).await?;
        // What serde says of a wrong document may quote it.
        let answer: TokenAnswer = serde_json::from_value(answer)
            .map_err(|_| ProviderError::answer("the token endpoint gives no ID token"))?;
        Ok(Tokens {
            id_token: answer.id_token,
            access_token: answer.access_token.as_deref().map(Secret::from),
        })
    }

    /// Verifies the provider's statement. Where it is signed with a key that is not known, the provider's keys are read anew:
    /// it may have published another one.
    ///
    /// # Errors
    /// Why it is not believed.
    pub(super) async fn verify(
        &self,
        discovery: &Discovery,
        token: &str,
        browser: &Secret,
        now: DateTime<Utc>,
    ) -> Result<Claims, Failure> {
        let expected = Expected {
            issuer: &self.settings.issuer,
            client_id: &self.settings.client_id,
            nonce: &request::nonce(browser),
            algorithms: &discovery.algorithms,
        };
        let keys = self.keys(discovery).await?;
        let verified = match id_token::verify(token, &keys, &expected, now) {
            Err(IdTokenError::Key(KeyError::Unknown)) => {
                let keys = self.read_keys(discovery).await?;
                id_token::verify(token, &keys, &expected, now)
            }
            other => other,
        };
        Ok(verified?)
    }

    /// The address of a person, verified by the provider; from where it tells more about people, if its statement has none.
    ///
    /// # Errors
    /// Where the provider does not answer, or tells about somebody else.
    pub(super) async fn address(
        &self,
        discovery: &Discovery,
        claims: &Claims,
        tokens: &Tokens,
    ) -> Result<Option<String>, ProviderError> {
        let (Some(userinfo), Some(token), false) =
            (&discovery.userinfo, &tokens.access_token, claims.address.is_told())
        else {
            return Ok(claims.address.verified().map(str::to_owned));
        };
        let told: UserInfo = serde_json::from_value(self.client.get(userinfo, Some(token)).await?)
            .map_err(|_| ProviderError::answer("`userinfo_endpoint` does not say whom it is about"))?;
        if told.sub != claims.sub {
            return Err(ProviderError::answer("`userinfo_endpoint` tells about somebody else"));
        }
        Ok(told.address.verified().map(str::to_owned))
    }
}
