//! Archives of documents in XML: Office Open XML, OpenDocument and EPUB.
//!
//! A small archive may unpack to more than any disk holds. So parts are unpacked one by one, and only so much in all.

use std::io::{Cursor, Read, Seek};

use zip::ZipArchive;

use super::markup::{self, HYPERTEXT, OFFICE, OPEN_DOCUMENT, PROPERTIES};
use super::{Seen, picture, sheet};

/// Most parts of an archive that are looked at.
const MOST_PARTS: usize = 10_000;
/// Most bytes that all parts together may unpack to.
const MOST_UNPACKED: u64 = 300_000_000;
/// Most bytes that one part may unpack to.
const MOST_OF_PART: u64 = 100_000_000;
/// How many times its packed size an archive may unpack to, beyond [`ANYWAY`].
const MOST_RATIO: u64 = 100;
/// So many bytes may be unpacked whatever the packed size is.
const ANYWAY: u64 = 20_000_000;
/// How deep archives within archives are read, such as the workbooks behind charts.
const DEPTH: usize = 2;

/// What a part of an archive is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    /// A sheet of a workbook.
    Sheet,
    /// The texts that sheets share.
    Shared,
    /// Office Open XML.
    Office,
    /// OpenDocument.
    OpenDocument,
    /// A page of an EPUB.
    Page,
    /// Any other XML, such as what a file says about itself.
    Properties,
    /// What says how an archive is encrypted.
    Encryption,
    /// A picture.
    Picture,
    /// Sound or film.
    Film,
    /// An archive within the archive.
    Archive,
    /// Something that holds no text for readers: fonts, styles, settings of printers.
    Nothing,
    /// What can't be looked into: macros, embedded objects, what is not known.
    Opaque,
}

/// Adds what an archive holds to what is seen.
pub fn read(file: impl Read + Seek, seen: &mut Seen) {
    let mut file = file;
    let Ok(length) = file.seek(std::io::SeekFrom::End(0)) else {
        seen.incomplete = true;
        return;
    };
    let mut left = length
        .saturating_mul(MOST_RATIO)
        .saturating_add(ANYWAY)
        .min(MOST_UNPACKED);
    within(file, &mut left, DEPTH, seen);
}

fn within(file: impl Read + Seek, left: &mut u64, depth: usize, seen: &mut Seen) {
    let Ok(mut archive) = ZipArchive::new(file) else {
        seen.incomplete = true;
        return;
    };
    if archive.len() > MOST_PARTS {
        seen.incomplete = true;
    }
    let mut parts: Vec<(usize, String, Part)> = (0..archive.len().min(MOST_PARTS))
        .filter_map(|index| {
            let name = archive.name_for_index(index)?.to_owned();
            let part = part(&name);
            Some((index, name, part))
        })
        .collect();
    parts.sort_by_cached_key(|(_, name, part)| place(name, *part));
    let mut shared = sheet::Shared::default();
    for (index, name, part) in parts {
        match part {
            Part::Nothing => continue,
            Part::Opaque => {
                seen.incomplete = true;
                continue;
            }
            _ => {}
        }
        let Some(bytes) = unpack(&mut archive, index, left) else {
            seen.incomplete = true;
            continue;
        };
        match part {
            Part::Shared => shared = sheet::Shared::read(&bytes, seen),
            Part::Sheet => sheet::read(&bytes, &mut shared, seen),
            Part::Office => markup::read(&bytes, &OFFICE, seen),
            Part::OpenDocument => markup::read(&bytes, &OPEN_DOCUMENT, seen),
            Part::Page => markup::read(&bytes, &HYPERTEXT, seen),
            Part::Properties => markup::read(&bytes, &PROPERTIES, seen),
            Part::Encryption => seen.incomplete |= hides_text(&bytes),
            Part::Picture => look(&bytes, &name, seen),
            Part::Film => {
                look(&bytes, &name, seen);
                seen.incomplete = true;
            }
            Part::Archive if depth > 1 => within(Cursor::new(bytes), left, depth - 1, seen),
            Part::Archive => seen.incomplete = true,
            Part::Nothing | Part::Opaque => {}
        }
    }
    shared.add_rest(seen);
}

/// The bytes of a part; nothing where it is damaged, encrypted, packed in a way that is not known, or too large.
fn unpack(archive: &mut ZipArchive<impl Read + Seek>, index: usize, left: &mut u64) -> Option<Vec<u8>> {
    let part = archive.by_index(index).ok()?;
    let most = MOST_OF_PART.min(*left);
    let mut bytes = Vec::new();
    // What a part says of its own size is not believed.
    let read = part.take(most + 1).read_to_end(&mut bytes);
    let size = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    *left = left.saturating_sub(size);
    (read.is_ok() && size <= most).then_some(bytes)
}

fn look(bytes: &[u8], name: &str, seen: &mut Seen) {
    if !picture::is_tiny(bytes) {
        seen.pictures = true;
    }
    if picture::says_position(bytes) {
        seen.position = true;
    }
    // Drawings in XML have words.
    if extension(name) == "svg" {
        markup::read(bytes, &HYPERTEXT, seen);
    }
}

/// Whether more than fonts are encrypted.
fn hides_text(bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(bytes).to_lowercase();
    text.contains("encryption-data")
        || [".xhtml\"", ".html\"", ".htm\"", ".xml\"", ".opf\""]
            .iter()
            .any(|ending| text.contains(ending) && text.contains("cipherreference"))
}

fn extension(name: &str) -> String {
    let last = name.rsplit('/').next().unwrap_or_default();
    last.rsplit_once('.')
        .map_or_else(String::new, |(_, extension)| extension.to_lowercase())
}

fn part(name: &str) -> Part {
    if name.ends_with('/') || name == "mimetype" || name == "[Content_Types].xml" || name == "settings.xml" {
        return Part::Nothing;
    }
    if name == "META-INF/encryption.xml" || name == "META-INF/manifest.xml" {
        return Part::Encryption;
    }
    let has = |folder: &str| name.starts_with(&folder[1..]) || name.contains(folder);
    if has("/Basic/") || has("/Scripts/") || has("/Dialogs/") || has("/activeX/") {
        return Part::Opaque;
    }
    if has("/Configurations2/") || name.ends_with("layout-cache") || has("/printerSettings/") {
        return Part::Nothing;
    }
    if has("/ObjectReplacements/") || has("/Thumbnails/") {
        return Part::Picture;
    }
    let office = ["word/", "ppt/", "xl/"].iter().any(|folder| name.starts_with(folder));
    match extension(name).as_str() {
        "xml" if name.starts_with("xl/worksheets/") || name.starts_with("xl/macrosheets/") => Part::Sheet,
        "xml" if name == "xl/sharedStrings.xml" => Part::Shared,
        "xml" | "vml" if office => Part::Office,
        "rels" => Part::Office,
        "xml"
            if ["content.xml", "styles.xml"]
                .iter()
                .any(|part| name == *part || name.ends_with(&format!("/{part}"))) =>
        {
            Part::OpenDocument
        }
        "xhtml" | "html" | "htm" => Part::Page,
        "ncx" => Part::Page,
        "xml" | "opf" | "rdf" | "smil" => Part::Properties,
        "png" | "jpg" | "jpeg" | "jpe" | "jfif" | "gif" | "bmp" | "tif" | "tiff" | "emf" | "wmf" | "emz" | "wmz"
        | "svg" | "svm" | "webp" | "heic" | "ico" | "wdp" | "pict" | "pct" | "avif" => Part::Picture,
        "mp3" | "mp4" | "m4a" | "m4v" | "mov" | "avi" | "wmv" | "wma" | "wav" | "webm" | "ogg" | "ogv" | "opus"
        | "mpg" | "mpeg" | "3gp" => Part::Film,
        "docx" | "xlsx" | "pptx" | "odt" | "ods" | "odp" => Part::Archive,
        "ttf" | "otf" | "odttf" | "fntdata" | "woff" | "woff2" | "css" | "xsd" | "xsl" | "dtd" | "xpgt" | "pls" => {
            Part::Nothing
        }
        _ => Part::Opaque,
    }
}

/// The place of a part in the text: what is read first, first; numbers by their value.
fn place(name: &str, part: Part) -> (u8, String) {
    let rank = match part {
        // Before the sheets that need them.
        Part::Shared => 0,
        Part::Sheet | Part::Page | Part::OpenDocument => 1,
        Part::Office if name == "word/document.xml" || name.starts_with("ppt/slides/") => 1,
        Part::Office => 2,
        _ => 3,
    };
    let mut key = String::with_capacity(name.len() + 8);
    let mut digits = String::new();
    for character in name.chars().chain(std::iter::once('\0')) {
        if character.is_ascii_digit() {
            digits.push(character);
        } else {
            if !digits.is_empty() {
                key.push_str(&format!("{digits:0>10}"));
                digits.clear();
            }
            key.push(character);
        }
    }
    (rank, key)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use zip::write::SimpleFileOptions;
    use zip::{CompressionMethod, ZipWriter};

    use super::*;
    use crate::files::reading::Reading;

    /// An archive of these parts.
    fn packed(parts: &[(&str, &[u8])]) -> Vec<u8> {
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, bytes) in parts {
            let method = match *name {
                "mimetype" => CompressionMethod::Stored,
                _ => CompressionMethod::Deflated,
            };
            writer
                .start_file(*name, SimpleFileOptions::default().compression_method(method))
                .unwrap();
            writer.write_all(bytes).unwrap();
        }
        writer.finish().unwrap().into_inner()
    }

    fn reading(bytes: &[u8]) -> Reading {
        let mut seen = Seen::default();
        read(Cursor::new(bytes), &mut seen);
        seen.reading()
    }

    fn reading_of(parts: &[(&str, &[u8])]) -> Reading {
        reading(&packed(parts))
    }

    #[test]
    fn all_of_a_word_processors_file_is_read_the_page_first() {
        let read = reading_of(&[
            ("[Content_Types].xml", b"<Types/>"),
            (
                "docProps/core.xml",
                b"<cp><dc:title>A title</dc:title><dc:creator>Ana Rai</dc:creator></cp>",
            ),
            ("docProps/app.xml", b"<p><Company>Example Trust</Company></p>"),
            (
                "word/header1.xml",
                b"<w:hdr><w:p><w:r><w:t>Above</w:t></w:r></w:p></w:hdr>",
            ),
            (
                "word/comments.xml",
                b"<w:c><w:comment w:author='Bo'><w:p><w:t>Call 555</w:t></w:p></w:comment></w:c>",
            ),
            (
                "word/_rels/document.xml.rels",
                b"<R><R Target='mailto:zora@example.org'/></R>",
            ),
            ("word/document.xml", b"<w:d><w:p><w:t>The page</w:t></w:p></w:d>"),
            ("word/fonts/font1.odttf", b"\x01\x02"),
        ]);
        assert_eq!(
            read.text,
            "The page\n\nzora@example.org\n\nBo\nCall 555\n\nAbove\n\nExample Trust\n\nA title\nAna Rai"
        );
        assert!(!read.incomplete && !read.pictures);
    }

    #[test]
    fn slides_come_by_number_and_their_notes_after_them() {
        let slide = |text: &str| format!("<p:sld><a:p><a:t>{text}</a:t></a:p></p:sld>").into_bytes();
        let read = reading_of(&[
            ("ppt/slides/slide10.xml", &slide("ten")),
            ("ppt/notesSlides/notesSlide2.xml", &slide("note")),
            ("ppt/slides/slide2.xml", &slide("two")),
        ]);
        assert_eq!(read.text, "two\n\nten\n\nnote");
    }

    #[test]
    fn workbooks_open_documents_and_books_are_read() {
        let read = reading_of(&[
            (
                "xl/worksheets/sheet1.xml",
                b"<w><row><c t='s'><v>0</v></c><c><v>12</v></c></row></w>",
            ),
            ("xl/sharedStrings.xml", b"<sst><si><t>Zora Lama</t></si></sst>"),
            ("xl/workbook.xml", b"<w><sheet name='Girls' state='hidden'/></w>"),
        ]);
        assert_eq!((read.text.as_str(), read.incomplete), ("Zora Lama, 12\n\nGirls", false));
        let read = reading_of(&[
            ("mimetype", b"application/vnd.oasis.opendocument.text"),
            ("META-INF/manifest.xml", b"<m/>"),
            ("styles.xml", b"<s><style:footer><text:p>Below</text:p></style:footer></s>"),
            ("meta.xml", b"<o><meta:initial-creator>Ana</meta:initial-creator></o>"),
            ("content.xml", b"<o><text:p>One<text:s/>page<office:annotation><dc:creator>Bo</dc:creator><text:p>Why?</text:p></office:annotation></text:p></o>"),
        ]);
        assert_eq!(
            (read.text.as_str(), read.incomplete),
            ("One pageBo\nWhy?\n\nBelow\n\nAna", false)
        );
        let read = reading_of(&[
            ("mimetype", b"application/epub+zip"),
            ("OEBPS/a.xhtml", b"<html><head><title>T</title><style>x{}</style></head><body><p>caf&eacute;</p><!-- aside --></body></html>"),
            ("OEBPS/content.opf", b"<p><dc:creator>Ana</dc:creator></p>"),
        ]);
        assert_eq!((read.text.as_str(), read.incomplete), ("T\ncafé\naside\n\nAna", false));
    }

    #[test]
    fn macros_objects_and_what_is_not_known_are_for_a_person_to_read_and_workbooks_behind_charts_are_read() {
        for name in [
            "word/vbaProject.bin",
            "word/embeddings/oleObject1.bin",
            "word/activeX/activeX1.xml",
            "Basic/Standard/Module1.xml",
            "x.exe",
        ] {
            assert!(reading_of(&[(name, b"<x/>")]).incomplete, "{name}");
        }
        let inner = packed(&[(
            "xl/worksheets/sheet1.xml",
            b"<w><row><c t='str'><v>Zora</v></c></row></w>",
        )]);
        let read = reading_of(&[("word/embeddings/book.xlsx", &inner)]);
        assert_eq!((read.text.as_str(), read.incomplete), ("Zora", false));
        let deeper = packed(&[(
            "word/embeddings/book.xlsx",
            &packed(&[("word/embeddings/book.xlsx", &inner)]),
        )]);
        assert!(reading(&deeper).incomplete);
    }

    #[test]
    fn pictures_are_seen_and_where_they_were_taken() {
        let tiny = b"GIF89a\x08\0\x08\0";
        assert!(!reading_of(&[("word/media/a.gif", tiny)]).pictures);
        let read = reading_of(&[("word/media/a.jpeg", b"\xff\xd8\xff\xe0 exif:GPSLatitude='12,30N'")]);
        assert!(read.pictures && read.position && !read.incomplete);
        let read = reading_of(&[("ppt/media/film.mp4", b"....")]);
        assert!(read.pictures && read.incomplete);
    }

    #[test]
    fn what_is_damaged_or_encrypted_is_incomplete_and_the_rest_is_read() {
        assert!(reading(b"PK\x03\x04 nothing more").incomplete);
        let whole = packed(&[("word/document.xml", b"<w><w:p><w:t>words</w:t></w:p></w>")]);
        assert!(reading(&whole[..whole.len() / 2]).incomplete);
        // The bit that says that a part is encrypted, in both places.
        let mut locked = whole.clone();
        for mark in [&b"PK\x03\x04"[..], b"PK\x01\x02"] {
            let at = memchr::memmem::find(&locked, mark).unwrap() + if mark[2] == 3 { 6 } else { 8 };
            locked[at] |= 1;
        }
        assert!(reading(&locked).incomplete);
        let manifest = b"<m><manifest:encryption-data/></m>";
        let read = reading_of(&[("META-INF/manifest.xml", manifest), ("content.xml", b"\x8f\xfe\x02")]);
        assert!(read.incomplete);
    }

    #[test]
    fn a_bomb_is_not_unpacked() {
        let zeros = vec![b' '; 150_000_000];
        let bomb = packed(&[("word/document.xml", &zeros), ("word/footer1.xml", b"<w:t>after</w:t>")]);
        assert!(bomb.len() < 1_000_000);
        let read = reading(&bomb);
        assert!(read.incomplete);
        let many: Vec<(String, &[u8])> = (0..MOST_PARTS + 5)
            .map(|number| (format!("{number}.css"), &b""[..]))
            .collect();
        let many: Vec<(&str, &[u8])> = many.iter().map(|(name, bytes)| (name.as_str(), *bytes)).collect();
        assert!(reading_of(&many).incomplete);
    }
}
