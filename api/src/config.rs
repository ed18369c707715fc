//! Every setting: its flag, its environment variable, its key in the file, its help and its default.
//!
//! A setting comes from its flag, else from its environment variable, else from the TOML file that `--config` names, else
//! from its default. The names follow from each other: `max_depth` in the file is `--max-depth` and `PRAXIS_MAX_DEPTH`.

mod checks;
mod error;
mod openid;
mod resolve;
mod settings;
mod values;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

pub use self::error::{ConfigError, origin};
pub use self::openid::{OpenIdSettings, is_loopback};
pub use self::settings::Settings;
pub use self::values::{LogFormat, Metrics, SearchFallback, Secret};

/// The settings in force.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where to listen.
    pub addr: SocketAddr,
    /// Where the SQLite file, the embedded index, the stored files and unsent letters live.
    pub data_dir: PathBuf,
    /// The database. It may hold a password.
    pub database_url: Secret,
    /// How many connections read at the same time.
    pub database_connections: u32,
    /// The Meilisearch server.
    pub meilisearch_url: Option<String>,
    /// Its key.
    pub meilisearch_key: Option<Secret>,
    /// The name of the index on it.
    pub meilisearch_index: String,
    /// The file with the settings of its embedder.
    pub meilisearch_embedder: Option<PathBuf>,
    /// From which similarity on a document is near a query.
    pub meilisearch_near: f32,
    /// What answers searches when it is away.
    pub search_fallback: SearchFallback,
    /// The folder of the sentence model of the embedded index.
    pub search_model: Option<PathBuf>,
    /// The address under which the public reaches the service, without a slash at the end.
    pub public_url: String,
    /// Origins that may call from a browser; `*` for any.
    pub cors_origins: Vec<String>,
    /// Largest request body, in bytes.
    pub max_body_bytes: usize,
    /// Largest uploaded file, in bytes.
    pub max_file_bytes: u64,
    /// Deepest nesting.
    pub max_depth: usize,
    /// Highest cost.
    pub max_cost: u64,
    /// Most aliases.
    pub max_aliases: u64,
    /// Most directives.
    pub max_directives: u64,
    /// Most fields at the root.
    pub max_root_fields: u64,
    /// Most tokens.
    pub max_tokens: usize,
    /// Longest execution.
    pub execution_timeout: Duration,
    /// Most live connections.
    pub max_live_connections: usize,
    /// Most of them from one client.
    pub max_live_connections_per_client: usize,
    /// Most subscriptions.
    pub max_subscriptions: usize,
    /// Most operations under way on one live connection.
    pub max_subscriptions_per_connection: usize,
    /// How long a WebSocket may take to introduce itself.
    pub live_init_timeout: Duration,
    /// How often a live connection gets a sign of life.
    pub live_keep_alive: Duration,
    /// How long a live connection may take to accept a message.
    pub live_patience: Duration,
    /// How long requests under way may go on when the service stops.
    pub drain_timeout: Duration,
    /// How long the head of a request may take to arrive.
    pub head_timeout: Duration,
    /// Whether the schema can be queried.
    pub introspection: bool,
    /// How long an access token is valid, in seconds.
    pub access_token_seconds: u32,
    /// How long a session lasts without being refreshed, in days.
    pub refresh_token_days: u32,
    /// Who issues access tokens.
    pub token_issuer: String,
    /// Whether some roles need a second factor.
    pub require_totp: bool,
    /// What secrets in the database are encrypted with.
    pub secret_key: Option<Secret>,
    /// What they were encrypted with before.
    pub previous_secret_key: Option<Secret>,
    /// Whom letters are from.
    pub mail_from: String,
    /// The mail server.
    pub smtp_url: Option<Secret>,
    /// The pages that links in letters lead to, without a slash at the end.
    pub account_url: Option<String>,
    /// The provider by which people may sign in.
    pub openid: Option<OpenIdSettings>,
    /// How many proxies stand before the service.
    pub trusted_proxies: usize,
    /// Where metrics are served.
    pub metrics: Metrics,
    /// How logs are written; by whether standard error is a terminal where it is missing.
    pub log_format: Option<LogFormat>,
    /// What is logged.
    pub log: String,
}

impl Config {
    /// Where the embedded index lives.
    pub fn index_dir(&self) -> PathBuf {
        self.data_dir.join("index")
    }

    /// Whether the embedded index answers searches when Meilisearch is away.
    pub fn falls_back_to_embedded(&self) -> bool {
        self.search_fallback == SearchFallback::Embedded
    }
}

#[cfg(test)]
mod tests;
