//! Reading the text of PDF, Office, OpenDocument and EPUB files.
//!
//! Such files come from anybody, and what reads them is large: it may stop, never end, or want all memory there is. So they are
//! read in a process of their own ([`process`]), which runs the functions of this room within limits. What it could not read
//! is no error: it makes the reading incomplete, and a person reads the file.
//!
//! Hidden text is read too, since that is where leaks are: comments, notes, tracked changes, hidden sheets and slides, what
//! lies beside the page, and what a file says about itself.

mod archive;
mod markup;
mod page;
mod pdf;
pub mod picture;
pub mod process;
mod sheet;
mod text;

use std::collections::HashSet;
use std::fs::File;
use std::path::Path;

use serde::{Deserialize, Serialize};

use self::text::Gathered;

/// Most characters of a file's text that are kept.
pub const MOST_CHARACTERS: usize = 1_000_000;

/// The formats whose text is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// PDF.
    Pdf,
    /// An archive of documents in XML: Office Open XML, OpenDocument, EPUB.
    Archive,
}

impl Format {
    /// The format of files of this media type, if their text is read.
    pub fn of(media_type: &str) -> Option<Self> {
        match media_type {
            "application/pdf" => Some(Self::Pdf),
            "application/epub+zip" => Some(Self::Archive),
            other
                if other.starts_with("application/vnd.openxmlformats-officedocument.")
                    || other.starts_with("application/vnd.oasis.opendocument.") =>
            {
                Some(Self::Archive)
            }
            _ => None,
        }
    }
}

/// What was read of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reading {
    /// Its text: the pages or parts in their order, then what the file says about itself.
    pub text: String,
    /// Whether there may be more in it than could be read.
    pub incomplete: bool,
    /// Whether there are pictures in it.
    pub pictures: bool,
    /// Whether one of them says where it was taken.
    pub position: bool,
}

/// What is seen while a file is read.
#[derive(Default)]
struct Seen {
    text: Gathered,
    incomplete: bool,
    pictures: bool,
    position: bool,
    /// What was told once and need not be again, such as who made each of many changes.
    told: HashSet<String>,
}

/// Most things that are remembered as told.
const MOST_TOLD: usize = 10_000;

impl Seen {
    /// Adds a line, unless it was added before.
    fn tell(&mut self, line: &str) {
        if self.told.contains(line) {
            return;
        }
        if self.told.len() < MOST_TOLD {
            self.told.insert(line.to_owned());
        }
        self.text.line();
        self.text.push(line);
        self.text.line();
    }

    fn reading(self) -> Reading {
        Reading {
            incomplete: self.incomplete || self.text.is_full(),
            text: self.text.into_text(),
            pictures: self.pictures,
            position: self.position,
        }
    }
}

/// Reads a file, in this process. What can't be read makes the reading incomplete.
pub fn read(path: &Path, format: Format) -> Reading {
    let mut seen = Seen::default();
    match format {
        Format::Pdf => match std::fs::read(path) {
            Ok(bytes) => pdf::read(bytes, &mut seen),
            Err(_) => seen.incomplete = true,
        },
        Format::Archive => match File::open(path) {
            Ok(file) => archive::read(file, &mut seen),
            Err(_) => seen.incomplete = true,
        },
    }
    seen.reading()
}
