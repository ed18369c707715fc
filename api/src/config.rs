//! Every setting: its flag, its environment variable, its key in the file, its help and its default.
//!
//! A setting comes from its flag, else from its environment variable, else from the TOML file that `--config` names, else
//! from its default.

use std::fmt;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::{Args, ValueEnum};
use serde::Deserialize;

/// A value that is never printed.
#[derive(Clone, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    /// The value itself.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("(secret)")
    }
}

impl From<&str> for Secret {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

/// What answers searches when the search engine is away.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SearchFallback {
    /// Nothing: the caller gets a clear error.
    None,
    /// The embedded index, which is then kept in step as well.
    Embedded,
}

/// How logs are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// One JSON object a line.
    Json,
    /// For people.
    Text,
}

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
    /// What answers searches when Meilisearch is away. [default: none]
    #[arg(long, env = "PRAXIS_SEARCH_FALLBACK", value_name = "ENGINE", global = true)]
    pub search_fallback: Option<SearchFallback>,
    /// The address under which the public reaches the service. [default: http:// and the address of --addr]
    #[arg(long, env = "PRAXIS_PUBLIC_URL", value_name = "URL", global = true)]
    pub public_url: Option<String>,
    /// Web pages that may call the API from a browser: origins separated by commas, or `*` for any. What the API answers
    /// anonymously is public, and it sets no cookies. [default: *]
    #[arg(long, env = "PRAXIS_CORS_ORIGINS", value_name = "ORIGINS", global = true)]
    pub cors_origins: Option<String>,
    /// Largest request body, in bytes. [default: 1048576]
    #[arg(long, env = "PRAXIS_MAX_BODY_BYTES", value_name = "N", global = true)]
    pub max_body_bytes: Option<usize>,
    /// Deepest nesting of a query. [default: 15]
    #[arg(long, env = "PRAXIS_MAX_DEPTH", value_name = "N", global = true)]
    pub max_depth: Option<usize>,
    /// Highest cost of a query: one for each field, multiplied by the page sizes around it. [default: 20000]
    #[arg(long, env = "PRAXIS_MAX_COST", value_name = "N", global = true)]
    pub max_cost: Option<u64>,
    /// Most aliases in a query. [default: 30]
    #[arg(long, env = "PRAXIS_MAX_ALIASES", value_name = "N", global = true)]
    pub max_aliases: Option<usize>,
    /// Most tokens in a query. [default: 4000]
    #[arg(long, env = "PRAXIS_MAX_TOKENS", value_name = "N", global = true)]
    pub max_tokens: Option<usize>,
    /// Longest execution of a query, in milliseconds. [default: 10000]
    #[arg(long, env = "PRAXIS_EXECUTION_TIMEOUT_MS", value_name = "N", global = true)]
    pub execution_timeout_ms: Option<u64>,
    /// Whether the schema can be queried. [default: true]
    #[arg(long, env = "PRAXIS_INTROSPECTION", value_name = "BOOL", global = true)]
    pub introspection: Option<bool>,
    /// How logs are written to standard error. [default: json; text on a terminal]
    #[arg(long, env = "PRAXIS_LOG_FORMAT", value_name = "FORMAT", global = true)]
    pub log_format: Option<LogFormat>,
    /// What is logged, e.g. `info` or `praxis_api=debug,warn`. [default: info]
    #[arg(long, env = "PRAXIS_LOG", value_name = "FILTER", global = true)]
    pub log: Option<String>,
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
    #[error("the settings file {path} is wrong: {error}")]
    Syntax {
        /// The file.
        path: PathBuf,
        /// Where and why.
        error: Box<toml::de::Error>,
    },
    /// A value is wrong.
    #[error("the setting {name} (flag --{flag}, variable {variable}) is wrong: {reason}")]
    Value {
        /// The key in the file.
        name: &'static str,
        /// The flag.
        flag: &'static str,
        /// The environment variable.
        variable: &'static str,
        /// What is wrong and how to mend it.
        reason: String,
    },
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
    /// What answers searches when it is away.
    pub search_fallback: SearchFallback,
    /// The address under which the public reaches the service, without a slash at the end.
    pub public_url: String,
    /// Origins that may call from a browser; `*` for any.
    pub cors_origins: Vec<String>,
    /// Largest request body, in bytes.
    pub max_body_bytes: usize,
    /// Deepest nesting.
    pub max_depth: usize,
    /// Highest cost.
    pub max_cost: u64,
    /// Most aliases.
    pub max_aliases: usize,
    /// Most tokens.
    pub max_tokens: usize,
    /// Longest execution.
    pub execution_timeout: Duration,
    /// Whether the schema can be queried.
    pub introspection: bool,
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
        let addr = given
            .addr
            .or(file.addr)
            .unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 8080)));
        let data_dir = given
            .data_dir
            .or(file.data_dir)
            .unwrap_or_else(|| PathBuf::from("data"));
        let database_url = given
            .database_url
            .or(file.database_url)
            .unwrap_or_else(|| Secret(format!("sqlite://{}", data_dir.join("praxis.sqlite").display())));
        let scheme = database_url.expose().split(':').next().unwrap_or_default();
        if !matches!(scheme, "sqlite" | "postgres" | "postgresql") {
            return Err(ConfigError::Value {
                name: "database_url",
                flag: "database-url",
                variable: "PRAXIS_DATABASE_URL",
                reason: "it must begin with sqlite:// or postgres://".to_owned(),
            });
        }
        let public_url = given
            .public_url
            .or(file.public_url)
            .unwrap_or_else(|| format!("http://{addr}"));
        check_url("public_url", "public-url", "PRAXIS_PUBLIC_URL", &public_url)?;
        let meilisearch_url = given.meilisearch_url.or(file.meilisearch_url);
        if let Some(url) = &meilisearch_url {
            check_url("meilisearch_url", "meilisearch-url", "PRAXIS_MEILISEARCH_URL", url)?;
        }
        let database_connections = given.database_connections.or(file.database_connections).unwrap_or(8);
        if !(1..=200).contains(&database_connections) {
            return Err(ConfigError::Value {
                name: "database_connections",
                flag: "database-connections",
                variable: "PRAXIS_DATABASE_CONNECTIONS",
                reason: format!("{database_connections} is not between 1 and 200"),
            });
        }
        let config = Self {
            addr,
            data_dir,
            database_url,
            database_connections,
            meilisearch_url,
            meilisearch_key: given.meilisearch_key.or(file.meilisearch_key),
            meilisearch_index: given
                .meilisearch_index
                .or(file.meilisearch_index)
                .unwrap_or_else(|| "praxis".to_owned()),
            search_fallback: given
                .search_fallback
                .or(file.search_fallback)
                .unwrap_or(SearchFallback::None),
            public_url: public_url.trim_end_matches('/').to_owned(),
            cors_origins: given
                .cors_origins
                .or(file.cors_origins)
                .unwrap_or_else(|| "*".to_owned())
                .split(',')
                .map(|origin| origin.trim().to_owned())
                .filter(|origin| !origin.is_empty())
                .collect(),
            max_body_bytes: given.max_body_bytes.or(file.max_body_bytes).unwrap_or(1_048_576),
            max_depth: given.max_depth.or(file.max_depth).unwrap_or(15),
            max_cost: given.max_cost.or(file.max_cost).unwrap_or(20_000),
            max_aliases: given.max_aliases.or(file.max_aliases).unwrap_or(30),
            max_tokens: given.max_tokens.or(file.max_tokens).unwrap_or(4_000),
            execution_timeout: Duration::from_millis(
                given
                    .execution_timeout_ms
                    .or(file.execution_timeout_ms)
                    .unwrap_or(10_000),
            ),
            introspection: given.introspection.or(file.introspection).unwrap_or(true),
            log_format: given.log_format.or(file.log_format),
            log: given
                .log
                .or(file.log)
                .unwrap_or_else(|| "info,sea_orm_migration=warn,tantivy=warn,meilisearch_sdk=error".to_owned()),
        };
        config.check()?;
        Ok(config)
    }

    /// Checks what a value's type does not.
    fn check(&self) -> Result<(), ConfigError> {
        let wrong = |name, flag, variable, reason: String| {
            Err(ConfigError::Value {
                name,
                flag,
                variable,
                reason,
            })
        };
        if let Err(error) = tracing_subscriber::EnvFilter::try_new(&self.log) {
            return wrong("log", "log", "PRAXIS_LOG", error.to_string());
        }
        for origin in &self.cors_origins {
            let well_formed = origin == "*"
                || url::Url::parse(origin)
                    .is_ok_and(|url| url.has_host() && url.origin().ascii_serialization() == *origin);
            if !well_formed {
                let reason = format!("`{origin}` is not an origin; write e.g. https://example.org, without a path");
                return wrong("cors_origins", "cors-origins", "PRAXIS_CORS_ORIGINS", reason);
            }
        }
        let positive = [
            (
                self.max_body_bytes,
                "max_body_bytes",
                "max-body-bytes",
                "PRAXIS_MAX_BODY_BYTES",
            ),
            (self.max_depth, "max_depth", "max-depth", "PRAXIS_MAX_DEPTH"),
            (self.max_aliases, "max_aliases", "max-aliases", "PRAXIS_MAX_ALIASES"),
            (self.max_tokens, "max_tokens", "max-tokens", "PRAXIS_MAX_TOKENS"),
        ];
        for (value, name, flag, variable) in positive {
            if value == 0 {
                return wrong(name, flag, variable, "it must be more than 0".to_owned());
            }
        }
        if self.max_cost == 0 {
            return wrong(
                "max_cost",
                "max-cost",
                "PRAXIS_MAX_COST",
                "it must be more than 0".to_owned(),
            );
        }
        if self.execution_timeout.is_zero() {
            return wrong(
                "execution_timeout_ms",
                "execution-timeout-ms",
                "PRAXIS_EXECUTION_TIMEOUT_MS",
                "it must be more than 0".to_owned(),
            );
        }
        Ok(())
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
    toml::from_str(&text).map_err(|error| ConfigError::Syntax {
        path: path.to_owned(),
        error: Box::new(error),
    })
}

fn check_url(name: &'static str, flag: &'static str, variable: &'static str, value: &str) -> Result<(), ConfigError> {
    match url::Url::parse(value) {
        Ok(parsed) if matches!(parsed.scheme(), "http" | "https") && parsed.has_host() => Ok(()),
        _ => Err(ConfigError::Value {
            name,
            flag,
            variable,
            reason: "it must be an absolute http or https address".to_owned(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flag_or_variable_wins_over_the_file_and_the_file_over_the_default() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("praxis.toml");
        std::fs::write(&path, "max_depth = 7\nmax_aliases = 3\n").unwrap();
        let config = Config::resolve(Settings {
            config: Some(path),
            max_depth: Some(9),
            ..Settings::default()
        })
        .unwrap();
        assert_eq!((config.max_depth, config.max_aliases, config.max_tokens), (9, 3, 4_000));
    }

    #[test]
    fn an_unknown_key_in_the_file_is_named_with_its_line() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("praxis.toml");
        std::fs::write(&path, "max_depth = 7\nmax_dept = 3\n").unwrap();
        let error = Config::resolve(Settings {
            config: Some(path),
            ..Settings::default()
        })
        .unwrap_err()
        .to_string();
        assert!(error.contains("max_dept") && error.contains("line 2"), "{error}");
    }

    #[test]
    fn a_secret_is_never_printed() {
        let config = Config::resolve(Settings {
            database_url: Some(Secret::from("postgres://praxis:hush@localhost/praxis")),
            meilisearch_key: Some(Secret::from("hush")),
            ..Settings::default()
        })
        .unwrap();
        assert!(!format!("{config:?}").contains("hush"));
    }
}
