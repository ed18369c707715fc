//! Secrets from the operating system's randomness, and how they are kept: as hashes.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

use super::error::IdentityError;
use crate::config::Secret;

/// Random bytes.
///
/// # Errors
/// Where the system gives none.
pub fn bytes<const N: usize>() -> Result<[u8; N], IdentityError> {
    let mut buffer = [0; N];
    aws_lc_rs::rand::fill(&mut buffer).map_err(|_| IdentityError::Cryptography("the system gives no randomness"))?;
    Ok(buffer)
}

/// An opaque token of 256 random bits with a prefix that tells people and scanners what it is.
///
/// # Errors
/// Where the system gives no randomness.
pub fn token(prefix: &str) -> Result<Secret, IdentityError> {
    let random = bytes::<32>()?;
    Ok(Secret::from(
        format!("{prefix}{}", URL_SAFE_NO_PAD.encode(random)).as_str(),
    ))
}

/// The SHA-256 of a token in hexadecimal: what the database keeps of it. A token has 256 random bits, so that a fast
/// hash without salt suffices.
pub fn fingerprint(token: &str) -> String {
    data_encoding::HEXLOWER.encode(&Sha256::digest(token.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_differ_and_are_long() {
        let (one, other) = (token("prt_").unwrap(), token("prt_").unwrap());
        assert_ne!(one.expose(), other.expose());
        assert_eq!(one.expose().len(), 4 + 43);
        assert_eq!(fingerprint(one.expose()).len(), 64);
        assert_ne!(fingerprint(one.expose()), fingerprint(other.expose()));
    }
}
