//! What the value of a setting must be.

use std::fmt::Display;
use std::ops::RangeInclusive;

use tracing_subscriber::EnvFilter;

use super::{ConfigError, Secret};

/// A value that is wrong, and how to mend it.
pub fn wrong(name: &'static str, reason: impl Into<String>) -> ConfigError {
    ConfigError::Value {
        name,
        reason: reason.into(),
    }
}

/// A number within bounds, both included.
pub fn within<T: PartialOrd + Display>(
    name: &'static str,
    value: T,
    range: RangeInclusive<T>,
) -> Result<T, ConfigError> {
    if range.contains(&value) {
        return Ok(value);
    }
    let (least, most) = range.into_inner();
    Err(wrong(name, format!("{value} is not between {least} and {most}")))
}

/// An absolute address.
pub fn check_url(name: &'static str, value: &str) -> Result<(), ConfigError> {
    match url::Url::parse(value) {
        Ok(parsed) if matches!(parsed.scheme(), "http" | "https") && parsed.has_host() => Ok(()),
        _ => Err(wrong(name, "it must be an absolute http or https address")),
    }
}

/// A database that the service can use.
pub fn check_database_url(url: &Secret) -> Result<(), ConfigError> {
    match url.expose().split(':').next() {
        Some("sqlite" | "postgres" | "postgresql") => Ok(()),
        _ => Err(wrong("database_url", "it must begin with `sqlite://` or `postgres://`")),
    }
}

/// The key is sent in a header; the client panics on what no header can hold.
pub fn check_key(key: &Secret) -> Result<(), ConfigError> {
    if key.expose().bytes().all(|byte| byte.is_ascii_graphic()) {
        return Ok(());
    }
    Err(wrong(
        "meilisearch_key",
        "it holds a space, a line break or a character that is not ASCII; was it read from a file with a line break at \
         its end?",
    ))
}

/// A secret that can't be guessed.
pub fn check_secret_key(key: &Secret) -> Result<(), ConfigError> {
    if key.expose().chars().count() >= 32 {
        return Ok(());
    }
    Err(wrong(
        "secret_key",
        "it is shorter than 32 characters; make one with e.g. `openssl rand -base64 32`",
    ))
}

/// Whom letters are from where nothing else is set.
pub fn default_sender(public_url: &str) -> String {
    let host = url::Url::parse(public_url)
        .ok()
        .and_then(|url| url.domain().map(str::to_owned))
        .unwrap_or_else(|| "localhost".to_owned());
    format!("Praxis <praxis@{host}>")
}

/// A mailbox.
pub fn check_mailbox(name: &'static str, text: &str) -> Result<(), ConfigError> {
    match text.parse::<lettre::message::Mailbox>() {
        Ok(_) => Ok(()),
        Err(_) => Err(wrong(
            name,
            "it is no mailbox; write e.g. `Praxis <praxis@example.org>`",
        )),
    }
}

/// A mail server.
pub fn check_smtp_url(url: &Secret) -> Result<(), ConfigError> {
    match url::Url::parse(url.expose()) {
        Ok(parsed) if matches!(parsed.scheme(), "smtp" | "smtps") && parsed.has_host() => Ok(()),
        _ => Err(wrong(
            "smtp_url",
            "it must be like `smtps://USER:PASSWORD@HOST:465` or `smtp://HOST:587?tls=required`",
        )),
    }
}

/// A filter of log lines.
pub fn check_log(filter: &str) -> Result<(), ConfigError> {
    EnvFilter::try_new(filter)
        .map(|_| ())
        .map_err(|error| wrong("log", format!("{error}; write e.g. `info` or `praxis_api=debug,warn`")))
}

/// Origins separated by commas.
pub fn read_origins(text: &str) -> Result<Vec<String>, ConfigError> {
    text.split(',')
        .map(str::trim)
        .filter(|origin| !origin.is_empty())
        .map(|origin| {
            let is_origin = url::Url::parse(origin).is_ok_and(|url| url.origin().ascii_serialization() == origin);
            if origin == "*" || is_origin {
                Ok(origin.to_owned())
            } else {
                Err(wrong(
                    "cors_origins",
                    format!(
                        "`{origin}` is no origin; write scheme and host without a slash, e.g. `https://example.org`"
                    ),
                ))
            }
        })
        .collect()
}
