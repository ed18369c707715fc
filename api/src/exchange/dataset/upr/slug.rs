//! The slugs of recommendations that come from rows.

use super::MECHANISM;
use crate::exchange::upr::{RowKey, UprRow};

/// The slug that a row gets.
pub fn slug_of_row(key: RowKey, row: &UprRow) -> String {
    let key = key.to_string();
    let short = key.get(..16).unwrap_or(&key);
    format!(
        "{MECHANISM}-{}-{}-{short}",
        row.session.number(),
        row.state.as_str().to_lowercase()
    )
}

/// Whether a slug is one that rows get: `upr-10-np-` and sixteen digits of the key.
pub fn is_slug_of_row(slug: &str) -> bool {
    let mut parts = slug.split('-');
    parts.next() == Some(MECHANISM)
        && parts.next().is_some_and(|session| session.parse::<u8>().is_ok())
        && parts.next().is_some_and(|state| state.len() == 2)
        && parts
            .next()
            .is_some_and(|key| key.len() == 16 && key.bytes().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f')))
        && parts.next().is_none()
}
