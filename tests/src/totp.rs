//! An authenticator application, written for the tests alone.

use std::time::{SystemTime, UNIX_EPOCH};

use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;

fn code(secret: &str, ahead: u64) -> String {
    let secret = data_encoding::BASE32_NOPAD
        .decode(secret.as_bytes())
        .expect("the secret is base 32");
    let seconds = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .expect("the clock is set")
        .as_secs();
    let mut mac = Hmac::<Sha1>::new_from_slice(&secret).expect("any length will do");
    mac.update(&(seconds / 30 + ahead).to_be_bytes());
    let tag = mac.finalize().into_bytes();
    let offset = usize::from(tag[19] & 15);
    let number = u32::from_be_bytes(tag[offset..offset + 4].try_into().expect("four bytes")) & 0x7fff_ffff;
    format!("{:06}", number % 1_000_000)
}

/// The code of this moment.
pub fn now(secret: &str) -> String {
    code(secret, 0)
}

/// The code of the next step, which a clock that is a little ahead would show.
pub fn next(secret: &str) -> String {
    code(secret, 1)
}
