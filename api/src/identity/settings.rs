//! The settings of this room.

use chrono::Duration;

use crate::config::Config;

/// How accounts and sessions behave.
#[derive(Clone, Debug)]
pub struct IdentitySettings {
    /// Who issues access tokens: `iss`.
    pub issuer: String,
    /// Whom access tokens are for: `aud`.
    pub audience: String,
    /// How long an access token is valid.
    pub access_token: Duration,
    /// How long a session lasts without being refreshed.
    pub refresh_token: Duration,
    /// Whether moderators, safeguarding leads and admins need a second factor for these roles.
    pub require_totp: bool,
    /// The address of the pages that links in letters lead to.
    pub account_url: Option<String>,
    /// How many proxies stand before the service.
    pub trusted_proxies: usize,
}

impl IdentitySettings {
    /// These settings among all.
    pub fn of(config: &Config) -> Self {
        let issuer = config.token_issuer.clone();
        Self {
            audience: format!("{issuer}/graphql"),
            issuer,
            access_token: Duration::seconds(i64::from(config.access_token_seconds)),
            refresh_token: Duration::days(i64::from(config.refresh_token_days)),
            require_totp: config.require_totp,
            account_url: config.account_url.clone(),
            trusted_proxies: config.trusted_proxies,
        }
    }
}
