//! From what the sources give to the settings in force.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::checks::{
    check_database_url, check_key, check_log, check_mailbox, check_secret_key, check_smtp_url, check_url,
    default_sender, read_origins, within, wrong,
};
use super::{Config, ConfigError, Metrics, SearchFallback, Secret, Settings, openid};
use crate::graphql::limits::MAX_LEVELS;

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
