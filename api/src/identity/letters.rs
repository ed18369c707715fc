//! What the letters say.

use super::email_address::EmailAddress;
use super::mail::Letter;
use super::scope::Scopes;
use super::settings::IdentitySettings;
use crate::config::Secret;

/// How a letter presents a one-time token: as a link where the operator named the pages for it, and always by itself.
fn token(settings: &IdentitySettings, page: &str, mutation: &str, token: &Secret) -> String {
    let link = settings
        .account_url
        .as_ref()
        .map(|url| format!("Open this page:\n\n{url}/{page}?token={}\n\nor give", token.expose()));
    format!(
        "{} this code to the application that you use ({mutation}):\n\n{}\n\nIt works once.",
        link.as_deref().unwrap_or("Give"),
        token.expose()
    )
}

/// A letter with a greeting.
pub fn letter(to: &EmailAddress, subject: &'static str, name: &str, text: &str) -> Letter {
    let name: String = name.chars().filter(|character| !character.is_control()).collect();
    Letter {
        to: to.clone(),
        subject,
        text: format!("Dear {name},\n\n{text}\n\nPraxis\n"),
        unsubscribe: None,
    }
}

/// Asks a new member to show that the address is theirs.
pub fn verify(settings: &IdentitySettings, to: &EmailAddress, name: &str, secret: &Secret) -> Letter {
    let how = token(settings, "verify-email", "verifyEmail", secret);
    let text = format!(
        "somebody, we hope you, signed up with this address. {how} Within two days.\n\nIf it was not you, do nothing: the \
         account can't be used without this code."
    );
    letter(to, "Confirm your e-mail address", name, &text)
}

/// Asks the reader of an address that several people signed up with to show that it is theirs, and to set a password.
pub fn contested(settings: &IdentitySettings, to: &EmailAddress, name: &str, secret: &Secret) -> Letter {
    let how = token(settings, "reset-password", "resetPassword", secret);
    let text = format!(
        "somebody signed up with this address, with which somebody, perhaps you, had signed up before without confirming it. \
         Since we can't tell who it was, no password that was given so far works, nor do codes of earlier letters. If it was \
         you, confirm the address by setting your password anew. {how} Within an hour; later, ask for another code \
         (requestPasswordReset).\n\nIf it was not you, do nothing: the account can't be used without this code."
    );
    letter(to, "Confirm your e-mail address and set a password", name, &text)
}

/// Tells a member that somebody tried to sign up with their address.
pub fn exists(settings: &IdentitySettings, to: &EmailAddress, name: &str, secret: &Secret) -> Letter {
    let how = token(settings, "reset-password", "resetPassword", secret);
    let text = format!(
        "somebody tried to sign up with this address, which has an account already. If it was you and you forgot your \
         password, set a new one. {how} Within an hour.\n\nIf it was not you, do nothing."
    );
    letter(to, "You have an account already", name, &text)
}

/// Lets a member set a new password.
pub fn reset(settings: &IdentitySettings, to: &EmailAddress, name: &str, secret: &Secret) -> Letter {
    let how = token(settings, "reset-password", "resetPassword", secret);
    let text = format!(
        "somebody, we hope you, asked for a new password. {how} Within an hour.\n\nIf it was not you, do nothing: your \
         password stays as it is."
    );
    letter(to, "Set a new password", name, &text)
}

/// Lets a member move to another address.
pub fn change_email(settings: &IdentitySettings, to: &EmailAddress, name: &str, secret: &Secret) -> Letter {
    let how = token(settings, "change-email", "confirmEmailChange", secret);
    let text = format!(
        "you asked to use this address for your account from now on. {how} Within an hour.\n\nIf it was not you, do \
         nothing."
    );
    letter(to, "Confirm your new e-mail address", name, &text)
}

/// Asks a member whether an application may act for them.
pub fn client_asks(to: &EmailAddress, name: &str, client: &str, scopes: &Scopes) -> Letter {
    let text = format!(
        "an application called \"{client}\" asks to act for you, with these scopes: {scopes}.\n\nIt can do none of it unless \
         you agree. If you know it and want it, sign in, look at what it asks for, and agree in the application that you use \
         (viewer.apiClients, approveApiClient). If not, do nothing, or end it (endApiClient)."
    );
    letter(to, "An application asks to act for you", name, &text)
}

/// Tells a member that something about their account changed.
pub fn changed(to: &EmailAddress, name: &str, what: &str) -> Letter {
    let text = format!(
        "{what}\n\nIf it was not you, ask for a new password at once (requestPasswordReset), and tell the people who run \
         the service."
    );
    letter(to, "Something about your account changed", name, &text)
}
