//! Inputs and payloads of this room's mutations.

use async_graphql::{InputObject, SimpleObject};
use praxis_entities::vocabulary::KeptContributions;

use super::viewer::Viewer;
use crate::graphql::scalars::Moment;
use crate::graphql::user_error::UserError;

/// What somebody gives who signs up.
#[derive(InputObject)]
pub struct SignUpInput {
    /// The e-mail address. It is never shown to anybody else.
    pub email: String,
    /// The password: 12 to 256 characters, neither the address nor the name.
    pub password: String,
    /// How the person wants to be called: a name or a pseudonym, at most 100 characters. Others see it.
    pub display_name: String,
}

/// What somebody gives who signs in.
#[derive(InputObject)]
pub struct SignInInput {
    /// The e-mail address.
    pub email: String,
    /// The password.
    pub password: String,
    /// The code of the second factor, for an account that has one: without it the answer is `TOTP_REQUIRED`.
    pub totp: Option<String>,
}

/// A refresh token, to be used up.
#[derive(InputObject)]
pub struct RefreshSessionInput {
    /// The refresh token that the last answer gave. It works once.
    pub refresh_token: String,
}

/// The session that is to end.
#[derive(InputObject)]
pub struct SignOutInput {
    /// Its refresh token.
    pub refresh_token: String,
}

/// The code of a letter.
#[derive(InputObject)]
pub struct VerifyEmailInput {
    /// The code that the letter holds.
    pub token: String,
}

/// Whose password is to be set anew.
#[derive(InputObject)]
pub struct RequestPasswordResetInput {
    /// The e-mail address.
    pub email: String,
}

/// A new password with the code of a letter.
#[derive(InputObject)]
pub struct ResetPasswordInput {
    /// The code that the letter holds.
    pub token: String,
    /// The new password: 12 to 256 characters.
    pub new_password: String,
    /// How the person wants to be called, where the address was not verified yet: somebody else may have signed up with it and
    /// given another name. Otherwise the name stays.
    pub display_name: Option<String>,
}

/// The old password and a new one.
#[derive(InputObject)]
pub struct ChangePasswordInput {
    /// The password so far.
    pub password: String,
    /// The new password: 12 to 256 characters.
    pub new_password: String,
}

/// The address to move to.
#[derive(InputObject)]
pub struct RequestEmailChangeInput {
    /// The password.
    pub password: String,
    /// The new e-mail address.
    pub email: String,
    /// The code of the second factor, for an account that has one: without it the answer is `TOTP_REQUIRED`.
    pub totp: Option<String>,
}

/// The code of a letter.
#[derive(InputObject)]
pub struct ConfirmEmailChangeInput {
    /// The code that the letter to the new address holds.
    pub token: String,
}

/// The password, to make sure that it is the owner who asks.
#[derive(InputObject)]
pub struct EnrolTotpInput {
    /// The password.
    pub password: String,
}

/// A code of the second factor.
#[derive(InputObject)]
pub struct ConfirmTotpInput {
    /// The code that the authenticator application shows: six digits.
    pub totp: String,
}

/// Password and code, to make sure that it is the owner who asks.
#[derive(InputObject)]
pub struct RemoveTotpInput {
    /// The password.
    pub password: String,
    /// The code that the authenticator application shows.
    pub totp: String,
}

/// The password, to make sure that it is the owner who asks.
#[derive(InputObject)]
pub struct ExportAccountInput {
    /// The password.
    pub password: String,
}

/// How an account is to be deleted.
#[derive(InputObject)]
pub struct DeleteAccountInput {
    /// The password.
    pub password: String,
    /// The code of the second factor, for an account that has one.
    pub totp: Option<String>,
    /// What becomes of the contributions.
    pub contributions: KeptContributions,
}

/// An open session. Everything but `errors` is null where none was opened.
#[derive(Default, SimpleObject)]
pub struct SessionPayload {
    /// Sent as `Authorization: Bearer …` with each request, until it expires. A signed JSON Web Token whose key is
    /// published at `/.well-known/jwks.json`.
    pub access_token: Option<String>,
    /// Exchanged for new tokens by `refreshSession`, once. Keep it secret.
    pub refresh_token: Option<String>,
    /// When the access token expires.
    pub expires_at: Option<Moment>,
    /// Who is signed in.
    pub viewer: Option<Viewer>,
    /// What the caller can mend.
    pub errors: Vec<UserError>,
}

/// The session has ended where `errors` is empty.
#[derive(SimpleObject)]
pub struct SignOutPayload {
    /// What the caller can mend.
    pub errors: Vec<UserError>,
}

/// The account of the caller after a change.
#[derive(Default, SimpleObject)]
pub struct AccountPayload {
    /// The account; null where nobody is signed in or nothing was changed.
    pub viewer: Option<Viewer>,
    /// What the caller can mend.
    pub errors: Vec<UserError>,
}

/// The request was taken where `errors` is empty. Whether a letter was sent is not told.
#[derive(SimpleObject)]
pub struct RequestPayload {
    /// What the caller can mend.
    pub errors: Vec<UserError>,
}

/// What an authenticator application needs. Both are null where nothing was enrolled.
#[derive(Default, SimpleObject)]
pub struct EnrolTotpPayload {
    /// The secret in base 32, to be typed into the application. It is shown once.
    pub secret: Option<String>,
    /// The same as an `otpauth:` address, to be shown as a QR code.
    pub address: Option<String>,
    /// What the caller can mend.
    pub errors: Vec<UserError>,
}

/// What the service keeps about the caller.
#[derive(Default, SimpleObject)]
pub struct ExportAccountPayload {
    /// A JSON document; null where there are errors.
    pub document: Option<String>,
    /// What the caller can mend.
    pub errors: Vec<UserError>,
}
