//! The scalars of the API. A value that parses is well-formed; whether a country or a language exists is checked where
//! it is used, since that answer carries a code.

use std::fmt;

use async_graphql::{InputValueError, InputValueResult, Scalar, ScalarType, Value};
use chrono::{DateTime, Datelike, NaiveDate, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};

use super::errors::Code;

/// Defines a scalar that is a checked string.
macro_rules! string_scalar {
    ($(#[$meta:meta])* $name:ident, $graphql:literal, $check:path, $code:expr) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// Checks a text.
            ///
            /// # Errors
            /// Says what is wrong with the text and how to mend it.
            pub fn parse(text: impl Into<String>) -> Result<Self, String> {
                $check(text.into()).map(Self)
            }

            /// Takes a value from the database, which was checked when it was written.
            pub fn trusted(text: impl Into<String>) -> Self {
                Self(text.into())
            }

            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str(&self.0)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                Self::parse(String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
            }
        }

        $(#[$meta])*
        #[Scalar(name = $graphql)]
        impl ScalarType for $name {
            fn parse(value: Value) -> InputValueResult<Self> {
                match value {
                    Value::String(text) => Self::parse(text).map_err(|message| {
                        InputValueError::custom(message).with_extension("code", $code.as_str())
                    }),
                    other => Err(InputValueError::expected_type(other)),
                }
            }

            fn to_value(&self) -> Value {
                Value::String(self.0.clone())
            }
        }
    };
}

string_scalar! {
    /// A BCP 47 language tag, e.g. `en`, `fr`, `pt-BR`.
    LanguageTag, "LanguageTag", check_language, Code::UnknownLanguage
}

impl LanguageTag {
    /// The tag and what it falls back to, the nearest first, as RFC 4647 looks languages up: `zh-Hant-TW`, `zh-Hant`, `zh`.
    pub fn with_broader(&self) -> Vec<&str> {
        let mut tags = vec![self.as_str()];
        let mut tag = self.as_str();
        while let Some((broader, _)) = tag.rsplit_once('-') {
            tag = broader;
            // A letter alone only says what the subtags after it are for.
            let is_whole = tag.rsplit('-').next().is_none_or(|last| last.len() > 1);
            if is_whole {
                tags.push(tag);
            }
        }
        tags
    }
}

string_scalar! {
    /// An ISO 3166-1 alpha-2 country code, e.g. `NP`.
    CountryCode, "CountryCode", check_country, Code::UnknownCountry
}

string_scalar! {
    /// CommonMark text. Where a field has a rendering beside it, that is sanitised HTML.
    Markdown, "Markdown", check_text, Code::BadRequest
}

string_scalar! {
    /// An absolute web address with the scheme `http` or `https`.
    Url, "URL", check_url, Code::BadRequest
}

/// Tags are compared in their usual spelling, whatever the case they come in.
fn check_language(text: String) -> Result<String, String> {
    match oxilangtag::LanguageTag::parse_and_normalize(&text) {
        Ok(tag) if text.len() <= 35 => Ok(tag.into_inner()),
        _ => Err(format!(
            "`{}` is not a BCP 47 language tag; write e.g. `en`, `fr` or `pt-BR`",
            shown(&text)
        )),
    }
}

fn check_country(text: String) -> Result<String, String> {
    if text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_uppercase()) {
        Ok(text)
    } else {
        Err(format!(
            "`{}` is not an ISO 3166-1 alpha-2 code; write two capital letters, e.g. `NP`",
            shown(&text)
        ))
    }
}

fn check_text(text: String) -> Result<String, String> {
    match text
        .chars()
        .find(|character| character.is_control() && !matches!(character, '\n' | '\r' | '\t'))
    {
        None => Ok(text),
        Some(character) => Err(format!(
            "the text has the control character U+{:04X}; remove it",
            character as u32
        )),
    }
}

fn check_url(text: String) -> Result<String, String> {
    match url::Url::parse(&text) {
        Ok(parsed)
            if matches!(parsed.scheme(), "http" | "https")
                && parsed.has_host()
                && parsed.username().is_empty()
                && parsed.password().is_none()
                && text.len() <= 2000
                && !text.chars().any(char::is_control) =>
        {
            Ok(text)
        }
        _ => Err(format!(
            "`{}` is not an absolute http or https address without user name and password",
            shown(&text)
        )),
    }
}

fn shown(text: &str) -> String {
    text.chars()
        .filter(|character| !character.is_control())
        .take(60)
        .collect()
}

/// A calendar day, `YYYY-MM-DD`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Date(pub NaiveDate);

impl Date {
    /// Reads a day from the year 1 to 9999. It can be written in one way only, so that what comes out is what came in.
    ///
    /// # Errors
    /// Says how a day is written.
    pub fn parse(text: &str) -> Result<Self, String> {
        text.parse()
            .ok()
            .filter(|day: &NaiveDate| (1..=9999).contains(&day.year()) && day.to_string() == text)
            .map(Self)
            .ok_or_else(|| format!("`{}` is not a day; write it as `YYYY-MM-DD`", shown(text)))
    }
}

impl<'de> Deserialize<'de> for Date {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

/// A calendar day, `YYYY-MM-DD`.
#[Scalar(name = "Date")]
impl ScalarType for Date {
    fn parse(value: Value) -> InputValueResult<Self> {
        match value {
            Value::String(text) => Self::parse(&text).map_err(InputValueError::custom),
            other => Err(InputValueError::expected_type(other)),
        }
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.to_string())
    }
}

/// A moment in UTC, RFC 3339 to the microsecond, e.g. `2026-11-20T09:30:00Z`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Moment(pub DateTime<Utc>);

impl Moment {
    /// Reads a moment from the year 1 to 9999.
    ///
    /// # Errors
    /// Says how a moment is written.
    pub fn parse(text: &str) -> Result<Self, String> {
        DateTime::parse_from_rfc3339(text)
            .ok()
            .map(|moment| moment.with_timezone(&Utc))
            .filter(|moment| (1..=9999).contains(&moment.year()))
            .map(Self)
            .ok_or_else(|| format!("`{}` is not a moment; write it as `2026-11-20T09:30:00Z`", shown(text)))
    }
}

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

impl From<DateTime<Utc>> for Moment {
    fn from(moment: DateTime<Utc>) -> Self {
        Self(moment)
    }
}

/// A moment in UTC, RFC 3339 to the microsecond, e.g. `2026-11-20T09:30:00Z`.
#[Scalar(name = "DateTime")]
impl ScalarType for Moment {
    fn parse(value: Value) -> InputValueResult<Self> {
        match value {
            Value::String(text) => Self::parse(&text)
                .map_err(|message| InputValueError::custom(message).with_extension("code", Code::BadRequest.as_str())),
            other => Err(InputValueError::expected_type(other)),
        }
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.to_rfc3339_opts(SecondsFormat::AutoSi, true))
    }
}
