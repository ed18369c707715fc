//! PDF files: the text of their pages, then what else they hold in words, and whether something in them can't be looked into.

use std::io::Cursor;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use encoding_rs::{UTF_16BE, WINDOWS_1252};
use hayro_interpret::hayro_syntax::object::{Array, Dict, MaybeRef, Name, Object, Stream, String as PdfString};
use hayro_interpret::hayro_syntax::{Filter, Pdf};
use hayro_interpret::kurbo::{Affine, Rect};
use hayro_interpret::{Context, InterpreterCache, InterpreterSettings, InterpreterWarning, interpret_page};

use super::markup::{self, PROPERTIES};
use super::page::{PageText, flowing};
use super::{Seen, picture};

/// How deep objects within objects are looked into.
const DEPTH: usize = 16;
/// How many bytes it may take to draw nothing.
const BLANK: usize = 2_000;
/// Most bytes of a stream of metadata that are read.
const MOST_METADATA: usize = 10_000_000;

/// The entries whose texts somebody reads: comments, values and hints of forms, bookmarks, descriptions of pictures, and what the
/// file says about itself.
const TEXTS: [&[u8]; 20] = [
    b"Contents",
    b"RC",
    b"V",
    b"DV",
    b"TU",
    b"Title",
    b"Author",
    b"Subject",
    b"Keywords",
    b"Creator",
    b"Producer",
    b"Company",
    b"Manager",
    b"Comments",
    b"Category",
    b"Alt",
    b"ActualText",
    b"E",
    b"Subj",
    b"Opt",
];

/// Adds what a file holds to what is seen.
pub fn read(bytes: Vec<u8>, seen: &mut Seen) {
    // It is damaged beyond repair, or needs a password.
    let Ok(pdf) = Pdf::new(bytes) else {
        seen.incomplete = true;
        return;
    };
    pages(&pdf, seen);
    for object in pdf.objects() {
        look(&object, DEPTH, seen);
    }
}

fn pages(pdf: &Pdf, seen: &mut Seen) {
    let without_font = Arc::new(AtomicBool::new(false));
    let told = Arc::clone(&without_font);
    let settings = InterpreterSettings {
        warning_sink: Arc::new(move |warning| {
            if matches!(warning, InterpreterWarning::UnsupportedFont) {
                told.store(true, Ordering::Relaxed);
            }
        }),
        ..InterpreterSettings::default()
    };
    let cache = InterpreterCache::new();
    let pages = pdf.pages();
    if pages.is_empty() {
        seen.incomplete = true;
    }
    for page in pages.iter() {
        if seen.text.is_full() {
            return;
        }
        let (width, height) = page.render_dimensions();
        let area = Rect::new(0.0, 0.0, f64::from(width), f64::from(height));
        let mut context = Context::new(Affine::IDENTITY, area, &cache, pdf.xref(), settings.clone());
        let mut found = PageText::default();
        interpret_page(page, &mut context, &mut found);
        seen.text.push(&flowing(found.text()));
        seen.text.paragraph();
        // Something is drawn that could not be followed.
        let drawn = page.page_stream().map_or(0, <[u8]>::len);
        let lost = found.is_blank() && (drawn > BLANK || drawn == 0 && page.raw().contains_key(b"Contents"));
        seen.incomplete |= found.is_unread() || lost;
        seen.pictures |= found.pictures;
    }
    seen.incomplete |= without_font.load(Ordering::Relaxed);
}

fn look(object: &Object<'_>, depth: usize, seen: &mut Seen) {
    let Some(depth) = depth.checked_sub(1) else {
        seen.incomplete = true;
        return;
    };
    match object {
        Object::Dict(dict) => look_into(dict, depth, seen),
        Object::Array(array) => within(array, depth, seen),
        Object::Stream(stream) => {
            look_into(stream.dict(), depth, seen);
            look_at(stream, seen);
        }
        _ => {}
    }
}

fn within(array: &Array<'_>, depth: usize, seen: &mut Seen) {
    // What an array refers to is looked at by itself.
    for entry in array.raw_iter() {
        if let MaybeRef::NotRef(object) = entry {
            look(&object, depth, seen);
        }
    }
}

fn look_into(dict: &Dict<'_>, depth: usize, seen: &mut Seen) {
    let signature = dict.contains_key(b"ByteRange");
    let mut entries: Vec<_> = dict.entries().collect();
    // In the same order every time.
    entries.sort_by(|(one, _), (other, _)| one.as_ref().cmp(other.as_ref()));
    for (key, entry) in entries {
        let MaybeRef::NotRef(object) = entry else {
            // Texts may stand by themselves.
            if TEXTS.contains(&key.as_ref())
                && let Some(text) = dict.get::<PdfString<'_>>(key.as_ref())
            {
                tell(&text, seen);
            }
            seen.incomplete |= hides(key.as_ref());
            continue;
        };
        seen.incomplete |= hides(key.as_ref());
        match &object {
            Object::String(text) if TEXTS.contains(&key.as_ref()) && !signature => tell(text, seen),
            // Who made a comment; of a field it is a name for programs.
            Object::String(text) if key.as_ref() == b"T" && is_comment(dict) => tell(text, seen),
            Object::String(text) if key.as_ref() == b"URI" => {
                let address = decoded(text);
                let person = ["mailto:", "tel:", "sms:"]
                    .iter()
                    .find_map(|scheme| address.strip_prefix(scheme));
                if let Some(person) = person {
                    seen.tell(person.split('?').next().unwrap_or_default());
                }
            }
            // Choices of forms.
            Object::Array(choices) if key.as_ref() == b"Opt" || key.as_ref() == b"V" => {
                for choice in choices.iter::<PdfString<'_>>() {
                    tell(&choice, seen);
                }
            }
            // Layers that are not shown are not read either.
            Object::Array(hidden) if key.as_ref() == b"OFF" => {
                seen.incomplete |= hidden.raw_iter().next().is_some();
            }
            Object::Dict(_) | Object::Array(_) => look(&object, depth, seen),
            _ => {}
        }
    }
    if ["Movie", "RichMedia", "Sound", "Screen", "3D"]
        .iter()
        .any(|sort| is(dict, b"Subtype", sort.as_bytes()) == Some(true))
    {
        seen.incomplete = true;
    }
}

/// Whether an entry of this name holds what can't be looked into: programs, forms of another sort, attached files.
fn hides(key: &[u8]) -> bool {
    matches!(key, b"JS" | b"XFA" | b"EmbeddedFiles")
}

/// Whether it is a comment on a page, and no field of a form.
fn is_comment(dict: &Dict<'_>) -> bool {
    dict.contains_key(b"Subtype") && !dict.contains_key(b"FT") && is(dict, b"Subtype", b"Widget") != Some(true)
}

fn is(dict: &Dict<'_>, key: &[u8], value: &[u8]) -> Option<bool> {
    dict.get::<Name<'_>>(key).map(|name| name.as_ref() == value)
}

fn look_at(stream: &Stream<'_>, seen: &mut Seen) {
    let dict = stream.dict();
    if is(dict, b"Type", b"EmbeddedFile") == Some(true) {
        seen.incomplete = true;
    }
    if is(dict, b"Subtype", b"Image") == Some(true) {
        let side = |key: &[u8]| dict.get::<u32>(key).unwrap_or(picture::SMALLEST);
        seen.pictures |= side(b"Width") >= picture::SMALLEST && side(b"Height") >= picture::SMALLEST;
        if stream.filters().as_slice() == [Filter::DctDecode] {
            let bytes = stream.raw_data();
            seen.position |= picture::says_position(&bytes);
        }
    }
    let metadata = is(dict, b"Type", b"Metadata") == Some(true) || is(dict, b"Subtype", b"XML") == Some(true);
    if metadata {
        match stream.decoded_data() {
            Ok(bytes) if bytes.len() <= MOST_METADATA => {
                seen.position |= picture::has_position_mark(Cursor::new(&bytes)).unwrap_or(false);
                about(&bytes, seen);
            }
            _ => seen.incomplete = true,
        }
    }
}

/// Adds what a file says about itself in XMP, line by line and nothing twice: the same stands in the older form too.
fn about(bytes: &[u8], seen: &mut Seen) {
    let mut own = Seen::default();
    markup::read(bytes, &PROPERTIES, &mut own);
    seen.incomplete |= own.incomplete;
    for line in own.text.into_text().lines().filter(|line| !is_machine(line)) {
        seen.tell(line);
    }
}

/// Whether a line of metadata is a date, an identifier or the name of a format, which tell nothing about anybody.
fn is_machine(line: &str) -> bool {
    let identifier = ["uuid:", "xmp.", "urn:", "adobe:", "application/"]
        .iter()
        .any(|start| line.starts_with(start));
    let date = line.len() >= 10
        && line.as_bytes().get(4) == Some(&b'-')
        && line
            .chars()
            .all(|character| character.is_ascii_digit() || "-:+TZ. ".contains(character));
    identifier || date
}

fn tell(text: &PdfString<'_>, seen: &mut Seen) {
    let text = decoded(text);
    // Comments are often drawn on the page as well.
    if text.chars().count() < 200 && seen.text.has(text.trim()) {
        return;
    }
    seen.tell(&text);
}

/// A text of the file, in whichever of its encodings it is.
fn decoded(text: &PdfString<'_>) -> String {
    let bytes = text.as_bytes();
    if let Some(wide) = bytes.strip_prefix(b"\xfe\xff") {
        return UTF_16BE.decode_without_bom_handling(wide).0.into_owned();
    }
    if let Some(utf_8) = bytes.strip_prefix(b"\xef\xbb\xbf") {
        return String::from_utf8_lossy(utf_8).into_owned();
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => WINDOWS_1252.decode_without_bom_handling(bytes).0.into_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::reading::Reading;

    /// A PDF file of these objects, the first of which is its catalogue and the last what it says about itself.
    fn written(objects: &[&[u8]]) -> Vec<u8> {
        let mut file = b"%PDF-1.7\n".to_vec();
        let mut places = Vec::new();
        for (number, object) in objects.iter().enumerate() {
            places.push(file.len());
            file.extend(format!("{} 0 obj\n", number + 1).into_bytes());
            file.extend(*object);
            file.extend(b"\nendobj\n");
        }
        let table = file.len();
        file.extend(format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1).into_bytes());
        for place in places {
            file.extend(format!("{place:010} 00000 n \n").into_bytes());
        }
        let end = format!(
            "trailer\n<< /Size {} /Root 1 0 R /Info {} 0 R >>\nstartxref\n{table}\n%%EOF\n",
            objects.len() + 1,
            objects.len()
        );
        file.extend(end.into_bytes());
        file
    }

    fn stream(entries: &str, bytes: &[u8]) -> Vec<u8> {
        [
            format!("<< {entries} /Length {} >>\nstream\n", bytes.len()).as_bytes(),
            bytes,
            b"\nendstream",
        ]
        .concat()
    }

    /// A file of one page, which is drawn like this.
    fn page(drawn: &str, info: &str, more: &[&[u8]]) -> Vec<u8> {
        let content = stream("", drawn.as_bytes());
        let info = format!("<< {info} >>");
        let mut objects: Vec<&[u8]> = vec![
            b"<< /Type /Catalog /Pages 2 0 R >>",
            b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Annots [6 0 R]
               /Resources << /Font << /F1 5 0 R >> /XObject << /I1 6 0 R >> >> >>",
            &content,
            b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
        ];
        objects.extend(more);
        objects.push(info.as_bytes());
        written(&objects)
    }

    fn reading(bytes: &[u8]) -> Reading {
        let mut seen = Seen::default();
        read(bytes.to_vec(), &mut seen);
        seen.reading()
    }

    #[test]
    fn words_lines_and_paragraphs_are_told_apart_and_hidden_text_is_read() {
        let drawn = "BT /F1 12 Tf 72 700 Td [(Sco) -20 (re) -400 (cards)] TJ 0 -14 Td (in Nepal \\(2014\\),) Tj 0 -14 Td (caf\\351.) Tj ET
            BT /F1 12 Tf 1 0 0 1 72 500 Tm 3 Tr (invisible) Tj ET
            BT /F1 12 Tf 0 Tr 1 0 0 1 2000 500 Tm (beside the page) Tj ET";
        let read = reading(&page(drawn, "", &[]));
        assert_eq!(
            read.text,
            "Score cards in Nepal (2014), café.\n\ninvisible beside the page"
        );
        assert!(!read.incomplete && !read.pictures);
    }

    #[test]
    fn comments_and_what_the_file_says_about_itself_are_read() {
        let note = b"<< /Type /Annot /Subtype /Text /Rect [0 0 9 9] /T (Bo) /Contents (Ask \\(Zora\\)) /A << /URI (mailto:zora@example.org?x=1) >> >>";
        let xmp = stream(
            "/Type /Metadata /Subtype /XML",
            b"<x><dc:creator><rdf:li>Ana Rai</rdf:li></dc:creator><d>2014-01-01T00:00:00Z</d><o>Example Trust</o></x>",
        );
        let read = reading(&page(
            "BT /F1 12 Tf 72 700 Td (Page) Tj ET",
            "/Author <FEFF0041006E0061> /Title (Page)",
            &[note, &xmp],
        ));
        assert_eq!(
            read.text,
            "Page\n\nzora@example.org\nAsk (Zora)\nBo\nAna Rai\nExample Trust"
        );
        assert!(!read.incomplete);
    }

    #[test]
    fn a_scan_has_text_that_was_not_read_and_pictures_are_seen() {
        let jpeg = stream(
            "/Type /XObject /Subtype /Image /Width 900 /Height 900 /ColorSpace /DeviceRGB /BitsPerComponent 8 /Filter /DCTDecode",
            b"\xff\xd8\xff\xe0 exif:GPSLatitude",
        );
        let words = "BT /F1 12 Tf 72 700 Td (A page with more than enough words on it, so that nobody takes it for a scan.) Tj ET";
        let scan = reading(&page(
            "q 500 0 0 500 0 0 cm /I1 Do Q BT /F1 12 Tf 72 700 Td (1) Tj ET",
            "",
            &[&jpeg],
        ));
        assert!(scan.incomplete && scan.pictures && scan.position);
        let read = reading(&page(&format!("q 500 0 0 500 0 0 cm /I1 Do Q {words}"), "", &[&jpeg]));
        assert!(!read.incomplete && read.pictures);
        let tiny = stream(
            "/Type /XObject /Subtype /Image /Width 8 /Height 900 /ColorSpace /DeviceGray /BitsPerComponent 8",
            &[0; 7200],
        );
        let read = reading(&page(&format!("q 500 0 0 500 0 0 cm /I1 Do Q {words}"), "", &[&tiny]));
        assert!(!read.incomplete && !read.pictures);
        let blank = reading(&page("q Q", "", &[]));
        assert!(!blank.incomplete && blank.text.is_empty());
        assert!(
            reading(&page(&"[".repeat(3_000), "", &[])).incomplete,
            "it draws what can't be followed"
        );
    }

    #[test]
    fn what_cannot_be_looked_into_is_for_a_person_to_read() {
        let words = "BT /F1 12 Tf 72 700 Td (Words) Tj ET";
        for more in [
            &b"<< /S /JavaScript /JS (app.alert) >>"[..],
            &stream("/Type /EmbeddedFile", b"secret"),
            b"<< /OCGs [7 0 R] /D << /OFF [7 0 R] >> >>",
            b"<< /Type /Annot /Subtype /RichMedia >>",
        ] {
            assert!(reading(&page(words, "", &[more])).incomplete);
        }
        // Encrypted with a password that is not known.
        let mut locked = page(words, "", &[]);
        let key = "0".repeat(64);
        let entry = format!(
            "/ID [<00> <00>] /Encrypt << /Filter /Standard /V 1 /R 2 /P -4 /O <{key}> /U <{key}> >> >>\nstartxref"
        );
        let text = String::from_utf8_lossy(&locked).replace(">>\nstartxref", &entry);
        locked = text.into_bytes();
        assert!(reading(&locked).incomplete);
    }

    #[test]
    fn damaged_files_are_read_as_far_as_they_go_or_not_at_all() {
        assert!(reading(b"%PDF-1.7\n").incomplete);
        let whole = page("BT /F1 12 Tf 72 700 Td (Words) Tj ET", "", &[]);
        let broken = String::from_utf8_lossy(&whole).replace("startxref\n", "startxref\n9");
        assert_eq!(reading(broken.as_bytes()).text, "Words");
    }

    #[test]
    fn objects_within_themselves_end() {
        let deep = ["<< /V ".repeat(5_000), ">>".repeat(5_000)].concat();
        reading(&page("BT /F1 12 Tf 72 700 Td (Words) Tj ET", "", &[deep.as_bytes()]));
        let itself = stream(
            "/Type /XObject /Subtype /Form /BBox [0 0 9 9] /Resources << /XObject << /I1 6 0 R >> >>",
            b"/I1 Do /I1 Do",
        );
        reading(&page("/I1 Do BT /F1 12 Tf 72 700 Td (Words) Tj ET", "", &[&itself]));
    }
}
