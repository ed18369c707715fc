//! Which sort of Office Open XML file an archive is, by the names of its parts.
//!
//! Programs write the parts in orders of their own, which is why the first ones do not tell. Only the list at the end of the
//! archive is read, and no further than it may well be long.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

/// The part that each sort has.
const SORTS: [(&[u8], &str); 3] = [
    (
        b"word/document.xml",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ),
    (
        b"ppt/presentation.xml",
        "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    ),
    (
        b"xl/workbook.xml",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ),
];

/// How far from its end an archive may say where its list is.
const END: u64 = 70_000;
/// Most bytes of the list that are read.
const LIST: u64 = 4_000_000;
/// The length of an entry of the list before its name.
const HEAD: usize = 46;

/// The media type of an archive that is an Office Open XML file.
///
/// # Errors
/// Where it can't be read.
pub fn media_type(path: &Path) -> io::Result<Option<&'static str>> {
    let mut file = File::open(path)?;
    let length = file.metadata()?.len();
    let end = read(&mut file, length.saturating_sub(END), END)?;
    let Some(place) = memchr::memmem::rfind(&end, b"PK\x05\x06") else {
        return Ok(None);
    };
    let number = |at: usize| -> Option<u64> {
        let bytes = end.get(place + at..place + at + 4)?.try_into().ok()?;
        Some(u64::from(u32::from_le_bytes(bytes)))
    };
    let (Some(size), Some(begin)) = (number(12), number(16)) else {
        return Ok(None);
    };
    let list = read(&mut file, begin, size.min(LIST))?;
    let names: Vec<&[u8]> = names(&list);
    Ok(SORTS
        .into_iter()
        .find(|(part, _)| names.contains(&b"[Content_Types].xml".as_slice()) && names.contains(part))
        .map(|(_, media_type)| media_type))
}

fn read(file: &mut File, begin: u64, most: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    file.seek(SeekFrom::Start(begin))?;
    file.take(most).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn names(list: &[u8]) -> Vec<&[u8]> {
    let mut names = Vec::new();
    let mut rest = list;
    while rest.starts_with(b"PK\x01\x02") {
        let length = |at: usize| -> Option<usize> {
            let bytes = rest.get(at..at + 2)?.try_into().ok()?;
            Some(usize::from(u16::from_le_bytes(bytes)))
        };
        let (Some(name), Some(extra), Some(comment)) = (length(28), length(30), length(32)) else {
            break;
        };
        names.extend(rest.get(HEAD..HEAD + name));
        rest = rest.get(HEAD + name + extra + comment..).unwrap_or_default();
    }
    names
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Write};

    use zip::ZipWriter;
    use zip::write::SimpleFileOptions;

    use super::*;

    fn sort_of(parts: &[&str]) -> Option<&'static str> {
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        for part in parts {
            writer.start_file(*part, SimpleFileOptions::default()).unwrap();
            writer.write_all(b"<x/>").unwrap();
        }
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(&writer.finish().unwrap().into_inner()).unwrap();
        media_type(file.path()).unwrap()
    }

    #[test]
    fn the_order_of_the_parts_does_not_matter_and_other_archives_are_none() {
        for (part, ending) in [
            ("word/document.xml", "wordprocessingml.document"),
            ("ppt/presentation.xml", "presentationml.presentation"),
            ("xl/workbook.xml", "spreadsheetml.sheet"),
        ] {
            let sort = sort_of(&["docProps/app.xml", "docProps/core.xml", part, "[Content_Types].xml"]);
            assert!(sort.is_some_and(|sort| sort.ends_with(ending)), "{part}");
            assert_eq!(sort_of(&[part, "a.exe"]), None);
        }
        assert_eq!(sort_of(&[]), None);
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(b"PK\x05\x06 cut off").unwrap();
        assert_eq!(media_type(file.path()).unwrap(), None);
    }
}
