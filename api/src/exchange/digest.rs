//! Short hashes of what lines say, to be kept in place of it.

use sha2::{Digest, Sha256};

/// The first 128 bits of a hash.
pub type Hash = [u8; 16];

/// The hash of some texts; where one ends and the next begins makes a difference.
pub fn hash(parts: &[&str]) -> Hash {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update(part.len().to_be_bytes());
        hasher.update(part);
    }
    let mut short = Hash::default();
    for (to, from) in short.iter_mut().zip(hasher.finalize()) {
        *to = from;
    }
    short
}
