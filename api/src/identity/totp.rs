//! The second factor: time-based one-time passwords by RFC 6238, with SHA-1, six digits and steps of 30 seconds, which
//! is what authenticator applications understand.

use aws_lc_rs::{constant_time, hmac};
use chrono::{DateTime, Utc};
use data_encoding::BASE32_NOPAD;

use super::error::IdentityError;
use super::random;
use crate::config::Secret;

/// Length of a step, in seconds.
const STEP: i64 = 30;
/// Digits of a code.
const DIGITS: u32 = 6;

/// A new secret of 160 bits.
///
/// # Errors
/// Where the system gives no randomness.
pub fn generate() -> Result<[u8; 20], IdentityError> {
    random::bytes()
}

/// A secret as people type it into an application.
pub fn written(secret: &[u8]) -> Secret {
    Secret::from(BASE32_NOPAD.encode(secret).as_str())
}

/// The address that a picture for an application to scan holds.
pub fn address(secret: &[u8], account: &str) -> Secret {
    let label: String = url::form_urlencoded::byte_serialize(account.as_bytes())
        .collect::<String>()
        .replace('+', "%20");
    let address = format!(
        "otpauth://totp/Praxis:{label}?secret={}&issuer=Praxis&algorithm=SHA1&digits={DIGITS}&period={STEP}",
        BASE32_NOPAD.encode(secret)
    );
    Secret::from(address.as_str())
}

/// The code of a step (RFC 4226).
pub fn code(secret: &[u8], step: i64) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, secret);
    let tag = hmac::sign(&key, &step.to_be_bytes());
    let tag = tag.as_ref();
    let offset = usize::from(tag.last().copied().unwrap_or(0) & 0x0f);
    let number = tag
        .get(offset..offset + 4)
        .and_then(|part| part.try_into().ok())
        .map_or(0, u32::from_be_bytes);
    let digits = (number & 0x7fff_ffff) % 10_u32.pow(DIGITS);
    format!("{digits:0width$}", width = DIGITS as usize)
}

/// The step of a moment.
pub fn step(now: DateTime<Utc>) -> i64 {
    now.timestamp().div_euclid(STEP)
}

/// The step whose code this is: the present one or a neighbour, since clocks differ, and later than the last one used.
pub fn matching_step(secret: &[u8], given: &str, now: DateTime<Utc>, last_used: Option<i64>) -> Option<i64> {
    let given: String = given.chars().filter(|character| !character.is_whitespace()).collect();
    let present = step(now);
    let mut found = None;
    // Every neighbour is compared, whichever fits, so that the time taken tells nothing.
    for candidate in [present - 1, present, present + 1] {
        let fits = constant_time::verify_slices_are_equal(code(secret, candidate).as_bytes(), given.as_bytes()).is_ok();
        if fits && last_used.is_none_or(|last| candidate > last) {
            found = Some(candidate);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The test vectors of RFC 6238, appendix B, for SHA-1, to six digits.
    #[test]
    fn codes_are_those_of_the_standard() {
        let secret = b"12345678901234567890";
        for (seconds, expected) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            let moment = DateTime::from_timestamp(seconds, 0).unwrap();
            assert_eq!(code(secret, step(moment)), expected, "{seconds}");
        }
    }

    #[test]
    fn a_code_works_once_and_for_a_minute_and_a_half() {
        let secret = generate().unwrap();
        let now = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        let present = step(now);
        let given = code(&secret, present);
        assert_eq!(matching_step(&secret, &given, now, None), Some(present));
        assert_eq!(matching_step(&secret, &given, now, Some(present)), None, "used already");
        let spaced = format!("{} {}", &given[..3], &given[3..]);
        assert_eq!(matching_step(&secret, &spaced, now, None), Some(present));
        let later = |seconds| now + chrono::Duration::seconds(seconds);
        assert!(matching_step(&secret, &given, later(30), None).is_some());
        assert!(matching_step(&secret, &given, later(60), None).is_none());
        assert!(matching_step(&secret, &given, later(-31), None).is_none());
    }

    #[test]
    fn the_address_can_be_scanned() {
        let address = address(b"12345678901234567890", "ana maria@example.org");
        assert_eq!(
            address.expose(),
            "otpauth://totp/Praxis:ana%20maria%40example.org?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Praxis\
             &algorithm=SHA1&digits=6&period=30"
        );
    }

    proptest! {
        #[test]
        fn any_text_is_looked_at_without_a_panic(text in ".{0,40}", seconds in 0_i64..4_000_000_000) {
            let now = DateTime::from_timestamp(seconds, 0).unwrap();
            let _ = matching_step(b"12345678901234567890", &text, now, None);
        }
    }
}
