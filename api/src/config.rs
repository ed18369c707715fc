//! Every setting: its flag, its environment variable, its key in the file, its help and its default.
//!
//! A setting comes from its flag, else from its environment variable, else from the TOML file that `--config` names, else
//! from its default. The names follow from each other: `max_depth` in the file is `--max-depth` and `PRAXIS_MAX_DEPTH`.

mod checks;
mod openid;
mod values;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use clap::error::{ContextKind, ContextValue};
use serde::Deserialize;

use crate::graphql::limits::MAX_LEVELS;

use self::checks::{
    check_database_url, check_key, check_log, check_mailbox, check_secret_key, check_smtp_url, check_url,
    default_sender, read_origins, within, wrong,
};
pub use self::openid::{OpenIdSettings, is_loopback};
pub use self::values::{LogFormat, Metrics, SearchFallback, Secret};

/// The settings as one source gives them.
#[derive(Args, Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// A TOML file with settings, each under the name of its flag with underscores, e.g. `data_dir = "/srv/praxis"`.
    #[arg(long, env = "PRAXIS_CONFIG", value_name = "FILE", global = true)]
    #[serde(skip)]
    pub config: Option<PathBuf>,
    /// Where to listen. [default: 127.0.0.1:8080]
    #[arg(long, env = "PRAXIS_ADDR", value_name = "ADDRESS:PORT", global = true)]
    pub addr: Option<SocketAddr>,
    /// Where the SQLite file and the embedded index live. [default: ./data]
    #[arg(long, env = "PRAXIS_DATA_DIR", value_name = "DIR", global = true)]
    pub data_dir: Option<PathBuf>,
    /// `sqlite://FILE` or `postgres://USER@HOST/NAME`. [default: praxis.sqlite in the data directory]
    #[arg(
        long,
        env = "PRAXIS_DATABASE_URL",
        value_name = "URL",
        hide_env_values = true,
        global = true
    )]
    pub database_url: Option<Secret>,
    /// How many connections read at the same time. [default: 8]
    #[arg(long, env = "PRAXIS_DATABASE_CONNECTIONS", value_name = "N", global = true)]
    pub database_connections: Option<u32>,
    /// A Meilisearch server to search with. [default: the embedded index]
    #[arg(long, env = "PRAXIS_MEILISEARCH_URL", value_name = "URL", global = true)]
    pub meilisearch_url: Option<String>,
    /// The key of the Meilisearch server.
    #[arg(
        long,
        env = "PRAXIS_MEILISEARCH_KEY",
        value_name = "KEY",
        hide_env_values = true,
        global = true
    )]
    pub meilisearch_key: Option<Secret>,
    /// The name of the index on the Meilisearch server. [default: praxis]
    #[arg(long, env = "PRAXIS_MEILISEARCH_INDEX", value_name = "NAME", global = true)]
    pub meilisearch_index: Option<String>,
    /// A JSON file with the settings of one embedder, in Meilisearch's own words, with which the server also finds what says the
    /// same in other words. [default: none, words alone]
    #[arg(long, env = "PRAXIS_MEILISEARCH_EMBEDDER", value_name = "FILE", global = true)]
    pub meilisearch_embedder: Option<PathBuf>,
    /// From which similarity on, between 0 and 1 as Meilisearch gives it, a document is near a query. [default: 0.75]
    #[arg(long, env = "PRAXIS_MEILISEARCH_NEAR", value_name = "N", global = true)]
    pub meilisearch_near: Option<f32>,
    /// What answers searches when Meilisearch is away. [default: none]
    #[arg(long, env = "PRAXIS_SEARCH_FALLBACK", value_name = "ENGINE", global = true)]
    pub search_fallback: Option<SearchFallback>,
    /// A folder with a sentence model of the BERT family (`config.json`, `tokenizer.json`, `model.safetensors`), with which the
    /// embedded index also finds what says the same in other words. [default: none, words alone]
    #[arg(long, env = "PRAXIS_SEARCH_MODEL", value_name = "DIR", global = true)]
    pub search_model: Option<PathBuf>,
    /// The address under which the public reaches the service. [default: http:// and the address of --addr]
    #[arg(long, env = "PRAXIS_PUBLIC_URL", value_name = "URL", global = true)]
    pub public_url: Option<String>,
    /// Web pages that may call the API from a browser: origins separated by commas, or `*` for any. What the API answers
    /// anonymously is public, and it takes no cookies. Empty: none. [default: *]
    #[arg(long, env = "PRAXIS_CORS_ORIGINS", value_name = "ORIGINS", global = true)]
    pub cors_origins: Option<String>,
    /// Largest request body, in bytes. [default: 1048576]
    #[arg(long, env = "PRAXIS_MAX_BODY_BYTES", value_name = "N", global = true)]
    pub max_body_bytes: Option<usize>,
    /// Largest file that a member may upload, in bytes. [default: 26214400]
    #[arg(long, env = "PRAXIS_MAX_FILE_BYTES", value_name = "N", global = true)]
    pub max_file_bytes: Option<u64>,
    /// Deepest nesting of a query. [default: 15]
    #[arg(long, env = "PRAXIS_MAX_DEPTH", value_name = "N", global = true)]
    pub max_depth: Option<usize>,
    /// Highest cost of a query: one for each field, multiplied by the page sizes around it. [default: 20000]
    #[arg(long, env = "PRAXIS_MAX_COST", value_name = "N", global = true)]
    pub max_cost: Option<u64>,
    /// Most aliases in a query. [default: 30]
    #[arg(long, env = "PRAXIS_MAX_ALIASES", value_name = "N", global = true)]
    pub max_aliases: Option<u64>,
    /// Most directives in a query. [default: 100]
    #[arg(long, env = "PRAXIS_MAX_DIRECTIVES", value_name = "N", global = true)]
    pub max_directives: Option<u64>,
    /// Most fields at the root of a query. [default: 30]
    #[arg(long, env = "PRAXIS_MAX_ROOT_FIELDS", value_name = "N", global = true)]
    pub max_root_fields: Option<u64>,
    /// Most tokens in a query. [default: 4000]
    #[arg(long, env = "PRAXIS_MAX_TOKENS", value_name = "N", global = true)]
    pub max_tokens: Option<usize>,
    /// Longest execution of a query, in milliseconds. [default: 10000]
    #[arg(long, env = "PRAXIS_EXECUTION_TIMEOUT_MS", value_name = "N", global = true)]
    pub execution_timeout_ms: Option<u64>,
    /// Most live connections of a process: WebSockets and event streams. [default: 2000]
    #[arg(long, env = "PRAXIS_MAX_LIVE_CONNECTIONS", value_name = "N", global = true)]
    pub max_live_connections: Option<usize>,
    /// Most of them from one client address; of IPv6, from one /64 network. Behind proxies set --trusted-proxies too.
    /// [default: 50]
    #[arg(
        long,
        env = "PRAXIS_MAX_LIVE_CONNECTIONS_PER_CLIENT",
        value_name = "N",
        global = true
    )]
    pub max_live_connections_per_client: Option<usize>,
    /// Most subscriptions of a process. [default: 10000]
    #[arg(long, env = "PRAXIS_MAX_SUBSCRIPTIONS", value_name = "N", global = true)]
    pub max_subscriptions: Option<usize>,
    /// Most subscriptions and other operations under way on one connection. [default: 20]
    #[arg(
        long,
        env = "PRAXIS_MAX_SUBSCRIPTIONS_PER_CONNECTION",
        value_name = "N",
        global = true
    )]
    pub max_subscriptions_per_connection: Option<usize>,
    /// How long a WebSocket may take to send `connection_init`, in milliseconds. [default: 5000]
    #[arg(long, env = "PRAXIS_LIVE_INIT_TIMEOUT_MS", value_name = "N", global = true)]
    pub live_init_timeout_ms: Option<u64>,
    /// How often a live connection gets a sign of life, in milliseconds; a WebSocket that has not answered the one before
    /// is closed. [default: 15000]
    #[arg(long, env = "PRAXIS_LIVE_KEEP_ALIVE_MS", value_name = "N", global = true)]
    pub live_keep_alive_ms: Option<u64>,
    /// How long a live connection may take to accept a message before it is closed, in milliseconds. [default: 10000]
    #[arg(long, env = "PRAXIS_LIVE_PATIENCE_MS", value_name = "N", global = true)]
    pub live_patience_ms: Option<u64>,
    /// How long requests under way may go on after the service was told to stop, in milliseconds. [default: 20000]
    #[arg(long, env = "PRAXIS_DRAIN_TIMEOUT_MS", value_name = "N", global = true)]
    pub drain_timeout_ms: Option<u64>,
    /// How long the head of a request may take to arrive, also on a connection that is kept open after another, in
    /// milliseconds; then the connection is closed. [default: 30000]
    #[arg(long, env = "PRAXIS_HEAD_TIMEOUT_MS", value_name = "N", global = true)]
    pub head_timeout_ms: Option<u64>,
    /// Whether the schema can be queried. [default: true]
    #[arg(long, env = "PRAXIS_INTROSPECTION", value_name = "BOOL", global = true)]
    pub introspection: Option<bool>,
    /// How long an access token is valid, in seconds, from 5 to 3600. [default: 600]
    #[arg(long, env = "PRAXIS_ACCESS_TOKEN_SECONDS", value_name = "N", global = true)]
    pub access_token_seconds: Option<u32>,
    /// How long a session lasts without being refreshed, in days, from 1 to 365. [default: 30]
    #[arg(long, env = "PRAXIS_REFRESH_TOKEN_DAYS", value_name = "N", global = true)]
    pub refresh_token_days: Option<u32>,
    /// Who issues access tokens: the same for all processes on one database. [default: the value of --public-url]
    #[arg(long, env = "PRAXIS_TOKEN_ISSUER", value_name = "URL", global = true)]
    pub token_issuer: Option<String>,
    /// Whether moderators, safeguarding leads and admins need a second factor. [default: false]
    #[arg(long, env = "PRAXIS_REQUIRE_TOTP", value_name = "BOOL", global = true)]
    pub require_totp: Option<bool>,
    /// What signing keys and second factors are encrypted with in the database: at least 32 characters, the same for all
    /// processes. [default: they are not encrypted]
    #[arg(
        long,
        env = "PRAXIS_SECRET_KEY",
        value_name = "TEXT",
        hide_env_values = true,
        global = true
    )]
    pub secret_key: Option<Secret>,
    /// What they were encrypted with before, until `praxis keys seal` has encrypted them with --secret-key.
    #[arg(
        long,
        env = "PRAXIS_PREVIOUS_SECRET_KEY",
        value_name = "TEXT",
        hide_env_values = true,
        global = true
    )]
    pub previous_secret_key: Option<Secret>,
    /// Whom letters are from. [default: Praxis <praxis@ and the host of --public-url>]
    #[arg(long, env = "PRAXIS_MAIL_FROM", value_name = "MAILBOX", global = true)]
    pub mail_from: Option<String>,
    /// The mail server: `smtps://USER:PASSWORD@HOST:465`, or `smtp://HOST:587?tls=required`. [default: letters are written
    /// to `mail` in the data directory]
    #[arg(
        long,
        env = "PRAXIS_SMTP_URL",
        value_name = "URL",
        hide_env_values = true,
        global = true
    )]
    pub smtp_url: Option<Secret>,
    /// The pages that links in letters lead to, e.g. `https://example.org/account`. [default: letters hold a code only]
    #[arg(long, env = "PRAXIS_ACCOUNT_URL", value_name = "URL", global = true)]
    pub account_url: Option<String>,
    /// An OpenID Connect provider by which people may sign in: its issuer, https, or http on this machine.
    /// [default: none, passwords alone]
    #[arg(long, env = "PRAXIS_OPENID_ISSUER", value_name = "URL", global = true)]
    pub openid_issuer: Option<String>,
    /// The client that is registered with the provider.
    #[arg(long, env = "PRAXIS_OPENID_CLIENT_ID", value_name = "ID", global = true)]
    pub openid_client_id: Option<String>,
    /// The secret of that client. [default: none, a public client with PKCE alone]
    #[arg(
        long,
        env = "PRAXIS_OPENID_CLIENT_SECRET",
        value_name = "TEXT",
        hide_env_values = true,
        global = true
    )]
    pub openid_client_secret: Option<Secret>,
    /// What people call the provider. [default: the host of --openid-issuer]
    #[arg(long, env = "PRAXIS_OPENID_NAME", value_name = "NAME", global = true)]
    pub openid_name: Option<String>,
    /// Whether whoever signs in by the provider for the first time, with an address that it verified and that has no account,
    /// gets one. [default: false]
    #[arg(long, env = "PRAXIS_OPENID_SIGN_UP", value_name = "BOOL", global = true)]
    pub openid_sign_up: Option<bool>,
    /// Where people may be sent back to after signing in by the provider: addresses of applications, separated by commas; each is
    /// compared as a whole. [default: none, people are shown a code to copy]
    #[arg(long, env = "PRAXIS_OPENID_RETURN_URLS", value_name = "URLS", global = true)]
    pub openid_return_urls: Option<String>,
    /// How many proxies stand before the service and add to `X-Forwarded-For`. [default: 0]
    #[arg(long, env = "PRAXIS_TRUSTED_PROXIES", value_name = "N", global = true)]
    pub trusted_proxies: Option<usize>,
    /// Where `/metrics` is served: `public` is beside the API, `off` is nowhere, an address is a listener of its own.
    /// [default: public]
    #[arg(long, env = "PRAXIS_METRICS", value_name = "public|off|ADDRESS:PORT", global = true)]
    pub metrics: Option<Metrics>,
    /// How logs are written to standard error. [default: json; text on a terminal]
    #[arg(long, env = "PRAXIS_LOG_FORMAT", value_name = "FORMAT", global = true)]
    pub log_format: Option<LogFormat>,
    /// What is logged, e.g. `info` or `praxis_api=debug,warn`. [default: info]
    #[arg(long, env = "PRAXIS_LOG", value_name = "FILTER", global = true)]
    pub log: Option<String>,
}

/// Where a value came from that the command line refuses, if it was not given there.
pub fn origin(error: &clap::Error) -> Option<String> {
    let Some(ContextValue::String(argument)) = error.get(ContextKind::InvalidArg) else {
        return None;
    };
    let long = argument.split_whitespace().next()?;
    let name = long.strip_prefix("--")?.replace('-', "_");
    let given = std::env::args().any(|argument| argument.split('=').next() == Some(long));
    let variable = variable(&name);
    (!given && std::env::var_os(&variable).is_some())
        .then(|| format!("The value comes from the environment variable {variable}; change it or unset it."))
}

/// What is wrong with the settings.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file can't be read.
    #[error("the settings file {path} can't be read: {error}. Check --config or PRAXIS_CONFIG.")]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// The file is malformed.
    #[error("the settings file {path} is wrong in line {line}: {reason}")]
    Syntax {
        /// The file.
        path: PathBuf,
        /// The line, which is not shown: it may hold a secret.
        line: usize,
        /// What is wrong.
        reason: String,
    },
    /// A value is wrong.
    #[error(
        "the setting {name} (flag --{}, variable {}) is wrong: {reason}",
        flag(name),
        variable(name)
    )]
    Value {
        /// The key in the file.
        name: &'static str,
        /// What is wrong and how to mend it.
        reason: String,
    },
}

fn flag(name: &str) -> String {
    name.replace('_', "-")
}

fn variable(name: &str) -> String {
    format!("PRAXIS_{}", name.to_ascii_uppercase())
}

/// The settings in force.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where to listen.
    pub addr: SocketAddr,
    /// Where the SQLite file and the embedded index live.
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
    /// The settings in force: flags and environment (which clap has merged), then the file, then the defaults.
    ///
    /// # Errors
    /// What is wrong, where, and how to mend it.
    pub fn resolve(given: Settings) -> Result<Self, ConfigError> {
        let file = match &given.config {
            Some(path) => read_file(path)?,
            None => Settings::default(),
        };
        let openid = openid::resolve(&given, &file)?;
        let addr = given
            .addr
            .or(file.addr)
            .unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 8080)));
        let data_dir = given
            .data_dir
            .or(file.data_dir)
            .unwrap_or_else(|| PathBuf::from("data"));
        // A variable that is set to nothing counts as not set: that is how compose files leave things out.
        let filled = |text: &String| !text.is_empty();
        let filled_secret = |secret: &Secret| !secret.expose().is_empty();
        let database_url = given
            .database_url
            .filter(filled_secret)
            .or(file.database_url)
            .unwrap_or_else(|| Secret::from(format!("sqlite://{}", data_dir.join("praxis.sqlite").display()).as_str()));
        check_database_url(&database_url)?;
        let public_url = given
            .public_url
            .filter(filled)
            .or(file.public_url)
            .unwrap_or_else(|| format!("http://{addr}"));
        check_url("public_url", &public_url)?;
        let meilisearch_url = given.meilisearch_url.filter(filled).or(file.meilisearch_url);
        if let Some(url) = &meilisearch_url {
            check_url("meilisearch_url", url)?;
        }
        let meilisearch_key = given.meilisearch_key.filter(filled_secret).or(file.meilisearch_key);
        if let Some(key) = &meilisearch_key {
            check_key(key)?;
        }
        let public_url = public_url.trim_end_matches('/').to_owned();
        let token_issuer = given
            .token_issuer
            .filter(filled)
            .or(file.token_issuer)
            .unwrap_or_else(|| public_url.clone());
        let secret_key = given.secret_key.filter(filled_secret).or(file.secret_key);
        if let Some(key) = &secret_key {
            check_secret_key(key)?;
        }
        let previous_secret_key = given
            .previous_secret_key
            .filter(filled_secret)
            .or(file.previous_secret_key);
        if previous_secret_key.is_some() && secret_key.is_none() {
            return Err(wrong(
                "previous_secret_key",
                "there is no `secret_key` to go over to; set PRAXIS_SECRET_KEY too",
            ));
        }
        let mail_from = given
            .mail_from
            .filter(filled)
            .or(file.mail_from)
            .unwrap_or_else(|| default_sender(&public_url));
        check_mailbox("mail_from", &mail_from)?;
        let smtp_url = given.smtp_url.filter(filled_secret).or(file.smtp_url);
        if let Some(url) = &smtp_url {
            check_smtp_url(url)?;
        }
        let account_url = given.account_url.filter(filled).or(file.account_url);
        if let Some(url) = &account_url {
            check_url("account_url", url)?;
        }
        let log = given.log.filter(filled).or(file.log).unwrap_or_else(|| {
            "info,sea_orm_migration=warn,sqlx::postgres::notice=warn,tantivy=warn,meilisearch_sdk=error".to_owned()
        });
        check_log(&log)?;
        let limit = |name, flag: Option<u64>, key: Option<u64>, default| {
            within(name, flag.or(key).unwrap_or(default), 1..=u64::MAX)
        };
        let size = |name, flag: Option<usize>, key: Option<usize>, default, range| {
            within(name, flag.or(key).unwrap_or(default), range)
        };
        Ok(Self {
            addr,
            data_dir,
            database_url,
            database_connections: within(
                "database_connections",
                given.database_connections.or(file.database_connections).unwrap_or(8),
                1..=200,
            )?,
            meilisearch_url,
            meilisearch_key,
            meilisearch_index: given
                .meilisearch_index
                .filter(filled)
                .or(file.meilisearch_index)
                .unwrap_or_else(|| "praxis".to_owned()),
            meilisearch_embedder: given
                .meilisearch_embedder
                .filter(|file| !file.as_os_str().is_empty())
                .or(file.meilisearch_embedder),
            meilisearch_near: given.meilisearch_near.or(file.meilisearch_near).unwrap_or(0.75),
            search_fallback: given
                .search_fallback
                .or(file.search_fallback)
                .unwrap_or(SearchFallback::None),
            search_model: given
                .search_model
                .filter(|folder| !folder.as_os_str().is_empty())
                .or(file.search_model),
            public_url,
            access_token_seconds: within(
                "access_token_seconds",
                given.access_token_seconds.or(file.access_token_seconds).unwrap_or(600),
                5..=3600,
            )?,
            refresh_token_days: within(
                "refresh_token_days",
                given.refresh_token_days.or(file.refresh_token_days).unwrap_or(30),
                1..=365,
            )?,
            token_issuer,
            require_totp: given.require_totp.or(file.require_totp).unwrap_or(false),
            secret_key,
            previous_secret_key,
            mail_from,
            smtp_url,
            account_url: account_url.map(|url| url.trim_end_matches('/').to_owned()),
            openid,
            trusted_proxies: size(
                "trusted_proxies",
                given.trusted_proxies,
                file.trusted_proxies,
                0,
                0..=10,
            )?,
            cors_origins: read_origins(
                &given
                    .cors_origins
                    .or(file.cors_origins)
                    .unwrap_or_else(|| "*".to_owned()),
            )?,
            max_body_bytes: size(
                "max_body_bytes",
                given.max_body_bytes,
                file.max_body_bytes,
                1_048_576,
                1_024..=1 << 30,
            )?,
            max_file_bytes: within(
                "max_file_bytes",
                given.max_file_bytes.or(file.max_file_bytes).unwrap_or(26_214_400),
                1_024..=(1 << 31) - 1,
            )?,
            max_depth: size("max_depth", given.max_depth, file.max_depth, 15, 1..=MAX_LEVELS)?,
            max_cost: limit("max_cost", given.max_cost, file.max_cost, 20_000)?,
            max_aliases: limit("max_aliases", given.max_aliases, file.max_aliases, 30)?,
            max_directives: limit("max_directives", given.max_directives, file.max_directives, 100)?,
            max_root_fields: limit("max_root_fields", given.max_root_fields, file.max_root_fields, 30)?,
            max_tokens: size("max_tokens", given.max_tokens, file.max_tokens, 4_000, 10..=1 << 20)?,
            execution_timeout: Duration::from_millis(limit(
                "execution_timeout_ms",
                given.execution_timeout_ms,
                file.execution_timeout_ms,
                10_000,
            )?),
            max_live_connections: size(
                "max_live_connections",
                given.max_live_connections,
                file.max_live_connections,
                2_000,
                0..=1_000_000,
            )?,
            max_live_connections_per_client: size(
                "max_live_connections_per_client",
                given.max_live_connections_per_client,
                file.max_live_connections_per_client,
                50,
                1..=1_000_000,
            )?,
            max_subscriptions: size(
                "max_subscriptions",
                given.max_subscriptions,
                file.max_subscriptions,
                10_000,
                0..=1_000_000,
            )?,
            max_subscriptions_per_connection: size(
                "max_subscriptions_per_connection",
                given.max_subscriptions_per_connection,
                file.max_subscriptions_per_connection,
                20,
                1..=10_000,
            )?,
            live_init_timeout: Duration::from_millis(limit(
                "live_init_timeout_ms",
                given.live_init_timeout_ms,
                file.live_init_timeout_ms,
                5_000,
            )?),
            live_keep_alive: Duration::from_millis(limit(
                "live_keep_alive_ms",
                given.live_keep_alive_ms,
                file.live_keep_alive_ms,
                15_000,
            )?),
            live_patience: Duration::from_millis(limit(
                "live_patience_ms",
                given.live_patience_ms,
                file.live_patience_ms,
                10_000,
            )?),
            drain_timeout: Duration::from_millis(limit(
                "drain_timeout_ms",
                given.drain_timeout_ms,
                file.drain_timeout_ms,
                20_000,
            )?),
            head_timeout: Duration::from_millis(limit(
                "head_timeout_ms",
                given.head_timeout_ms,
                file.head_timeout_ms,
                30_000,
            )?),
            introspection: given.introspection.or(file.introspection).unwrap_or(true),
            metrics: given.metrics.or(file.metrics).unwrap_or(Metrics::Public),
            log_format: given.log_format.or(file.log_format),
            log,
        })
    }

    /// Where the embedded index lives.
    pub fn index_dir(&self) -> PathBuf {
        self.data_dir.join("index")
    }

    /// Whether the embedded index answers searches when Meilisearch is away.
    pub fn falls_back_to_embedded(&self) -> bool {
        self.search_fallback == SearchFallback::Embedded
    }
}

fn read_file(path: &Path) -> Result<Settings, ConfigError> {
    let text = std::fs::read_to_string(path).map_err(|error| ConfigError::File {
        path: path.to_owned(),
        error,
    })?;
    toml::from_str(&text).map_err(|error| {
        let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
        ConfigError::Syntax {
            path: path.to_owned(),
            line: before.matches('\n').count() + 1,
            reason: error.message().to_owned(),
        }
    })
}

#[cfg(test)]
mod tests;
