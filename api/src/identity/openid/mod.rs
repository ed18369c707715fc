//! Signing in by an outside OpenID Connect provider, where the operator names one.
//!
//! The way: [`request`] sends the browser to the provider and remembers it by a cookie; the provider sends it back; what
//! it brings is exchanged ([`exchange`]) for a signed statement about the person ([`id_token`]), which is checked against the
//! provider's published keys ([`key_set`]). The browser then carries a short-lived [`code`] to the application, which gives it
//! to `signInWithCode` ([`sign_in`]) or to `linkExternalIdentity` ([`link`]): tokens never stand in an address.
//!
//! By the authorization code flow of OpenID Connect Core 1.0 with PKCE (RFC 7636, S256). An account is found by issuer and
//! subject alone, never by an e-mail address: whoever has an account links the identity themselves.

mod client;
pub mod code;
mod discovery;
mod exchange;
mod failure;
pub mod graphql;
mod id_token;
mod key_set;
pub mod link;
pub mod request;
mod sign_in;
mod visit;

use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use self::client::Client;
pub use self::client::ProviderError;
use self::discovery::Discovery;
pub use self::failure::Failure;
use self::key_set::KeySet;
pub use self::sign_in::SignInWithCode;
pub use self::visit::{Arrival, Failed, Way};
use super::error::IdentityError;
use crate::config::{Config, OpenIdSettings};

/// Where people begin, below the public address.
pub const START: &str = "/sign-in/openid";
/// Where the provider sends them back.
pub const CALLBACK: &str = "/sign-in/openid/callback";
/// How long what the provider published is used before it is asked again.
const FRESH: Duration = Duration::from_secs(3600);

/// The provider by which people may sign in, as one process knows it.
pub struct OpenId {
    /// The settings.
    pub settings: OpenIdSettings,
    /// The address under which the public reaches the service.
    public_url: String,
    client: Client,
    discovery: RwLock<Option<Read<Discovery>>>,
    keys: RwLock<Option<Read<KeySet>>>,
}

/// Something that the provider published, and when it was read.
struct Read<T> {
    value: Arc<T>,
    at: Instant,
}

/// What was read, if that is not too long ago.
fn fresh<T>(cache: &RwLock<Option<Read<T>>>) -> Option<Arc<T>> {
    let cache = cache.read().unwrap_or_else(PoisonError::into_inner);
    let read = cache.as_ref().filter(|read| read.at.elapsed() < FRESH)?;
    Some(read.value.clone())
}

fn keep<T>(cache: &RwLock<Option<Read<T>>>, value: T) -> Arc<T> {
    let value = Arc::new(value);
    *cache.write().unwrap_or_else(PoisonError::into_inner) = Some(Read {
        value: value.clone(),
        at: Instant::now(),
    });
    value
}

impl OpenId {
    /// The provider of these settings, if there is one. It is not asked anything yet.
    ///
    /// # Errors
    /// Where no connections with TLS can be made.
    pub fn of(config: &Config) -> Result<Option<Self>, IdentityError> {
        let Some(settings) = config.openid.clone() else {
            return Ok(None);
        };
        Ok(Some(Self {
            client: Client::new(&settings.issuer)?,
            settings,
            public_url: config.public_url.clone(),
            discovery: RwLock::default(),
            keys: RwLock::default(),
        }))
    }

    /// Where people begin.
    pub fn start_url(&self) -> String {
        format!("{}{START}", self.public_url)
    }

    /// Where the provider sends them back: to be registered with it.
    pub fn callback_url(&self) -> String {
        format!("{}{CALLBACK}", self.public_url)
    }

    /// The path of both, as browsers see it.
    pub fn path(&self) -> String {
        let url = url::Url::parse(&self.start_url());
        url.map_or_else(|_| START.to_owned(), |url| url.path().to_owned())
    }

    /// Whether cookies are sent over TLS alone.
    pub fn is_secure(&self) -> bool {
        self.public_url.starts_with("https://")
    }

    /// What the provider says of itself.
    async fn discovery(&self) -> Result<Arc<Discovery>, ProviderError> {
        match fresh(&self.discovery) {
            Some(known) => Ok(known),
            None => {
                let read = Discovery::read(&self.client, &self.settings.issuer).await?;
                Ok(keep(&self.discovery, read))
            }
        }
    }

    /// The provider's keys.
    async fn keys(&self, discovery: &Discovery) -> Result<Arc<KeySet>, ProviderError> {
        match fresh(&self.keys) {
            Some(known) => Ok(known),
            None => self.read_keys(discovery).await,
        }
    }

    /// The provider's keys as they are now.
    async fn read_keys(&self, discovery: &Discovery) -> Result<Arc<KeySet>, ProviderError> {
        let document = self.client.get(&discovery.jwks_uri, None).await?;
        Ok(keep(&self.keys, KeySet::parse(&document)?))
    }

    /// Asks the provider for what it publishes, for an operator: the algorithms that can be verified and how many keys there
    /// are, and what they should know.
    ///
    /// # Errors
    /// Why people can't sign in.
    pub async fn examine(&self) -> Result<Examination, ProviderError> {
        let discovery = self.discovery().await?;
        let keys = self.keys(&discovery).await?;
        let mut warnings = discovery.warnings(self.settings.client_secret.is_some());
        if self.settings.return_urls.is_empty() {
            warnings.push(
                "people are shown a code to copy after signing in; set PRAXIS_OPENID_RETURN_URLS to send them to an application"
                    .to_owned(),
            );
        }
        let algorithms: Vec<String> = discovery.algorithms.iter().map(|one| format!("{one:?}")).collect();
        Ok(Examination {
            algorithms: algorithms.join(", "),
            keys: keys.len(),
            warnings,
        })
    }
}

/// What an operator is told of the provider.
pub struct Examination {
    /// The algorithms that it signs with and that are accepted.
    pub algorithms: String,
    /// How many keys can be used.
    pub keys: usize,
    /// What does not keep people from signing in, yet should be mended.
    pub warnings: Vec<String>,
}
