//! Stored files: the bytes that resources carry.
//!
//! The database knows what a file is, who uploaded it and what uses it; the bytes lie in the data directory, each file under
//! its key, which all servers of one database share. A file is named in documents by the SHA-256 of its bytes, so that a
//! document means the same in every collection.
//!
//! Bytes are complete on the disk before the database knows of them, and the database forgets them before they are removed:
//! what is cut short in between leaves bytes that nobody refers to, never a reference to nothing.
//!
//! The text of a file lies in a table of its own (`file_text`), which lists of files never read: it is for the index, and for
//! the passages that people who review are shown.

pub mod access;
pub mod examine;
pub mod folder;
pub mod graphql;
pub mod intake;
mod office;
pub mod reading;
pub mod upkeep;
pub mod uses;

use async_graphql::InputObject;
use serde::{Deserialize, Serialize};

use crate::content::document::problem::{ProblemCode, Problems};
use crate::content::document::validate::disguises;

/// Most characters of the name of a file.
const NAME: usize = 200;

/// A file of a resource, as documents name it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, InputObject, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FileInput {
    /// The SHA-256 of the bytes in hexadecimal, as the upload answers it.
    pub sha256: String,
    /// What it is called when somebody saves it, e.g. `scorecard-toolkit.pdf`.
    pub name: String,
}

impl FileInput {
    /// Finds what is wrong with the form of it.
    pub fn check(&self, path: &str, problems: &mut Problems) {
        if !is_sha256(&self.sha256) {
            problems.add(
                ProblemCode::Invalid,
                format!("{path}.sha256"),
                "Write the SHA-256 of the file as 64 lower-case hexadecimal digits, as the upload answers it.",
            );
        }
        let length = self.name.chars().count();
        let plain = !self
            .name
            .chars()
            .any(|character| character.is_control() || disguises(character) || matches!(character, '/' | '\\'));
        if !plain || self.name.trim() != self.name || matches!(self.name.as_str(), "" | "." | "..") {
            problems.add(
                ProblemCode::Invalid,
                format!("{path}.name"),
                "Write the name of a file, without a folder, without spaces around it and without characters that nobody sees.",
            );
        }
        if length > NAME {
            problems.add(
                ProblemCode::TooLong,
                format!("{path}.name"),
                format!("The name has {length} characters; shorten it to {NAME}."),
            );
        }
    }
}

/// Whether a text has the form of a SHA-256.
pub fn is_sha256(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}
