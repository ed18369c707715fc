//! Passwords: what they must be, and how they are hashed.
//!
//! Hashes are argon2id (RFC 9106) with 19 MiB of memory, 2 passes and 1 lane, the first choice of OWASP's password storage
//! guide for one lane, a random salt of 16 bytes and a tag of 32 bytes, in the PHC format. A hash made with other
//! parameters is still verified, and replaced at the next sign-in. Hashing takes some 20 to 40 ms of a core: it runs on
//! the blocking threads, at most one for each core at a time, and a caller who waits for more than ten seconds is told
//! that the service is busy. So a flood of sign-ins can't take the memory or the cores from everything else.

use std::sync::Arc;
use std::time::Duration;

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use tokio::sync::Semaphore;
use unicode_normalization::UnicodeNormalization;

use super::email_address::EmailAddress;
use super::error::{IdentityError, Refusal};
use super::random;
use crate::config::Secret;

/// Memory of a hash, in KiB.
const MEMORY: u32 = 19_456;
/// Passes over the memory.
const PASSES: u32 = 2;
/// Lanes.
const LANES: u32 = 1;
/// Shortest password, in characters.
pub const SHORTEST: usize = 12;
/// Longest password, in characters: what is longer is no better, and costs time to normalise.
pub const LONGEST: usize = 256;
/// How long a caller waits for a core.
const PATIENCE: Duration = Duration::from_secs(10);

/// Refuses a password that is too short, too long, or easily guessed from what others know of the person.
///
/// # Errors
/// `PASSWORD_TOO_SHORT`, `PASSWORD_TOO_LONG` or `PASSWORD_TOO_WEAK`.
pub fn check(password: &str, email: &EmailAddress, display_name: &str, path: &[&str]) -> Result<(), IdentityError> {
    let length = password.chars().count();
    if length < SHORTEST {
        return Err(IdentityError::refused(
            Refusal::PasswordTooShort,
            format!("The password needs at least {SHORTEST} characters; several words are easy to remember."),
            path,
        ));
    }
    if length > LONGEST {
        return Err(IdentityError::refused(
            Refusal::PasswordTooLong,
            format!("The password may have at most {LONGEST} characters."),
            path,
        ));
    }
    let folded = fold(password);
    let known = [email.as_str(), email.local_part(), display_name];
    let is_known = known.iter().any(|known| !known.is_empty() && folded == fold(known));
    let mut distinct: Vec<char> = folded.chars().collect();
    distinct.sort_unstable();
    distinct.dedup();
    if is_known || distinct.len() < 5 || folded.starts_with("password") {
        return Err(IdentityError::refused(
            Refusal::PasswordTooWeak,
            "The password is too easy to guess: it must not be your address or name, begin with `password`, or repeat a \
             few characters.",
            path,
        ));
    }
    Ok(())
}

fn fold(text: &str) -> String {
    text.nfkc().flat_map(char::to_lowercase).collect()
}

/// Hashes and verifies passwords, a few at a time.
pub struct Passwords {
    cores: Arc<Semaphore>,
    /// Verified in place of the hash of an account that does not exist, so that it takes as long.
    nobody: String,
}

impl Passwords {
    /// A hasher that uses at most so many cores.
    ///
    /// # Errors
    /// Where the system gives no randomness.
    pub fn new(cores: usize) -> Result<Self, IdentityError> {
        let unguessable = random::token("")?;
        Ok(Self {
            cores: Arc::new(Semaphore::new(cores.max(1))),
            nobody: hash(unguessable.expose())?,
        })
    }

    /// Hashes a password.
    ///
    /// # Errors
    /// Where the service is busy or the system gives no randomness.
    pub async fn hash(&self, password: &Secret) -> Result<String, IdentityError> {
        let password = password.clone();
        self.run(move || hash(password.expose())).await
    }

    /// Whether a password is the one that was hashed. Without a hash it is not, and finding out takes as long.
    ///
    /// # Errors
    /// Where the service is busy.
    pub async fn verify(&self, password: &Secret, hash: Option<&str>) -> Result<bool, IdentityError> {
        let exists = hash.is_some();
        let hash = hash.unwrap_or(&self.nobody).to_owned();
        let password = password.clone();
        let fits = self.run(move || Ok(verify(password.expose(), &hash))).await?;
        Ok(fits && exists)
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, IdentityError> + Send + 'static,
    ) -> Result<T, IdentityError> {
        let permit = tokio::time::timeout(PATIENCE, self.cores.clone().acquire_owned())
            .await
            .map_err(|_| IdentityError::Busy)?
            .map_err(|_| IdentityError::Busy)?;
        tokio::task::spawn_blocking(move || {
            let _permit = permit;
            work()
        })
        .await
        .map_err(|_| IdentityError::Cryptography("hashing a password failed"))?
    }
}

/// Whether a hash was made with other parameters than those of today.
pub fn is_outdated(hash: &str) -> bool {
    let today = format!("$argon2id$v=19$m={MEMORY},t={PASSES},p={LANES}$");
    !hash.starts_with(&today)
}

fn argon2() -> Result<Argon2<'static>, IdentityError> {
    let parameters = Params::new(MEMORY, PASSES, LANES, None)
        .map_err(|_| IdentityError::Cryptography("argon2 refuses its parameters"))?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, parameters))
}

fn normal(password: &str) -> String {
    password.nfkc().take(LONGEST * 4).collect()
}

fn hash(password: &str) -> Result<String, IdentityError> {
    let salt = random::bytes::<16>()?;
    argon2()?
        .hash_password_with_salt(normal(password).as_bytes(), &salt)
        .map(|hash: PasswordHash| hash.to_string())
        .map_err(|_| IdentityError::Cryptography("hashing a password failed"))
}

fn verify(password: &str, hash: &str) -> bool {
    let (Ok(hash), Ok(argon2)) = (PasswordHash::new(hash), argon2()) else {
        return false;
    };
    argon2.verify_password(normal(password).as_bytes(), &hash).is_ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn refusal(password: &str) -> Option<String> {
        let email = EmailAddress::parse("rosa.quispe@example.org").unwrap();
        match check(password, &email, "Rosa Quispe Mamani", &["password"]) {
            Ok(()) => None,
            Err(IdentityError::Refused(errors)) => Some(errors[0].code.clone()),
            Err(other) => panic!("{other}"),
        }
    }

    #[test]
    fn a_password_is_neither_short_nor_long_nor_known() {
        assert_eq!(refusal("eleven char").as_deref(), Some("PASSWORD_TOO_SHORT"));
        assert_eq!(refusal(&"ab3cdefgh".repeat(40)).as_deref(), Some("PASSWORD_TOO_LONG"));
        for weak in [
            "Rosa.Quispe@example.org",
            "rosa quispe mamani",
            "aaaaaaaaaaaaaaa",
            "abababababab",
            "password1234",
        ] {
            assert_eq!(refusal(weak).as_deref(), Some("PASSWORD_TOO_WEAK"), "{weak}");
        }
        assert_eq!(refusal("correct horse battery"), None);
    }

    #[tokio::test]
    async fn a_hash_verifies_its_password_alone_whatever_its_unicode_form() {
        let passwords = Passwords::new(2).unwrap();
        let hash = passwords
            .hash(&Secret::from("caf\u{e9} au lait, s'il vous"))
            .await
            .unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        assert!(!is_outdated(&hash));
        assert!(is_outdated("$argon2id$v=19$m=4096,t=3,p=1$c2FsdHNhbHQ$aGFzaA"));
        let decomposed = Secret::from("cafe\u{301} au lait, s'il vous");
        assert!(passwords.verify(&decomposed, Some(&hash)).await.unwrap());
        assert!(
            !passwords
                .verify(&Secret::from("another one"), Some(&hash))
                .await
                .unwrap()
        );
        assert!(!passwords.verify(&decomposed, None).await.unwrap());
        assert!(!passwords.verify(&decomposed, Some("nonsense")).await.unwrap());
    }

    proptest! {
        #[test]
        fn checking_is_total(password in ".{0,300}") {
            let _ = refusal(&password);
        }
    }
}
