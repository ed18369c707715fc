//! E-mail addresses: checked, and written in one way.

use std::fmt;

use unicode_normalization::UnicodeNormalization;

/// Longest address, by RFC 5321.
const LENGTH: usize = 254;

/// A well-formed e-mail address in the one form in which accounts keep it: in small letters, composed, the domain in
/// ASCII. It is not printed in logs.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct EmailAddress(String);

impl EmailAddress {
    /// Reads an address.
    pub fn parse(text: &str) -> Option<Self> {
        let composed: String = text.trim().nfkc().flat_map(char::to_lowercase).collect();
        let (local, domain) = composed.rsplit_once('@')?;
        let domain = match url::Host::parse(domain).ok()? {
            url::Host::Domain(domain) if domain.contains('.') => domain,
            _ => return None,
        };
        let address = format!("{local}@{domain}");
        let parsed: lettre::Address = address.parse().ok()?;
        let plain = !address.contains(|character: char| character.is_control() || character.is_whitespace());
        (plain && address.len() <= LENGTH && parsed.user().len() <= 64).then_some(Self(address))
    }

    /// Takes an address from the database, which was checked when it was written.
    pub fn trusted(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// The address.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What stands before the `@`.
    pub fn local_part(&self) -> &str {
        self.0.rsplit_once('@').map_or("", |(local, _)| local)
    }
}

impl fmt::Debug for EmailAddress {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("(e-mail address)")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_address_has_one_form() {
        for text in ["Ana@Example.org", " ana@example.org ", "ANA@EXAMPLE.ORG"] {
            assert_eq!(EmailAddress::parse(text).unwrap().as_str(), "ana@example.org", "{text}");
        }
        assert_eq!(
            EmailAddress::parse("ana@bücher.example").unwrap().as_str(),
            "ana@xn--bcher-kva.example"
        );
    }

    #[test]
    fn what_is_no_address_is_refused() {
        let long = format!("{}@example.org", "a".repeat(65));
        for text in [
            "",
            "ana",
            "@example.org",
            "ana@",
            "ana@localhost",
            "a b@example.org",
            "ana@example.org\r\nBcc: x@example.org",
            "ana@[127.0.0.1]",
            &long,
        ] {
            assert!(EmailAddress::parse(text).is_none(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn reading_is_total_and_stable(text in ".{0,80}") {
            if let Some(address) = EmailAddress::parse(&text) {
                prop_assert_eq!(EmailAddress::parse(address.as_str()), Some(address.clone()));
            }
        }
    }
}
