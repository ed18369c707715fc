//! Lines of a bundle.

use std::io::{BufRead, BufReader, Read, Seek};

use crate::exchange::bundle;

/// What some editors put before the first character of a file in UTF-8.
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// The lines of a file, bounded in length, blank ones left out.
pub struct Lines<R> {
    reader: BufReader<R>,
    number: usize,
    buffer: Vec<u8>,
}

impl<'a, R: Read + Seek> Lines<&'a mut R> {
    /// Reads from the start.
    ///
    /// # Errors
    /// Where the source fails.
    pub fn from_start(source: &'a mut R) -> std::io::Result<Self> {
        source.rewind()?;
        Ok(Self {
            reader: BufReader::with_capacity(256 * 1024, source),
            number: 0,
            buffer: Vec::new(),
        })
    }
}

impl<R: Read> Lines<R> {
    /// The next line that is not blank, with its number, or what is wrong with it; nothing at the end.
    ///
    /// # Errors
    /// Where the source fails.
    pub fn next_line(&mut self) -> std::io::Result<Option<(usize, Result<&str, String>)>> {
        loop {
            self.buffer.clear();
            // With room for the byte order mark and the end of the line, which do not count.
            let limit = u64::try_from(bundle::LINE + BYTE_ORDER_MARK.len() + 2).unwrap_or(u64::MAX);
            let read = (&mut self.reader).take(limit).read_until(b'\n', &mut self.buffer)?;
            if read == 0 {
                return Ok(None);
            }
            let ended = self.buffer.ends_with(b"\n");
            if ended {
                self.buffer.pop();
                if self.buffer.ends_with(b"\r") {
                    self.buffer.pop();
                }
            }
            if self.number == 0 && self.buffer.starts_with(BYTE_ORDER_MARK) {
                self.buffer.drain(..BYTE_ORDER_MARK.len());
            }
            self.number += 1;
            if self.buffer.len() > bundle::LINE {
                if !ended {
                    self.skip_rest()?;
                }
                return Ok(Some((
                    self.number,
                    Err(format!("The line is longer than {} bytes.", bundle::LINE)),
                )));
            }
            if !self.buffer.trim_ascii().is_empty() {
                break;
            }
        }
        let text = std::str::from_utf8(self.buffer.trim_ascii()).map_err(|error| {
            format!(
                "The line is not UTF-8 from byte {} on; save the file as UTF-8.",
                error.valid_up_to() + 1
            )
        });
        Ok(Some((self.number, text)))
    }

    fn skip_rest(&mut self) -> std::io::Result<()> {
        loop {
            let available = self.reader.fill_buf()?;
            if available.is_empty() {
                return Ok(());
            }
            match available.iter().position(|byte| *byte == b'\n') {
                Some(at) => {
                    self.reader.consume(at + 1);
                    return Ok(());
                }
                None => {
                    let length = available.len();
                    self.reader.consume(length);
                }
            }
        }
    }
}
