//! Why an application gets no token: RFC 6749, section 5.2.

use sea_orm::DbErr;

use crate::graphql::errors::{ApiError, Code};
use crate::identity::error::IdentityError;

/// Why an application gets no token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OAuthError {
    /// The request is malformed.
    InvalidRequest(&'static str),
    /// The request is too large.
    TooLarge,
    /// The request did not arrive within so many seconds.
    Late(u64),
    /// Nothing shows which application asks: id and secret are missing, wrong, or of one that was ended.
    InvalidClient,
    /// The application may not have tokens at the moment.
    UnauthorizedClient(&'static str),
    /// The grant is none that is served.
    UnsupportedGrantType,
    /// A scope is unknown, or is not the application's.
    InvalidScope(String),
    /// Too many failed attempts; try again after so many seconds.
    TooManyAttempts(i64),
    /// The database is away.
    Unavailable,
    /// A fault of the service, which was recorded.
    Internal,
}

impl OAuthError {
    /// The code of the standard.
    pub fn code(&self) -> &'static str {
        match self {
            Self::InvalidRequest(_) | Self::TooLarge | Self::Late(_) => "invalid_request",
            Self::InvalidClient => "invalid_client",
            Self::UnauthorizedClient(_) => "unauthorized_client",
            Self::UnsupportedGrantType => "unsupported_grant_type",
            Self::InvalidScope(_) => "invalid_scope",
            // Those of section 4.1.2.1, since 5.2 has none for them.
            Self::TooManyAttempts(_) | Self::Unavailable => "temporarily_unavailable",
            Self::Internal => "server_error",
        }
    }

    /// What is wrong and how to mend it, in the characters that the standard allows.
    pub fn description(&self) -> String {
        let text = match self {
            Self::InvalidRequest(why) | Self::UnauthorizedClient(why) => why,
            Self::TooLarge => "The request is too large; send the parameters of the standard and no others.",
            Self::Late(seconds) => return format!("The request did not arrive within {seconds} s."),
            Self::InvalidClient => {
                "The client id and the client secret are missing or do not belong together, or the client was ended. Send \
                 them by HTTP Basic, or as client_id and client_secret."
            }
            Self::UnsupportedGrantType => "The one grant_type served is client_credentials.",
            Self::InvalidScope(name) => {
                let shown: String = name
                    .chars()
                    .filter(|character| matches!(character, ' ' | '!' | '#'..='[' | ']'..='~'))
                    .take(40)
                    .collect();
                return format!(
                    "The scope '{shown}' is unknown, or is none that this client was granted; leave scope out for all that \
                     was granted."
                );
            }
            Self::TooManyAttempts(seconds) => {
                return format!("Too many failed attempts; try again in {seconds} s.");
            }
            Self::Unavailable => "The database can't be reached at the moment; try again in a minute.",
            Self::Internal => {
                "Something went wrong on our side. It was recorded; try again, and if it persists tell the operator the \
                 request id."
            }
        };
        text.to_owned()
    }
}

impl From<DbErr> for OAuthError {
    #[track_caller]
    fn from(error: DbErr) -> Self {
        Self::from(ApiError::from(error))
    }
}

impl From<IdentityError> for OAuthError {
    #[track_caller]
    fn from(error: IdentityError) -> Self {
        Self::from(ApiError::from(error))
    }
}

impl From<ApiError> for OAuthError {
    fn from(error: ApiError) -> Self {
        match error.code() {
            Code::DatabaseUnavailable | Code::ServiceBusy => Self::Unavailable,
            _ => Self::Internal,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn descriptions_have_the_characters_of_the_standard_alone() {
        let errors = [
            OAuthError::InvalidRequest("Why."),
            OAuthError::TooLarge,
            OAuthError::Late(30),
            OAuthError::InvalidClient,
            OAuthError::UnsupportedGrantType,
            OAuthError::InvalidScope("a\"b\\c\u{e9}\r\nd".to_owned()),
            OAuthError::TooManyAttempts(3),
            OAuthError::Unavailable,
            OAuthError::Internal,
        ];
        for error in errors {
            let text = error.description();
            let allowed = |character| matches!(character, ' ' | '!' | '#'..='[' | ']'..='~');
            assert!(text.chars().all(allowed), "{text}");
        }
        assert!(
            OAuthError::InvalidScope("a\"b\\c".to_owned())
                .description()
                .contains("'abc'")
        );
    }
}
