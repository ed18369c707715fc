//! The encodings in which tables come.

use std::borrow::Cow;
use std::io::{Read, Seek};

use super::{RowProblem, unreadable};
use crate::content::document::problem::ProblemCode;

/// The byte order mark of UTF-8.
pub(super) const UTF8_MARK: &[u8] = b"\xef\xbb\xbf";

const CHUNK: usize = 64 * 1024;

/// How the bytes of a table are read as text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Encoding {
    /// UTF-8, with or without byte order mark.
    #[value(name = "utf-8")]
    Utf8,
    /// Mac OS Roman, as older spreadsheets on Apple computers write.
    #[value(name = "macintosh")]
    MacRoman,
    /// Windows-1252, as spreadsheets on Windows write in Western Europe and the Americas.
    #[value(name = "windows-1252")]
    Windows1252,
}

impl Encoding {
    /// The encoding to read a source in: the one that is told, unless it can't be, else the one that is found.
    ///
    /// # Errors
    /// As [`Encoding::detect`], and where another encoding is told for what can only be UTF-8.
    pub(super) fn settle(source: &mut (impl Read + Seek), told: Option<Self>) -> Result<Self, RowProblem> {
        match told {
            None => Self::look(source)?.verdict(),
            Some(Self::Utf8) => Ok(Self::Utf8),
            Some(told) => {
                let seen = Self::look(source)?;
                // Accents of other encodings form valid UTF-8 throughout a file only by a rare chance.
                if seen.line_of_invalid.is_none() && seen.beyond_ascii {
                    return Err(RowProblem::of_file(
                        1,
                        ProblemCode::Malformed,
                        "",
                        format!("The file is in UTF-8, not in {}. Leave `--encoding` out.", told.name()),
                    ));
                }
                Ok(told)
            }
        }
    }

    /// Finds the encoding by reading the source from the start to the end, a piece at a time.
    ///
    /// What is valid UTF-8 is UTF-8. What is not is Mac OS Roman if its lines end in a carriage return alone, as only the
    /// classic Mac OS wrote them. Everything else could be several encodings that differ in every accent: that is
    /// not guessed.
    ///
    /// # Errors
    /// Where the source can't be read or the encoding can't be told.
    pub fn detect(source: &mut (impl Read + Seek)) -> Result<Self, RowProblem> {
        Self::look(source)?.verdict()
    }

    /// A notice of the encoding that is found where nothing in the file says so: its accents may be others. None for what
    /// is valid UTF-8, and for what can't be read.
    pub fn guessed(source: &mut (impl Read + Seek)) -> Option<RowProblem> {
        let seen = Self::look(source).ok()?;
        let (encoding, line) = (seen.verdict().ok()?, seen.line_of_invalid?);
        Some(RowProblem::new(
            line,
            ProblemCode::Malformed,
            "",
            format!(
                "The file is not in UTF-8 and is read as {}, since its lines end in a carriage return alone. If accents come \
                 out wrong, say with `--encoding` which encoding it has.",
                encoding.name()
            ),
        ))
    }

    fn look(source: &mut (impl Read + Seek)) -> Result<Seen, RowProblem> {
        source.rewind().map_err(|error| unreadable(1, &error))?;
        let mut chunk = vec![0; CHUNK];
        let mut kept = 0;
        let mut seen = Seen::default();
        loop {
            let room = chunk.get_mut(kept..).unwrap_or(&mut []);
            let read = match source.read(room) {
                Ok(read) => read,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(unreadable(seen.line, &error)),
            };
            let filled = kept + read;
            let bytes = chunk.get(..filled).unwrap_or(&[]);
            if seen.first {
                seen.first = false;
                if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
                    return Err(RowProblem::of_file(
                        1,
                        ProblemCode::Malformed,
                        "",
                        "The file is in UTF-16; save it as CSV in UTF-8.",
                    ));
                }
            }
            let valid = seen.look(bytes, read == 0);
            kept = filled - valid;
            chunk.copy_within(valid..filled, 0);
            if read == 0 {
                return Ok(seen);
            }
        }
    }

    /// Reads bytes as text; none where they are not of this encoding.
    pub fn decode(self, bytes: &[u8]) -> Option<Cow<'_, str>> {
        match self {
            Self::Utf8 => std::str::from_utf8(bytes).ok().map(Cow::Borrowed),
            Self::MacRoman => encoding_rs::MACINTOSH.decode_without_bom_handling_and_without_replacement(bytes),
            Self::Windows1252 => encoding_rs::WINDOWS_1252.decode_without_bom_handling_and_without_replacement(bytes),
        }
    }

    /// The name as people know it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Utf8 => "UTF-8",
            Self::MacRoman => "Mac OS Roman",
            Self::Windows1252 => "Windows-1252",
        }
    }

    pub(super) fn wrong(self, what: &str) -> String {
        format!(
            "The {what} is not in {}. Say with `--encoding` which encoding the file has, or save it in UTF-8.",
            self.name()
        )
    }
}

/// What was seen of a source so far.
struct Seen {
    first: bool,
    /// The line reached, counted by line feeds and by carriage returns that no line feed follows.
    line: usize,
    line_of_invalid: Option<usize>,
    beyond_ascii: bool,
    feeds: usize,
    lone_returns: usize,
    after_return: bool,
}

impl Default for Seen {
    fn default() -> Self {
        Self {
            first: true,
            line: 1,
            line_of_invalid: None,
            beyond_ascii: false,
            feeds: 0,
            lone_returns: 0,
            after_return: false,
        }
    }
}

impl Seen {
    /// Looks at bytes and says how many of them are done with; the rest may be the start of a character.
    fn look(&mut self, bytes: &[u8], last: bool) -> usize {
        let done = match std::str::from_utf8(bytes) {
            Ok(_) => bytes.len(),
            Err(error) if error.error_len().is_none() && !last && self.line_of_invalid.is_none() => error.valid_up_to(),
            Err(error) => {
                if self.line_of_invalid.is_none() {
                    self.count(bytes.get(..error.valid_up_to()).unwrap_or(&[]));
                    self.line_of_invalid = Some(self.line + usize::from(self.after_return));
                    self.count(bytes.get(error.valid_up_to()..).unwrap_or(&[]));
                    return bytes.len();
                }
                bytes.len()
            }
        };
        self.count(bytes.get(..done).unwrap_or(&[]));
        done
    }

    fn count(&mut self, bytes: &[u8]) {
        self.beyond_ascii |= !bytes.is_ascii();
        for byte in bytes {
            if self.after_return && *byte != b'\n' {
                self.lone_returns += 1;
                self.line += 1;
            }
            if *byte == b'\n' {
                self.feeds += 1;
                self.line += 1;
            }
            self.after_return = *byte == b'\r';
        }
    }

    fn verdict(&self) -> Result<Encoding, RowProblem> {
        match self.line_of_invalid {
            None => Ok(Encoding::Utf8),
            Some(_) if self.feeds == 0 && self.lone_returns + usize::from(self.after_return) > 0 => {
                Ok(Encoding::MacRoman)
            }
            Some(line) => Err(RowProblem::of_file(
                line,
                ProblemCode::Malformed,
                "",
                "The file is not in UTF-8, and which encoding it has can't be told: say `--encoding macintosh` if it is \
                 Mac OS Roman, `--encoding windows-1252` if it is Windows-1252, or save it in UTF-8.",
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    #[test]
    fn a_character_that_lies_across_two_pieces_is_still_utf8() {
        for before in CHUNK - 3..=CHUNK {
            let mut text = "x".repeat(before);
            text.push_str("é€😀\n");
            assert_eq!(Encoding::detect(&mut Cursor::new(text)), Ok(Encoding::Utf8));
        }
    }

    #[test]
    fn a_character_cut_by_the_end_is_not_utf8() {
        assert!(Encoding::detect(&mut Cursor::new(b"a\nb\xe2\x82")).is_err());
    }

    #[test]
    fn an_encoding_that_is_guessed_is_said_and_no_other() {
        let guessed = |bytes: &[u8]| Encoding::guessed(&mut Cursor::new(bytes.to_vec()));
        let notice = guessed(b"a,b\r1,2\r3,\xe9\r").unwrap();
        assert_eq!(notice.line, 3);
        assert!(notice.problem.message.contains("Mac OS Roman") && notice.problem.message.contains("--encoding"));
        for bytes in ["a,b\r1,é\r".as_bytes(), b"a,b\r1,e\r", b"a,b\n1,\xe9\n", b""] {
            assert_eq!(guessed(bytes), None, "{bytes:?}");
        }
    }

    #[test]
    fn the_accents_of_mac_os_roman_are_read() {
        assert_eq!(Encoding::MacRoman.decode(b"\x8e\x8f\x88\xd5").unwrap(), "éèà’");
    }
}
