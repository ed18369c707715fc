//! The settings as a source gives them: flags and variables, or the file.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args;
use serde::Deserialize;

use super::{LogFormat, Metrics, SearchFallback, Secret};

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
    /// Where the SQLite file, the embedded index, the stored files and unsent letters live. [default: ./data]
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
    /// What signing keys, second factors and addresses of feeds are encrypted with in the database: at least 32 characters, the
    /// same for all processes. [default: they are not encrypted]
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
