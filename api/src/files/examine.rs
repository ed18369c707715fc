//! What a file is, by its bytes, and what in it may put a child at risk.
//!
//! What its sender says of it is believed of plain texts alone, which have no mark of their own. Formats that a browser would
//! run, and archives that can't be looked into, are refused.

use std::fs::File;
use std::io::{self, BufReader};
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::office;
use super::reading::process::Outcome;
use super::reading::{Format, MOST_CHARACTERS, Reading, picture};
use crate::curation::safeguarding::{Rule, check_text};

/// The version of how files are read. Those that were read by an earlier one are read again ([`super::upkeep`]).
pub const READER: i32 = 1;

/// Most findings of one rule in a file that stand by themselves: nobody settles thousands one by one. What comes after them is
/// one finding.
const MOST_OF_RULE: usize = 50;

/// The media types that are taken, other than plain texts.
const TAKEN: [&str; 20] = [
    "application/epub+zip",
    "application/pdf",
    "application/vnd.oasis.opendocument.presentation",
    "application/vnd.oasis.opendocument.spreadsheet",
    "application/vnd.oasis.opendocument.text",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "audio/m4a",
    "audio/mpeg",
    "audio/ogg",
    "audio/opus",
    "audio/x-flac",
    "audio/x-wav",
    "image/gif",
    "image/jpeg",
    "image/png",
    "image/webp",
    "video/mp4",
    "video/webm",
];

/// The plain texts that are taken.
const TEXTS: [&str; 3] = ["text/csv", "text/markdown", "text/plain"];

/// What the checks found in a file. Spans are in characters of its text, and empty where the whole file is meant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileFinding {
    /// The rule that found it.
    pub rule: Rule,
    /// The first character of the span, counted from 0.
    pub start: usize,
    /// The character after the span.
    pub end: usize,
}

impl FileFinding {
    fn of_whole(rule: Rule) -> Self {
        Self { rule, start: 0, end: 0 }
    }
}

/// What was seen of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Examined {
    /// Its media type.
    pub media_type: String,
    /// What the checks found in it.
    pub findings: Vec<FileFinding>,
    /// Its text, where it has one that could be read.
    pub text: Option<String>,
    /// The version of how it was read; 0 where it is still to be read.
    pub reader: i32,
}

impl Examined {
    /// Whether its text is still to be read, apart from this process.
    pub fn is_to_be_read(&self) -> bool {
        Format::of(&self.media_type).is_some()
    }

    /// Adds what became of reading its text.
    pub fn add(&mut self, outcome: Outcome) {
        let found = match outcome {
            Outcome::Read(answer) => {
                self.text = Some(answer.text);
                answer.findings
            }
            Outcome::Failed => vec![FileFinding::of_whole(Rule::UnreadFile)],
            Outcome::Busy => {
                self.reader = 0;
                vec![FileFinding::of_whole(Rule::UnreadFile)]
            }
        };
        for finding in found {
            if !self.findings.contains(&finding) {
                self.findings.push(finding);
            }
        }
    }
}

/// Why a file is not examined to its end.
#[derive(Debug, thiserror::Error)]
pub enum ExamineError {
    /// Files of this sort are not taken.
    #[error(
        "files of this sort ({0}) are not taken. Send a PDF, EPUB, OpenDocument or Office Open XML file, an image (JPEG, PNG, \
         WebP, GIF), sound or film (MP3, M4A, Ogg, FLAC, WAV, MP4, WebM), or a plain text in UTF-8 with `Content-Type: \
         text/plain`, `text/csv` or `text/markdown`"
    )]
    NotTaken(String),
    /// There is nothing in it.
    #[error("the file is empty")]
    Empty,
    /// It can't be read.
    #[error("the file could not be read: {0}")]
    Unreadable(#[from] io::Error),
}

/// Looks at a file. Takes a while for long ones, so not on a thread that others wait for.
///
/// # Errors
/// Where it is of a sort that is not taken, is empty, or can't be read.
pub fn examine(path: &Path, declared: Option<&str>) -> Result<Examined, ExamineError> {
    if std::fs::metadata(path)?.len() == 0 {
        return Err(ExamineError::Empty);
    }
    let mut found = infer::get_from_path(path)?.map(|found| found.mime_type());
    if found == Some("application/zip") {
        found = office::media_type(path)?.or(found);
    }
    match found {
        Some(media_type) if TAKEN.contains(&media_type) => Ok(Examined {
            media_type: media_type.to_owned(),
            findings: findings_of_binary(path, media_type)?,
            text: None,
            reader: READER,
        }),
        Some(other) => Err(ExamineError::NotTaken(other.to_owned())),
        None => text(path, declared),
    }
}

fn text(path: &Path, declared: Option<&str>) -> Result<Examined, ExamineError> {
    let essence = declared.and_then(|declared| declared.split(';').next()).map(str::trim);
    let Some(media_type) = TEXTS
        .into_iter()
        .find(|text| essence.is_some_and(|essence| essence.eq_ignore_ascii_case(text)))
    else {
        let shown: String = essence.unwrap_or("unknown").chars().take(80).collect();
        return Err(ExamineError::NotTaken(shown));
    };
    let text = match std::fs::read_to_string(path) {
        Err(error) if error.kind() == io::ErrorKind::InvalidData => {
            return Err(ExamineError::NotTaken("a text that is not UTF-8".to_owned()));
        }
        other => other?,
    };
    if text.contains('\0') {
        return Err(ExamineError::NotTaken("a text with the character U+0000".to_owned()));
    }
    let read = match text.char_indices().nth(MOST_CHARACTERS) {
        Some((end, _)) => Reading {
            text: text.get(..end).unwrap_or_default().to_owned(),
            incomplete: true,
            ..Reading::default()
        },
        None => Reading {
            text,
            ..Reading::default()
        },
    };
    Ok(Examined {
        media_type: media_type.to_owned(),
        findings: findings_of(&read),
        text: Some(read.text),
        reader: READER,
    })
}

/// What the checks find in what was read of a file.
pub fn findings_of(read: &Reading) -> Vec<FileFinding> {
    let whole = [
        (read.position, Rule::ImagePosition),
        (read.pictures, Rule::ChildDepicted),
        (read.incomplete, Rule::UnreadFile),
    ];
    let mut findings: Vec<FileFinding> = whole
        .into_iter()
        .filter(|(found, _)| *found)
        .map(|(_, rule)| FileFinding::of_whole(rule))
        .collect();
    let mut count = 0;
    for (rule, start, end) in check_text(&read.text) {
        match findings.last_mut() {
            Some(last) if last.rule == rule && count > MOST_OF_RULE => last.end = last.end.max(end),
            Some(last) if last.rule == rule => {
                count += 1;
                findings.push(FileFinding { rule, start, end });
            }
            _ => {
                count = 1;
                findings.push(FileFinding { rule, start, end });
            }
        }
    }
    findings
}

/// What the checks find in a file without looking at its text.
fn findings_of_binary(path: &Path, media_type: &str) -> Result<Vec<FileFinding>, ExamineError> {
    let mut findings = Vec::new();
    let image = media_type.starts_with("image/");
    let open = || Ok::<_, io::Error>(BufReader::new(File::open(path)?));
    if (image && picture::has_exif_position(&mut open()?)?) || picture::has_position_mark(open()?)? {
        findings.push(FileFinding::of_whole(Rule::ImagePosition));
    }
    if image || media_type.starts_with("video/") {
        findings.push(FileFinding::of_whole(Rule::ChildDepicted));
    }
    // The service can't hear or see what these say; a picture is seen at a glance.
    if !image && Format::of(media_type).is_none() {
        findings.push(FileFinding::of_whole(Rule::UnreadFile));
    }
    Ok(findings)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn examined(bytes: &[u8], declared: Option<&str>) -> Result<Examined, ExamineError> {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(bytes).unwrap();
        examine(file.path(), declared)
    }

    fn rules(bytes: &[u8], declared: Option<&str>) -> Vec<Rule> {
        let found = examined(bytes, declared).unwrap();
        found.findings.into_iter().map(|finding| finding.rule).collect()
    }

    /// A JPEG of one segment of Exif with one entry of the table of positions.
    fn jpeg_with_position() -> Vec<u8> {
        let mut exif = b"Exif\0\0MM\0*\0\0\0\x08".to_vec();
        // The first table: one entry, the place of the table of positions.
        exif.extend(b"\0\x01\x88\x25\0\x04\0\0\0\x01\0\0\0\x1a\0\0\0\0");
        // The table of positions: the latitude, three fractions further on.
        exif.extend(b"\0\x01\0\x02\0\x05\0\0\0\x03\0\0\0\x2c\0\0\0\0");
        for number in [12_u32, 1, 30, 1, 0, 1] {
            exif.extend(number.to_be_bytes());
        }
        let mut jpeg = b"\xff\xd8\xff\xe1".to_vec();
        jpeg.extend(u16::try_from(exif.len() + 2).unwrap().to_be_bytes());
        jpeg.extend(exif);
        jpeg.extend(b"\xff\xd9");
        jpeg
    }

    #[test]
    fn a_position_in_an_image_is_found_in_exif_and_in_xmp() {
        let shown = [Rule::ImagePosition, Rule::ChildDepicted];
        assert_eq!(rules(&jpeg_with_position(), None), shown);
        let mut xmp = b"\xff\xd8\xff\xe0\0\x04ab".to_vec();
        xmp.extend(vec![b' '; 70_000]);
        assert_eq!(rules(&xmp, None), [Rule::ChildDepicted]);
        // Where two pieces meet.
        xmp.truncate(64 * 1024 - 5);
        xmp.extend(b"<x exif:GPSLatitude='12,30N'>");
        assert_eq!(rules(&xmp, None), shown);
    }

    #[test]
    fn what_the_service_cannot_read_is_for_a_person_to_read() {
        assert_eq!(rules(b"ID3\x03\0\0\0\0\0\x01", None), [Rule::UnreadFile]);
        let long = "zora@example.org ".to_owned() + &"word ".repeat(MOST_CHARACTERS / 5 + 1);
        assert_eq!(
            rules(long.as_bytes(), Some("text/plain")),
            [Rule::UnreadFile, Rule::EmailAddress]
        );
        let mut pdf = examined(b"%PDF-1.7\n", None).unwrap();
        assert!(pdf.is_to_be_read() && pdf.findings.is_empty());
        pdf.add(Outcome::Failed);
        assert_eq!((pdf.findings[0].rule, pdf.reader), (Rule::UnreadFile, READER));
        pdf.add(Outcome::Busy);
        assert_eq!((pdf.findings.len(), pdf.reader), (1, 0), "it is read later");
    }

    #[test]
    fn what_a_rule_finds_after_many_is_one_finding() {
        let list: String = (0..200).map(|number| format!("a{number}@example.org\n")).collect();
        let found = examined(list.as_bytes(), Some("text/plain")).unwrap().findings;
        assert_eq!(found.len(), MOST_OF_RULE + 1);
        assert_eq!(found[MOST_OF_RULE].start, list.find("a50@").unwrap());
        assert_eq!(found[MOST_OF_RULE].end, list.len() - 1);
    }

    #[test]
    fn texts_are_checked_by_the_rules_for_texts() {
        let found = examined("é zora@example.org".as_bytes(), Some("text/csv; charset=utf-8")).unwrap();
        assert_eq!(found.media_type, "text/csv");
        let finding = FileFinding {
            rule: Rule::EmailAddress,
            start: 2,
            end: 18,
        };
        assert_eq!(found.findings, [finding]);
    }

    #[test]
    fn what_a_browser_would_run_and_what_cannot_be_told_is_refused() {
        for (bytes, declared) in [
            (&b"<!DOCTYPE html><script>1</script>"[..], Some("text/plain")),
            (b"<html>", Some("text/plain")),
            (b"<?xml version='1.0'?><svg/>", Some("image/svg+xml")),
            (b"PK\x03\x04 an archive", None),
            (b"MZ a program", Some("application/pdf")),
            (b"just words", Some("image/png")),
            (b"just words", None),
            (b"\xff\xfe w", Some("text/plain")),
            (b"a\0b", Some("text/plain")),
        ] {
            let refused = examined(bytes, declared);
            assert!(
                matches!(refused, Err(ExamineError::NotTaken(_))),
                "{bytes:?}: {refused:?}"
            );
        }
        assert!(matches!(examined(b"", Some("text/plain")), Err(ExamineError::Empty)));
    }
}
