//! Asks the provider: within bounds on time and size, without following redirects.

use std::time::Duration;

use reqwest::header::ACCEPT;
use reqwest::{RequestBuilder, StatusCode, redirect};
use serde_json::Value;
use tokio::sync::Semaphore;
use url::Url;

use crate::config::{Secret, is_loopback};
use crate::identity::error::IdentityError;

/// How long a connection may take.
const CONNECTING: Duration = Duration::from_secs(3);
/// How long the whole of an answer may take.
const ANSWERING: Duration = Duration::from_secs(5);
/// Largest answer, in bytes. A key with its certificates takes some kilobytes.
const LARGEST: usize = 512 * 1024;
/// How many answers are waited for at the same time.
const AT_ONCE: usize = 32;

/// Why the provider is of no use at the moment. What it says holds no token and no secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProviderError {
    /// It does not answer, or not in time, or with a fault of its own.
    #[error("the provider does not answer: {0}")]
    Unavailable(String),
    /// It refuses what it was given, with this code of RFC 6749 or OpenID Connect.
    #[error("the provider refuses: {0}")]
    Refused(String),
    /// Its answer is not what it must be.
    #[error("the provider's answer is not accepted: {0}")]
    Answer(String),
    /// Too much is asked of it at the same time.
    #[error("too many people are signing in by the provider at this moment")]
    Busy,
}

impl ProviderError {
    /// An answer that is not what it must be.
    pub fn answer(reason: impl Into<String>) -> Self {
        Self::Answer(reason.into())
    }
}

/// A code that the provider gave, cut to what may stand in a log and on a page.
pub fn code_of(text: &str) -> String {
    let known = |character: &char| character.is_ascii_alphanumeric() || matches!(character, '_' | '-' | '.');
    text.chars().filter(known).take(60).collect()
}

/// Asks one provider.
pub struct Client {
    http: reqwest::Client,
    on_this_machine: bool,
    slots: Semaphore,
}

impl Client {
    /// A client for the provider with this issuer.
    ///
    /// # Errors
    /// Where no connections with TLS can be made.
    pub fn new(issuer: &str) -> Result<Self, IdentityError> {
        let on_this_machine = Url::parse(issuer).is_ok_and(|url| url.scheme() == "http" && is_loopback(&url));
        let mut builder = reqwest::Client::builder()
            .user_agent("praxis")
            .connect_timeout(CONNECTING)
            .timeout(ANSWERING)
            // A provider's addresses are those of its discovery document; a redirect could lead into an inner network.
            .redirect(redirect::Policy::none());
        if on_this_machine {
            builder = builder.no_proxy();
        }
        let http = builder
            .build()
            .map_err(|_| IdentityError::Cryptography("no connections with TLS can be made to the OpenID provider"))?;
        Ok(Self {
            http,
            on_this_machine,
            slots: Semaphore::new(AT_ONCE),
        })
    }

    /// An address of the provider, as its discovery document gives it: https, or on this machine where the issuer is.
    ///
    /// # Errors
    /// Where it is anything else.
    pub fn endpoint(&self, name: &str, text: &str) -> Result<Url, ProviderError> {
        Url::parse(text)
            .ok()
            .filter(|url| {
                let here = self.on_this_machine && url.scheme() == "http" && is_loopback(url);
                (url.scheme() == "https" && url.has_host()) || here
            })
            .ok_or_else(|| ProviderError::answer(format!("`{name}` in the discovery document is no https address")))
    }

    /// A JSON document, with an access token where it needs one.
    ///
    /// # Errors
    /// Where the provider does not give it.
    pub async fn get(&self, url: &Url, token: Option<&Secret>) -> Result<Value, ProviderError> {
        let mut request = self.http.get(url.clone()).header(ACCEPT, "application/json");
        if let Some(token) = token {
            request = request.bearer_auth(token.expose());
        }
        let (status, body) = self.send(request).await?;
        if !status.is_success() {
            return Err(ProviderError::answer(format!(
                "{} is answered with {status}",
                url.path()
            )));
        }
        serde_json::from_slice(&body).map_err(|_| ProviderError::answer(format!("{} is no JSON", url.path())))
    }

    /// Posts a form, with name and password where the client has a secret that goes there.
    ///
    /// # Errors
    /// Where the provider refuses it, or does not answer.
    pub async fn post(
        &self,
        url: &Url,
        form: &[(&str, &str)],
        basic: Option<(String, Secret)>,
    ) -> Result<Value, ProviderError> {
        let mut request = self
            .http
            .post(url.clone())
            .header(ACCEPT, "application/json")
            .form(form);
        if let Some((name, password)) = basic {
            request = request.basic_auth(name, Some(password.expose()));
        }
        let (status, body) = self.send(request).await?;
        let document: Option<Value> = serde_json::from_slice(&body).ok();
        if status.is_success() {
            return document.ok_or_else(|| ProviderError::answer(format!("{} is no JSON", url.path())));
        }
        let code = document.as_ref().and_then(|document| document["error"].as_str());
        match code {
            Some(code) => Err(ProviderError::Refused(code_of(code))),
            None => Err(ProviderError::answer(format!(
                "{} is answered with {status}",
                url.path()
            ))),
        }
    }

    /// Sends a request and reads its answer whole, within bounds.
    async fn send(&self, request: RequestBuilder) -> Result<(StatusCode, Vec<u8>), ProviderError> {
        let _slot = self.slots.try_acquire().map_err(|_| ProviderError::Busy)?;
        let mut response = request.send().await.map_err(unavailable)?;
        let status = response.status();
        if status.is_server_error() {
            return Err(ProviderError::Unavailable(status.to_string()));
        }
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(unavailable)? {
            if body.len() + chunk.len() > LARGEST {
                return Err(ProviderError::answer(format!("it is larger than {LARGEST} bytes")));
            }
            body.extend_from_slice(&chunk);
        }
        Ok((status, body))
    }
}

fn unavailable(error: reqwest::Error) -> ProviderError {
    let what = if error.is_timeout() {
        "it takes too long".to_owned()
    } else if error.is_connect() {
        format!("no connection can be made ({})", innermost(&error))
    } else {
        error.without_url().to_string()
    };
    ProviderError::Unavailable(what)
}

/// What is at the bottom of an error, such as why a certificate is not accepted.
fn innermost(error: &dyn std::error::Error) -> String {
    let mut cause = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    cause.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_a_provider_are_https_or_on_this_machine_with_it() {
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let remote = Client::new("https://id.example.org").unwrap();
        assert!(remote.endpoint("jwks_uri", "https://keys.example.org/keys").is_ok());
        for wrong in [
            "http://id.example.org/keys",
            "http://127.0.0.1/keys",
            "file:///etc/passwd",
            "/keys",
        ] {
            assert!(remote.endpoint("jwks_uri", wrong).is_err(), "{wrong}");
        }
        let here = Client::new("http://127.0.0.1:9000").unwrap();
        assert!(here.endpoint("jwks_uri", "http://127.0.0.1:9000/keys").is_ok());
        assert!(here.endpoint("jwks_uri", "http://10.0.0.1/keys").is_err());
    }

    #[test]
    fn what_a_provider_says_is_harmless_in_a_log() {
        assert_eq!(code_of("invalid_grant"), "invalid_grant");
        assert_eq!(code_of("<b>\nx</b>"), "bxb");
        assert_eq!(code_of(&"x".repeat(100)).len(), 60);
    }
}
