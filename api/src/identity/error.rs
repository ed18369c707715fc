//! What can go wrong in this room, and how the API tells it.

use sea_orm::DbErr;

use crate::graphql::errors::{ApiError, Code};
use crate::graphql::user_error::UserError;

/// Why something about accounts or sessions was not done.
#[derive(Debug, thiserror::Error)]
pub enum IdentityError {
    /// The caller can mend it.
    #[error("refused: {}", codes(.0))]
    Refused(Vec<UserError>),
    /// The database can't be used.
    #[error(transparent)]
    Database(#[from] DbErr),
    /// Too many passwords are being checked at the same time.
    #[error("too many passwords are being checked at the same time")]
    Busy,
    /// The system gives no randomness, or a cryptographic operation failed.
    #[error("{0}")]
    Cryptography(&'static str),
    /// A key can't be read.
    #[error("{0}")]
    Key(String),
    /// Mail can't be sent with these settings.
    #[error("mail can't be sent: {0}")]
    Mail(String),
}

fn codes(errors: &[UserError]) -> String {
    let codes: Vec<&str> = errors.iter().map(|error| error.code.as_str()).collect();
    codes.join(", ")
}

impl IdentityError {
    /// A refusal with one reason.
    pub fn refused(code: Refusal, message: impl Into<String>, path: &[&str]) -> Self {
        Self::Refused(vec![UserError::new(code.as_str(), message, path)])
    }
}

impl From<IdentityError> for ApiError {
    #[track_caller]
    fn from(error: IdentityError) -> Self {
        match error {
            IdentityError::Database(error) => Self::from(error),
            IdentityError::Busy => Self::new(
                Code::ServiceBusy,
                "Too many people are signing in at this moment; try again in a few seconds.",
            ),
            IdentityError::Refused(errors) => Self::new(
                Code::BadRequest,
                errors
                    .into_iter()
                    .next()
                    .map_or_else(String::new, |error| error.message),
            ),
            other => Self::internal(other),
        }
    }
}

/// The closed list of codes that `errors` of this room's payloads can have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Refusal {
    /// The text is no e-mail address.
    InvalidEmail,
    /// The address is in use already; told to operators only.
    EmailTaken,
    /// The password is too short.
    PasswordTooShort,
    /// The password is too long.
    PasswordTooLong,
    /// The password is easy to guess.
    PasswordTooWeak,
    /// The display name is empty, too long, or has characters that can't be shown.
    InvalidDisplayName,
    /// Address and password do not belong together, or the address was not verified.
    InvalidCredentials,
    /// The password is not that of the account.
    WrongPassword,
    /// Too many failed attempts.
    TooManyAttempts,
    /// The account is suspended.
    AccountSuspended,
    /// A code of the second factor is needed.
    TotpRequired,
    /// The code of the second factor is wrong, or was used before.
    TotpInvalid,
    /// The second factor is in force already.
    TotpAlreadyEnrolled,
    /// The second factor was not enrolled.
    TotpNotEnrolled,
    /// The refresh token is unknown, expired or ended.
    InvalidRefreshToken,
    /// The refresh token was used before; its session was ended.
    RefreshTokenReused,
    /// The one-time token is unknown, expired or used.
    InvalidToken,
    /// There is no such account; told to operators and administrators only.
    NoSuchAccount,
    /// The account has no password: it was opened by signing in at a provider.
    PasswordNotSet,
    /// No account belongs to the identity at the provider, and none is opened for it.
    ExternalIdentityNotLinked,
    /// The provider gives no address that it verified, so that no account can be opened.
    ExternalEmailUnverified,
    /// The identity at the provider belongs to another account.
    ExternalIdentityTaken,
    /// The account has another identity at the provider.
    ExternalIdentityPresent,
    /// The account has no such identity at a provider.
    ExternalIdentityNotFound,
    /// Nothing would be left by which the account's owner can sign in.
    LastSignInMethod,
    /// There is no such application, or it does not act for the caller.
    ClientNotFound,
    /// The application was ended for good.
    ClientEnded,
    /// No scope was named, or one that the application does not ask for.
    InvalidScope,
    /// As many applications act for the member as may.
    TooManyClients,
    /// The last day on which an application is to work is over.
    ExpiryPassed,
}

impl Refusal {
    /// The code as the API shows it.
    pub fn as_str(self) -> &'static str {
        match self {
            Refusal::InvalidEmail => "INVALID_EMAIL",
            Refusal::EmailTaken => "EMAIL_TAKEN",
            Refusal::PasswordTooShort => "PASSWORD_TOO_SHORT",
            Refusal::PasswordTooLong => "PASSWORD_TOO_LONG",
            Refusal::PasswordTooWeak => "PASSWORD_TOO_WEAK",
            Refusal::InvalidDisplayName => "INVALID_DISPLAY_NAME",
            Refusal::InvalidCredentials => "INVALID_CREDENTIALS",
            Refusal::WrongPassword => "WRONG_PASSWORD",
            Refusal::TooManyAttempts => "TOO_MANY_ATTEMPTS",
            Refusal::AccountSuspended => "ACCOUNT_SUSPENDED",
            Refusal::TotpRequired => "TOTP_REQUIRED",
            Refusal::TotpInvalid => "TOTP_INVALID",
            Refusal::TotpAlreadyEnrolled => "TOTP_ALREADY_ENROLLED",
            Refusal::TotpNotEnrolled => "TOTP_NOT_ENROLLED",
            Refusal::InvalidRefreshToken => "INVALID_REFRESH_TOKEN",
            Refusal::RefreshTokenReused => "REFRESH_TOKEN_REUSED",
            Refusal::InvalidToken => "INVALID_TOKEN",
            Refusal::NoSuchAccount => "NO_SUCH_ACCOUNT",
            Refusal::PasswordNotSet => "PASSWORD_NOT_SET",
            Refusal::ExternalIdentityNotLinked => "EXTERNAL_IDENTITY_NOT_LINKED",
            Refusal::ExternalEmailUnverified => "EXTERNAL_EMAIL_UNVERIFIED",
            Refusal::ExternalIdentityTaken => "EXTERNAL_IDENTITY_TAKEN",
            Refusal::ExternalIdentityPresent => "EXTERNAL_IDENTITY_PRESENT",
            Refusal::ExternalIdentityNotFound => "EXTERNAL_IDENTITY_NOT_FOUND",
            Refusal::LastSignInMethod => "LAST_SIGN_IN_METHOD",
            Refusal::ClientNotFound => "CLIENT_NOT_FOUND",
            Refusal::ClientEnded => "CLIENT_ENDED",
            Refusal::InvalidScope => "INVALID_SCOPE",
            Refusal::TooManyClients => "TOO_MANY_CLIENTS",
            Refusal::ExpiryPassed => "EXPIRY_PASSED",
        }
    }
}
