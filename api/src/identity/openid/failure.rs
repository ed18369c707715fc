//! What can go wrong between beginning and coming back, as people and applications are told.

use sea_orm::DbErr;

use super::client::ProviderError;
use super::id_token::IdTokenError;
use crate::graphql::errors::{ApiError, Code};
use crate::identity::error::{IdentityError, Refusal};

/// Why somebody could not sign in by the provider.
#[derive(Debug)]
pub enum Failure {
    /// The operator named no provider.
    NotOffered,
    /// The address to return to is none of the settings.
    ReturnAddress,
    /// An application began without a challenge, or with a malformed one.
    Challenge,
    /// Nobody began like this, in this browser, a short while ago; or they came back already.
    Request,
    /// The person did not want to.
    Denied,
    /// The provider refuses, with this code.
    Refused(String),
    /// The provider does not answer.
    Unavailable(String),
    /// What the provider says is not believed.
    Answer(String),
    /// Too many attempts from this network.
    TooManyAttempts(String),
    /// Too many at the same time.
    Busy,
    /// The database is away.
    Database,
    /// A fault of the service, which was recorded.
    Internal,
}

impl Failure {
    /// The stable code, for applications.
    pub fn code(&self) -> &'static str {
        match self {
            Failure::NotOffered => "SIGN_IN_NOT_OFFERED",
            Failure::ReturnAddress => "RETURN_ADDRESS_REFUSED",
            Failure::Challenge => "CHALLENGE_REFUSED",
            Failure::Request => "SIGN_IN_REQUEST_INVALID",
            Failure::Denied => "SIGN_IN_DENIED",
            Failure::Refused(_) => "PROVIDER_REFUSED",
            Failure::Unavailable(_) => "PROVIDER_UNAVAILABLE",
            Failure::Answer(_) => "PROVIDER_ANSWER_REFUSED",
            Failure::TooManyAttempts(_) => Refusal::TooManyAttempts.as_str(),
            Failure::Busy => Code::ServiceBusy.as_str(),
            Failure::Database => Code::DatabaseUnavailable.as_str(),
            Failure::Internal => Code::Internal.as_str(),
        }
    }

    /// What is wrong and how to mend it, for people.
    pub fn message(&self) -> &str {
        match self {
            Failure::NotOffered => "This service has no outside provider to sign in by. Sign in with your password.",
            Failure::ReturnAddress => {
                "The application asks to return to an address that the people who run this service did not allow. They \
                 allow it with the setting PRAXIS_OPENID_RETURN_URLS; it is compared as a whole."
            }
            Failure::Challenge => {
                "The application must send `code_challenge`: the SHA-256, in base64url without padding, of a secret that it \
                 shows later with the code."
            }
            Failure::Request => {
                "This way of signing in was not begun in this browser, was used already, or took longer than ten minutes. \
                 Begin again, and allow cookies for this page."
            }
            Failure::Denied => "You did not sign in at the provider. Begin again if you want to.",
            Failure::Refused(_) => {
                "The provider refuses. Begin again; if it persists, tell the people who run this service."
            }
            Failure::Unavailable(_) => {
                "The provider does not answer at the moment. Try again in a minute, or sign in with your password."
            }
            Failure::Answer(_) => {
                "What the provider answers can't be believed, so nobody was signed in. Begin again; if it persists, tell \
                 the people who run this service."
            }
            Failure::TooManyAttempts(message) => message,
            Failure::Busy => "Too many people are signing in at this moment. Try again in a few seconds.",
            Failure::Database => "The database can't be reached at the moment. Try again in a minute.",
            Failure::Internal => {
                "Something went wrong on our side. It was recorded; try again, and if it persists tell the people who run \
                 this service."
            }
        }
    }

    /// What only an operator may know; it holds no token, no secret and nothing about the person.
    pub fn reason(&self) -> Option<&str> {
        match self {
            Failure::Refused(reason) | Failure::Unavailable(reason) | Failure::Answer(reason) => Some(reason),
            _ => None,
        }
    }
}

impl From<ProviderError> for Failure {
    fn from(error: ProviderError) -> Self {
        match error {
            ProviderError::Unavailable(reason) => Self::Unavailable(reason),
            ProviderError::Refused(code) => Self::Refused(code),
            ProviderError::Answer(reason) => Self::Answer(reason),
            ProviderError::Busy => Self::Busy,
        }
    }
}

impl From<IdTokenError> for Failure {
    fn from(error: IdTokenError) -> Self {
        Self::Answer(error.to_string())
    }
}

impl From<IdentityError> for Failure {
    #[track_caller]
    fn from(error: IdentityError) -> Self {
        match error {
            IdentityError::Refused(errors) => Self::TooManyAttempts(
                errors
                    .into_iter()
                    .next()
                    .map_or_else(String::new, |error| error.message),
            ),
            IdentityError::Busy => Self::Busy,
            // Making the error of the API records what happened.
            other => match ApiError::from(other).code() {
                Code::DatabaseUnavailable => Self::Database,
                _ => Self::Internal,
            },
        }
    }
}

impl From<DbErr> for Failure {
    #[track_caller]
    fn from(error: DbErr) -> Self {
        IdentityError::from(error).into()
    }
}
