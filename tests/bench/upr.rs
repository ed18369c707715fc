//! The recommendations that accountability is measured on: a folder of UPR Info's files, which are not part of the project,
//! and copies of their rows with other words.

use std::collections::HashSet;
use std::io::{BufWriter, Result, Write};
use std::path::Path;

use crate::words::Chance;

/// Which column the text is.
const TEXT: usize = 3;

/// A row, as bytes in the encoding of its file.
type Row = Vec<Vec<u8>>;

/// All rows of a folder of files.
pub struct Rows {
    header: Row,
    rows: Vec<Row>,
}

impl Rows {
    /// Reads every CSV file of a folder, in the order of their names.
    pub fn read(folder: &Path) -> Result<Self> {
        let mut paths = std::fs::read_dir(folder)?
            .map(|entry| entry.map(|entry| entry.path()))
            .collect::<Result<Vec<_>>>()?;
        paths.retain(|path| path.extension().is_some_and(|extension| extension == "csv"));
        paths.sort();
        let (mut header, mut rows) = (Row::new(), Vec::new());
        for path in paths {
            let mut read = parse(&std::fs::read(path)?).into_iter();
            header = read.next().unwrap_or_default();
            rows.extend(read.filter(|row| row.len() == header.len()));
        }
        assert!(
            header.len() > TEXT && !rows.is_empty(),
            "{} has no rows",
            folder.display()
        );
        Ok(Self { header, rows })
    }

    /// Writes all rows as one file.
    pub fn write(&self, path: &Path) -> Result<usize> {
        self.write_rows(path, self.rows.iter())?;
        Ok(self.rows.len())
    }

    /// Writes this many different recommendations: the rows, then copies of them in which one word in ten, and one at
    /// least, is another word of the files.
    pub fn write_many(&self, path: &Path, count: usize) -> Result<()> {
        let words: Vec<&[u8]> = self
            .rows
            .iter()
            .flat_map(|row| row[TEXT].split(|byte| *byte == b' '))
            .collect();
        let mut chance = Chance::new(1);
        let mut seen = HashSet::new();
        let mut rows = Vec::with_capacity(count);
        let mut copies = 0;
        while rows.len() < count {
            for row in &self.rows {
                let mut row = row.clone();
                if copies > 0 {
                    let mut text: Vec<&[u8]> = row[TEXT].split(|byte| *byte == b' ').collect();
                    for _ in 0..text.len().div_ceil(10) {
                        let place = chance.below(text.len());
                        text[place] = *chance.pick(&words);
                    }
                    row[TEXT] = text.join(&b' ');
                }
                // Letters only, so that none is taken for a repetition of another.
                let letters: Vec<u8> = row.concat().into_iter().filter(u8::is_ascii_alphanumeric).collect();
                if rows.len() < count && seen.insert(letters.to_ascii_lowercase()) {
                    rows.push(row);
                }
            }
            copies += 1;
        }
        self.write_rows(path, rows.iter())
    }

    fn write_rows<'a>(&'a self, path: &Path, rows: impl Iterator<Item = &'a Row>) -> Result<()> {
        let mut out = BufWriter::new(std::fs::File::create(path)?);
        for row in std::iter::once(&self.header).chain(rows) {
            for (place, field) in row.iter().enumerate() {
                out.write_all(if place == 0 { b"\"" } else { b",\"" })?;
                for byte in field {
                    out.write_all(if *byte == b'"' {
                        b"\"\""
                    } else {
                        std::slice::from_ref(byte)
                    })?;
                }
                out.write_all(b"\"")?;
            }
            out.write_all(b"\r")?;
        }
        out.flush()
    }

    /// The text of every recommendation.
    pub fn texts(&self) -> impl Iterator<Item = String> {
        self.rows
            .iter()
            .map(|row| String::from_utf8_lossy(&row[TEXT]).trim().to_owned())
    }

    /// What members might look for: one to three words that stand in a recommendation, of four letters or more, the last
    /// one sometimes unfinished.
    pub fn words(&self, count: usize) -> Vec<String> {
        let mut chance = Chance::new(2);
        let mut searches = Vec::with_capacity(count);
        while searches.len() < count {
            let row = chance.pick(&self.rows);
            let text = String::from_utf8_lossy(&row[TEXT]).to_lowercase();
            let words: Vec<&str> = text
                .split(|character: char| !character.is_ascii_alphabetic())
                .filter(|word| word.len() >= 4)
                .collect();
            if words.len() < 3 {
                continue;
            }
            let mut chosen: Vec<&str> = (0..=searches.len() % 3).map(|_| *chance.pick(&words)).collect();
            if searches.len() % 4 == 0
                && let Some(last) = chosen.last_mut()
            {
                *last = &last[..4];
            }
            searches.push(chosen.join(" "));
        }
        searches
    }
}

fn parse(bytes: &[u8]) -> Vec<Row> {
    let (mut rows, mut row, mut field) = (Vec::new(), Row::new(), Vec::new());
    let mut quoted = false;
    let mut bytes = bytes.iter().copied().peekable();
    while let Some(byte) = bytes.next() {
        match byte {
            b'"' if quoted && bytes.peek() == Some(&b'"') => {
                bytes.next();
                field.push(b'"');
            }
            b'"' => quoted = !quoted,
            b',' if !quoted => row.push(std::mem::take(&mut field)),
            b'\r' | b'\n' if !quoted => {
                row.push(std::mem::take(&mut field));
                rows.push(std::mem::take(&mut row));
            }
            _ => field.push(byte),
        }
    }
    if !field.is_empty() || !row.is_empty() {
        row.push(field);
        rows.push(row);
    }
    rows
}
