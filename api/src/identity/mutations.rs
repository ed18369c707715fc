//! The mutations of this room.

use std::sync::Arc;

use async_graphql::{Context, Object};
use chrono::Utc;

use super::SignedIn;
use super::client::Client;
use super::error::IdentityError;
use super::payloads::{
    AccountPayload, ChangePasswordInput, ConfirmEmailChangeInput, ConfirmTotpInput, DeleteAccountInput, EnrolTotpInput,
    EnrolTotpPayload, ExportAccountInput, ExportAccountPayload, RefreshSessionInput, RemoveTotpInput,
    RequestEmailChangeInput, RequestPasswordResetInput, RequestPayload, ResetPasswordInput, SessionPayload,
    SignInInput, SignOutInput, SignOutPayload, SignUpInput, VerifyEmailInput,
};
use super::registration::SignUp;
use super::service::Identity;
use super::session::{OpenSession, SignIn};
use super::viewer::Viewer;
use crate::config::Secret;
use crate::curation::departure;
use crate::graphql::errors::ApiError;
use crate::graphql::loaders;
use crate::graphql::scalars::Moment;
use crate::graphql::user_error::UserError;

/// Accounts and sessions.
#[derive(Default)]
pub struct IdentityMutations;

/// Accounts and sessions.
#[Object]
impl IdentityMutations {
    /// Makes an account. A letter goes to the address; the account can be used once its code was given to `verifyEmail`.
    /// The answer is the same whether or not the address has an account already, so that nobody learns it: no session is
    /// opened, and where `errors` is empty the letter is under way. Where several people sign up with an address before it is
    /// verified, no password of theirs counts: the letter then has a code for `resetPassword`.
    async fn sign_up(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Who signs up.")] input: SignUpInput,
    ) -> Result<SessionPayload, ApiError> {
        let sign_up = SignUp {
            email: input.email,
            password: secret(&input.password),
            display_name: input.display_name,
        };
        let result = identity(context)?
            .sign_up(sign_up, client(context)?.network, Utc::now())
            .await;
        let errors = mendable(result)?.err().unwrap_or_default();
        Ok(SessionPayload {
            errors,
            ..SessionPayload::default()
        })
    }

    /// Shows that an address is one's own, with the code of the letter that `signUp` sent.
    async fn verify_email(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The code.")] input: VerifyEmailInput,
    ) -> Result<RequestPayload, ApiError> {
        let result = identity(context)?.verify_email(&input.token, Utc::now()).await;
        request(result)
    }

    /// Opens a session. Errors are `INVALID_CREDENTIALS`, the same for an unknown address, a wrong password and an
    /// address that was not verified; `TOTP_REQUIRED` and `TOTP_INVALID`; `ACCOUNT_SUSPENDED`; and `TOO_MANY_ATTEMPTS`
    /// after several failures, with how long to wait.
    async fn sign_in(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Who signs in.")] input: SignInInput,
    ) -> Result<SessionPayload, ApiError> {
        let sign_in = SignIn {
            email: input.email,
            password: secret(&input.password),
            totp: input.totp,
        };
        let identity = identity(context)?;
        let result = identity.sign_in(sign_in, client(context)?.network, Utc::now()).await;
        session(&identity, result)
    }

    /// Exchanges a refresh token for a new one and a new access token. Each works once: one that is used again was copied
    /// by somebody, and its whole session ends (`REFRESH_TOKEN_REUSED`). Send this without `Authorization`, since an
    /// expired access token is refused.
    async fn refresh_session(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The refresh token.")] input: RefreshSessionInput,
    ) -> Result<SessionPayload, ApiError> {
        let identity = identity(context)?;
        let result = identity.refresh(&input.refresh_token, Utc::now()).await;
        session(&identity, result)
    }

    /// Ends a session: its refresh token at once, its access token within a second. An unknown token is answered the same.
    async fn sign_out(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The session.")] input: SignOutInput,
    ) -> Result<SignOutPayload, ApiError> {
        let result = identity(context)?.sign_out(&input.refresh_token).await;
        Ok(SignOutPayload {
            errors: mendable(result)?.err().unwrap_or_default(),
        })
    }

    /// Ends all sessions of the caller, this one as well.
    async fn sign_out_everywhere(&self, context: &Context<'_>) -> Result<SignOutPayload, ApiError> {
        let caller = caller(context)?;
        let result = identity(context)?.sign_out_everywhere(caller.account, Utc::now()).await;
        Ok(SignOutPayload {
            errors: mendable(result)?.err().unwrap_or_default(),
        })
    }

    /// Sends a letter with which a new password can be set, if the address has an account.
    async fn request_password_reset(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Whose password.")] input: RequestPasswordResetInput,
    ) -> Result<RequestPayload, ApiError> {
        let network = client(context)?.network;
        let result = identity(context)?
            .request_password_reset(&input.email, network, Utc::now())
            .await;
        request(result)
    }

    /// Sets a new password with the code of the letter, and ends all sessions of the account. It also shows that the address is
    /// one's own, as `verifyEmail` does.
    async fn reset_password(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The code and the new password.")] input: ResetPasswordInput,
    ) -> Result<RequestPayload, ApiError> {
        let result = identity(context)?
            .reset_password(
                &input.token,
                &secret(&input.new_password),
                input.display_name.as_deref(),
                Utc::now(),
            )
            .await;
        request(result)
    }

    /// Changes the caller's password, and ends their other sessions.
    async fn change_password(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The old password and the new one.")] input: ChangePasswordInput,
    ) -> Result<AccountPayload, ApiError> {
        let caller = caller(context)?;
        let (old, new) = (secret(&input.password), secret(&input.new_password));
        let result = identity(context)?
            .change_password(&caller, &old, &new, Utc::now())
            .await;
        account(context, &caller, result).await
    }

    /// Sends a letter to a new address. The account moves to it with the code of the letter.
    async fn request_email_change(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The new address.")] input: RequestEmailChangeInput,
    ) -> Result<RequestPayload, ApiError> {
        let caller = caller(context)?;
        let result = identity(context)?
            .request_email_change(
                &caller,
                &secret(&input.password),
                input.totp.as_deref(),
                &input.email,
                Utc::now(),
            )
            .await;
        request(result)
    }

    /// Moves the account to the address that the letter with this code was sent to. All other codes of letters end.
    async fn confirm_email_change(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The code.")] input: ConfirmEmailChangeInput,
    ) -> Result<RequestPayload, ApiError> {
        let result = identity(context)?.confirm_email_change(&input.token, Utc::now()).await;
        request(result)
    }

    /// Begins to enrol a second factor: a secret for an authenticator application. It comes into force with
    /// `confirmTotp`.
    async fn enrol_totp(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The password.")] input: EnrolTotpInput,
    ) -> Result<EnrolTotpPayload, ApiError> {
        let caller = caller(context)?;
        let result = identity(context)?
            .enrol_totp(&caller, &secret(&input.password), Utc::now())
            .await;
        Ok(match mendable(result)? {
            Ok(enrolment) => EnrolTotpPayload {
                secret: Some(enrolment.secret.expose().to_owned()),
                address: Some(enrolment.address.expose().to_owned()),
                errors: Vec::new(),
            },
            Err(errors) => EnrolTotpPayload {
                errors,
                ..EnrolTotpPayload::default()
            },
        })
    }

    /// Puts the second factor into force, with a code that shows that the application has the secret. Other sessions end;
    /// the access token is outdated, so refresh the session.
    async fn confirm_totp(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The code.")] input: ConfirmTotpInput,
    ) -> Result<AccountPayload, ApiError> {
        let caller = caller(context)?;
        let result = identity(context)?.confirm_totp(&caller, &input.totp, Utc::now()).await;
        account(context, &caller, result).await
    }

    /// Removes the second factor. The access token is outdated, so refresh the session.
    async fn remove_totp(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Password and code.")] input: RemoveTotpInput,
    ) -> Result<AccountPayload, ApiError> {
        let caller = caller(context)?;
        let result = identity(context)?
            .remove_totp(&caller, &secret(&input.password), &input.totp, Utc::now())
            .await;
        account(context, &caller, result).await
    }

    /// Everything that the service keeps about the caller.
    async fn export_account(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The password.")] input: ExportAccountInput,
    ) -> Result<ExportAccountPayload, ApiError> {
        let caller = caller(context)?;
        let result = identity(context)?
            .export(&caller, &secret(&input.password), Utc::now())
            .await;
        Ok(match mendable(result)? {
            Ok(document) => ExportAccountPayload {
                document: Some(document),
                errors: Vec::new(),
            },
            Err(errors) => ExportAccountPayload { document: None, errors },
        })
    }

    /// Deletes the caller's account, for good. Sessions end at once, and what could name the person is removed. What they
    /// contributed stays under "A former member" or is erased, as they choose.
    async fn delete_account(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "How.")] input: DeleteAccountInput,
    ) -> Result<RequestPayload, ApiError> {
        let caller = caller(context)?;
        let result = identity(context)?
            .delete_account(
                &caller,
                &secret(&input.password),
                input.totp.as_deref(),
                input.contributions,
                Utc::now(),
            )
            .await;
        if result.is_ok() {
            departure::settle_soon(loaders(context)?.app().database.clone(), caller.account);
        }
        request(result)
    }
}

/// What must never be printed.
pub(super) fn secret(text: &str) -> Secret {
    Secret::from(text)
}

/// The identity service.
pub(super) fn identity(context: &Context<'_>) -> Result<Arc<Identity>, ApiError> {
    Ok(loaders(context)?.app().identity.clone())
}

/// Where the request comes from.
pub(super) fn client(context: &Context<'_>) -> Result<Client, ApiError> {
    context
        .data_opt::<Client>()
        .copied()
        .ok_or_else(|| ApiError::internal("the request does not say where it comes from"))
}

/// The caller, who must be signed in.
pub(super) fn caller(context: &Context<'_>) -> Result<Arc<SignedIn>, ApiError> {
    Ok(loaders(context)?.context().actor.signed_in()?.clone())
}

/// Parts what the caller can mend from what they can't.
pub(super) fn mendable<T>(result: Result<T, IdentityError>) -> Result<Result<T, Vec<UserError>>, ApiError> {
    match result {
        Ok(value) => Ok(Ok(value)),
        Err(IdentityError::Refused(errors)) => Ok(Err(errors)),
        Err(other) => Err(other.into()),
    }
}

fn request(result: Result<(), IdentityError>) -> Result<RequestPayload, ApiError> {
    Ok(RequestPayload {
        errors: mendable(result)?.err().unwrap_or_default(),
    })
}

/// The payload of a session that was to be opened.
pub(super) fn session(
    identity: &Identity,
    result: Result<OpenSession, IdentityError>,
) -> Result<SessionPayload, ApiError> {
    Ok(match mendable(result)? {
        Ok(open) => SessionPayload {
            access_token: Some(open.access.token.expose().to_owned()),
            refresh_token: Some(open.refresh.expose().to_owned()),
            expires_at: Some(Moment(open.access.expires_at)),
            viewer: Some(Viewer::of_session(open.account, &identity.settings)),
            errors: Vec::new(),
        },
        Err(errors) => SessionPayload {
            errors,
            ..SessionPayload::default()
        },
    })
}

/// The payload of a change of the caller's account.
pub(super) async fn account(
    context: &Context<'_>,
    caller: &SignedIn,
    result: Result<(), IdentityError>,
) -> Result<AccountPayload, ApiError> {
    Ok(match mendable(result)? {
        Ok(()) => AccountPayload {
            viewer: Viewer::load(&*loaders(context)?, caller.account).await?,
            errors: Vec::new(),
        },
        Err(errors) => AccountPayload { viewer: None, errors },
    })
}
