//! Pictures: whether one says where it was taken, and whether it is too small to show anybody.

use std::io::{self, BufRead, Cursor, Read, Seek};

/// Marks of a position in metadata that the reader of Exif does not read: XMP, and the metadata of films.
const POSITION_MARKS: [&[u8]; 4] = [
    b"exif:GPSLatitude",
    b"exif:GPSLongitude",
    b"\xa9xyz",
    b"com.apple.quicktime.location.ISO6709",
];

/// A picture that is lower or narrower than this, in pixels, shows nobody: a rule, a bullet, an icon.
pub const SMALLEST: u32 = 32;

/// Whether a picture says where it was taken, in Exif or XMP.
pub fn says_position(bytes: &[u8]) -> bool {
    has_exif_position(&mut Cursor::new(bytes)).unwrap_or(false) || has_position_mark(bytes).unwrap_or(false)
}

/// Whether the Exif data of an image say where it was taken.
///
/// # Errors
/// Where it can't be read.
pub fn has_exif_position(reader: &mut (impl BufRead + Seek)) -> io::Result<bool> {
    match exif::Reader::new().continue_on_error(true).read_from_container(reader) {
        Ok(found) => Ok(names_position(&found)),
        Err(exif::Error::Io(error)) if error.kind() != io::ErrorKind::UnexpectedEof => Err(error),
        // Damaged data are read as far as they go.
        Err(exif::Error::PartialResult(partial)) => Ok(names_position(&partial.into_inner().0)),
        Err(_) => Ok(false),
    }
}

fn names_position(exif: &exif::Exif) -> bool {
    use exif::Tag;
    exif.fields().any(|field| {
        matches!(
            field.tag,
            Tag::GPSLatitude
                | Tag::GPSLongitude
                | Tag::GPSDestLatitude
                | Tag::GPSDestLongitude
                | Tag::GPSAreaInformation
        )
    })
}

/// Whether a mark of a position stands in what is read, also across the pieces in which it is read.
///
/// # Errors
/// Where it can't be read.
pub fn has_position_mark(mut reader: impl Read) -> io::Result<bool> {
    let overlap = POSITION_MARKS.iter().map(|mark| mark.len()).max().unwrap_or(1) - 1;
    let mut buffer = vec![0; 64 * 1024];
    let mut kept = 0;
    loop {
        let read = reader.read(buffer.get_mut(kept..).unwrap_or_default())?;
        if read == 0 {
            return Ok(false);
        }
        let filled = kept + read;
        let seen = buffer.get(..filled).unwrap_or_default();
        if POSITION_MARKS
            .iter()
            .any(|mark| memchr::memmem::find(seen, mark).is_some())
        {
            return Ok(true);
        }
        let start = filled.saturating_sub(overlap);
        buffer.copy_within(start..filled, 0);
        kept = filled - start;
    }
}

/// Whether a picture is too small to show anybody. One whose size is not known is not.
pub fn is_tiny(bytes: &[u8]) -> bool {
    size(bytes).is_some_and(|(width, height)| width < SMALLEST || height < SMALLEST)
}

/// The size of a PNG or a GIF, in pixels.
fn size(bytes: &[u8]) -> Option<(u32, u32)> {
    if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
        let number = |at: usize| Some(u32::from_be_bytes(bytes.get(at..at + 4)?.try_into().ok()?));
        return Some((number(16)?, number(20)?));
    }
    if bytes.starts_with(b"GIF8") {
        let number = |at: usize| Some(u32::from(u16::from_le_bytes(bytes.get(at..at + 2)?.try_into().ok()?)));
        return Some((number(6)?, number(8)?));
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_and_bullets_are_tiny_and_photographs_are_not() {
        let png = |width: u32, height: u32| {
            [
                &b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"[..],
                &width.to_be_bytes(),
                &height.to_be_bytes(),
            ]
            .concat()
        };
        assert!(is_tiny(&png(16, 16)) && is_tiny(&png(800, 2)));
        assert!(!is_tiny(&png(32, 32)));
        assert!(is_tiny(b"GIF89a\x08\0\x08\0") && !is_tiny(b"GIF89a\x40\x01\x40\x01"));
        assert!(!is_tiny(b"\xff\xd8\xff\xe0") && !is_tiny(b""));
    }
}
