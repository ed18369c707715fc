//! Cuts bytes into rows and fields by the rules of RFC 4180, a little more generous: lines may end in CR, LF or both,
//! empty lines are passed over, and a quotation mark in the middle of an unquoted field is a character like any other.

use std::io::{self, BufRead};

/// Why a row can't be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Flaw {
    /// A field is longer than allowed.
    TooLong,
    /// There are more columns than allowed.
    TooMany,
    /// The source ends within quotation marks.
    Unclosed,
    /// Something follows a closing quotation mark.
    AfterQuote,
}

/// A row as it stands in the source, not decoded.
#[derive(Debug, Default)]
pub(super) struct RawRow {
    /// The line where it begins, from 1.
    pub line: usize,
    /// The first thing that is wrong with it, with the column from 0.
    pub flaw: Option<(usize, Flaw)>,
    /// Whether the source ended without a line end after it.
    pub at_end: bool,
    bytes: Vec<u8>,
    ends: Vec<usize>,
}

impl RawRow {
    /// The number of fields.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// The fields' bytes, without the quotation marks.
    pub fn fields(&self) -> impl Iterator<Item = &[u8]> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts
            .zip(&self.ends)
            .map(|(start, end)| self.bytes.get(start..*end).unwrap_or(&[]))
    }

    fn clear(&mut self, line: usize) {
        self.line = line;
        self.flaw = None;
        self.at_end = false;
        self.bytes.clear();
        self.ends.clear();
    }

    fn mark(&mut self, flaw: Flaw) {
        let column = self.ends.len();
        self.flaw.get_or_insert((column, flaw));
    }

    fn push(&mut self, byte: u8, limit: usize) {
        let start = self.ends.last().copied().unwrap_or(0);
        if self.bytes.len() - start < limit {
            self.bytes.push(byte);
        } else {
            self.mark(Flaw::TooLong);
        }
    }

    fn end_field(&mut self, limit: usize) {
        if self.ends.len() < limit {
            self.ends.push(self.bytes.len());
        } else {
            self.mark(Flaw::TooMany);
            self.bytes.truncate(self.ends.last().copied().unwrap_or(0));
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// Nothing of the field was read.
    Start,
    /// In a field without quotation marks.
    Bare,
    /// Between quotation marks.
    Quoted,
    /// After a quotation mark that closes the field or is the first of two.
    Quote,
}

/// Reads rows from a source.
pub(super) struct Scanner<S> {
    source: S,
    line: usize,
    after_return: bool,
    field_limit: usize,
    column_limit: usize,
}

impl<S: BufRead> Scanner<S> {
    pub fn new(source: S, field_limit: usize, column_limit: usize) -> Self {
        Self {
            source,
            line: 1,
            after_return: false,
            field_limit,
            column_limit,
        }
    }

    /// Reads the next row; `false` at the end.
    pub fn next_row(&mut self, row: &mut RawRow) -> io::Result<bool> {
        row.clear(self.line);
        let mut state = State::Start;
        loop {
            let buffer = match self.source.fill_buf() {
                Ok(buffer) => buffer,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            if buffer.is_empty() {
                return Ok(self.end_of_source(row, state));
            }
            let mut used = 0;
            let mut ended = false;
            for &byte in buffer {
                used += 1;
                // The second half of a line end in two characters belongs to the first, also within quotation marks.
                let second_half = byte == b'\n' && self.after_return;
                self.after_return = byte == b'\r';
                if matches!(byte, b'\n' | b'\r') && !second_half {
                    self.line += 1;
                }
                match (state, byte) {
                    (State::Quoted, b'"') => state = State::Quote,
                    (State::Quoted, _) => row.push(byte, self.field_limit),
                    (State::Quote, b'"') => {
                        row.push(byte, self.field_limit);
                        state = State::Quoted;
                    }
                    (_, b'\n') if second_half => {}
                    (State::Start, b'"') => state = State::Quoted,
                    (_, b',') => {
                        row.end_field(self.column_limit);
                        state = State::Start;
                    }
                    (State::Start, b'\n' | b'\r') if row.ends.is_empty() => row.clear(self.line),
                    (_, b'\n' | b'\r') => {
                        row.end_field(self.column_limit);
                        ended = true;
                        break;
                    }
                    (State::Quote, _) => {
                        row.mark(Flaw::AfterQuote);
                        state = State::Bare;
                    }
                    (State::Start | State::Bare, _) => {
                        row.push(byte, self.field_limit);
                        state = State::Bare;
                    }
                }
            }
            self.source.consume(used);
            if ended {
                return Ok(true);
            }
        }
    }

    fn end_of_source(&self, row: &mut RawRow, state: State) -> bool {
        if state == State::Start && row.ends.is_empty() {
            return false;
        }
        if state == State::Quoted {
            row.mark(Flaw::Unclosed);
        }
        row.at_end = true;
        row.end_field(self.column_limit);
        true
    }
}

#[cfg(test)]
mod tests {
    use std::io::{BufReader, Read, repeat};

    use super::*;

    #[test]
    fn a_quotation_mark_that_is_never_closed_does_not_fill_the_memory() {
        let source = b"\"".chain(repeat(b'x').take(5_000_000));
        let mut scanner = Scanner::new(BufReader::new(source), 1_000, 10);
        let mut row = RawRow::default();
        assert!(scanner.next_row(&mut row).unwrap());
        assert_eq!(row.flaw, Some((0, Flaw::TooLong)));
        assert!(row.bytes.capacity() <= 2_000);
        assert!(!scanner.next_row(&mut row).unwrap());
    }

    #[test]
    fn columns_without_end_do_not_fill_the_memory() {
        let mut scanner = Scanner::new(BufReader::new(repeat(b',').take(1_000_000)), 1_000, 10);
        let mut row = RawRow::default();
        assert!(scanner.next_row(&mut row).unwrap());
        assert_eq!((row.flaw, row.len()), (Some((10, Flaw::TooMany)), 10));
    }
}
